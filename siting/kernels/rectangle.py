"""Placements of a W x L rectangle inside polygons: where a building pad fits.

At one angle the answer is exact (``siting.kernels.trapezoids``). Whole ranges of angles are passed over first: where a
W x L rectangle stands at an angle, one that is a little smaller stands at every angle near it (``_hopeless``). Where
the smaller one does not fit, nothing does in that range.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import F2, FLOAT, I1, INT, OUT_F1, OUT_F2, OUT_I1, njit
from siting.kernels.trapezoids import places_at
from siting.shapes import Shapes

__all__ = ["placements"]

_FEW_EDGES = 60  #: of polygons with more edges, only the directions of long ones are tried
_MOST_FOUND = 512  #: placements collected in one part before a spread of them is kept
_FIRST, _PER_ANGLE = 256, 32  #: placements collected at the first angle that fits, and at every other one
_ACROSS = 8  #: at the first angle that fits, so many steps across and along, beside the extreme places
_WIDE, _NARROW = 9, 3  #: degrees of the ranges of angles that are passed over together
_SLACK_M = 1e-6  #: a rectangle may overlap the border by this much

_B1 = types.Array(types.boolean, 1, "C", readonly=True)
_OUT_F4 = types.float64[:, :, :, ::1]


def placements(
    shapes: Shapes, width_m: float, length_m: float, *, most: int = 16
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rectangles of ``width_m`` x ``length_m`` that lie inside one part of each polygon.

    The angles are every full degree and the directions of the edges, and the quarter turns of these: of all edges
    where a part has up to 60, else of those at least a quarter of the rectangle's shorter side. At each of these
    angles a rectangle is found wherever one fits. It may overlap the border by 1e-6 m. Parts that are smaller than
    the rectangle cost nothing.

    Returns
    -------
    offsets : (n + 1,) int64; polygon i owns the rectangles offsets[i]:offsets[i + 1], at most ``most``
    corners : (k, 4, 2) float64, counter-clockwise; the first is the one found first, the others are
        spread as far apart as the placements found allow

    >>> import shapely
    >>> offsets, corners = placements(Shapes.from_geometries([shapely.box(0, 0, 30, 20)]), 20.0, 30.0)
    >>> bool(offsets[1] >= 1), sorted({float(round(v)) for v in corners[0].ravel()})
    (True, [0.0, 20.0, 30.0])
    """
    counts = np.zeros(len(shapes), np.int64)
    found = np.empty((len(shapes), most, 4, 2))
    _place(
        shapes.coords, shapes.ring_offsets, shapes.shape_offsets, shapes.part_starts, width_m, length_m, counts, found
    )
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return offsets, np.ascontiguousarray(found[np.arange(most)[None, :] < counts[:, None]])


