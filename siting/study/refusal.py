"""Refusals of a study: what pydantic and the rooms complain about, as sentences with a path and a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from siting.errors import StudyError, UnitError, did_you_mean, named
from siting.study_file import At

__all__ = ["Faults", "Strict", "faults_of", "keys_of", "refusal"]

LIMIT = 20  #: faults that are listed
_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "mapping_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
}


class Strict(BaseModel):
    """A frozen, strict part of a study."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Faults(StudyError):  # noqa: N818 - several errors in one
    """Several faults, each with its place below the part that was checked."""

    def __init__(self, faults: Iterable[tuple[At, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(message for _, message in self.faults))


def faults_of(error: ValidationError, model: type[BaseModel], given: Any) -> list[tuple[At, str, bool]]:
    """(place, sentence, whether it is about a unit) of every complaint, each place once.

    given : the mapping that was validated; places are cut to what it holds
    """
    out: dict[tuple[At, str], bool] = {}
    for item in error.errors(include_url=False):
        cause = item.get("ctx", {}).get("error")
        place = _place(item["loc"], given)
        if isinstance(cause, Faults):
            for below, message in cause.faults:
                out[(*place, *below), message] = False
        elif isinstance(cause, Exception):
            out[place, str(cause)] = isinstance(cause, UnitError)
        else:
            out[place, _sentence(item, place, model)] = False
    return [(place, message, unit) for (place, message), unit in out.items()]


def refusal(faults: Sequence[tuple[At, str, bool]], *, given: Any, lines: Mapping[At, int], name: str) -> StudyError:
    """One error that names every fault with its line and path; a UnitError where all are about units."""
    kind = UnitError if all(unit for _, _, unit in faults) else StudyError
    told = []
    for place, message, _ in faults:
        line, path = _line(place, message, lines), _path(place, given)
        where = ", ".join(part for part in (f"line {line}" if line else "", f"'{path}'" if path else "") if part)
        told.append((where, message))
    if len(told) == 1:
        where, message = told[0]
        return kind(f"{name}{', ' if where else ''}{where}: {message}")
    shown = [f"- {where}: {message}" if where else f"- {message}" for where, message in told[:LIMIT]]
    if len(told) > LIMIT:
        shown.append(f"- and {len(told) - LIMIT} more")
    return kind("\n".join([f"{name} has {len(told)} faults:", *shown]))


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a model takes, as a study writes them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _sentence(item: Any, place: At, model: type[BaseModel]) -> str:
    """A complaint of pydantic itself as a sentence."""
    kind, value = str(item["type"]), item.get("input")
    key = str(item["loc"][-1]) if item["loc"] else ""
    owner = _model_at(model, place[:-1] if place and place[-1] == key else place)
    known = keys_of(owner) if owner else []
    if kind == "extra_forbidden":
        return f"{key!r} is not a key here. The keys are {named(known)}.{did_you_mean(key, known)}"
    if kind == "missing":
        return f"the key {key!r} is missing. The keys here are {named(known)}."
    if kind == "literal_error":
        allowed = str(item["ctx"]["expected"])
        choices = [part.strip(" '") for part in allowed.replace(" or ", ",").split(",")]
        return f"this can be {allowed}, not {value!r}.{did_you_mean(str(value), choices)}"
    if kind in _TYPES:
        return f"this {_TYPES[kind]}, not {value!r}."
    message = str(item["msg"])
    return f"{message[:1].lower()}{message[1:]}, not {value!r}."


def _place(loc: Sequence[str | int], given: Any) -> At:
    """The part of pydantic's location that the study has, and the last key where it is new."""
    out: list[str | int] = []
    for number, part in enumerate(loc):
        if _holds(given, part):
            given = given[part]
            out.append(part)
        elif number == len(loc) - 1 and isinstance(part, str) and isinstance(given, Mapping) and part != "[key]":
            out.append(part)
    return tuple(out)


def _holds(given: Any, part: str | int) -> bool:
    if isinstance(given, Mapping):
        return part in given
    return isinstance(given, list | tuple) and isinstance(part, int) and part < len(given)


def _path(place: At, given: Any) -> str:
    """A place as people write it; items of lists by their name where they have one."""
    parts = []
    for part in place:
        given = given[part] if _holds(given, part) else None
        name = given.get("name") if isinstance(part, int) and isinstance(given, Mapping) else None
        parts.append(str(name) if name is not None else str(part + 1) if isinstance(part, int) else part)
    return ".".join(parts)


def _line(place: At, message: str, lines: Mapping[At, int]) -> int | None:
    """The line of a place, or of the key below it that the message names, or of what holds it."""
    for at, line in lines.items():
        if len(at) == len(place) + 1 and at[: len(place)] == place and message.startswith(repr(at[-1])):
            return line
    for end in range(len(place), 0, -1):
        if place[:end] in lines:
            return lines[place[:end]]
    return None


def _model_at(model: type[BaseModel], place: At) -> type[BaseModel] | None:
    """The model that a place is checked by, if it is one."""
    current: list[Any] = [model]
    for part in place:
        current = [below for annotation in current for below in _below(annotation, part)]
    return next((item for item in current if _is_model(item)), None)


def _below(annotation: Any, part: str | int) -> list[Any]:
    """What stands below a key or position of something of this type."""
    if _is_model(annotation):
        fields = annotation.model_fields.items()
        found = [field.annotation for name, field in fields if part in (field.alias, name)]
    else:
        inside = get_args(annotation)
        found = [inside[-1] if isinstance(part, str) else inside[0]] if inside else []
    return [option for item in found for option in _options(item)]


def _options(annotation: Any) -> list[Any]:
    """The types that an annotation allows, without Annotated and unions around them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [option for item in get_args(annotation) for option in _options(item)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel)
