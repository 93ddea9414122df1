"""Areas and lengths that parcels and features have in common."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.shapes import Shapes

__all__ = ["covered_area", "length_inside", "length_within", "pair_areas"]


def covered_area(
    parcels: Shapes, features: Shapes, *, classes: NDArray[np.int64] | None = None, class_count: int = 1
) -> NDArray[np.float64]:
    """(n, class_count) area of each parcel covered by the features of each class; overlapping features count once.

    classes : (m,) class of each feature, 0 <= class < class_count; None: all are of class 0
    """
    out = np.zeros((len(parcels), class_count))
    classes = np.zeros(len(features), np.int64) if classes is None else classes
    rows, columns = shapely.STRtree(features.geometries).query(parcels.geometries, predicate="intersects")
    key = rows * class_count + classes[columns]
    order = np.argsort(key, kind="stable")
    key, rows, columns = key[order], rows[order], columns[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    for a, b in zip(starts, np.append(starts[1:], len(key)), strict=True):
        pieces = shapely.intersection(parcels.geometries[rows[a]], features.geometries[columns[a:b]])
        out.flat[key[a]] = shapely.area(shapely.union_all(pieces))
    return out


def pair_areas(parcels: Shapes, features: Shapes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Parcel, feature and common area of every pair with a common area, in order of parcel and feature."""
    rows, columns = shapely.STRtree(features.geometries).query(parcels.geometries, predicate="intersects")
    order = np.lexsort((columns, rows))
    rows, columns = rows[order].astype(np.int64), columns[order].astype(np.int64)
    area = shapely.area(shapely.intersection(parcels.geometries[rows], features.geometries[columns]))
    return rows[area > 0], columns[area > 0], area[area > 0]


def length_inside(parcels: Shapes, lines: Shapes) -> NDArray[np.float64]:
    """(n,) length of the lines inside each parcel; two lines that coincide count twice."""
    return length_within(parcels, lines, 0.0)


def length_within(parcels: Shapes, lines: Shapes, radius_m: float) -> NDArray[np.float64]:
    """(n,) length of the lines within a radius of each parcel; two lines that coincide count twice."""
    zones = parcels.geometries if radius_m <= 0 else shapely.buffer(parcels.geometries, radius_m, quad_segs=64)
    rows, columns = shapely.STRtree(lines.geometries).query(zones, predicate="intersects")
    length = shapely.length(shapely.intersection(zones[rows], lines.geometries[columns]))
    return np.bincount(rows, length, minlength=len(parcels)).astype(np.float64)
