"""The door: records become parcels with unique ids; whatever is repaired, merged or dropped is listed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.catalogue import Finder
from siting.crs import StudyCrs, operation, reproject_shapes
from siting.errors import DataError, StudyError, did_you_mean, named
from siting.layer import LayerUse, open_vector
from siting.layer.file import Features, read_features
from siting.layer.geometry import of_kind, repaired
from siting.layer.vector import cited, ids_of, nulled
from siting.parcels.cleaning import Log, area_flags, check_ids, outline_groups, slivers, unique_ids
from siting.parcels.data import Parcels
from siting.parcels.grid import around_points, grid_cells
from siting.parcels.stacks import disagreements, stacked_on
from siting.parcels.use import Grid, ParcelsUse
from siting.shapes import Shapes
from siting.units import parse_unit
from siting.where import numbers_of

__all__ = ["ParcelQuality", "ParcelsRead", "read_parcels"]

_FIX = "under parcels:."


@dataclass(frozen=True, eq=False, kw_only=True)
class ParcelQuality:
    """What happened at the door; ``read = parcels + dropped + merged``, always.

    read : records of the source that the study asks for (after ``where`` and ``candidates``)
    merged : records that became part of another parcel (twice the same, or stacked on one outline)
    dropped : records that cannot be parcels
    table : a row for each thing that happened: id, row (in the source), what (repaired, dropped, merged,
        renamed, flagged), detail
    members : the ids of each group of stacked records, by the id of the parcel
    """

    read: int
    parcels: int
    dropped: int
    merged: int
    repaired: int
    renamed: int
    flagged: int
    added_vertices: int
    table: pd.DataFrame
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def stacked_on(self, parcel_id: str) -> str:
        """A sentence on a record that stands in another parcel, "" where it does not."""
        return stacked_on(self.members, parcel_id)


@dataclass(frozen=True, eq=False, kw_only=True)
class ParcelsRead:
    """Clean parcels, ordered by id, and the record of their cleaning."""

    parcels: Parcels
    quality: ParcelQuality


@dataclass(frozen=True, eq=False, kw_only=True)
class _Records:
    """Records on their way to parcels: polygons in the study's CRS (empty where there is none)."""

    shapes: Shapes
    ids: NDArray[np.object_]
    row: NDArray[np.int64]
    table: pd.DataFrame

    def take(self, rows: NDArray[np.int64]) -> _Records:
        if len(rows) == len(self.row) and np.array_equal(rows, np.arange(len(rows))):
            return self
        table = self.table.iloc[rows].reset_index(drop=True)
        return _Records(shapes=self.shapes.take(rows), ids=self.ids[rows], row=self.row[rows], table=table)


def read_parcels(use: ParcelsUse, *, finder: Finder, crs: StudyCrs) -> ParcelsRead:
    """The parcels of a study: from a layer, around points, or the cells of a grid.

    Raises
    ------
    CatalogueError, DataError, CrsError, StudyError
        for a missing or broken file, an unknown field, a candidate that is not there, or no parcel at all.
    """
    log, notes = Log(), list[str]()
    if use.grid is not None:
        records, record, added = _from_grid(use.grid, finder, crs)
    else:
        records, record, added, said = _from_file(use, finder, crs, log)
        notes += said
    read = len(records.ids)
    records, members = _cleaned(records, log, use.id)
    _flag_areas(use, records, members, log)
    if not len(records.ids):
        raise DataError(
            f"None of the {read:,} records of the parcels is a parcel: all were dropped or none was chosen. "
            "Check where:, candidates: and crs: under parcels:."
        )
    order = np.argsort(records.ids.astype(str), kind="stable")
    records = records.take(order)
    table = log.table()
    counts = table.groupby("what")["row"].nunique()
    quality = ParcelQuality(
        read=read,
        parcels=len(records.ids),
        **{what: int(counts.get(what, 0)) for what in ("dropped", "merged", "repaired", "renamed", "flagged")},
        added_vertices=added,
        table=table,
        members=members,
        notes=tuple(notes),
        provenance=record,
    )
    parcels = Parcels(ids=records.ids, shapes=records.shapes, table=records.table, crs=str(crs))
    return ParcelsRead(parcels=parcels, quality=quality)


