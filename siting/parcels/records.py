"""Records on their way to parcels: which are asked for, their ids, their polygons, and what their stacks hide.

``read_parcels`` gives all records at once to these rules, ``stream_parcels`` a few at a time.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.catalogue import Finder, Found
from siting.crs import StudyCrs, operation, reproject_shapes
from siting.errors import DataError, StudyError, did_you_mean, named
from siting.layer.file import Features
from siting.layer.geometry import repaired
from siting.layer.vector import cited, ids_of
from siting.parcels.cleaning import Log, area_flags, outline_groups, slivers
from siting.parcels.grid import around_points
from siting.parcels.stacks import disagreements
from siting.parcels.use import AreaField, ParcelsUse
from siting.shapes import Shapes
from siting.units import parse_unit
from siting.where import numbers_of

__all__ = [
    "FIX",
    "NO_ID",
    "Records",
    "Stacks",
    "candidates_asked",
    "candidates_said",
    "check_candidates",
    "check_fields",
    "flag_areas",
    "no_area",
    "no_parcel",
    "of_file",
    "origin",
    "parcel_ids",
    "polygons",
    "stacks",
    "where_said",
    "without_dropped",
]

FIX = "under parcels:."
NO_ID = "The parcels have no id field: the number of the row in the file stands in, which may change."


@dataclass(frozen=True, eq=False, kw_only=True)
class Records:
    """Records on their way to parcels: polygons in the study's CRS (empty where there is none)."""

    shapes: Shapes
    ids: NDArray[np.object_]
    row: NDArray[np.int64]
    table: pd.DataFrame

    def take(self, rows: NDArray[np.int64]) -> Records:
        """These records, in this order."""
        if len(rows) == len(self.row) and np.array_equal(rows, np.arange(len(rows))):
            return self
        table = self.table.iloc[rows].reset_index(drop=True)
        return Records(shapes=self.shapes.take(rows), ids=self.ids[rows], row=self.row[rows], table=table)


def origin(use: ParcelsUse, finder: Finder) -> tuple[Found, str]:
    """The file that the records come from, and what a refusal calls it."""
    found = finder.find(use.source or (use.points.source if use.points else ""))
    return found, f"The parcel file {found.name!r}"


def check_fields(use: ParcelsUse, fields: Sequence[str] | pd.Index[Any], item: str) -> None:
    """Refuse a field of the study that the file does not have."""
    asked = [("id", use.id), ("area", use.area.field if use.area else None), ("owner", use.owner)]
    asked += [("publish", name) for name in use.publish] + [("null", name) for name in use.null]
    asked += [("where", name) for name in (use.where.fields if use.where else ())]
    for word, name in asked:
        if name is not None and name not in fields:
            raise StudyError(
                f"{item} has no field {name!r}, which {word}: names.{did_you_mean(name, fields)} "
                f"Its fields are {named(fields)}."
            )


def where_said(use: ParcelsUse, kept: int, total: int, unknown: int) -> list[str]:
    """What to say about the records that ``where`` chose."""
    if use.where is None:
        return []
    notes = [f"{kept:,} of {total:,} records are asked for by {use.where.text!r}."]
    if unknown:
        do, they = ("does", "it stays") if unknown == 1 else ("do", "they stay")
        notes.append(f"{unknown:,} of them {do} not say whether it holds; {they}.")
    return notes


def candidates_said(kept: int, total: int) -> str:
    """What to say about the records that are candidates."""
    return f"{kept:,} of {total:,} records {'is a candidate' if kept == 1 else 'are candidates'}."


def check_candidates(wanted: Sequence[str], ids: Collection[str]) -> None:
    """Refuse candidates that are not among the ids."""
    known = set(ids)
    lacking = [item for item in wanted if item not in known]
    if lacking:
        raise StudyError(
            f"{len(lacking):,} of the {len(wanted):,} candidates are not among the parcels: {named(lacking[:5])}."
            f"{did_you_mean(lacking[0], ids)} Ids are text and compare as they are written."
        )


