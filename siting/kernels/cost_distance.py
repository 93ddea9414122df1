"""Least cost from sources to every cell of a grid, exact, tile by tile, with the way back.

A step to one of the eight neighbours costs the mean friction of the two cells times the distance of their
centres. The grid is worked on in tiles: the tile in which the cheapest unsettled cell lies goes on until
another tile is clearly cheaper, with the cells along its border as the neighbours left them. So the
queue and the lists are those of one tile, whatever the grid: besides, memory holds the friction as given (an
array, a memory map, or anything that is sliced like one) and 9 bytes a cell of results.

Inside a tile the cheapest cells come from a circle of buckets (Dial), none wider than the cheapest step.
Costs are least fixed points of sums taken in one order, so they do not depend on the tiles to the last bit.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from math import ceil, hypot, inf

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.errors import DataError
from siting.kernels.compiled import F1, F2, FLOAT, I1, INT, OUT_F1, OUT_F2, OUT_I1, njit

__all__ = ["SOURCE", "UNREACHED", "CostDistance", "cost_distance"]

SOURCE = 8  #: the predecessor of a source
UNREACHED = -1  #: the predecessor of a cell that no source reaches

_TILE = 256  #: cells along the side of a tile: its state stays in the cache of one core
_BUCKETS = 1 << 14  #: at most; where frictions differ more, a bucket is wider than the cheapest step
_ROWS = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
_COLUMNS = np.array([-1, 0, 1, -1, 1, -1, 0, 1])
_SIDE = {-1: slice(0, 1), 0: slice(None), 1: slice(-1, None)}

_NODES = types.int32[::1]
_STEPS = types.Array(types.int8, 2, "C")
_TWO, _THREE = types.UniTuple(FLOAT, 2), types.UniTuple(FLOAT, 3)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, eq=False)
class CostDistance:
    """Least costs over a grid of (h, w) cells.

    cost : (h, w) float64, friction x metres; inf where no source reaches
    predecessor : (h, w) int8, the neighbour from which the cheapest way comes: 0 to 7 for north-west, north,
        north-east, west, east, south-west, south, south-east (rows count to the south); equal ways by the lowest;
        ``SOURCE`` at a source, ``UNREACHED`` where no source reaches
    """

    cost: NDArray[np.float64]
    predecessor: NDArray[np.int8]

    def route(self, row: int, column: int) -> NDArray[np.int64]:
        """(k, 2) rows and columns of the cheapest way from a source to this cell, both included; none where unreached.

        >>> found = cost_distance(np.ones((1, 4)), np.array([[0, 1]]))
        >>> found.route(0, 3).tolist()
        [[0, 1], [0, 2], [0, 3]]
        """
        cells = []
        step = int(self.predecessor[row, column])
        while step != UNREACHED:
            cells.append((row, column))
            if step == SOURCE:
                break
            row, column = row + int(_ROWS[step]), column + int(_COLUMNS[step])
            step = int(self.predecessor[row, column])
        return np.array(cells[::-1], np.int64).reshape(-1, 2)


def cost_distance(
    friction: NDArray[np.floating],
    sources: NDArray[np.int64],
    *,
    cell_m: tuple[float, float] = (1.0, 1.0),
    most: float = inf,
    tile: int = _TILE,
) -> CostDistance:
    """The least cost from the nearest source to each cell, and the way.

    Parameters
    ----------
    friction : (h, w) cost of a metre in each cell; a cell that is not above 0, NaN or inf is a barrier
    sources : (k, 2) row and column of cells where the cost is 0; sources in barriers are none
    cell_m : width and height of a cell
    most : cells that cost more are left unreached
    tile : cells along the side of a tile

    Raises DataError where a source lies outside the grid.

    >>> friction = np.array([[1.0, 1.0, 1.0], [np.inf, np.inf, 1.0], [1.0, 1.0, 1.0]])
    >>> cost_distance(friction, np.array([[0, 0]])).cost.round(3).tolist()
    [[0.0, 1.0, 2.0], [inf, inf, 2.414], [4.828, 3.828, 3.414]]
    """
    height, width = friction.shape
    sources = np.asarray(sources, np.int64).reshape(-1, 2)
    _check(sources, height, width)
    cost = np.full((height, width), inf)
    cost[sources[:, 0], sources[:, 1]] = 0.0
    tiles = _Tiles(friction, cost, cell_m, float(most), tile)
    for at in {(int(row) // tile, int(column) // tile) for row, column in sources}:
        tiles.wake(at, 0.0)
    tiles.settle()
    predecessor = tiles.predecessors()
    cost[predecessor == UNREACHED] = inf  # sources in barriers
    return CostDistance(cost, predecessor)


def _check(sources: NDArray[np.int64], height: int, width: int) -> None:
    """Refuse sources that lie outside the grid."""
    outside = ((sources < 0) | (sources >= (height, width))).any(axis=1)
    if outside.any():
        row, column = sources[outside][0].tolist()
        raise DataError(
            f"The source at row {row}, column {column} lies outside the grid of {height:,} rows and "
            f"{width:,} columns (both count from 0); {int(outside.sum()):,} of {len(sources):,} sources do."
        )


class _Tiles:
    """The grid in tiles, and which of them wait with which cost."""

    def __init__(
        self,
        friction: NDArray[np.floating],
        cost: NDArray[np.float64],
        cell_m: tuple[float, float],
        most: float,
        size: int,
    ) -> None:
        self.friction, self.cost, self.most, self.size = friction, cost, most, size
        self.shape = ceil(friction.shape[0] / size), ceil(friction.shape[1] / size)
        dx, dy = cell_m
        diagonal = hypot(dx, dy)
        self.steps = np.array([diagonal, dy, diagonal, dx, dx, diagonal, dy, diagonal]) / 2.0
        self.waiting: dict[tuple[int, int], float] = {}
        self.queue: list[tuple[float, tuple[int, int]]] = []
        self.done: dict[tuple[int, int], float] = {}

    def wake(self, at: tuple[int, int], key: float) -> None:
        """Let a tile wait with this cost, or a lower one with which it waits already."""
        if key < self.waiting.get(at, inf) and key <= self.most:
            self.waiting[at] = key
            heapq.heappush(self.queue, (key, at))

    def settle(self) -> None:
        """Work on the tile that waits with the least cost, until none waits."""
        while self.queue:
            key, at = heapq.heappop(self.queue)
            if self.waiting.get(at) != key:
                continue
            del self.waiting[at]
            while self.queue and self.waiting.get(self.queue[0][1]) != self.queue[0][0]:
                heapq.heappop(self.queue)
            self.work(at, self.queue[0][0] if self.queue else inf)

    def window(self, at: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Friction and cost of a tile and the cells around it; inf beyond the grid."""
        (height, width), size = self.friction.shape, self.size
        r0, c0 = at[0] * size, at[1] * size
        r1, c1 = min(r0 + size, height), min(c0 + size, width)
        ra, ca, rb, cb = max(r0 - 1, 0), max(c0 - 1, 0), min(r1 + 1, height), min(c1 + 1, width)
        friction, cost = np.empty((r1 - r0 + 2, c1 - c0 + 2)), np.empty((r1 - r0 + 2, c1 - c0 + 2))
        for out, values in ((friction, self.friction), (cost, self.cost)):
            if out.shape != (rb - ra, cb - ca):
                out.fill(inf)
            out[ra - r0 + 1 : rb - r0 + 1, ca - c0 + 1 : cb - c0 + 1] = values[ra:rb, ca:cb]
        return friction, cost

    def work(self, at: tuple[int, int], others: float) -> None:
        """Settle cells of a tile until another tile, which waits with the cost ``others``, is clearly cheaper."""
        friction, cost = self.window(at)
        offsets = _ROWS * cost.shape[1] + _COLUMNS
        first = at not in self.done  # sources are new to the tiles beside
        done, key = _settle(friction, cost, self.steps, offsets, self.done.get(at, -1.0), others, self.most)
        self.done[at] = done
        self.wake(at, key)
        r0, c0 = at[0] * self.size, at[1] * self.size
        before = self.cost[r0 : r0 + cost.shape[0] - 2, c0 : c0 + cost.shape[1] - 2]
        after = cost[1:-1, 1:-1]
        for i, j in zip(_ROWS.tolist(), _COLUMNS.tolist(), strict=True):
            beside = at[0] + i, at[1] + j
            if 0 <= beside[0] < self.shape[0] and 0 <= beside[1] < self.shape[1]:
                seen = _SIDE[i], _SIDE[j]
                self.wake(beside, float(after[seen].min(initial=inf, where=first | (after[seen] < before[seen]))))
        before[...] = after

    def predecessors(self) -> NDArray[np.int8]:
        """(h, w) as ``CostDistance.predecessor``."""
        out = np.full(self.friction.shape, UNREACHED, np.int8)
        for at in self.done:
            friction, cost = self.window(at)
            steps = np.full((len(cost) - 2, len(cost[0]) - 2), UNREACHED, np.int8)
            _ways(friction, cost, self.steps, self.most, steps)
            r0, c0 = at[0] * self.size, at[1] * self.size
            out[r0 : r0 + len(steps), c0 : c0 + steps.shape[1]] = steps
        return out


