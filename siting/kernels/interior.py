"""Which shapes lie in polygons that hold most of them: told by cells deep inside, else by the area in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.kernels.overlap import PolygonGrid, covered_area
from siting.shapes import Shapes

__all__ = ["Interior"]

_CELLS = 64  #: along the longer side of the polygons
_MANY = 2048  #: shapes for which the cells are worth looking at
_OPEN = 1e-11  #: share of a cell that rounding may leave open
_SPARE = 1e-4  #: share of a shape that open shares of its cells may come to


@dataclass(frozen=True, eq=False)
class Interior:
    """Polygons such as the coverage of a layer, which hold whole counties.

    >>> import shapely
    >>> land = Shapes.from_geometries([shapely.box(0, 0, 9, 9)])
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 1, 1), shapely.box(8, 0, 10, 1)])
    >>> Interior(PolygonGrid.build(land)).holds(lots, 0.999).tolist()
    [True, False]
    """

    grid: PolygonGrid

    def holds(self, shapes: Shapes, share: float) -> NDArray[np.bool_]:
        """(n,) whether at least this share (up to 99.99 %) of each shape lies under the polygons; so does nothing."""
        held = self._deep(shapes) if len(shapes) >= _MANY else np.zeros(len(shapes), bool)
        rest = np.flatnonzero(~held)
        some = shapes.take(rest)
        held[rest] = covered_area(some, self.grid)[:, 0] >= share * some.area_m2
        return held

    def _deep(self, shapes: Shapes) -> NDArray[np.bool_]:
        """(n,) whether each shape lies in cells that surely lie under the polygons."""
        box = np.array([shapes.total_bounds])
        if self._in_cells(box, shapes.area_m2.min(keepdims=True))[0]:  # then so does each
            return np.ones(len(shapes), bool)
        return self._in_cells(shapes.bounds, shapes.area_m2)

    def _in_cells(self, boxes: NDArray[np.float64], area_m2: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) whether all cells that a box touches lie under the polygons, but for less than matters to an area."""
        (west, south, size), sums = self._cells
        last = np.array([sums.shape[1], sums.shape[0]]) - 2
        with np.errstate(invalid="ignore"):
            at = (boxes.reshape(-1, 2, 2) - [west, south]) / size
            inside = ((at >= 0) & (at <= last + 1)).all(axis=(1, 2))
        at[~inside] = 0.0
        (i0, j0), (i1, j1) = np.minimum(at.astype(np.int64), last).transpose(1, 2, 0)
        full = sums[j1 + 1, i1 + 1] - sums[j0, i1 + 1] - sums[j1 + 1, i0] + sums[j0, i0]
        touched = (i1 - i0 + 1) * (j1 - j0 + 1)
        return np.asarray(inside & (full == touched) & (_OPEN * size**2 * touched <= _SPARE * area_m2), bool)

    @cached_property
    def _cells(self) -> tuple[tuple[float, float, float], NDArray[np.int64]]:
        """West, south and size of square cells over the polygons, and which of them lie wholly under these.

        That is, (rows + 1, columns + 1) how many such cells lie to the south-west of each corner.
        """
        west, south, east, north = self.grid.features.total_bounds
        size = max(east - west, north - south) / _CELLS
        if not size > 0:
            return (0.0, 0.0, 1.0), np.zeros((2, 2), np.int64)
        x = west + size * np.arange(max(int(np.ceil((east - west) / size)), 1) + 1)
        y = south + size * np.arange(max(int(np.ceil((north - south) / size)), 1) + 1)
        cells = _boxes(x, y)
        full = covered_area(cells, self.grid)[:, 0] >= (1 - _OPEN) * cells.area_m2
        sums = np.zeros((len(y), len(x)), np.int64)
        sums[1:, 1:] = full.reshape(len(y) - 1, len(x) - 1).cumsum(axis=0).cumsum(axis=1)
        return (west, south, size), sums


def _boxes(x: NDArray[np.floating[Any]], y: NDArray[np.floating[Any]]) -> Shapes:
    """The cells between these meridians and parallels, row by row."""
    (south, west), (north, east) = np.meshgrid(y[:-1], x[:-1], indexing="ij"), np.meshgrid(y[1:], x[1:], indexing="ij")
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    coords = np.stack([np.stack(corner, axis=-1) for corner in corners], axis=2).reshape(-1, 2)
    n = west.size
    return Shapes("polygon", np.ascontiguousarray(coords), np.arange(n + 1) * 5, np.arange(n + 1), np.ones(n, bool))
