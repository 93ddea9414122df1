"""Patches: a study with some of its keys replaced, as scenarios and ``Study.with_`` do.

``{"blocks.quiet.weight": 20}`` names a key by its path; ``{"blocks": {"quiet": {"weight": 20}}}`` says the same.
Mappings are merged, everything else is replaced, and None (``null``) takes a key away. Items of lists are named by
their ``name`` or their place from 1. A measure or a value function is replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siting.errors import StudyError, did_you_mean, named

__all__ = ["patched"]

_WHOLE = ("measure", "value")
_NAMED = ("blocks", "criteria", "layers")


def patched(plain: Mapping[str, Any], patch: Mapping[str, Any], item: str) -> dict[str, Any]:
    """A copy of a plain study with a patch applied; ``item`` says whose patch it is, for errors.

    >>> patched({"blocks": {"quiet": {"weight": 5}}}, {"blocks.quiet.weight": 20}, "the patch")
    {'blocks': {'quiet': {'weight': 20}}}
    """
    out: Any = dict(plain)
    for key, value in patch.items():
        if not isinstance(key, str) or not key:
            raise StudyError(f"{item}: the keys of a patch are paths, such as 'blocks.quiet.weight', not {key!r}.")
        out = _set(out, key.split("."), value, key, item, ())
    return dict(out)


def _set(given: Any, path: list[str], value: Any, whole: str, item: str, walked: tuple[str, ...]) -> Any:
    """``given`` with what stands at the path replaced."""
    key = path[0]
    if isinstance(given, list | tuple):
        return _set_in_list(list(given), path, value, whole, item, walked)
    if not isinstance(given, Mapping):
        at = ".".join(walked)
        raise StudyError(f"{item}: {whole!r} cannot be set, for {at!r} is {given!r} and has no keys.")
    out = dict(given)
    if len(path) > 1:
        if key not in out:
            if walked and walked[-1] in _NAMED:
                raise _unknown(key, out, whole, item, walked)
            out[key] = {}
        out[key] = _set(out[key], path[1:], value, whole, item, (*walked, key))
    elif value is None:
        if key not in out:
            raise _unknown(key, out, whole, item, walked)
        del out[key]
    else:
        out[key] = _merged(out.get(key), value, key, whole, item, (*walked, key))
    return out


def _merged(old: Any, new: Any, key: str, whole: str, item: str, walked: tuple[str, ...]) -> Any:
    """Two mappings merged key by key; anything else is the new one."""
    if not isinstance(new, Mapping) or not isinstance(old, Mapping | list | tuple) or key in _WHOLE:
        return new
    out: Any = old
    for name, value in new.items():
        out = _set(out, [str(name)], value, f"{whole}.{name}", item, walked)
    return out


def _set_in_list(
    items: list[Any], path: list[str], value: Any, whole: str, item: str, walked: tuple[str, ...]
) -> list[Any]:
    names = [str(entry.get("name")) if isinstance(entry, Mapping) and "name" in entry else None for entry in items]
    key = path[0]
    if key in names:
        at = names.index(key)
    elif key.isdigit() and 1 <= int(key) <= len(items):
        at = int(key) - 1
    else:
        known = [name if name is not None else str(number + 1) for number, name in enumerate(names)]
        raise _unknown(key, known, whole, item, walked)
    if len(path) > 1:
        items[at] = _set(items[at], path[1:], value, whole, item, (*walked, key))
    elif value is None:
        del items[at]
    else:
        items[at] = _merged(items[at], value, key, whole, item, (*walked, key))
    return items


def _unknown(key: str, known: Any, whole: str, item: str, walked: tuple[str, ...]) -> StudyError:
    place = f"{'.'.join(walked)!r}" if walked else "the study"
    near = did_you_mean(key, known)
    return StudyError(f"{item}: {whole!r} names {key!r}, which {place} does not have. It has {named(known)}.{near}")