@njit(_NODES, _NODES)
def _longer(nodes):  # type: ignore[no-untyped-def]
    """The same in an array twice as long."""
    out = np.empty(2 * len(nodes), np.int32)
    out[: len(nodes)] = nodes
    return out


@njit(_THREE, OUT_F1, INT, INT)
def _spread(f, rows, columns):  # type: ignore[no-untyped-def]
    """Least, highest and mean friction; barriers become inf. The mean is 0 where all is barrier."""
    least, highest, total, free = np.inf, 0.0, 0.0, 0
    for i in range(rows * columns):
        if f[i] > 0.0 and f[i] < np.inf:
            least, highest, total, free = min(least, f[i]), max(highest, f[i]), total + f[i], free + 1
        else:
            f[i] = np.inf
    return least, highest, total / max(free, 1)


@njit(INT, OUT_F1, OUT_F1, INT, INT, F1, I1, FLOAT, FLOAT, OUT_I1)
def _beginning(f, d, rows, columns, steps, offsets, done, most, begin):  # type: ignore[no-untyped-def]
    """The inner cells to go on from: those beyond ``done``, and those that the cells around the tile improve."""
    size, n = rows * columns, 0
    for r in range(1, rows - 1):
        for i in range(r * columns + 1, (r + 1) * columns - 1):
            if d[i] > done and d[i] <= most:
                begin[n] = i
                n += 1
    for r in range(rows):
        inner = 0 < r < rows - 1
        for c in range(0, columns, columns - 1 if inner else 1):
            i = r * columns + c
            if not (d[i] <= most and f[i] < np.inf):
                continue
            for t in range(8):
                v = i + offsets[t]
                if v < 0 or v >= size:
                    continue
                rr = v // columns
                cc = v - rr * columns
                if rr < 1 or cc < 1 or rr >= rows - 1 or cc >= columns - 1 or abs(cc - c) > 1:
                    continue
                new = d[i] + (f[i] + f[v]) * steps[t]
                if new < d[v] and new <= most:
                    if d[v] <= done or d[v] > most:
                        begin[n] = v
                        n += 1
                    d[v] = new
                    # a cell that is improved twice may stand twice: the second time nothing is left to do
    return n