def _from_file(
    use: ParcelsUse, finder: Finder, crs: StudyCrs, log: Log
) -> tuple[_Records, dict[str, Any], int, list[str]]:
    """The records that the study asks for, carried to its CRS and repaired."""
    found = finder.find(use.source or (use.points.source if use.points else ""))
    item = f"The parcel file {found.name!r}"
    features = read_features(
        found.path,
        item=item,
        fix=_FIX,
        layer=use.layer or found.layer,
        crs=use.crs or found.crs,
        box_in=lambda _: None,
    )
    _check_fields(use, features.table, item)
    table, _ = nulled(features.table, {**(found.spec.nulls if found.spec else {}), **use.null})
    in_file, notes = features.total, list(features.notes)
    features, said = _chosen(use, replace(features, table=table), finder)
    ids = ids_of(features.table, use.id, features.row)
    if use.id is None:
        said.append("The parcels have no id field: the number of the row in the file stands in, which may change.")
    else:
        unnamed = _blank(features.table[use.id])
        ids[unnamed] = [f"row {number}" for number in features.row[unnamed]]
        log.add(ids[unnamed], features.row[unnamed], "renamed", f"the record has no {use.id}")
    shapes, added = _polygons(use, features, ids, crs, log)
    how = operation(features.crs, str(crs))
    record = cited(found, synthetic=features.synthetic) | {
        "layer": use.layer or found.layer,
        "crs": features.crs,
        **how.record,
        "in_file": in_file,
    }
    if (use.crs or found.crs) and features.crs != features.crs_of_file:
        record["crs_of_file"] = features.crs_of_file or None
    return (
        _Records(shapes=shapes, ids=ids, row=features.row, table=features.table),
        record,
        added,
        list(filter(None, [*notes, how.warning, *said])),
    )


def _polygons(
    use: ParcelsUse, features: Features, ids: NDArray[np.object_], crs: StudyCrs, log: Log
) -> tuple[Shapes, int]:
    """Valid polygons in the study's CRS, empty where a record has none."""
    if use.points is not None:
        return _around(use, features, crs, use.points.source), 0
    geometry, reduced = of_kind(features.geometry, "polygon")
    shapes, added = reproject_shapes(Shapes.from_geometries(geometry, "polygon"), features.crs, str(crs))
    mended, wrong = repaired(shapes)
    left = np.diff(mended.shape_offsets) > 0
    rows = reduced & left
    log.add(ids[rows], features.row[rows], "repaired", "parts that are no polygon were left out")
    rows = wrong & left
    reasons = [f"invalid: {reason}" for reason in shapely.is_valid_reason(shapes.geometries[rows])]
    log.add(ids[rows], features.row[rows], "repaired", reasons)
    return mended, added


def _around(use: ParcelsUse, features: Features, crs: StudyCrs, name: str) -> Shapes:
    """Squares or circles around the points of a file."""
    types = shapely.get_type_id(features.geometry)
    if np.any((types != 0) & (types >= 0)):
        raise DataError(
            f"The points of the parcels (file {name!r}) are not all points. "
            "Name a layer of points under parcels: points:."
        )
    points, _ = reproject_shapes(Shapes.from_geometries(features.geometry, "point"), features.crs, str(crs))
    out = np.full(len(points), None, dtype=object)
    filled = np.flatnonzero(np.diff(points.shape_offsets))
    size, radius = use.points.size if use.points else None, use.points.buffer if use.points else None
    out[filled] = around_points(points.coords, size.value if size else None, radius.value if radius else None)
    return Shapes.from_geometries(out, "polygon")


def _from_grid(grid: Grid, finder: Finder, crs: StudyCrs) -> tuple[_Records, dict[str, Any], int]:
    """Cells of a grid."""
    record: dict[str, Any] = {"source": "grid", "crs": str(crs)}
    area, added = None, 0
    if isinstance(grid.area, str):
        layer = open_vector("parcels: grid: area", LayerUse(source=grid.area, kind="polygon"), finder=finder, crs=crs)
        if not len(layer):
            raise DataError(
                f"The area of the grid, {grid.area!r}, holds no polygon. Name a layer of polygons, or write west, "
                "south, east, north in metres, under parcels: grid: area:."
            )
        area, added = shapely.union_all(layer.shapes.geometries), layer.quality.added_vertices
        bounds, record = layer.shapes.total_bounds, record | {"area": dict(layer.provenance)}
    else:
        bounds = grid.area
    cells, ids, table = grid_cells(grid.shape, grid.size.value, bounds, area)
    shapes = Shapes.from_geometries(cells, "polygon")
    return _Records(shapes=shapes, ids=ids, row=np.arange(len(ids), dtype=np.int64), table=table), record, added


def _check_fields(use: ParcelsUse, table: pd.DataFrame, item: str) -> None:
    """Refuse a field of the study that the file does not have."""
    asked = [("id", use.id), ("area", use.area.field if use.area else None), ("owner", use.owner)]
    asked += [("publish", name) for name in use.publish] + [("null", name) for name in use.null]
    asked += [("where", name) for name in (use.where.fields if use.where else ())]
    for word, name in asked:
        if name is not None and name not in table.columns:
            raise StudyError(
                f"{item} has no field {name!r}, which {word}: names.{did_you_mean(name, table.columns)} "
                f"Its fields are {named(table.columns)}."
            )


