"""Placements of a W x L rectangle inside polygons: where a building pad fits."""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from siting.shapes import Shapes

__all__ = ["MOST_FOUND", "placements"]

MOST_FOUND = 256  #: placements collected for one polygon before a spread of them is kept
_PER_ANGLE = 48  #: placements collected at one angle
_FEW_EDGES = 60  #: polygons with more edges are not tried at every vertex
_LEVELS = 64  #: evenly spaced positions across, tried at every angle
_SLACK_M = 1e-6  #: a rectangle may overlap the border by this much

_F1 = types.Array(types.float64, 1, "C", readonly=True)
_F2 = types.Array(types.float64, 2, "C", readonly=True)
_I1 = types.Array(types.int64, 1, "C", readonly=True)


def placements(
    shapes: Shapes, width_m: float, length_m: float, *, most: int = 16
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rectangles of ``width_m`` x ``length_m`` that lie inside each polygon.

    The angles are every full degree and the direction of every edge that is at least a quarter of the
    rectangle's shorter side. At each angle the rectangle is
    slid across in 64 even steps, and to wherever one of its sides meets a vertex of a polygon with up to
    60 edges; along the other axis its position is exact. A rectangle that fits only wedged between slanting sides in the
    remaining gap may be missed, hence "none found at 1 degree". It may overlap the border by 1e-6 m.

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
    _place(shapes.coords, shapes.ring_offsets, shapes.shape_offsets, width_m, length_m, counts, found)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    kept = np.arange(most)[None, :] < counts[:, None]
    return offsets, np.ascontiguousarray(found[kept])


@njit(types.boolean(_F2, types.int64, types.int64, _I1, types.float64, types.float64), nogil=True, cache=True)
def _inside(coords, first, last, ring_offsets, x, y):  # type: ignore[no-untyped-def]
    """Whether a point lies inside the rings first:last (even-odd)."""
    inside = False
    for ring in range(first, last):
        for v in range(ring_offsets[ring], ring_offsets[ring + 1] - 1):
            ya, yb = coords[v, 1], coords[v + 1, 1]
            if (ya > y) != (yb > y):
                xa, xb = coords[v, 0], coords[v + 1, 0]
                if x < xa + (xb - xa) * (y - ya) / (yb - ya):
                    inside = not inside
    return inside


@njit(
    types.int64(
        types.Array(types.float64, 2, "C"), types.int64, types.float64, types.float64, types.float64,
        types.Array(types.float64, 2, "C"), types.Array(types.float64, 1, "C"),
    ),
    nogil=True, cache=True,
)  # fmt: skip
def _gaps(edges, count, y, width, length, forbidden, gaps):  # type: ignore[no-untyped-def]
    """Positions x of the rectangle [x, x + width] x [y, y + length] that no edge crosses.

    Writes the two ends of each gap to ``gaps`` and returns how many numbers it wrote.
    """
    low, high = y + _SLACK_M, y + length - _SLACK_M
    m = 0
    for e in range(count):
        xa, ya, xb, yb = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if max(ya, yb) <= low or min(ya, yb) >= high:
            continue
        ta, tb = 0.0, 1.0
        if ya != yb:
            t0, t1 = (low - ya) / (yb - ya), (high - ya) / (yb - ya)
            ta, tb = max(0.0, min(t0, t1)), min(1.0, max(t0, t1))
        x0, x1 = xa + (xb - xa) * ta, xa + (xb - xa) * tb
        forbidden[m, 0] = min(x0, x1) - width + _SLACK_M
        forbidden[m, 1] = max(x0, x1) - _SLACK_M
        m += 1
    if m == 0:
        return 0
    order = np.argsort(forbidden[:m, 0])
    k = 0
    reach = forbidden[order[0], 1]
    for i in range(1, m):
        j = order[i]
        if forbidden[j, 0] > reach:
            gaps[k], gaps[k + 1] = reach, forbidden[j, 0]
            k += 2
        reach = max(reach, forbidden[j, 1])
    return k


@njit(
    types.int64(
        _F2, _I1, types.int64, types.int64, types.float64, types.float64, types.float64,
        types.Array(types.float64, 2, "C"), types.int64,
    ),
    nogil=True, cache=True,
)  # fmt: skip
def _at_angle(coords, ring_offsets, first, last, angle, width, length, pool, total):  # type: ignore[no-untyped-def]
    """Add the placements at one angle to ``pool`` (centre x, y and angle); the new number of them."""
    vertices = ring_offsets[last] - ring_offsets[first]
    edges = np.empty((vertices, 4))
    levels = np.empty(2 * vertices + _LEVELS)
    cos, sin = np.cos(angle), np.sin(angle)
    ox, oy = coords[ring_offsets[first], 0], coords[ring_offsets[first], 1]
    count, bottom, top, west, east = 0, np.inf, -np.inf, np.inf, -np.inf
    for ring in range(first, last):
        for v in range(ring_offsets[ring], ring_offsets[ring + 1] - 1):
            for end in range(2):
                dx, dy = coords[v + end, 0] - ox, coords[v + end, 1] - oy
                edges[count, 2 * end], edges[count, 2 * end + 1] = dx * cos + dy * sin, dy * cos - dx * sin
            bottom, top = min(bottom, edges[count, 1]), max(top, edges[count, 1])
            west, east = min(west, edges[count, 0]), max(east, edges[count, 0])
            count += 1
    spare = top - bottom - length
    if spare < -_SLACK_M or east - west < width - _SLACK_M:
        return total
    m = 0
    for e in range(count if count <= _FEW_EDGES else 0):
        for y in (edges[e, 1], edges[e, 1] - length):
            if bottom - _SLACK_M <= y <= bottom + spare + _SLACK_M:
                levels[m] = y
                m += 1
    for step in range(_LEVELS):
        levels[m] = bottom + spare * step / (_LEVELS - 1)
        m += 1
    forbidden = np.empty((vertices, 2))
    gaps = np.empty(2 * vertices)
    room = min(total + _PER_ANGLE, len(pool))
    for y in np.sort(levels[:m]):
        k = _gaps(edges, count, y, width, length, forbidden, gaps)
        for g in range(k):
            cx, cy = gaps[g] + width / 2, y + length / 2
            x, yy = ox + cx * cos - cy * sin, oy + cx * sin + cy * cos
            if total < room and _inside(coords, first, last, ring_offsets, x, yy):
                pool[total, 0], pool[total, 1], pool[total, 2] = x, yy, angle
                total += 1
    return total


@njit(
    types.int64(
        types.Array(types.float64, 2, "C"), types.int64, types.float64, types.float64,
        types.Array(types.float64, 3, "A"),
    ),
    nogil=True, cache=True,
)  # fmt: skip
def _spread(pool, total, width, length, out):  # type: ignore[no-untyped-def]
    """Keep the first placement and those farthest from the kept ones; write corners, say how many."""
    kept = 0
    far = np.full(total, np.inf)
    choice = 0
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


@njit(
    types.void(
        _F2, _I1, _I1, types.float64, types.float64,
        types.Array(types.int64, 1, "C"), types.Array(types.float64, 4, "C"),
    ),
    nogil=True, cache=True,
)  # fmt: skip
def _place(coords, ring_offsets, shape_offsets, width, length, counts, found):  # type: ignore[no-untyped-def]
    """Fill ``found`` with up to ``found.shape[1]`` placements a polygon, and their ``counts``."""
    pool = np.empty((MOST_FOUND, 3))
    shortest = min(width, length) / 4
    for p in range(len(shape_offsets) - 1):
        first, last = shape_offsets[p], shape_offsets[p + 1]
        if first == last:
            continue
        directions = np.empty(2 * (ring_offsets[last] - ring_offsets[first]))
        n = 0
        for ring in range(first, last):
            for v in range(ring_offsets[ring], ring_offsets[ring + 1] - 1):
                dx, dy = coords[v + 1, 0] - coords[v, 0], coords[v + 1, 1] - coords[v, 1]
                if dx * dx + dy * dy < shortest * shortest:
                    continue
                turn = np.arctan2(dy, dx)
                for quarter in range(2):
                    directions[n] = (turn + quarter * np.pi / 2) % np.pi
                    n += 1
        total, previous = 0, -1.0
        for angle in np.sort(directions[:n]):
            if angle - previous > 1e-9:
                total = _at_angle(coords, ring_offsets, first, last, angle, width, length, pool, total)
                previous = angle
        for degree in range(180):
            if total < MOST_FOUND:
                total = _at_angle(coords, ring_offsets, first, last, degree * np.pi / 180, width, length, pool, total)
        counts[p] = _spread(pool, total, width, length, found[p])
