"""Which parcels are neighbours: by a shared stretch of border, by a shared point, or across a narrow gap.

Real parcels do not always meet vertex to vertex: the corner of one lies on the edge of the other, a few
millimetres off. So stretches of border count as shared where they run within a tolerance of each other,
found with the segments of all parcels in a uniform grid. With ``tolerance_m=None`` only identical edges
(or vertices) count, found by hashing their bits, as libpysal's Rook and Queen do.
"""

from __future__ import annotations

from math import hypot
from typing import Literal

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.errors import DataError
from siting.kernels.compiled import F2, FLOAT, I1, INT, OUT_F1, OUT_F2, OUT_I1, njit
from siting.kernels.nearest import within
from siting.kernels.segments import SegmentGrid
from siting.shapes import Shapes

__all__ = ["TOLERANCE_M", "Rule", "neighbours", "shared_borders"]

Rule = Literal["edge", "corner", "gap"]
TOLERANCE_M = 0.01  #: borders this near are one: the usual rounding of cadastral coordinates (judgement)

_LEAST = 10.0  #: tolerances; shorter stretches, as at the tip of a sharp corner, are not shared border
_LEAST_M = 1e-6  #: metres; shorter ones are rounding, whatever the tolerance

_I2 = types.Array(types.int64, 2, "C", readonly=True)
_PAIRS = types.Tuple((OUT_I1, OUT_F1))  # type: ignore[no-untyped-call]
_STRETCH = types.UniTuple(FLOAT, 2)  # type: ignore[no-untyped-call]


def neighbours(
    parcels: Shapes, *, rule: Rule, gap_m: float = 0.0, tolerance_m: float | None = TOLERANCE_M
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The neighbours of each of n polygons; a relation that holds both ways, and never with itself.

    Parameters
    ----------
    rule : "edge", a stretch of border in common, as :func:`shared_borders` has it; "corner", a point in common
        (overlapping parcels included); "gap", no farther apart than ``gap_m``
    gap_m : metres, for the rule "gap" only
    tolerance_m : points this near are one, for "edge" and "corner"; None: identical edges or vertices only

    Returns
    -------
    offsets : (n + 1,); parcel i has the neighbours ``neighbour[offsets[i]:offsets[i + 1]]``
    neighbour : int64, ascending within a parcel; an empty parcel has none

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 2, 2), shapely.box(2, 0, 3, 1), shapely.box(3, 1, 5, 2)])
    >>> offsets, neighbour = neighbours(lots, rule="edge")
    >>> offsets.tolist(), neighbour.tolist()
    ([0, 1, 2, 2], [1, 0])
    >>> neighbours(lots, rule="corner")[1].tolist()
    [1, 0, 2, 1]
    >>> neighbours(lots, rule="gap", gap_m=1)[1].tolist()
    [1, 2, 0, 2, 0, 1]
    """
    if rule == "edge":
        return shared_borders(parcels, tolerance_m=tolerance_m)[:2]
    if rule == "corner" and tolerance_m is None:
        found = _shared_vertices(_bits(parcels), parcels.ring_offsets, parcels.shape_offsets, len(parcels))
        return _symmetric(len(parcels), *found)[:2]
    if rule in ("corner", "gap"):
        return _near(parcels, gap_m if rule == "gap" else tolerance_m or 0.0)
    raise DataError(f"There is no rule of adjacency '{rule}'; the rules are 'edge', 'corner' and 'gap'.")


def shared_borders(
    parcels: Shapes, *, tolerance_m: float | None = TOLERANCE_M
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The neighbours along a stretch of border, and how long it is.

    Border is shared where an edge of one parcel runs within ``tolerance_m`` of an edge of the other, measured
    across the edge of the lower row, over more than ten tolerances (at a sharp corner any two edges are near
    each other for a while); identical edges are shared however short. Never under the rounding of coordinates.

    tolerance_m : metres; None: identical edges only, as two neighbours in a topologically clean layer have them

    Returns
    -------
    offsets, neighbour : as of :func:`neighbours`
    length_m : of the shared border, for each entry of ``neighbour``; equal in both directions

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 2, 2), shapely.box(2, 0, 3, 1)])
    >>> [array.tolist() for array in shared_borders(lots)]
    [[0, 1, 2], [1, 0], [1.0, 1.0]]
    >>> shared_borders(lots, tolerance_m=None)[1].tolist()
    []
    """
    n = len(parcels)
    if tolerance_m is None or not len(parcels.coords):
        return _symmetric(
            n, *_shared_edges(_bits(parcels), parcels.coords, parcels.ring_offsets, parcels.shape_offsets, n)
        )
    tolerance = max(float(tolerance_m), 4e-16 * float(np.abs(parcels.coords).max()))
    grid = SegmentGrid.build(parcels, slack_m=tolerance)
    cells_of = np.zeros(len(grid.segments) + 1, np.int64)
    cells = _cells_of_segments(grid.cell_offsets, grid.cell_items, cells_of)
    found = _stretches(grid.segments, grid.owner, grid.cell_offsets, grid.cell_items, cells_of, cells, n, tolerance)
    return _symmetric(n, *found)


