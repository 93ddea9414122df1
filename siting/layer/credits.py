"""Whom a layer is owed to: what a record says of one source, and of several that were put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from siting.catalogue import LayerSpec
from siting.errors import StudyError

__all__ = ["OPENED", "STRICT", "check_open", "closed", "credits_of", "described", "own_use_only", "strictest"]

STRICT = ("no", "share-alike", "attribution", "yes")  #: what may be passed on, the strictest first
#: what to do about a layer that may not be passed on
OPENED = (
    "Name a layer that may be passed on under parcels:, or, where you have the right, describe this one in a catalogue "
    "file of your own that says so (redistribute: yes, attribution or share-alike)."
)
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


def closed(record: Mapping[str, Any]) -> bool:
    """Whether what a record tells of may not be passed on; a layer that nobody describes is the author's own."""
    return record.get("redistribute") == "no"


def own_use_only(record: Mapping[str, Any]) -> str:
    """A sentence on parcels that may not be passed on: a map without them would be empty; "" where they may.

    >>> own_use_only({"source": "lots", "redistribute": "no", "licence": "county terms"})
    "The parcels of 'lots' may not be passed on (county terms): there is no map and no report; tables are for own use."
    """
    if not closed(record):
        return ""
    return (
        f"The parcels of {_name(record)!r} may not be passed on ({record.get('licence')}): there is no map and no "
        "report; tables are for own use."
    )


def check_open(record: Mapping[str, Any], what: str) -> None:
    """Refuse to draw parcels that may not be passed on; ``what`` is "map" or "report". Raises StudyError."""
    if closed(record):
        raise StudyError(
            f"There is no {what} of this ranking: its parcels come from {_name(record)!r}, which may not be passed on "
            f"(redistribute: no; {record.get('licence')}). {OPENED}"
        )


def _name(record: Mapping[str, Any]) -> str:
    return str(record.get("source") or record.get("file") or record.get("title"))