@njit(_TWO, OUT_F2, OUT_F2, F1, I1, FLOAT, FLOAT, FLOAT)
def _settle(friction, cost, steps, offsets, done, others, most):  # type: ignore[no-untyped-def]
    """Settle the inner cells of a tile; the cells around it are given.

    done : all inner cells up to this cost have been gone on from before
    others, most : cells beyond ``most``, or clearly beyond ``others``, are not gone on from
    Returns the cost up to which cells have been gone on from, and the least cost from which to go on later.
    """
    rows, columns = cost.shape
    f, d = friction.ravel(), cost.ravel()
    least, highest, mean = _spread(f, rows, columns)
    if mean == 0.0:
        return np.inf, np.inf
    begin = np.empty(2 * len(d), np.int64)
    n = _beginning(f, d, rows, columns, steps, offsets, done, most, begin)
    if n == 0:
        return done, np.inf
    begin = begin[:n]
    keys = np.empty(n)
    for i in range(n):
        keys[i] = d[begin[i]]
    order = np.argsort(keys)
    for c in range(columns):  # from here on the cells around the tile are never improved
        d[c] = d[(rows - 1) * columns + c] = -np.inf
    for r in range(rows):
        d[r * columns] = d[(r + 1) * columns - 1] = -np.inf

    short, long = 2.0 * min(steps[1], steps[3]), 2.0 * steps[0]
    buckets = 4
    while buckets < _BUCKETS and buckets < highest * long / (least * short) + 3:
        buckets *= 2
    size = max(least * short, highest * long / (buckets - 3))
    mask, inverse = buckets - 1, 1.0 / size
    limit = min(most, others + 0.5 * mean * (rows + columns) * short)
    # a bucket is a list of nodes; a cell is in the bucket that ``place`` says, other nodes of it are void
    node_cell, node_next, nodes, free = np.empty(len(d), np.int32), np.empty(len(d), np.int32), 0, -1
    place, head = np.full(len(d), -1, np.int32), np.full(buckets, -1, np.int32)
    base, current, live, begun, last = keys[order[0]], 0, 0, 0, np.inf
    while True:
        if live == 0:
            if begun == n:
                break
            current = int((keys[order[begun]] - base) * inverse)
        b = current & mask
        first = begun
        while begun < n and int((keys[order[begun]] - base) * inverse) <= current:
            begun += 1
        if base + current * size > limit:
            last = base + current * size
            break
        while True:
            if head[b] >= 0:
                node = head[b]
                i = node_cell[node]
                head[b], node_next[node], free = node_next[node], free, node
                live -= 1
                if place[i] != b:
                    continue
            elif first < begun:
                i = begin[order[first]]
                first += 1
                if d[i] < keys[order[first - 1]]:  # a cheaper way has been found meanwhile
                    continue
            else:
                break
            place[i] = -1
            way, here = d[i], f[i]
            for t in range(8):
                v = i + offsets[t]
                if d[v] <= way:
                    continue
                new = way + (here + f[v]) * steps[t]
                if new >= d[v] or new > most:
                    continue
                d[v] = new
                into = int((new - base) * inverse) & mask
                if place[v] == into:
                    continue
                place[v] = into
                if free >= 0:
                    node, free = free, node_next[free]
                else:
                    node, nodes = nodes, nodes + 1
                    if node == len(node_cell):
                        node_cell, node_next = _longer(node_cell), _longer(node_next)
                node_cell[node], node_next[node], head[into] = v, head[into], node
                live += 1
        current += 1
    return last - 1e-6 * size, last  # a cost at the edge of a bucket may have been rounded into it


@njit(types.void, F2, F2, F1, FLOAT, _STEPS)
def _ways(friction, cost, steps, most, out):  # type: ignore[no-untyped-def]
    """The step by which each inner cell is reached, from the costs."""
    for r in range(1, cost.shape[0] - 1):
        for c in range(1, cost.shape[1] - 1):
            here = friction[r, c]
            if not (here > 0.0 and here < np.inf and cost[r, c] <= most):
                continue
            if cost[r, c] == 0.0:
                out[r - 1, c - 1] = SOURCE
                continue
            best = np.inf
            for t in range(8):
                e = t if t < 4 else t + 1
                rr, cc = r + e // 3 - 1, c + e % 3 - 1
                if cost[rr, cc] < cost[r, c] and friction[rr, cc] > 0.0:
                    way = cost[rr, cc] + (friction[rr, cc] + here) * steps[t]
                    if way < best:
                        best = way
                        out[r - 1, c - 1] = t
