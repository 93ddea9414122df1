"""Cleaning: which records are parcels, by stated rules; whatever happens to a record is listed.

1. A record without a polygon (missing, empty, a line, a point) is dropped.
2. Invalid rings are repaired by GEOS's structure method: shells united, holes cut out, collapsed parts gone.
3. A sliver is dropped: an area under 1 m2, or a mean width (2 x area / perimeter) under 0.1 m.
4. Records with one outline (equal to 1 mm) are one parcel: the same id twice is merged; several ids
   (condominiums on one lot) are one group with the lowest id, counted once, its members listed. A field on
   which the records of an outline differ is null, and the parcel flagged: nobody knows which record holds.
5. Several outlines with one id stay several parcels: the largest keeps the id, the others become
   ``ID/2``, ``ID/3`` ... by falling area, and are listed as renamed.
6. A record without an id becomes ``row N`` and is listed.
7. A declared area over 10 % from the computed one is flagged, except in a group.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.errors import StudyError
from siting.shapes import Shapes

__all__ = [
    "AREA_TOLERANCE",
    "SLIVER_M",
    "SLIVER_M2",
    "Log",
    "area_flags",
    "check_ids",
    "coarse_outlines",
    "happened",
    "outline_groups",
    "outline_hashes",
    "repeated",
    "slivers",
    "unique_ids",
]

SLIVER_M2 = 1.0  #: judgement
SLIVER_M = 0.1  #: judgement
AREA_TOLERANCE = 0.10
REPEATED, REPEATED_COUNT = 0.05, 10  #: judgement: with more records renamed than both, a field is no id
_MM = 1000.0


@dataclass
class Log:
    """What happened to which record: id, row in the source, what, detail."""

    ids: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    what: list[str] = field(default_factory=list)
    detail: list[str] = field(default_factory=list)

    def add(
        self,
        ids: NDArray[np.object_],
        rows: NDArray[np.int64],
        what: str,
        detail: str | list[str] | NDArray[np.object_],
    ) -> None:
        """One line a record."""
        self.ids += [str(item) for item in ids]
        self.rows += [int(row) for row in rows]
        self.what += [what] * len(ids)
        self.detail += [detail] * len(ids) if isinstance(detail, str) else [str(item) for item in detail]

    def table(self) -> pd.DataFrame:
        """All lines, by row in the source."""
        columns = {"id": self.ids, "row": self.rows, "what": self.what, "detail": self.detail}
        frame = pd.DataFrame(columns).astype({"id": object, "row": np.int64, "what": object, "detail": object})
        return frame.sort_values(["row", "what", "detail"], kind="stable", ignore_index=True)


def slivers(shapes: Shapes) -> NDArray[np.bool_]:
    """(n,) whether a polygon is too small or too thin to be land."""
    west, south, east, north = shapes.bounds.T
    longest = np.diff(shapes.ring_offsets[shapes.shape_offsets]) * (east - west + north - south)  # no step is longer
    doubtful = np.flatnonzero(~(shapes.area_m2 >= SLIVER_M * longest))
    thin = np.zeros(len(shapes), bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        thin[doubtful] = 2 * shapes.area_m2[doubtful] / _perimeter_m(shapes.take(doubtful)) < SLIVER_M
    return np.asarray((shapes.area_m2 < SLIVER_M2) | thin)


def _perimeter_m(shapes: Shapes) -> NDArray[np.float64]:
    """(n,) length of all rings."""
    step = np.zeros(len(shapes.coords))
    step[:-1] = np.hypot(*np.diff(shapes.coords, axis=0).T)
    step[shapes.ring_offsets[1:] - 1] = 0.0
    owner = np.repeat(np.arange(len(shapes)), np.diff(shapes.ring_offsets[shapes.shape_offsets]))
    return np.bincount(owner, step, minlength=len(shapes)).astype(np.float64)


def outline_groups(shapes: Shapes) -> NDArray[np.int64]:
    """(n,) a number that is equal for polygons with the same outline (to 1 mm), whatever their first vertex."""
    coarse = coarse_outlines(shapes)
    group = np.arange(len(coarse), dtype=np.int64)
    rows = repeated(outline_hashes(coarse))
    if len(rows):
        _, some = np.unique(coarse[rows], axis=0, return_inverse=True)
        same = shapely.normalize(shapely.set_precision(shapes.take(rows).geometries, 1 / _MM, mode="pointwise"))
        number: dict[tuple[int, bytes], int] = {}
        keys = zip(some.ravel().tolist(), shapely.to_wkb(same), strict=True)
        group[rows] = [len(group) + number.setdefault(key, len(number)) for key in keys]
    return group


def outline_hashes(coarse: NDArray[np.float64]) -> NDArray[np.uint64]:
    """(n,) equal where ``coarse_outlines`` are, hardly ever elsewhere."""
    mixed = np.full(len(coarse), 0x9E3779B97F4A7C15, np.uint64)
    for column in np.ascontiguousarray(coarse.T + 0.0):  # no negative zeros
        mixed = (mixed ^ column.view(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def repeated(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Places of hashes that occur more than once: 8 bytes for each, beside the hashes."""
    ordered = np.sort(hashes)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    if not len(again):
        return np.empty(0, np.int64)
    at = np.minimum(np.searchsorted(again, hashes), len(again) - 1)
    return np.flatnonzero(again[at] == hashes)