def _bits(parcels: Shapes) -> NDArray[np.int64]:
    """(v, 2) the bits of the coordinates, by which equal numbers are found; 0.0 for -0.0."""
    return (parcels.coords + 0.0).view(np.int64)


def _near(parcels: Shapes, gap_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The parcels no farther apart than this."""
    offsets, feature = within(parcels, SegmentGrid.build(parcels), float(gap_m))
    row = np.repeat(np.arange(len(parcels)), np.diff(offsets))
    other = row != feature
    i, j = row[other], feature[other]
    # distances are computed from either side: what one side finds holds both ways
    low, high = np.minimum(i, j), np.maximum(i, j)
    return _symmetric(len(parcels), low * len(parcels) + high, np.zeros(len(low)))[:2]


def _symmetric(
    n: int, pair: NDArray[np.int64], length: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Neighbours from entries ``pair`` = lower row x n + higher row with lengths that add up."""
    order = np.argsort(pair, kind="stable")
    pair, length = pair[order], length[order]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    total = np.add.reduceat(length, first) if len(first) else np.empty(0)
    low, high = np.divmod(pair[first], max(n, 1))
    row, neighbour = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.lexsort((neighbour, row))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))]).astype(np.int64)
    return offsets, neighbour[order], np.concatenate([total, total])[order]


@njit(_PAIRS, OUT_I1, OUT_F1, INT)
def _grown(pair, length, size):  # type: ignore[no-untyped-def]
    """The same entries in arrays twice as long."""
    pairs, lengths = np.empty(2 * size, np.int64), np.empty(2 * size)
    for i in range(size):
        pairs[i], lengths[i] = pair[i], length[i]
    return pairs, lengths


@njit(types.uint64, types.uint64, INT)
def _mix(key, bits):  # type: ignore[no-untyped-def]
    """A hash with 64 more bits in it."""
    key = (key ^ types.uint64(bits)) * types.uint64(0x9E3779B97F4A7C15)
    return key ^ (key >> types.uint64(29))


@njit(_PAIRS, _I2, F2, I1, I1, INT)
def _shared_edges(bits, coords, ring_offsets, shape_offsets, n):  # type: ignore[no-untyped-def]
    """An entry for every two identical edges of different shapes: the pair, and the edge's length."""
    vertices = len(bits)
    size = 16
    while size < 2 * vertices:
        size *= 2
    table, chain = np.full(size, -1, np.int64), np.full(vertices, -1, np.int64)
    owner, mask = np.empty(vertices, np.int64), types.uint64(size - 1)
    pair, length, count = np.empty(1024, np.int64), np.empty(1024), 0
    for p in range(n):
        for ring in range(shape_offsets[p], shape_offsets[p + 1]):
            for v in range(ring_offsets[ring], ring_offsets[ring + 1] - 1):
                a, b = v, v + 1
                ax, ay, bx, by = bits[a, 0], bits[a, 1], bits[b, 0], bits[b, 1]
                if ax == bx and ay == by:
                    continue
                if ax > bx or (ax == bx and ay > by):
                    ax, ay, bx, by = bx, by, ax, ay
                slot = _mix(_mix(_mix(_mix(types.uint64(1), ax), ay), bx), by) & mask
                while table[slot] >= 0:
                    w = table[slot]
                    cx, cy, dx, dy = bits[w, 0], bits[w, 1], bits[w + 1, 0], bits[w + 1, 1]
                    if (cx == ax and cy == ay and dx == bx and dy == by) or (
                        dx == ax and dy == ay and cx == bx and cy == by
                    ):
                        break
                    slot = (slot + types.uint64(1)) & mask
                other = table[slot]
                while other >= 0:
                    if owner[other] != p:
                        if count == len(pair):
                            pair, length = _grown(pair, length, count)
                        pair[count] = owner[other] * n + p
                        length[count] = hypot(coords[b, 0] - coords[a, 0], coords[b, 1] - coords[a, 1])
                        count += 1
                    other = chain[other]
                chain[v], table[slot], owner[v] = table[slot], v, p
    return pair[:count].copy(), length[:count].copy()


