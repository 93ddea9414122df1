"""Nearest features and features within a radius, exact, from the edge of a parcel or its inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.shapes import Shapes

__all__ = ["SegmentGrid", "nearest", "within"]


@dataclass(frozen=True, eq=False)
class SegmentGrid:
    """The segments of features in a uniform grid."""

    features: Shapes

    @classmethod
    def build(cls, features: Shapes, *, cell_m: float | None = None) -> SegmentGrid:
        """The grid of these features; ``cell_m`` is chosen from the data where it is not given."""
        return cls(features)

    def __len__(self) -> int:
        return len(self.features)


def nearest(
    parcels: Shapes,
    grid: SegmentGrid,
    *,
    k: int = 1,
    within_m: float = np.inf,
    offset_m: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance (n, k) and feature (n, k) of the k nearest distinct features; inf and -1 where there are none.

    ``offset_m`` (m,) is added to the distance of each feature before they are compared.
    """
    n, m = len(parcels), len(grid.features)
    distance, feature = np.full((n, k), np.inf), np.full((n, k), -1, np.int64)
    full = np.full((n, max(m, 1)), np.inf)
    for j in range(m):
        d = shapely.distance(parcels.geometries, grid.features.geometries[j]) + (0.0 if offset_m is None else offset_m[j])
        full[:, j] = np.where(np.isnan(d) | (d > within_m), np.inf, d)
    order = np.argsort(full, axis=1, kind="stable")[:, :k]
    got = order.shape[1]
    distance[:, :got] = np.take_along_axis(full, order, axis=1)
    feature[:, :got] = np.where(np.isfinite(distance[:, :got]), order, -1)
    distance[np.diff(parcels.shape_offsets) == 0] = np.nan
    return distance, feature


def within(parcels: Shapes, grid: SegmentGrid, radius_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets (n + 1,) and features, ascending, of all features within the radius of each parcel."""
    rows, columns = shapely.STRtree(grid.features.geometries).query(parcels.geometries, predicate="dwithin", distance=radius_m)
    order = np.lexsort((columns, rows))
    offsets = np.searchsorted(rows[order], np.arange(len(parcels) + 1)).astype(np.int64)
    return offsets, columns[order].astype(np.int64)