def _chosen(use: ParcelsUse, features: Features, finder: Finder) -> tuple[Features, list[str]]:
    """The records that ``where`` and ``candidates`` choose, and what to say about the rest."""
    notes, total = [], len(features.row)
    if use.where is not None:
        true, unknown = use.where.evaluate(features.table)
        features = features.take(np.flatnonzero(true | unknown))
        notes.append(f"{len(features.row):,} of {total:,} records are asked for by {use.where.text!r}.")
        if unknown.any():
            do, they = ("does", "it stays") if unknown.sum() == 1 else ("do", "they stay")
            notes.append(f"{int(unknown.sum()):,} of them {do} not say whether it holds; {they}.")
    if use.candidates is not None:
        wanted = _candidates(use, finder)
        ids = ids_of(features.table, use.id, features.row)
        lacking = [item for item in wanted if item not in set(ids)]
        if lacking:
            raise StudyError(
                f"{len(lacking):,} of the {len(wanted):,} candidates are not among the parcels: {named(lacking[:5])}."
                f"{did_you_mean(lacking[0], ids)} Ids are text and compare as they are written."
            )
        features = features.take(np.flatnonzero(np.isin(ids.astype(str), wanted)))
        are = "is a candidate" if len(features.row) == 1 else "are candidates"
        notes.append(f"{len(features.row):,} of {total:,} records {are}.")
    return features, notes


def _candidates(use: ParcelsUse, finder: Finder) -> list[str]:
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


def _blank(column: pd.Series[Any]) -> NDArray[np.bool_]:
    return (column.isna() | column.astype(str).str.strip().eq("")).to_numpy(bool)


def _cleaned(records: _Records, log: Log, key: str | None = None) -> tuple[_Records, dict[str, tuple[str, ...]]]:
    """Records that are parcels, with unique ids and one record an outline."""
    empty = np.diff(records.shapes.shape_offsets) == 0
    log.add(records.ids[empty], records.row[empty], "dropped", "it has no polygon")
    records = records.take(np.flatnonzero(~empty))
    thin = slivers(records.shapes)
    sizes = [f"a sliver of {area:.3f} m2" for area in records.shapes.area_m2[thin]]
    log.add(records.ids[thin], records.row[thin], "dropped", sizes)
    records = records.take(np.flatnonzero(~thin))
    records, members = _unstacked(records, log, key)
    ids, renamed = unique_ids(records.ids, records.shapes)
    check_ids(key, renamed, records.table)
    said = [f"{old!r} has several outlines" for old in records.ids[renamed]]
    log.add(ids[renamed], records.row[renamed], "renamed", said)
    named_by = dict(zip(records.row.tolist(), ids, strict=True))
    return replace(records, ids=ids), {
        str(named_by[row]): tuple(group) for row, group in members.items() if row in named_by
    }


def _unstacked(records: _Records, log: Log, key: str | None) -> tuple[_Records, dict[int, list[str]]]:
    """One record an outline, the one with the lowest id (and row), and the ids of each group by its row.

    Fields on which the records of an outline differ are null.
    """
    if not len(records.ids):
        return records, {}
    group = outline_groups(records.shapes)
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
    return replace(records, table=table).take(np.sort(order[first])), members


def _flag_areas(use: ParcelsUse, records: _Records, members: Mapping[str, tuple[str, ...]], log: Log) -> None:
    """List the parcels whose declared area is far from the computed one."""
    if use.area is None:
        return
    column = records.table[use.area.field]
    numbers = numbers_of(column)
    if len(column) and not np.isfinite(numbers).any() and column.notna().any():
        raise StudyError(
            f"The declared area of the parcels, {use.area.field!r}, holds no number, but values such as "
            f"{str(column.dropna().iloc[0])!r}. Name the field with the area, or leave out area: {_FIX}"
        )
    declared = np.where(np.isfinite(numbers), numbers, np.nan) * parse_unit(use.area.unit).factor
    computed = records.shapes.area_m2
    alone = np.array([item not in members for item in records.ids], bool)
    rows = area_flags(declared, computed) & alone
    factor = parse_unit(use.area.unit).factor
    said = [
        f"declared {d / factor:,.4g} {use.area.unit}, computed {c / factor:,.4g} {use.area.unit} ({d / c - 1:+.0%})"
        for d, c in zip(declared[rows], computed[rows], strict=True)
    ]
    log.add(records.ids[rows], records.row[rows], "flagged", said)
