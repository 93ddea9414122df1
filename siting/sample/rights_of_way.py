"""Rights of way through a sample county: what freeways, rails and canals leave of the parcels they cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

__all__ = ["ACRE_M2", "SMALLEST_M2", "Pieces", "cut_by"]

ACRE_M2 = 4046.8564224
SMALLEST_M2 = 0.1 * ACRE_M2


@dataclass(frozen=True, eq=False, kw_only=True)
class Pieces:
    """What corridors leave of n parcels.

    geometry : (m,) polygons; source : (m,) the parcel of each
    part : (m,) 0 for an uncut parcel, 1, 2, ... for the pieces of one that was cut
    touched : (n,) whether a corridor took some of the parcel
    """

    geometry: NDArray[np.object_]
    source: NDArray[np.int64]
    part: NDArray[np.int64]
    touched: NDArray[np.bool_]


def cut_by(polygons: NDArray[np.object_], corridors: Sequence[BaseGeometry]) -> Pieces:
    """The parcels less the corridors; remnants under a tenth of an acre go to the right of way."""
    pieces = [p for c in corridors for p in shapely.get_parts(_tiles(c))]
    touched = np.zeros(len(polygons), bool)
    sources, parts = np.arange(len(polygons)), polygons
    if pieces:
        obstacle = np.array(pieces, dtype=object)
        shapely.prepare(obstacle)
        box = shapely.bounds(polygons)
        tree = shapely.STRtree(obstacle)
        at, which = tree.query(shapely.box(*box.T), predicate="intersects")
        hit = shapely.intersects(polygons[at], obstacle[which])
        at, which = at[hit], which[hit]
        rows = np.unique(at)
        order = np.argsort(at, kind="stable")
        groups = np.split(which[order], np.searchsorted(at[order], rows)[1:])
        masks = np.array([shapely.union_all(obstacle[np.sort(g)]) for g in groups], dtype=object)
        rest = shapely.transform(shapely.difference(polygons[rows], masks), lambda c: np.round(c, 2))
        touched[rows] = True
        split, owner = shapely.get_parts(rest, return_index=True)
        good = (shapely.get_type_id(split) == 3) & shapely.is_valid(split) & (shapely.area(split) >= SMALLEST_M2)
        good &= shapely.area(split) > 3.0 * shapely.length(split) / 2
        split, owner = split[good], owner[good]
        keep = np.flatnonzero(~touched)
        sources = np.concatenate([keep, rows[owner]])
        parts = np.concatenate([polygons[keep], shapely.orient_polygons(split)])
    return Pieces(geometry=parts, source=sources, part=_part_numbers(sources, touched), touched=touched)


def _tiles(corridor: BaseGeometry, size_m: float = 1_500.0) -> NDArray[np.object_]:
    """A long corridor in short tiles, so that cutting stays cheap."""
    west, south, east, north = shapely.bounds(corridor)
    if not np.isfinite(west):
        return np.empty(0, object)
    x, y = np.arange(west, east + size_m, size_m), np.arange(south, north + size_m, size_m)
    a, b = (g.ravel() for g in np.meshgrid(x[:-1] if len(x) > 1 else x, y[:-1] if len(y) > 1 else y))
    box = shapely.box(a, b, a + size_m, b + size_m)
    shapely.prepare(corridor)
    box = box[shapely.intersects(corridor, box)]
    parts = shapely.get_parts(shapely.intersection(corridor, box))
    return np.asarray(parts[shapely.get_type_id(parts) == 3])


def _part_numbers(sources: NDArray[np.int64], touched: NDArray[np.bool_]) -> NDArray[np.int64]:
    """0 for an untouched parcel; 1, 2, ... for the pieces of one that was cut."""
    number = np.zeros(len(sources), np.int64)
    at = np.flatnonzero(touched[sources])
    s = sources[at]
    new = np.concatenate([[True], s[1:] != s[:-1]]) if len(s) else np.zeros(0, bool)
    start = np.maximum.accumulate(np.where(new, np.arange(len(s)), 0)) if len(s) else s
    number[at] = np.arange(len(s)) - start + 1
    return number
