"""Whom a layer is owed to: what a record says of one source, and of several that were put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from siting.catalogue import LayerSpec

__all__ = ["STRICT", "credits_of", "described", "own_use_only", "strictest"]

STRICT = ("no", "share-alike", "attribution", "yes")  #: what may be passed on, the strictest first
_JOINED = ("title", "publisher", "licence", "attribution", "vintage", "grain")


def described(spec: LayerSpec) -> dict[str, Any]:
    """What a record says about a layer of the catalogue."""
    return {
        "title": spec.title,
        "publisher": spec.publisher,
        "licence": spec.licence,
        "attribution": spec.attribution,
        "redistribute": spec.redistribute,
        "vintage": spec.vintage,
        "grain": spec.grain,
        "url": spec.service.url if spec.service else None,
        "synthetic": spec.synthetic,
    }


def credits_of(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The record of a layer that was made from several: all publishers and licences, the strictest rule, every file.

    >>> one, two = {"licence": "CC0", "redistribute": "yes"}, {"licence": "ODbL", "redistribute": "share-alike"}
    >>> made = credits_of([{"part": "a", **one}, {"part": "b", **two}, {"part": "c", **one}])
    >>> made["licence"], made["redistribute"]
    ('CC0; ODbL', 'share-alike')
    """
    out: dict[str, Any] = {}
    for key in _JOINED:
        said = list(dict.fromkeys(str(record[key]) for record in records if record.get(key)))
        if said:
            out[key] = "; ".join(said)
    passed_on = strictest([record.get("redistribute") for record in records])
    if passed_on is not None:
        out["redistribute"] = passed_on
    hashes = {
        f"{record['part']}: {file}": digest
        for record in records
        for file, digest in dict(record.get("sha256") or {}).items()
    }
    files = list(dict.fromkeys(str(record["file"]) for record in records if record.get("file")))
    marks = [bool(record.get("synthetic")) for record in records]
    return {**out, "file": ", ".join(files), "sha256": hashes, "synthetic": any(marks)}


def strictest(said: Iterable[str | None]) -> str | None:
    """The strictest of several rules about passing on; None where none is known."""
    known = [rule for rule in said if rule in STRICT]
    return min(known, key=STRICT.index) if known else None


def own_use_only(record: Mapping[str, Any]) -> str:
    """A sentence on parcels that may not be passed on: a map without them would be empty; "" where they may.

    >>> own_use_only({"redistribute": "no", "licence": "county terms"})
    'The parcels may not be passed on (county terms): the map and the report of this run are for your own use.'
    """
    if record.get("redistribute") != "no":
        return ""
    return (
        f"The parcels may not be passed on ({record.get('licence')}): the map and the report of this run are for your "
        "own use."
    )
