"""Where an upright rectangle fits at one angle, exactly.

Turned so that the rectangle stands upright, a polygon is cut at the height of every vertex into trapezoids; each is
narrowed from the right by the rectangle's width, so that it holds the places of the rectangle's lower left corner as
far as one height is concerned. The rectangle fits where a vertical chord of what is left is at least as long as the
rectangle. The longest chord passes through a corner of a trapezoid, so that only the chords through corners are
measured.
"""

from __future__ import annotations

import numpy as np
from numba import types

from siting.kernels.compiled import F2, FLOAT, INT, OUT_F1, OUT_F2, OUT_I1, njit

__all__ = ["places_at"]

_SAME_M = 1e-9  #: heights nearer than this are one


@njit(INT, OUT_F1, OUT_I1, OUT_F1)
def _levels(ys, ranks, levels):  # type: ignore[no-untyped-def]
    """The distinct heights, lowest first, and the rank of each vertex among them; how many there are."""
    order = np.argsort(ys)
    m = 0
    for i in order:
        if m == 0 or ys[i] - levels[m - 1] > _SAME_M:
            levels[m] = ys[i]
            m += 1
        ranks[i] = m - 1
    return m


@njit(INT, OUT_F1, OUT_I1, OUT_F1, INT, OUT_I1, OUT_I1, FLOAT, OUT_F2, OUT_I1)
def _trapezoids(xs, ranks, levels, m, tails, starts, width, traps, slabs):  # type: ignore[no-untyped-def]
    """Cut into trapezoids narrowed by ``width``; the number of those where something is left.

    starts : (m,) where the edges that pass each slab begin; on return where they end
    traps : rows of bottom, top, left and right at the bottom, left and right at the top
    slabs : (m,) slab k has the trapezoids slabs[k]:slabs[k + 1]
    """
    edges = np.empty(starts[m - 1], np.int64)
    for tail in tails:
        for k in range(min(ranks[tail], ranks[tail + 1]), max(ranks[tail], ranks[tail + 1])):
            edges[starts[k]] = tail
            starts[k] += 1
    across = np.empty((len(tails), 3))
    count, begin = 0, 0
    for k in range(m - 1):
        slabs[k] = count
        bottom, top = levels[k], levels[k + 1]
        active = starts[k] - begin
        for e in range(active):
            i = edges[begin + e]
            y0, y1 = levels[ranks[i]], levels[ranks[i + 1]]
            slope = (xs[i + 1] - xs[i]) / (y1 - y0)
            x0, x1 = xs[i] + (bottom - y0) * slope, xs[i] + (top - y0) * slope
            at = e
            while at > 0 and across[at - 1, 0] > x0 + x1:
                across[at] = across[at - 1]
                at -= 1
            across[at, 0], across[at, 1], across[at, 2] = x0 + x1, x0, x1
        begin = starts[k]
        for e in range(0, active - 1, 2):
            l0, r0 = across[e, 1], across[e + 1, 1] - width
            l1, r1 = across[e, 2], across[e + 1, 2] - width
            low, high = r0 - l0, r1 - l1
            if low < 0.0 and high < 0.0:
                continue
            a, b = bottom, top
            if low < 0.0:
                t = low / (low - high)
                a, l0 = bottom + t * (top - bottom), l0 + t * (l1 - l0)
                r0 = l0
            elif high < 0.0:
                t = low / (low - high)
                b, l1 = bottom + t * (top - bottom), l0 + t * (l1 - l0)
                r1 = l1
            traps[count, 0], traps[count, 1], traps[count, 2] = a, b, l0
            traps[count, 3], traps[count, 4], traps[count, 5] = r0, l1, r1
            count += 1
    slabs[m - 1] = count
    return count


@njit(FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT)
def _along(x, l0, r0, l1, r1):  # type: ignore[no-untyped-def]
    """How far, from 0 to 1, x stays between the left side l0-l1 and the right side r0-r1."""
    x = min(max(x, l0), r0)
    far = 1.0
    if l1 > x + _SAME_M:
        far = (x + _SAME_M - l0) / (l1 - l0)
    if r1 < x - _SAME_M:
        far = min(far, (r0 - x + _SAME_M) / (r0 - r1))
    return min(far, 1.0)


@njit(types.void, OUT_F2, OUT_I1, OUT_F1, INT, INT, INT, FLOAT, types.boolean, OUT_F1)
def _chord(traps, slabs, levels, m, slab, trap, x, from_top, ends):  # type: ignore[no-untyped-def]
    """The ends of the vertical chord at x through the bottom (or the top) of a trapezoid."""
    up_slab, down_slab = slab, slab
    up, down = trap, trap
    if from_top:
        ends[1] = traps[trap, 1]
        up_slab, up = (slab + 1, -1) if traps[trap, 1] == levels[slab + 1] else (m, -1)
    else:
        ends[0] = traps[trap, 0]
        down_slab, down = (slab - 1, -1) if traps[trap, 0] == levels[slab] else (-1, -1)
    while up_slab < m - 1:
        if up < 0:
            for t in range(slabs[up_slab], slabs[up_slab + 1]):
                if traps[t, 0] == levels[up_slab] and traps[t, 2] <= x + _SAME_M and x <= traps[t, 3] + _SAME_M:
                    up = t
                    break
            if up < 0:
                break
        far = _along(x, traps[up, 2], traps[up, 3], traps[up, 4], traps[up, 5])
        ends[1] = traps[up, 0] + far * (traps[up, 1] - traps[up, 0])
        if far < 1.0 or traps[up, 1] != levels[up_slab + 1]:
            break
        ends[1] = traps[up, 1]
        up_slab, up = up_slab + 1, -1
    while down_slab >= 0:
        if down < 0:
            for t in range(slabs[down_slab], slabs[down_slab + 1]):
                if traps[t, 1] == levels[down_slab + 1] and traps[t, 4] <= x + _SAME_M and x <= traps[t, 5] + _SAME_M:
                    down = t
                    break
            if down < 0:
                break
        far = _along(x, traps[down, 4], traps[down, 5], traps[down, 2], traps[down, 3])
        ends[0] = traps[down, 1] - far * (traps[down, 1] - traps[down, 0])
        if far < 1.0 or traps[down, 0] != levels[down_slab]:
            break
        ends[0] = traps[down, 0]
        down_slab, down = down_slab - 1, -1


