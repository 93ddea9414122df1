"""The half-mile lattice of the land survey of a sample county, on which most roads and many lines run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.sample.frame import Frame
from siting.sample.grid import build_grid
from siting.sample.routing import path_to, search
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.terrain import Terrain

__all__ = ["Along", "Lattice", "along", "beyond_towns", "build_lattice"]

_STEPS = ((1, 0), (0, 1), (1, 1), (1, -1))
_SAMPLES = 9


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes every half mile, numbered j * side + i from the south-west, and edges to their eight neighbours.

    side : nodes along a side; those with even i and j are section corners
    place : (side * side, 2) where the survey put the nodes, in metres
    below : (side * side, 2) where a line from the south meets the node: elsewhere on correction lines
    start, end : (m,) node ids; straight : (m,) along a line of the survey; line : (m,) number of that
    line (j of an edge to the east, i of an edge to the north); step : (m,) the place along it
    """

    side: int
    place: NDArray[np.float64]
    below: NDArray[np.float64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    straight: NDArray[np.bool_]
    line: NDArray[np.int64]
    step: NDArray[np.int64]

    @cached_property
    def east(self) -> NDArray[np.bool_]:
        """(m,) edges that run to the east."""
        return np.asarray(self.end == self.start + 1)

    @cached_property
    def arrival(self) -> NDArray[np.float64]:
        """(m, 2) where the edge arrives: at its end, or off it where a correction line breaks the survey."""
        same = self.start + self.side
        broken = (self.end == same) & self.straight
        out = self.place[self.end]
        out[broken] = self.below[self.end[broken]]
        return out

    @cached_property
    def border(self) -> NDArray[np.bool_]:
        """(m,) edges along the county line."""
        return np.asarray(self.straight & ((self.line == 0) | (self.line == self.side - 1)))

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """(m, 2) midpoints of the edges."""
        return (self.place[self.start] + self.place[self.end]) / 2

    def node_at(self, x: float, y: float) -> int:
        """The section corner nearest a place."""
        corner = np.arange(self.side**2).reshape(self.side, self.side)[::2, ::2].ravel()
        apart = (self.place[corner, 0] - x) ** 2 + (self.place[corner, 1] - y) ** 2
        return int(corner[np.argmin(apart)])

    def graph(self, cost: NDArray[np.int64]) -> csr_array:
        """The graph of all edges, both ways; whole costs."""
        both = np.concatenate([self.start, self.end]), np.concatenate([self.end, self.start])
        return csr_array((np.concatenate([cost, cost]).astype(np.float64), both), shape=(self.side**2,) * 2)

    def path(self, cost: NDArray[np.int64], a: int, b: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The nodes and the edges of the cheapest way."""
        _, before = search(self.graph(cost), a)
        node = path_to(before, b)
        return node, self.edge_of(node[:-1], node[1:])

    def edge_of(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the edges between neighbouring nodes, whatever their direction."""
        keys, order = self._keys
        return order[np.searchsorted(keys, np.minimum(a, b) * self.side**2 + np.maximum(a, b))]

    def track(self, node: NDArray[np.int64]) -> NDArray[np.float64]:
        """(k, 2) the line through neighbouring nodes, with the jogs on correction lines and no needless vertices."""
        out = [self.place[node[0]]]
        for a, b in pairwise(node.tolist()):
            upper = max(a, b)
            if abs(b - a) == self.side and (self.below[upper] != self.place[upper]).any():
                out.append(self.below[upper])
            out.append(self.place[b])
        points = np.array(out)
        return points if len(points) < 3 else points[_bends(points)]

    @cached_property
    def _keys(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        key = np.minimum(self.start, self.end) * self.side**2 + np.maximum(self.start, self.end)
        order = np.argsort(key, kind="stable")
        return key[order], order


@dataclass(frozen=True, eq=False)
class Along:
    """What lies along each edge.

    steep : steepest slope in 1/1000; mountain, floodway : how many of nine places; climb : metres up and down
    """

    steep: NDArray[np.int64]
    mountain: NDArray[np.int64]
    floodway: NDArray[np.int64]
    climb: NDArray[np.int64]


def build_lattice(frame: Frame) -> Lattice:
    """The lattice through the section corners as surveyed."""
    grid = build_grid(frame)
    side = 2 * grid.side + 1
    column, v = _halved(grid.columns_u), _halved(grid.rows_v[None, :])[0]
    township = np.minimum(np.arange(side) // 12, len(column) - 1)
    lower = np.maximum((np.arange(side) - 1) // 12, 0)
    place, below = (grid.metres(grid.ground(column[t].ravel(), np.repeat(v, side))).round(2) for t in (township, lower))
    node = np.arange(side * side).reshape(side, side)
    start, end = [], []
    for right, up in _STEPS:
        low, high = max(0, -up), side - max(0, up)
        a = node[low:high, : side - right]
        start.append(a.ravel())
        end.append((a + up * side + right).ravel())
    straight = np.repeat([True, True, False, False], [len(a) for a in start])
    s, e = np.concatenate(start), np.concatenate(end)
    j, i = np.divmod(s, side)
    line, step = np.where(e == s + 1, j, i), np.where(e == s + 1, i, j)
    e, kept = _over_correction_lines(side, place, below, s, e, straight)
    return Lattice(side, place, below, s[kept], e[kept], straight[kept], line[kept], step[kept])


def _over_correction_lines(
    side: int,
    place: NDArray[np.float64],
    below: NDArray[np.float64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    straight: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Ends of the edges, and which to keep, where rows of townships are offset.

    A line from the south ends at the node of the row above that stands where it arrives, if one does;
    there are no diagonals.
    """
    row, into = start // side, end // side
    shifted = np.array(
        [np.abs(below[r * side : (r + 1) * side] - place[r * side : (r + 1) * side]).max() > 1.0 for r in range(side)]
    )
    crosses = (row != into) & (shifted[np.maximum(row, into)])
    out = end.copy()
    for k in np.flatnonzero(crosses & straight):
        above = np.arange(into[k] * side, (into[k] + 1) * side)
        off = np.abs(place[above] - below[end[k]]).max(axis=1)
        if off.min() <= 0.02:
            out[k] = above[np.argmin(off)]
    return out, ~crosses | straight


def along(lattice: Lattice, terrain: Terrain, floodway_cells: NDArray[np.bool_] | None = None) -> Along:
    """The land along every edge; no floodway where no cells are given."""
    a, b = lattice.place[lattice.start], lattice.place[lattice.end]
    steep, mountain, floodway, climb = (np.zeros(len(a), dtype=np.int64) for _ in range(4))
    before = None
    for k in range(_SAMPLES):
        at = terrain.at(*(a + (b - a) * (k / (_SAMPLES - 1))).T)
        steep = np.maximum(steep, np.rint(terrain.slope[at] * np.float32(1000)).astype(np.int64))
        mountain += terrain.mountain[at]
        floodway += 0 if floodway_cells is None else floodway_cells[at]
        height = terrain.dem_cm[at].astype(np.int64)
        climb += 0 if before is None else np.abs(height - before)
        before = height
    return Along(steep, mountain, floodway, climb // 100)


def beyond_towns(place: NDArray[np.float64], towns: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """(n,) whole metres to the edge of the nearest town; negative inside."""
    out = np.full(len(place), np.inf)
    for town in listed(towns):
        out = np.minimum(out, np.hypot(place[:, 0] - town.x, place[:, 1] - town.y) - town.radius_m)
    return np.asarray(np.rint(out))


def _bends(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The ends, and the vertices that lie more than 6 m off the line between their neighbours."""
    before, after = points[1:-1] - points[:-2], points[2:] - points[1:-1]
    long = np.hypot(*(points[2:] - points[:-2]).T)
    off = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) / np.maximum(long, 1.0)
    return np.concatenate([[True], np.round(off, 3) > 6.0, [True]])


def _halved(lines: NDArray[np.int64]) -> NDArray[np.int64]:
    """(t, 2 n - 1) the lines and the middles between them."""
    out = np.empty((len(lines), 2 * lines.shape[1] - 1), dtype=np.int64)
    out[:, 0::2], out[:, 1::2] = lines, (lines[:, :-1] + lines[:, 1:]) // 2
    return out
