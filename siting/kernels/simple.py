"""Rings that do not touch themselves, and polygons that are valid, beyond doubt.

Most rings go round the middle of their vertices once, turning one way all the time as seen from there: one look at
each edge is enough. The edges of the others lie in slabs across the longer side of the ring, so that only edges beside
one another are compared. An edge whose ends lie surely on one side of another does not meet it; where rounding could
decide, the ring is doubtful.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import B1, BOOL, F2, FLOAT, I1, INT, OUT_B1, njit
from siting.shapes import Shapes

__all__ = ["surely_simple", "surely_valid"]

_PARTS = 256  #: of a shape that are compared; one with more is doubtful
_PAIRS_AN_EDGE = 512  #: compared at most; a ring that needs more is doubtful


def surely_simple(shapes: Shapes) -> NDArray[np.bool_]:
    """(r,) whether each closed ring meets itself nowhere, for sure; a ring with repeated vertices is doubtful.

    >>> import shapely
    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> surely_simple(Shapes.from_geometries([shapely.box(0, 0, 1, 1), bow])).tolist()
    [True, False]
    """
    out = np.zeros(len(shapes.ring_offsets) - 1, np.bool_)
    _simple(shapes.coords, shapes.ring_offsets, out)
    return out


def surely_valid(shapes: Shapes) -> NDArray[np.bool_]:
    """(n,) whether each polygon is valid for sure: simple rings without holes, whose boxes do not meet; or empty."""
    out = np.zeros(len(shapes), np.bool_)
    simple = surely_simple(shapes)
    _parts_apart(shapes.coords, shapes.ring_offsets, shapes.shape_offsets, shapes.part_starts & simple, out)
    return out


@njit(types.void, F2, I1, I1, B1, OUT_B1)
def _parts_apart(coords, ring_offsets, shape_offsets, good, out):  # type: ignore[no-untyped-def]
    """Mark the shapes all of whose rings are good, with boxes that have no point in common."""
    boxes = np.empty((_PARTS, 4))
    for shape in range(len(out)):
        first, last = shape_offsets[shape], shape_offsets[shape + 1]
        sure = last - first <= _PARTS
        for ring in range(first, last):
            sure = sure and good[ring]
        if not sure or last - first < 2:
            out[shape] = sure
            continue
        for ring in range(first, last):
            k = ring - first
            boxes[k, 0] = boxes[k, 1] = np.inf
            boxes[k, 2] = boxes[k, 3] = -np.inf
            for v in range(ring_offsets[ring], ring_offsets[ring + 1]):
                boxes[k, 0], boxes[k, 2] = min(boxes[k, 0], coords[v, 0]), max(boxes[k, 2], coords[v, 0])
                boxes[k, 1], boxes[k, 3] = min(boxes[k, 1], coords[v, 1]), max(boxes[k, 3], coords[v, 1])
            for i in range(k):
                across = boxes[i, 0] > boxes[k, 2] or boxes[k, 0] > boxes[i, 2]
                sure = sure and (across or boxes[i, 1] > boxes[k, 3] or boxes[k, 1] > boxes[i, 3])
        out[shape] = sure


@njit(INT, F2, INT, INT, INT)
def _side(coords, a, b, c):  # type: ignore[no-untyped-def]
    """1 where the vertex c lies left of the line from a to b for sure, -1 right of it, 0 where rounding decides."""
    one = (coords[b, 0] - coords[a, 0]) * (coords[c, 1] - coords[a, 1])
    other = (coords[b, 1] - coords[a, 1]) * (coords[c, 0] - coords[a, 0])
    doubt = 1e-15 * (abs(one) + abs(other))
    if one - other > doubt:
        return 1
    return -1 if other - one > doubt else 0


@njit(BOOL, F2, INT, INT)
def _apart(coords, v, w):  # type: ignore[no-untyped-def]
    """Whether the edges that begin at v and w have no point in common for sure."""
    for k in range(2):
        if max(coords[v, k], coords[v + 1, k]) < min(coords[w, k], coords[w + 1, k]):
            return True
        if max(coords[w, k], coords[w + 1, k]) < min(coords[v, k], coords[v + 1, k]):
            return True
    side = _side(coords, v, v + 1, w)
    if side != 0 and side == _side(coords, v, v + 1, w + 1):
        return True
    side = _side(coords, w, w + 1, v)
    return side != 0 and side == _side(coords, w, w + 1, v + 1)


@njit(BOOL, F2, INT, INT, INT)
def _turns(coords, a, b, c):  # type: ignore[no-untyped-def]
    """Whether the edges a-b and b-c meet at b only, for sure."""
    if _side(coords, a, b, c) != 0:
        return True
    back = (coords[a, 0] - coords[b, 0]) * (coords[c, 0] - coords[b, 0])
    return back + (coords[a, 1] - coords[b, 1]) * (coords[c, 1] - coords[b, 1]) < 0.0


@njit(INT, FLOAT, FLOAT, FLOAT, INT)
def _slab_of(x, low, width, slabs):  # type: ignore[no-untyped-def]
    """The slab of x."""
    return min(max(int((x - low) / width * slabs), 0), slabs - 1)


@njit(BOOL, F2, INT, INT)
def _round(coords, first, last):  # type: ignore[no-untyped-def]
    """Whether a closed ring goes round the middle of its vertices once, and never back, for sure."""
    n = last - first
    x = y = 0.0
    for v in range(first, last):
        x += (coords[v, 0] - coords[first, 0]) / n
        y += (coords[v, 1] - coords[first, 1]) / n
    x, y = x + coords[first, 0], y + coords[first, 1]
    left = right = upward = 0
    ax, ay = coords[first, 0] - x, coords[first, 1] - y
    for v in range(first, last):
        bx, by = coords[v + 1, 0] - x, coords[v + 1, 1] - y
        one, other = ax * by, ay * bx
        doubt = 1e-15 * (abs(one) + abs(other))
        left += one - other > doubt
        right += other - one > doubt
        upward += (ay < 0.0) != (by < 0.0)
        ax, ay = bx, by
    return (left == n or right == n) and upward == 2


@njit(types.void, F2, I1, OUT_B1)
def _simple(coords, ring_offsets, out):  # type: ignore[no-untyped-def]
    """Mark the rings that are simple for sure."""
    for ring in range(len(ring_offsets) - 1):
        first, last = ring_offsets[ring], ring_offsets[ring + 1] - 1
        n = last - first
        if n < 3 or coords[first, 0] != coords[last, 0] or coords[first, 1] != coords[last, 1]:
            continue
        if _round(coords, first, last):
            out[ring] = True
            continue
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        good = True
        for v in range(first, last):
            good = good and np.isfinite(coords[v, 0]) and np.isfinite(coords[v, 1])
            x0, x1 = min(x0, coords[v, 0]), max(x1, coords[v, 0])
            y0, y1 = min(y0, coords[v, 1]), max(y1, coords[v, 1])
        for v in range(first, last):
            good = good and _turns(coords, v - 1 if v > first else last - 1, v, v + 1)
        if not good:
            continue
        k = 0 if x1 - x0 >= y1 - y0 else 1
        begin_at, width = (x0, x1 - x0) if k == 0 else (y0, y1 - y0)
        slabs = max(n // 10, 1)
        at = np.zeros(slabs + 1, np.int64)
        for v in range(first, last):
            begin = _slab_of(min(coords[v, k], coords[v + 1, k]), begin_at, width, slabs)
            for slab in range(begin, _slab_of(max(coords[v, k], coords[v + 1, k]), begin_at, width, slabs) + 1):
                at[slab + 1] += 1
        pairs = 0
        for slab in range(slabs):
            pairs += at[slab + 1] * at[slab + 1]
            at[slab + 1] += at[slab]
        if pairs > _PAIRS_AN_EDGE * n:
            continue
        edges, lows, highs, place = np.empty(at[slabs], np.int64), np.empty(at[slabs]), np.empty(at[slabs]), at.copy()
        for v in range(first, last):
            begin = _slab_of(min(coords[v, k], coords[v + 1, k]), begin_at, width, slabs)
            for slab in range(begin, _slab_of(max(coords[v, k], coords[v + 1, k]), begin_at, width, slabs) + 1):
                edges[place[slab]] = v
                lows[place[slab]] = min(coords[v, 1 - k], coords[v + 1, 1 - k])
                highs[place[slab]] = max(coords[v, 1 - k], coords[v + 1, 1 - k])
                place[slab] += 1
        for slab in range(slabs):
            for i in range(at[slab], at[slab + 1]):
                v, low, high = edges[i], lows[i], highs[i]
                for j in range(i + 1, at[slab + 1]):
                    if lows[j] <= high and highs[j] >= low and 1 < edges[j] - v < n - 1 and good:
                        good = _apart(coords, v, edges[j])
            if not good:
                break
        out[ring] = good