def candidates_asked(use: ParcelsUse, finder: Finder) -> list[str]:
    """The ids of the candidate list, each once."""
    if not isinstance(use.candidates, str):
        return list(dict.fromkeys(use.candidates or ()))
    try:
        with finder.table(use.candidates).open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.reader(stream, strict=True) if row]
    except UnicodeDecodeError as error:
        raise DataError(
            f"The candidates {use.candidates!r} are not UTF-8: byte {error.start + 1} cannot be read. Save them as "
            "UTF-8."
        ) from None
    except csv.Error as error:
        raise DataError(f"The candidates {use.candidates!r} are no CSV: {error}. Close every quote.") from None
    if len(rows) < 2:
        raise DataError(
            f"The candidates {use.candidates!r} name no parcel. Write a line with the column's name, then an id a line."
        )
    return list(dict.fromkeys(row[0].strip() for row in rows[1:]))


def parcel_ids(use: ParcelsUse, table: pd.DataFrame, row: NDArray[np.int64], log: Log) -> NDArray[np.object_]:
    """(n,) the id of each record; one without becomes ``row N`` and is listed."""
    ids = ids_of(table, use.id, row)
    if use.id is not None:
        unnamed = table[use.id].isna().to_numpy(bool) | (ids == "")
        ids[unnamed] = [f"row {number}" for number in row[unnamed]]
        log.add(ids[unnamed], row[unnamed], "renamed", f"the record has no {use.id}")
    return ids


def polygons(
    use: ParcelsUse, features: Features, ids: NDArray[np.object_], crs: StudyCrs, log: Log
) -> tuple[Shapes, int]:
    """Valid polygons in the study's CRS, empty where a record has none."""
    if use.points is not None:
        return _around(use, features, crs, use.points.source), 0
    shapes, reduced = features.geometry.shapes("polygon")
    shapes, added = reproject_shapes(shapes, features.crs, str(crs))
    mended, wrong = repaired(shapes)
    left = np.diff(mended.shape_offsets) > 0
    rows = reduced & left
    log.add(ids[rows], features.row[rows], "repaired", "parts that are no polygon were left out")
    rows = wrong & left
    invalid = shapes.take(np.flatnonzero(rows)).geometries
    reasons = [f"invalid: {reason}" for reason in shapely.is_valid_reason(invalid)]
    log.add(ids[rows], features.row[rows], "repaired", reasons)
    return mended, added


def _around(use: ParcelsUse, features: Features, crs: StudyCrs, name: str) -> Shapes:
    """Squares or circles around the points of a file."""
    types = features.geometry.types
    if np.any((types != 0) & (types >= 0)):
        raise DataError(
            f"The points of the parcels (file {name!r}) are not all points. "
            "Name a layer of points under parcels: points:."
        )
    points, _ = reproject_shapes(features.geometry.shapes("point")[0], features.crs, str(crs))
    out = np.full(len(points), None, dtype=object)
    filled = np.flatnonzero(np.diff(points.shape_offsets))
    size, radius = use.points.size if use.points else None, use.points.buffer if use.points else None
    out[filled] = around_points(points.coords, size.value if size else None, radius.value if radius else None)
    return Shapes.from_geometries(out, "polygon")


def of_file(
    use: ParcelsUse, found: Found, crs: StudyCrs, *, crs_used: str, crs_of_file: str, synthetic: bool, in_file: int,
    hashes: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], str]:  # fmt: skip
    """Where the records come from and how they got here, and a warning where the datums are not really related."""
    how = operation(crs_used, str(crs))
    record = cited(found, synthetic=synthetic, hashes=hashes) | {
        "layer": use.layer or found.layer,
        "crs": crs_used,
        **how.record,
        "in_file": in_file,
    }
    if (use.crs or found.crs) and crs_used != crs_of_file:
        record["crs_of_file"] = crs_of_file or None
    return record, how.warning


def without_dropped(records: Records, log: Log) -> Records:
    """The records that are land; the others are listed."""
    empty = np.diff(records.shapes.shape_offsets) == 0
    log.add(records.ids[empty], records.row[empty], "dropped", "it has no polygon")
    records = records.take(np.flatnonzero(~empty))
    thin = slivers(records.shapes)
    sizes = [f"a sliver of {area:.3f} m2" for area in records.shapes.area_m2[thin]]
    log.add(records.ids[thin], records.row[thin], "dropped", sizes)
    return records.take(np.flatnonzero(~thin))