@njit(INT, OUT_F2, INT, INT, OUT_F2, INT)
def _keep(scratch, found, most, pool, total):  # type: ignore[no-untyped-def]
    """Copy up to ``most`` of the places found, evenly chosen, to the pool; the new number of them."""
    kept = min(found, most, len(pool) - total)
    for k in range(kept):
        pool[total + k] = scratch[k * found // kept]
    return total + kept


@njit(types.boolean, F2, INT, INT, OUT_I1, FLOAT, FLOAT, FLOAT, FLOAT)
def _hopeless(coords, first, last, tails, middle, half, width, length):  # type: ignore[no-untyped-def]
    """Whether no rectangle can fit at any angle within ``half`` of ``middle``.

    A w x l rectangle, turned by up to half either way, holds one of w' x l' where w' cos(half) + l' sin(half) = w and
    w' sin(half) + l' cos(half) = l, unless that is too slim.
    """
    cos, sin = np.cos(half), np.sin(half)
    inner_width = (width * cos - length * sin) / (cos * cos - sin * sin)
    inner_length = (length * cos - width * sin) / (cos * cos - sin * sin)
    if inner_width * cos <= inner_length * sin or inner_length * cos <= inner_width * sin:
        return False
    return places_at(coords, first, last, tails, middle, inner_width, inner_length, 0, np.empty((1, 3))) == 0


@njit(INT, F2, INT, OUT_I1, FLOAT, OUT_F1)
def _directions(coords, first, tails, shortest, out):  # type: ignore[no-untyped-def]
    """Directions in [0, pi) of edges at least ``shortest`` long and their quarter turns, the longest edge's first."""
    n, best, longest = 0, 0, -1.0
    for tail in tails:
        a, b = first + tail, first + tail + 1
        dx, dy = coords[b, 0] - coords[a, 0], coords[b, 1] - coords[a, 1]
        if dx * dx + dy * dy < shortest * shortest:
            continue
        turn = np.arctan2(dy, dx)
        out[n], out[n + 1] = turn % np.pi, (turn + np.pi / 2) % np.pi
        if dx * dx + dy * dy > longest:
            longest, best = dx * dx + dy * dy, n
        n += 2
    for k in range(2 if n else 0):
        out[k], out[best + k] = out[best + k], out[k]
    return n


@njit(INT, F2, INT, INT, OUT_I1, FLOAT, FLOAT, INT, OUT_F2, INT)
def _search(coords, first, last, tails, width, length, most, pool, total):  # type: ignore[no-untyped-def]
    """Add rectangles in the part of the vertices first:last to ``pool`` (centre and angle); the new number of them."""
    scratch = np.empty((_MOST_FOUND if most > 1 else 1, 3))
    angles = np.empty(2 * len(tails) + 180)
    n = _directions(coords, first, tails, min(width, length) / 4 if len(tails) > _FEW_EDGES else 0.0, angles)
    start, across = total, _ACROSS if most > 1 else 0
    for angle in angles[: min(n, 2)].copy():
        found = places_at(coords, first, last, tails, angle, width, length, across if total == start else 0, scratch)
        total = _keep(scratch, found, _FIRST if total == start else _PER_ANGLE, pool, total)
        if total > start and (most == 1 or total == len(pool)):
            return total
    angles[n : n + 180] = np.arange(180) * (np.pi / 180)
    angles = np.sort(angles[: n + 180])
    at, previous, skip_to = 0, -1.0, 0.0
    for narrow in range(180 // _NARROW):
        stop = np.inf if (narrow + 1) * _NARROW == 180 else (narrow + 1) * _NARROW * np.pi / 180
        if narrow * _NARROW % _WIDE == 0:
            half = _WIDE * np.pi / 360
            middle = narrow * _NARROW * np.pi / 180 + half
            if _hopeless(coords, first, last, tails, middle, half + 1e-9, width, length):
                skip_to = narrow + _WIDE // _NARROW
        half = _NARROW * np.pi / 360
        middle = narrow * _NARROW * np.pi / 180 + half
        if narrow < skip_to or _hopeless(coords, first, last, tails, middle, half + 1e-9, width, length):
            while at < len(angles) and angles[at] < stop:
                at += 1
            continue
        while at < len(angles) and angles[at] < stop:
            angle = angles[at]
            at += 1
            if angle - previous <= 1e-9:
                continue
            previous = angle
            found = places_at(
                coords, first, last, tails, angle, width, length, across if total == start else 0, scratch
            )
            total = _keep(scratch, found, _FIRST if total == start else _PER_ANGLE, pool, total)
            if total > start and (most == 1 or total == len(pool)):
                return total
    return total


@njit(INT, OUT_F2, INT, FLOAT, FLOAT, types.float64[:, :, :])
def _spread(pool, total, width, length, out):  # type: ignore[no-untyped-def]
    """Keep the first placement and those farthest from the kept ones; write corners, say how many."""
    kept, choice = 0, 0
    far = np.full(total, np.inf)
    while kept < min(len(out), total):
        x, y, angle = pool[choice, 0], pool[choice, 1], pool[choice, 2]
        cos, sin = np.cos(angle), np.sin(angle)
        for corner in range(4):
            dx = width / 2 if corner in (1, 2) else -width / 2
            dy = length / 2 if corner in (2, 3) else -length / 2
            out[kept, corner, 0], out[kept, corner, 1] = x + dx * cos - dy * sin, y + dx * sin + dy * cos
        kept += 1
        for i in range(total):
            far[i] = min(far[i], (pool[i, 0] - x) ** 2 + (pool[i, 1] - y) ** 2)
        choice = int(np.argmax(far))
        if far[choice] < 1.0:
            break
    return kept


@njit(FLOAT, F2, INT, INT, I1)
def _area(coords, ring, stop, ring_offsets):  # type: ignore[no-untyped-def]
    """Area of the rings ring:stop, holes counting against it."""
    total = 0.0
    for r in range(ring, stop):
        first, last = ring_offsets[r], ring_offsets[r + 1]
        for v in range(first, last - 1):
            xa, ya = coords[v, 0] - coords[first, 0], coords[v, 1] - coords[first, 1]
            xb, yb = coords[v + 1, 0] - coords[first, 0], coords[v + 1, 1] - coords[first, 1]
            total += (xa * yb - xb * ya) / 2
    return abs(total)


@njit(types.void, F2, I1, I1, _B1, FLOAT, FLOAT, OUT_I1, _OUT_F4)
def _place(coords, ring_offsets, shape_offsets, part_starts, width, length, counts, found):  # type: ignore[no-untyped-def]
    """Fill ``found`` with up to ``found.shape[1]`` placements a polygon, and their ``counts``."""
    most = found.shape[1]
    pool = np.empty((_MOST_FOUND if most > 1 else 1, 3))
    w, h = width - 2 * _SLACK_M, length - 2 * _SLACK_M
    for p in range(len(shape_offsets) - 1):
        ring, total = shape_offsets[p], 0
        while ring < shape_offsets[p + 1] and total < len(pool):
            stop = ring + 1
            while stop < shape_offsets[p + 1] and not part_starts[stop]:
                stop += 1
            if _area(coords, ring, stop, ring_offsets) >= w * h:
                first, last = ring_offsets[ring], ring_offsets[stop]
                tails = np.empty(last - first - (stop - ring), np.int64)
                n = 0
                for r in range(ring, stop):
                    for v in range(ring_offsets[r], ring_offsets[r + 1] - 1):
                        tails[n] = v - first
                        n += 1
                total = _search(coords, first, last, tails, w, h, most, pool, total)
            ring = stop
        counts[p] = _spread(pool, total, width, length, found[p])