@njit(_PAIRS, _I2, I1, I1, INT)
def _shared_vertices(bits, ring_offsets, shape_offsets, n):  # type: ignore[no-untyped-def]
    """An entry of no length for every two identical vertices of different shapes."""
    vertices = len(bits)
    size = 16
    while size < 2 * vertices:
        size *= 2
    table, chain = np.full(size, -1, np.int64), np.full(vertices, -1, np.int64)
    owner, mask = np.empty(vertices, np.int64), types.uint64(size - 1)
    pair, length, count = np.empty(1024, np.int64), np.zeros(1024), 0
    for p in range(n):
        for ring in range(shape_offsets[p], shape_offsets[p + 1]):
            for v in range(ring_offsets[ring], ring_offsets[ring + 1] - 1):
                slot = _mix(_mix(types.uint64(1), bits[v, 0]), bits[v, 1]) & mask
                while table[slot] >= 0:
                    w = table[slot]
                    if bits[w, 0] == bits[v, 0] and bits[w, 1] == bits[v, 1]:
                        break
                    slot = (slot + types.uint64(1)) & mask
                other, known = table[slot], False
                while other >= 0:
                    if owner[other] == p:
                        known = True
                    else:
                        if count == len(pair):
                            pair, length = _grown(pair, length, count)
                        pair[count], length[count] = owner[other] * n + p, 0.0
                        count += 1
                    other = chain[other]
                if not known:
                    chain[v], table[slot], owner[v] = table[slot], v, p
    return pair[:count].copy(), length[:count].copy()


@njit(OUT_I1, I1, I1, OUT_I1)
def _cells_of_segments(cell_offsets, cell_items, offsets):  # type: ignore[no-untyped-def]
    """The cells of each segment, and into ``offsets`` (zeros) where those of each begin."""
    for s in cell_items:
        offsets[s + 1] += 1
    for s in range(len(offsets) - 1):
        offsets[s + 1] += offsets[s]
    at, cells = offsets[:-1].copy(), np.empty(len(cell_items), np.int64)
    for cell in range(len(cell_offsets) - 1):
        for item in range(cell_offsets[cell], cell_offsets[cell + 1]):
            s = cell_items[item]
            cells[at[s]] = cell
            at[s] += 1
    return cells