@dataclass(frozen=True, eq=False, kw_only=True)
class Stacks:
    """Which records are stacked on one outline.

    kept : (k,) places of the records that stay, ascending; the one with the lowest id (and row) of each outline
    members : the ids of each group of several ids, by the row of the kept record
    table : of all records, null where the records of an outline differ
    differ : those fields, by the place of the kept record
    """

    kept: NDArray[np.int64]
    members: dict[int, list[str]]
    table: pd.DataFrame
    differ: dict[int, list[str]]


def stacks(records: Records, log: Log, key: str | None) -> Stacks:
    """One record an outline; the others, and the fields on which they differ, are listed."""
    if not len(records.ids):
        return Stacks(kept=np.empty(0, np.int64), members={}, table=records.table, differ={})
    group = outline_groups(records.shapes)
    if (group < len(group)).all():  # each outline is that of one record
        return Stacks(kept=np.arange(len(group)), members={}, table=records.table, differ={})
    order = np.lexsort([records.row, pd.factorize(records.ids.astype(str), sort=True)[0], group])
    first = np.ones(len(order), bool)
    first[1:] = group[order][1:] != group[order][:-1]
    keeper = order[first][np.cumsum(first) - 1]
    members: dict[int, list[str]] = {}
    details = []
    for row, kept in zip(order[~first], keeper[~first], strict=True):
        ours, theirs = str(records.ids[row]), str(records.ids[kept])
        if ours == theirs:
            details.append(f"the same id and outline as row {records.row[kept]}")
        else:
            details.append(f"stacked on the outline of {theirs!r}")
            stack = members.setdefault(int(records.row[kept]), [theirs])
            if ours not in stack[-1:]:
                stack.append(ours)
    merged = order[~first]
    log.add(records.ids[merged], records.row[merged], "merged", details)
    several = np.isin(keeper, keeper[~first])
    table, differ = disagreements(records.table, order[several], keeper[several], key)
    kept = np.array(sorted(differ), np.int64)
    said = [f"its stacked records differ in {named(differ[row])}, null here" for row in kept.tolist()]
    log.add(records.ids[kept], records.row[kept], "flagged", said)
    return Stacks(kept=np.sort(order[first]), members=members, table=table, differ=differ)


def flag_areas(
    area: AreaField, records: Records, members: Collection[str], log: Log
) -> tuple[bool, tuple[int, str] | None]:
    """List the parcels whose declared area is far from the computed one, except those of a group.

    Gives whether any value is a number, and the first value (row, text), for ``no_area``.
    """
    column = records.table[area.field]
    numbers = numbers_of(column)
    factor = parse_unit(area.unit).factor
    declared = np.where(np.isfinite(numbers), numbers, np.nan) * factor
    computed = records.shapes.area_m2
    rows = np.flatnonzero(area_flags(declared, computed))
    rows = rows[[item not in members for item in records.ids[rows]]] if len(rows) else rows
    said = [
        f"declared {d / factor:,.4g} {area.unit}, computed {c / factor:,.4g} {area.unit} ({d / c - 1:+.0%})"
        for d, c in zip(declared[rows], computed[rows], strict=True)
    ]
    log.add(records.ids[rows], records.row[rows], "flagged", said)
    known = np.flatnonzero(column.notna().to_numpy(bool))
    at = known[np.argmin(records.row[known])] if len(known) else None
    first = None if at is None else (int(records.row[at]), str(column.iloc[at]))
    return bool(np.isfinite(numbers).any()), first


def no_area(area: AreaField, example: str) -> StudyError:
    """The refusal of a declared area none of whose values is a number."""
    return StudyError(
        f"The declared area of the parcels, {area.field!r}, holds no number, but values such as "
        f"{example!r}. Name the field with the area, or leave out area: {FIX}"
    )


def no_parcel(read: int) -> DataError:
    """The refusal of records of which none is a parcel."""
    return DataError(
        f"None of the {read:,} records of the parcels is a parcel: all were dropped or none was chosen. "
        "Check where:, candidates: and crs: under parcels:."
    )