@njit(INT, OUT_F2, OUT_I1, OUT_F1, INT, FLOAT, OUT_F2)
def _extremes(traps, slabs, levels, m, length, places):  # type: ignore[no-untyped-def]
    """Lower left corners at both ends of the long enough chords through corners of trapezoids."""
    found, ends, begin = 0, np.empty(2), 0
    while begin < m - 1:
        stop = begin  # slabs where something is left, one over the other
        while stop < m - 1 and slabs[stop + 1] > slabs[stop]:
            stop += 1
        if levels[stop] - levels[begin] >= length:
            for slab in range(begin, stop):
                for t in range(slabs[slab], slabs[slab + 1]):
                    for corner in range(2, 6):
                        x = traps[t, corner]
                        _chord(traps, slabs, levels, m, slab, t, x, corner > 3, ends)
                        if ends[1] - ends[0] >= length:
                            for y in (ends[0], ends[1] - length):
                                if found < len(places):
                                    places[found, 0], places[found, 1] = x, y
                                    found += 1
                            if found == len(places):
                                return found
        begin = stop + 1
    return found


@njit(INT, OUT_F2, OUT_I1, OUT_F1, INT, FLOAT, INT, INT, OUT_F2)
def _between(traps, slabs, levels, m, length, across, found, places):  # type: ignore[no-untyped-def]
    """Add lower left corners in even steps across what is left and along its chords."""
    count, ends = slabs[m - 1], np.empty(2)
    west = min(traps[:count, 2].min(), traps[:count, 4].min())
    east = max(traps[:count, 3].max(), traps[:count, 5].max())
    for slab in range(m - 1):
        for t in range(slabs[slab], slabs[slab + 1]):
            for side in range(2):
                for i in range(across + 1):
                    x = west + (east - west) * i / across
                    if not traps[t, 2 + 2 * side] <= x <= traps[t, 3 + 2 * side]:
                        continue
                    _chord(traps, slabs, levels, m, slab, t, x, side == 1, ends)
                    starts_here = ends[0] >= traps[t, 0] if side == 0 else ends[0] > traps[t, 0] + _SAME_M
                    if not starts_here or ends[1] - ends[0] < length:
                        continue
                    for j in range(across + 1):
                        if found < len(places):
                            places[found, 0] = x
                            places[found, 1] = ends[0] + (ends[1] - length - ends[0]) * j / across
                            found += 1
    return found


@njit(INT, F2, INT, INT, OUT_I1, FLOAT, FLOAT, FLOAT, INT, OUT_F2)
def places_at(coords, first, last, tails, angle, width, length, across, places):  # type: ignore[no-untyped-def]
    """Centres of rectangles in the part of the vertices first:last, standing at this angle; how many were written.

    across : beside the extreme places, so many steps across and along the part (0: none)
    """
    n = last - first
    xs, ys, levels, ranks = np.empty(n), np.empty(n), np.empty(n), np.empty(n, np.int64)
    cos, sin, ox, oy = np.cos(angle), np.sin(angle), coords[first, 0], coords[first, 1]
    for i in range(n):
        dx, dy = coords[first + i, 0] - ox, coords[first + i, 1] - oy
        xs[i], ys[i] = dx * cos + dy * sin, dy * cos - dx * sin
    if xs.max() - xs.min() < width or ys.max() - ys.min() < length:
        return 0
    m = _levels(ys, ranks, levels)
    starts, slabs = np.zeros(m, np.int64), np.empty(m, np.int64)
    for tail in tails:
        for k in range(min(ranks[tail], ranks[tail + 1]), max(ranks[tail], ranks[tail + 1])):
            starts[k + 1] += 1
    for k in range(1, m):
        starts[k] += starts[k - 1]
    traps = np.empty((starts[m - 1] // 2 + 1, 6))
    if _trapezoids(xs, ranks, levels, m, tails, starts, width, traps, slabs) == 0:
        return 0
    found = _extremes(traps, slabs, levels, m, length, places)
    if found > 0 and across > 0:
        found = _between(traps, slabs, levels, m, length, across, found, places)
    for k in range(found):
        x, y = places[k, 0] + width / 2, places[k, 1] + length / 2
        places[k, 0], places[k, 1] = ox + x * cos - y * sin, oy + x * sin + y * cos
        places[k, 2] = angle
    return found