@njit(_STRETCH, F2, INT, INT, FLOAT)
def _stretch(segments, a, b, tolerance):  # type: ignore[no-untyped-def]
    """Where, in metres along segment a, it runs within the tolerance of segment b; 0, 0 where that is too short."""
    ax, ay, bx, by = segments[a, 0], segments[a, 1], segments[a, 2], segments[a, 3]
    cx, cy, dx, dy = segments[b, 0], segments[b, 1], segments[b, 2], segments[b, 3]
    length = hypot(bx - ax, by - ay)
    if length == 0.0 or (ax == cx and ay == cy and bx == dx and by == dy):
        return 0.0, length
    ux, uy = (bx - ax) / length, (by - ay) / length
    s0, s1 = (cx - ax) * ux + (cy - ay) * uy, (dx - ax) * ux + (dy - ay) * uy
    o0, o1 = (cy - ay) * ux - (cx - ax) * uy, (dy - ay) * ux - (dx - ax) * uy
    if s0 > s1:
        s0, s1, o0, o1 = s1, s0, o1, o0
    low, high = max(s0, 0.0), min(s1, length)
    least = max(_LEAST * tolerance, _LEAST_M)
    if high - low <= least:
        return 0.0, 0.0
    slope = (o1 - o0) / (s1 - s0)
    if slope == 0.0:
        return (0.0, 0.0) if abs(o0) > tolerance else (low, high)
    if slope < 0.0:  # the offset rises
        slope, o0 = -slope, -o0
    low, high = max(low, s0 + (-tolerance - o0) / slope), min(high, s0 + (tolerance - o0) / slope)
    return (low, high) if high - low > least else (0.0, 0.0)


@njit(INT, INT, OUT_I1, OUT_F2)
def _merged(n, shapes, stretches):  # type: ignore[no-untyped-def]
    """Join the stretches of one shape that overlap: the first rows of both arrays; how many are left."""
    for i in range(1, n):
        shape, low, high, j = shapes[i], stretches[i, 0], stretches[i, 1], i
        while j > 0 and (shapes[j - 1] > shape or (shapes[j - 1] == shape and stretches[j - 1, 0] > low)):
            shapes[j], stretches[j, 0], stretches[j, 1] = shapes[j - 1], stretches[j - 1, 0], stretches[j - 1, 1]
            j -= 1
        shapes[j], stretches[j, 0], stretches[j, 1] = shape, low, high
    last = 0
    for i in range(1, n):
        if shapes[i] == shapes[last] and stretches[i, 0] <= stretches[last, 1]:
            stretches[last, 1] = max(stretches[last, 1], stretches[i, 1])
        else:
            last += 1
            shapes[last], stretches[last, 0], stretches[last, 1] = shapes[i], stretches[i, 0], stretches[i, 1]
    return min(n, last + 1)


@njit(_PAIRS, F2, I1, I1, I1, I1, I1, INT, FLOAT)
def _stretches(segments, owner, cell_offsets, cell_items, cells_of, cells, n, tolerance):  # type: ignore[no-untyped-def]
    """An entry for every stretch that a segment shares with a shape of a higher row: the pair, and its length."""
    seen = np.full(len(segments), -1, np.int64)
    shapes, stretches = np.empty(64, np.int64), np.empty((64, 2))
    pair, length, count = np.empty(1024, np.int64), np.empty(1024), 0
    for s in range(len(segments)):
        near = 0
        x0, x1 = segments[s, 0] - tolerance, segments[s, 2] + tolerance
        y0 = min(segments[s, 1], segments[s, 3]) - tolerance
        y1 = max(segments[s, 1], segments[s, 3]) + tolerance
        for at in range(cells_of[s], cells_of[s + 1]):
            for item in range(cell_offsets[cells[at]], cell_offsets[cells[at] + 1]):
                t = cell_items[item]
                if t <= s or seen[t] == s or owner[t] == owner[s]:  # segments stand in the order of their owners
                    continue
                seen[t] = s
                if segments[t, 0] > x1 or segments[t, 2] < x0:
                    continue
                if min(segments[t, 1], segments[t, 3]) > y1 or max(segments[t, 1], segments[t, 3]) < y0:
                    continue
                low, high = _stretch(segments, s, t, tolerance)
                if high > low:
                    if near == len(shapes):
                        more_shapes, more = np.empty(2 * near, np.int64), np.empty((2 * near, 2))
                        more_shapes[:near], more[:near] = shapes, stretches
                        shapes, stretches = more_shapes, more
                    shapes[near], stretches[near, 0], stretches[near, 1] = owner[t], low, high
                    near += 1
        for i in range(_merged(near, shapes, stretches)):
            if count == len(pair):
                pair, length = _grown(pair, length, count)
            pair[count], length[count] = owner[s] * n + shapes[i], stretches[i, 1] - stretches[i, 0]
            count += 1
    return pair[:count].copy(), length[:count].copy()