def coarse_outlines(shapes: Shapes) -> NDArray[np.float64]:
    """(n, 6) numbers that are equal where outlines are: the box to 1 mm, the vertices, the area to 0.01 m2."""
    vertices = np.diff(shapes.ring_offsets[shapes.shape_offsets])
    return np.column_stack([np.round(shapes.bounds * _MM), vertices, np.round(shapes.area_m2 * 100)])


def unique_ids(
    ids: NDArray[np.object_], shapes: Shapes, taken: Container[str] | None = None
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """(n,) unique ids, and which records were renamed: the largest of several outlines keeps the id.

    taken : ids that a renamed record cannot have; None: these ids
    """
    codes, different = pd.factorize(ids, sort=False)
    if len(different) == len(ids):
        return ids.copy(), np.zeros(len(ids), bool)
    west, south = shapes.bounds[:, 0], shapes.bounds[:, 1]
    order = np.lexsort([south, west, -shapes.area_m2, codes])
    first = np.ones(len(order), bool)
    first[1:] = codes[order][1:] != codes[order][:-1]
    renamed = np.zeros(len(ids), bool)
    renamed[order[~first]] = True
    out, taken = ids.copy(), set(ids) if taken is None else taken
    number: dict[str, int] = {}
    for row in order[~first]:
        base = str(ids[row])
        number[base] = number.get(base, 1) + 1
        while f"{base}/{number[base]}" in taken:
            number[base] += 1
        out[row] = f"{base}/{number[base]}"
    return out, renamed


def check_ids(name: str | None, count: int, n: int, columns: Iterable[tuple[Any, pd.Series]]) -> None:
    """Refuse a field as id that is the same for many parcels; ``count`` of ``n`` would get another id.

    columns : their fields, which are taken one after the other
    """
    if name is None or count <= max(REPEATED * n, REPEATED_COUNT):
        return
    better = [str(other) for other, column in columns if _tells_apart(column)]
    fix = f"Did you mean {better[0]!r}?" if better else "Name a field that is different for every parcel."
    raise StudyError(
        f"parcels: {name!r} is the same for many parcels ({count:,} of {n:,} would be renamed); it is not an id. {fix}"
    )


def _tells_apart(column: pd.Series) -> bool:
    """Whether a text or whole number is there, and another one, in every row."""
    return column.dtype.kind in "OUTiu" and bool(column.notna().all()) and bool(column.is_unique)


_WHY = {
    "it has no polygon": "no polygon", "a sliver": "sliver", "the same id and outline": "twice the same",
    "stacked on": "stacked on one outline", "the record has no": "no id",
}  # fmt: skip


def happened(table: pd.DataFrame) -> str:
    """One sentence on the records that were merged, dropped or renamed, and why; "" where there are none.

    >>> log = Log()
    >>> log.add(np.array(["a", "b"]), np.array([0, 1]), "dropped", ["it has no polygon", "a sliver of 0.1 m2"])
    >>> happened(log.table())
    'Of the records of the parcels 2 were dropped (1 no polygon, 1 sliver); cleaning.csv lists them.'
    """
    parts = []
    for what in ("merged", "dropped", "renamed"):
        details = table.loc[table["what"] == what].drop_duplicates("row")["detail"]
        if len(details):
            words = [next((word for key, word in _WHY.items() if d.startswith(key)), "repeated id") for d in details]
            counts = [f"{words.count(word):,} {word}" for word in sorted(set(words))]
            parts.append(f"{len(details):,} {'was' if len(details) == 1 else 'were'} {what} ({', '.join(counts)})")
    return f"Of the records of the parcels {', '.join(parts)}; cleaning.csv lists them." if parts else ""


def area_flags(declared_m2: NDArray[np.float64], computed_m2: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether a declared area is over 10 % from the computed one; one that is not declared is not flagged."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs(declared_m2 / computed_m2 - 1) > AREA_TOLERANCE) & (declared_m2 > 0)
