"""Cheapest ways over the land of a sample county, and the curves that engineers would build along them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from siting.sample.terrain import Terrain

__all__ = ["CostGrid", "block_sum", "curve", "on_grid", "path_to", "search", "way_through"]

_STEPS = ((0, 1, 10), (1, 0, 10), (1, 1, 14), (1, -1, 14), (1, 2, 22), (2, 1, 22), (1, -2, 22), (2, -1, 22))


def on_grid(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates on the 1 cm grid."""
    return np.asarray(np.round(points, 2), dtype=np.float64)


def block_sum(grid: NDArray[np.generic], size: int) -> NDArray[np.int64]:
    """Sums over blocks of ``size`` cells; the last rows and columns may be smaller blocks."""
    rows, columns = np.arange(0, grid.shape[0], size), np.arange(0, grid.shape[1], size)
    by_row = np.add.reduceat(grid, rows, axis=0, dtype=np.int64)
    return np.add.reduceat(by_row, columns, axis=1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class CostGrid:
    """The county in coarse cells with a whole-number cost of crossing each.

    west, north : corner of cell (0, 0) in metres; cell_m : size
    height_m : (h, w) mean elevation; steep : (h, w) mean slope in 1/1000
    mountain, floodway, plain : (h, w) percent of the cell
    """

    west: float
    north: float
    cell_m: float
    height_m: NDArray[np.int64]
    steep: NDArray[np.int64]
    mountain: NDArray[np.int64]
    floodway: NDArray[np.int64]
    plain: NDArray[np.int64]

    @classmethod
    def of(cls, terrain: Terrain, floodway: NDArray[np.bool_] | None = None) -> CostGrid:
        """The grid of this terrain; whole sums only, so that every CPU gets the same."""
        cell, _, west, _, _, north = terrain.frame.transform
        size = max(8, round(terrain.frame.cells / 170))
        shape_sum = block_sum(np.ones(terrain.dem_cm.shape, np.int8), size)
        permille = np.rint(terrain.slope * np.float32(1000)).astype(np.int32)
        flooded = np.zeros_like(terrain.mountain) if floodway is None else floodway

        def percent(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
            return block_sum(mask.view(np.int8), size) * 100 // shape_sum

        height_m = block_sum(terrain.dem_cm, size) // shape_sum // 100
        steep = block_sum(permille, size) // shape_sum
        masks = (percent(mask) for mask in (terrain.mountain, flooded, terrain.plain))
        return cls(west, north, cell * size, height_m, steep, *masks)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.steep.shape[0], self.steep.shape[1]

    def at(self, x: float, y: float) -> int:
        """Flat index of the cell that holds a place."""
        h, w = self.shape
        row = min(max(int((self.north - y) // self.cell_m), 0), h - 1)
        return row * w + min(max(int((x - self.west) // self.cell_m), 0), w - 1)

    def centre(self, cell: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 2) centres of the cells."""
        row, column = np.divmod(np.asarray(cell), self.shape[1])
        return np.column_stack([self.west + (column + 0.5) * self.cell_m, self.north - (row + 0.5) * self.cell_m])

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """X (w,) and y (h,) of the cells."""
        h, w = self.shape
        across, down = np.arange(w, dtype=np.float64) + 0.5, np.arange(h, dtype=np.float64) + 0.5
        return self.west + across * self.cell_m, self.north - down * self.cell_m

    def near(self, x: float, y: float, radius_m: float) -> NDArray[np.bool_]:
        """(h, w) cells whose centre lies within the radius."""
        cx, cy = self.centres()
        mask: NDArray[np.bool_] = (cx[None, :] - x) ** 2 + (cy[:, None] - y) ** 2 <= radius_m**2
        return mask

    def graph(self, cost: NDArray[np.int64], climb: int) -> csr_array:
        """Moves in 16 directions; ``climb`` is the cost of one metre up or down."""
        h, w = self.shape
        cells = np.arange(h * w).reshape(h, w)
        start, end, weight = [], [], []
        for down, right, length in _STEPS:
            top, left = slice(0, h - down), slice(max(0, -right), w - max(0, right))
            below, beside = slice(down, h), slice(max(0, right), w + min(0, right))
            start.append(cells[top, left].ravel())
            end.append(cells[below, beside].ravel())
            rise = np.abs(self.height_m[top, left] - self.height_m[below, beside])
            weight.append(((cost[top, left] + cost[below, beside]) * length + rise * climb).ravel())
        i, j, v = np.concatenate(start), np.concatenate(end), np.concatenate(weight).astype(np.float64)
        both = np.concatenate([i, j]), np.concatenate([j, i])
        return csr_array((np.concatenate([v, v]), both), shape=(h * w, h * w))


def path_to(predecessors: NDArray[np.int32], end: int) -> NDArray[np.int64]:
    """The cells from the source of a search to ``end``."""
    path = [end]
    while predecessors[path[-1]] >= 0:
        path.append(int(predecessors[path[-1]]))
    return np.array(path[::-1], dtype=np.int64)


def way_through(predecessors: NDArray[np.int32], first: int, last: int) -> NDArray[np.int64]:
    """The cells from ``first`` past the source of a search to ``last``; a stretch used both ways is left out."""
    one, other = path_to(predecessors, first), path_to(predecessors, last)
    shared = 0
    while shared + 1 < min(len(one), len(other)) and one[shared + 1] == other[shared + 1]:
        shared += 1
    return np.concatenate([one[shared:][::-1], other[shared + 1 :]])


def search(graph: csr_array, start: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Costs from ``start`` to every cell, and the cell before each."""
    distance, before = dijkstra(graph, indices=np.array([start]), return_predecessors=True)
    return distance[0], before[0]


def curve(
    points: NDArray[np.float64], *, straighten_m: float, rounds: int = 3, keep_m: float = 2.0
) -> NDArray[np.float64]:
    """A staircase of cells as long straights and smooth bends; the ends stay where they are.

    Vertices closer than ``straighten_m`` to a straight are dropped (Douglas-Peucker), corners are
    cut ``rounds`` times (Chaikin) and the result is thinned to ``keep_m``.
    """
    line = shapely.simplify(shapely.LineString(points), straighten_m)
    out = shapely.get_coordinates(line)
    for _ in range(rounds):
        if len(out) < 3:
            break
        a, b = out[:-1], out[1:]
        cut = np.empty((2 * len(a), 2))
        cut[0::2], cut[1::2] = a * 0.75 + b * 0.25, a * 0.25 + b * 0.75
        cut[0], cut[-1] = out[0], out[-1]
        out = cut
    return on_grid(shapely.get_coordinates(shapely.simplify(shapely.LineString(out), keep_m)))
