"""The door: records become parcels with unique ids; whatever is repaired, merged or dropped is listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from siting.catalogue import Finder
from siting.crs import StudyCrs
from siting.errors import DataError
from siting.layer import LayerUse, open_vector
from siting.layer.file import Features, read_features
from siting.layer.vector import ids_of, nulled
from siting.parcels.cleaning import Log, check_ids, unique_ids
from siting.parcels.data import Parcels
from siting.parcels.grid import grid_cells
from siting.parcels.records import (
    FIX,
    NO_ID,
    Records,
    candidates_asked,
    candidates_said,
    check_candidates,
    check_fields,
    flag_areas,
    no_area,
    no_parcel,
    of_file,
    origin,
    parcel_ids,
    polygons,
    stacks,
    where_said,
    without_dropped,
)
from siting.parcels.stacks import stacked_on
from siting.parcels.use import Grid, ParcelsUse
from siting.shapes import Shapes

__all__ = ["ParcelQuality", "ParcelsRead", "grid_place", "parcel_quality", "read_parcels"]


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
    if use.area is not None:
        numbers, first = flag_areas(use.area, records, members, log)
        if not numbers and first is not None:
            raise no_area(use.area, first[1])
    if not len(records.ids):
        raise no_parcel(read)
    order = np.argsort(records.ids.astype(str), kind="stable")
    records = records.take(order)
    quality = parcel_quality(read, len(records.ids), log, added=added, members=members, notes=notes, provenance=record)
    parcels = Parcels(ids=records.ids, shapes=records.shapes, table=records.table, crs=str(crs))
    return ParcelsRead(parcels=parcels, quality=quality)


def parcel_quality(
    read: int,
    parcels: int,
    log: Log,
    *,
    added: int,
    members: Mapping[str, tuple[str, ...]],
    notes: list[str],
    provenance: Mapping[str, Any],
) -> ParcelQuality:
    """The record of the cleaning, with the log counted."""
    table = log.table()
    counts = table.groupby("what")["row"].nunique()
    return ParcelQuality(
        read=read,
        parcels=parcels,
        **{what: int(counts.get(what, 0)) for what in ("dropped", "merged", "repaired", "renamed", "flagged")},
        added_vertices=added,
        table=table,
        members=members,
        notes=tuple(notes),
        provenance=provenance,
    )


def _from_file(
    use: ParcelsUse, finder: Finder, crs: StudyCrs, log: Log
) -> tuple[Records, dict[str, Any], int, list[str]]:
    """The records that the study asks for, carried to its CRS and repaired."""
    found, item = origin(use, finder)
    features = read_features(
        found.path, item=item, fix=FIX, layer=use.layer or found.layer, crs=use.crs or found.crs, box_in=lambda _: None
    )
    check_fields(use, features.table.columns, item)
    table, _ = nulled(features.table, {**(found.spec.nulls if found.spec else {}), **use.null})
    in_file, notes = features.total, list(features.notes)
    features, said = _chosen(use, replace(features, table=table), finder)
    if use.id is None:
        said.append(NO_ID)
    ids = parcel_ids(use, features.table, features.row, log)
    shapes, added = polygons(use, features, ids, crs, log)
    record, warning = of_file(
        use, found, crs, crs_used=features.crs, crs_of_file=features.crs_of_file, synthetic=features.synthetic,
        in_file=in_file,
    )  # fmt: skip
    records = Records(shapes=shapes, ids=ids, row=features.row, table=features.table)
    return records, record, added, list(filter(None, [*notes, warning, *said]))


def _from_grid(grid: Grid, finder: Finder, crs: StudyCrs) -> tuple[Records, dict[str, Any], int]:
    """Cells of a grid."""
    bounds, area, record, added = grid_place(grid, finder, crs)
    cells, ids, table = grid_cells(grid.shape, grid.size.value, bounds, area)
    shapes = Shapes.from_geometries(cells, "polygon")
    return Records(shapes=shapes, ids=ids, row=np.arange(len(ids), dtype=np.int64), table=table), record, added


def grid_place(
    grid: Grid, finder: Finder, crs: StudyCrs
) -> tuple[tuple[float, float, float, float], Any, dict[str, Any], int]:
    """Where the cells of a grid lie: bounds, polygon (or None), what a record says, vertices added."""
    record: dict[str, Any] = {"source": "grid", "crs": str(crs)}
    if not isinstance(grid.area, str):
        return grid.area, None, record, 0
    layer = open_vector("parcels: grid: area", LayerUse(source=grid.area, kind="polygon"), finder=finder, crs=crs)
    if not len(layer):
        raise DataError(
            f"The area of the grid, {grid.area!r}, holds no polygon. Name a layer of polygons, or write west, "
            "south, east, north in metres, under parcels: grid: area:."
        )
    area = shapely.union_all(layer.shapes.geometries)
    return layer.shapes.total_bounds, area, record | {"area": dict(layer.provenance)}, layer.quality.added_vertices


def _chosen(use: ParcelsUse, features: Features, finder: Finder) -> tuple[Features, list[str]]:
    """The records that ``where`` and ``candidates`` choose, and what to say about the rest."""
    notes, total = list[str](), len(features.row)
    if use.where is not None:
        true, unknown = use.where.evaluate(features.table)
        features = features.take(np.flatnonzero(true | unknown))
        notes += where_said(use, len(features.row), total, int(unknown.sum()))
    if use.candidates is not None:
        wanted = candidates_asked(use, finder)
        ids = ids_of(features.table, use.id, features.row)
        check_candidates(wanted, ids)
        features = features.take(np.flatnonzero(np.isin(ids.astype(str), wanted)))
        notes.append(candidates_said(len(features.row), total))
    return features, notes


def _cleaned(records: Records, log: Log, key: str | None = None) -> tuple[Records, dict[str, tuple[str, ...]]]:
    """Records that are parcels, with unique ids and one record an outline, and the ids of each group by its id."""
    records = without_dropped(records, log)
    found = stacks(records, log, key)
    records = replace(records, table=found.table).take(found.kept)
    ids, renamed = unique_ids(records.ids, records.shapes)
    check_ids(key, int(renamed.sum()), len(ids), ((str(name), column) for name, column in records.table.items()))
    said = [f"{old!r} has several outlines" for old in records.ids[renamed]]
    log.add(ids[renamed], records.row[renamed], "renamed", said)
    named_by = dict(zip(records.row.tolist(), ids, strict=True))
    members = {str(named_by[row]): tuple(group) for row, group in found.members.items()}
    return replace(records, ids=ids), dict(sorted(members.items()))
