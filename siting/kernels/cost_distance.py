"""Least cost from sources to every cell of a grid, exact, tile by tile, with the way back.

A step to one of the eight neighbours costs the mean friction of the two cells times the distance of their
centres. The grid is worked on in tiles: the tile in which the cheapest unsettled cell lies goes on until
another tile is clearly cheaper, with the cells along its border as the neighbours left them. So the
queue and the lists are those of one tile, whatever the grid: besides, memory holds the friction as given (an
array, a memory map, or anything that is sliced like one) and 9 bytes a cell of results.

Inside a tile the cheapest cells come from a circle of buckets (Dial), none wider than the cheapest step unless
frictions differ more than ten thousandfold. A cell is in one bucket at most, and moves when a cheaper way is found.
Costs are least fixed points of sums taken in one order, so they do not depend on the tiles to the last bit.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from math import ceil, hypot, inf, log2

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
_AHEAD = 2.0  #: sides of a tile, crossed at its mean friction, that it may go on beyond what waits elsewhere
_NOWHERE, _BESIDE = -1, -2
_ROWS = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
_COLUMNS = np.array([-1, 0, 1, -1, 1, -1, 0, 1])
_SIDE = {-1: slice(0, 1), 0: slice(1, -1), 1: slice(-1, None)}

_LINKS = types.int32[::1]
_STEPS = types.Array(types.int8, 2, "C")
_THREE = types.UniTuple(FLOAT, 3)  # type: ignore[no-untyped-call]


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
    free = [most >= 0.0 and 0.0 < friction[row, column] < inf for row, column in sources.tolist()]
    sources = sources[np.array(free, bool)]
    cost[sources[:, 0], sources[:, 1]] = 0.0
    tiles = _Tiles(friction, cost, cell_m, float(most), tile)
    for at in {(int(row) // tile, int(column) // tile) for row, column in sources}:
        tiles.wake(at, 0.0)
    tiles.settle()
    return CostDistance(cost, tiles.predecessors())


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
        dx, dy = cell_m
        diagonal = hypot(dx, dy)
        self.short = min(dx, dy)
        self.steps = np.array([diagonal, dy, diagonal, dx, dx, diagonal, dy, diagonal]) / 2.0
        self.waiting: dict[tuple[int, int], float] = {}
        self.queue: list[tuple[float, tuple[int, int]]] = []
        self.done: dict[tuple[int, int], float] = {}  # all cells of a tile up to this cost have been gone on from
        self.spread: dict[tuple[int, int], tuple[float, float, float]] = {}

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
            self.work(at, key, self.queue[0][0] if self.queue else inf)

    def window(self, at: tuple[int, int]) -> _Window:
        """A tile and the cells around it."""
        (height, width), size = self.friction.shape, self.size
        r0, c0 = at[0] * size, at[1] * size
        r1, c1 = min(r0 + size, height), min(c0 + size, width)
        ra, ca, rb, cb = max(r0 - 1, 0), max(c0 - 1, 0), min(r1 + 1, height), min(c1 + 1, width)
        grid = slice(ra, rb), slice(ca, cb)
        here = slice(ra - r0 + 1, rb - r0 + 1), slice(ca - c0 + 1, cb - c0 + 1)
        friction, cost = np.empty((r1 - r0 + 2, c1 - c0 + 2)), np.empty((r1 - r0 + 2, c1 - c0 + 2))
        for out, values in ((friction, self.friction), (cost, self.cost)):
            if out.shape != (rb - ra, cb - ca):
                out.fill(inf)
            out[here] = values[grid]
        return _Window(friction, cost, grid, here)

    def work(self, at: tuple[int, int], key: float, others: float) -> None:
        """Go on from cells of a tile, from this cost on, until another, which waits with ``others``, is much cheaper.

        Cells of the tiles beside are improved too; those tiles then wait, to go on from them.
        """
        window = self.window(at)
        _bar(window.friction)
        if at not in self.spread:
            self.spread[at] = _spread(window.friction)
        least, highest, mean = self.spread[at]
        short, long = least * self.short, 2.0 * highest * self.steps[0]
        buckets = 1 << max(2, ceil(log2(min(long / short + 3.0, _BUCKETS))))
        width = max(short, long / (buckets - 3))
        begin = window.beginning(self.done.get(at, -1.0), key)
        order, improved = np.arange(window.cost.size + buckets, dtype=np.int32), np.full(8, inf)
        last = _settle(
            window.friction, window.cost, window.places(), begin, window.cost.ravel()[begin], order, order.copy(),
            self.steps, width, others + _AHEAD * self.size * mean * self.short, self.most, improved,
        )  # fmt: skip
        # a cost at the edge of a bucket may have been rounded into it
        self.done[at] = last - 1e-6 * width
        self.cost[window.grid] = window.cost[window.here]
        self.wake(at, last)
        for i, j, better in zip(_ROWS.tolist(), _COLUMNS.tolist(), improved.tolist(), strict=True):
            self.wake((at[0] + i, at[1] + j), better)

    def predecessors(self) -> NDArray[np.int8]:
        """(h, w) as ``CostDistance.predecessor``."""
        out = np.full(self.friction.shape, UNREACHED, np.int8)
        for at in self.done:
            window = self.window(at)
            steps = np.empty((window.cost.shape[0] - 2, window.cost.shape[1] - 2), np.int8)
            _ways(window.friction, window.cost, self.steps, steps)
            r0, c0 = at[0] * self.size, at[1] * self.size
            out[r0 : r0 + steps.shape[0], c0 : c0 + steps.shape[1]] = steps
        return out


@dataclass(frozen=True, eq=False)
class _Window:
    """A tile and the cells around it, inf where they lie beyond the grid.

    grid, here : the part of the grid that it shows, and where that is in it
    """

    friction: NDArray[np.float64]
    cost: NDArray[np.float64]
    grid: tuple[slice, slice]
    here: tuple[slice, slice]

    def beginning(self, done: float, key: float) -> NDArray[np.int64]:
        """Cells to go on from, the cheapest first: those beyond ``done``, and at the edge those from ``key`` on.

        The tiles beside improve cells at the edge of this one, also after it was done.
        """
        go = self.cost > done
        for edge in (np.s_[1], np.s_[-2], np.s_[:, 1], np.s_[:, -2]):
            go[edge] |= self.cost[edge] >= key
        go &= self.cost < inf
        go[[0, -1]] = go[:, [0, -1]] = False
        cells = np.flatnonzero(go)
        return cells[np.argsort(self.cost.ravel()[cells], kind="stable")]

    def places(self) -> NDArray[np.int32]:
        """The bucket in which each cell is: ``_NOWHERE``, or below it the tile beside to which a cell belongs."""
        out = np.full(self.cost.shape, _NOWHERE, np.int32)
        for t, (i, j) in enumerate(zip(_ROWS.tolist(), _COLUMNS.tolist(), strict=True)):
            out[_SIDE[i], _SIDE[j]] = _BESIDE - t
        return out.ravel()


@njit(types.void, OUT_F2)
def _bar(friction):  # type: ignore[no-untyped-def]
    """Barriers become inf."""
    f = friction.ravel()
    for i in range(len(f)):
        f[i] = f[i] if f[i] > 0.0 else np.inf


@njit(_THREE, F2)
def _spread(friction):  # type: ignore[no-untyped-def]
    """Least, highest and mean friction of the cells that are no barriers; 1 where all are."""
    least, highest, total, free = np.inf, 0.0, 0.0, 0
    for f in friction.ravel():
        if f < np.inf:
            least, highest, total, free = min(least, f), max(highest, f), total + f, free + 1
    return (least, highest, total / free) if free else (1.0, 1.0, 1.0)


@njit(types.void, INT, INT, _LINKS, _LINKS)
def _append(i, head, after, before):  # type: ignore[no-untyped-def]
    """Put a cell last into the bucket of this head."""
    last = before[head]
    after[last] = before[head] = i
    before[i], after[i] = last, head


@njit(types.void, INT, _LINKS, _LINKS)
def _remove(i, after, before):  # type: ignore[no-untyped-def]
    """Take a cell out of its bucket."""
    n, p = after[i], before[i]
    after[p], before[n] = n, p


@njit(INT, INT, F1, OUT_F1, _LINKS, _LINKS, _LINKS, OUT_I1, F1, FLOAT, FLOAT, FLOAT, OUT_F1)
def _go_on(i, f, d, place, after, before, offsets, steps, base, inverse, most, improved):  # type: ignore[no-untyped-def]
    """Improve the eight cells around a cell, and put them into their buckets; how many more cells are in buckets."""
    way, here, more, cells = d[i], f[i], 0, len(d)
    for t in range(8):
        v = i + offsets[t]
        new = way + (here + f[v]) * steps[t]
        if new >= d[v] or new > most:
            continue
        d[v] = new
        into = int((new - base) * inverse) & (len(after) - cells - 1)
        was = place[v]
        if was == into:
            continue
        if was < _NOWHERE:
            improved[_BESIDE - was] = min(improved[_BESIDE - was], new)
            continue
        if was == _NOWHERE:
            more += 1
        else:
            _remove(v, after, before)
        place[v] = into
        _append(v, cells + into, after, before)
    return more


@njit(FLOAT, F2, OUT_F2, _LINKS, I1, F1, _LINKS, _LINKS, F1, FLOAT, FLOAT, FLOAT, OUT_F1)
def _settle(friction, cost, place, begin, keys, after, before, steps, width, limit, most, improved):  # type: ignore[no-untyped-def]
    """Settle the inner cells of a tile; the cells around it are improved, but not gone on from.

    place : of each cell, ``_Window.places``
    begin, keys : the cells to go on from, in the order of their costs, and these
    after, before : a bucket is a circle of cells in either direction, its head beside; the heads follow the cells
    width : of a bucket, not less than the highest step over (number of buckets - 3)
    limit, most : cells beyond ``limit`` are not gone on from, cells beyond ``most`` not reached
    improved : least cost of improved cells of each tile beside, written here
    Returns the least cost from which to go on later.
    """
    f, d = friction.ravel(), cost.ravel()
    offsets = _ROWS * cost.shape[1] + _COLUMNS
    cells, mask, base = len(d), len(after) - len(d) - 1, keys[0] if len(keys) else 0.0
    inverse, current, inside, begun = 1.0 / width, 0, 0, 0
    while inside or begun < len(begin):
        if not inside:
            current = int((keys[begun] - base) * inverse)
        if base + current * width > limit:
            return base + current * width
        bucket = current & mask
        head = cells + bucket
        while begun < len(begin) and int((keys[begun] - base) * inverse) <= current:
            i = begin[begun]
            if d[i] == keys[begun]:  # else a cheaper way has been found meanwhile, and it is in a bucket or was
                place[i] = bucket
                _append(i, head, after, before)
                inside += 1
            begun += 1
        while after[head] != head:
            i = np.int64(after[head])
            _remove(i, after, before)
            place[i] = _NOWHERE
            inside += _go_on(i, f, d, place, after, before, offsets, steps, base, inverse, most, improved) - 1
        current += 1
    return np.inf


@njit(types.void, F2, F2, F1, _STEPS)
def _ways(friction, cost, steps, out):  # type: ignore[no-untyped-def]
    """The step by which each inner cell is reached, from the costs; without branches, so that it is done by vectors."""
    rows, columns = out.shape
    for r in range(rows):
        for c in range(columns):
            here, mine = friction[r + 1, c + 1], cost[r + 1, c + 1]
            best, step = np.inf, float(UNREACHED)
            for t in range(8):
                e = t if t < 4 else t + 1
                rr, cc = r + e // 3, c + e % 3
                way = cost[rr, cc] + (friction[rr, cc] + here) * steps[t]
                better = (cost[rr, cc] < mine) & (way < best)
                best = way if better else best
                step = float(t) if better else step
            step = float(SOURCE) if mine == 0.0 else step
            out[r, c] = np.int8(step if mine < np.inf else float(UNREACHED))
