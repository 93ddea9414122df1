"""Nearest features and features within a radius, exact, from the edge of a parcel or its inside.

The segments of the features lie in a uniform grid. A parcel looks at the cells under its own box and
then ring by ring outwards, until no cell that is left can hold anything nearer. Polygons are filled: a
feature inside a parcel, or a parcel inside a feature (not in one of its holes), is at distance 0.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import BOOL, F1, F2, FLOAT, I1, INT, OUT_F2, OUT_I1, OUT_I2, njit
from siting.kernels.segments import GRID, SegmentGrid
from siting.shapes import Shapes

__all__ = ["SegmentGrid", "nearest", "within"]

_SHAPES = (F2, I1, I1, BOOL)  # coords, ring offsets, shape offsets, filled
_SCRATCH = (OUT_I1, OUT_I1, OUT_I1)
_TOUCHED = 1 << 40  #: the winding number of a feature that a ray has met, before any is added


def nearest(
    parcels: Shapes,
    grid: SegmentGrid,
    *,
    k: int = 1,
    within_m: float = np.inf,
    offset_m: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The k nearest distinct features of n parcels (points, lines or polygons).

    Parameters
    ----------
    parcels, grid : in the same CRS, in metres
    within_m : features farther than this (offset included) are left out
    offset_m : (m,) metres added to the distance of each feature before it is compared (minus a setback, say)

    Returns
    -------
    distance_m : (n, k) ascending; inf where there is no such feature, NaN for an empty parcel
    feature : (n, k) row of the feature, -1 where there is none; equal distances by lowest row

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 2, 2)])
    >>> wells = SegmentGrid.build(Shapes.from_geometries([shapely.Point(9, 1), shapely.Point(5, 6)]))
    >>> distance, feature = nearest(lots, wells)
    >>> distance.tolist(), feature.tolist()
    ([[5.0]], [[1]])
    """
    n, m = len(parcels), len(grid)
    distance, feature = np.full((n, k), np.inf), np.full((n, k), -1, np.int64)
    offset = np.zeros(m) if offset_m is None else np.ascontiguousarray(offset_m, np.float64)
    least = float(offset.min(initial=np.inf))
    _nearest(
        *_arrays_of(parcels), 0, n, *grid.arrays, *_scratch(grid), offset, least, float(within_m), distance, feature
    )
    distance[np.diff(parcels.shape_offsets) == 0] = np.nan
    return distance, feature


def within(parcels: Shapes, grid: SegmentGrid, radius_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All features within a radius of each of n parcels, itself included; an empty parcel has none.

    Returns
    -------
    offsets : (n + 1,); parcel i has the features ``feature[offsets[i]:offsets[i + 1]]``
    feature : int64, ascending within a parcel

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 2, 2)])
    >>> wells = SegmentGrid.build(Shapes.from_geometries([shapely.Point(9, 1), shapely.Point(5, 6)]))
    >>> offsets, feature = within(lots, wells, 5)
    >>> offsets.tolist(), feature.tolist()
    ([0, 1], [1])
    """
    n = len(parcels)
    counts = np.zeros(n + 1, np.int64)
    scratch = *_scratch(grid), np.zeros(len(grid), np.int64)
    feature = _within(*_arrays_of(parcels), 0, n, *grid.arrays, *scratch, float(radius_m), counts)
    row = np.repeat(np.arange(n), counts[1:])
    return np.cumsum(counts), feature[np.lexsort((feature, row))]


def _arrays_of(shapes: Shapes) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], bool]:
    """What the kernels read of shapes."""
    return shapes.coords, shapes.ring_offsets, shapes.shape_offsets, shapes.kind == "polygon"


def _scratch(grid: SegmentGrid) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Zeros a segment, and twice a feature; of a large layer only the pages come to be that parcels nearby use."""
    return np.zeros(len(grid.segments), np.int64), np.zeros(len(grid), np.int64), np.zeros(len(grid), np.int64)


@njit(FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, makes_arrays=False)
def _point_gap2(px, py, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Squared distance of a point and a segment; exactly that of an end where an end is nearest."""
    dx, dy = bx - ax, by - ay
    along, length2 = (px - ax) * dx + (py - ay) * dy, dx * dx + dy * dy
    if along <= 0.0:
        return (px - ax) * (px - ax) + (py - ay) * (py - ay)
    if along >= length2:
        return (px - bx) * (px - bx) + (py - by) * (py - by)
    across = (px - ax) * dy - (py - ay) * dx
    return across * across / length2


@njit(FLOAT, F2, I1, INT, INT, BOOL, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, makes_arrays=False)
def _gap2(coords, ring_offsets, first, last, look_inside, cx, cy, dx, dy, limit2):  # type: ignore[no-untyped-def]
    """Squared distance of the rings first:last and a segment, if it is at most ``limit2`` (else inf).

    0 where ``look_inside`` and the segment's first end lies inside the rings.
    """
    best = np.inf
    low_x, high_x, low_y, high_y = min(cx, dx), max(cx, dx), min(cy, dy), max(cy, dy)
    winding = 0
    for ring in range(first, last):
        begin, end = ring_offsets[ring], ring_offsets[ring + 1] - 1
        for v in range(begin, max(end, begin + 1)):
            w = min(v + 1, end)
            ax, ay, bx, by = coords[v, 0], coords[v, 1], coords[w, 0], coords[w, 1]
            if look_inside and (ay > cy) != (by > cy):
                side = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
                if by > ay and side > 0.0:
                    winding += 1
                elif by < ay and side < 0.0:
                    winding -= 1
            gx = max(0.0, max(min(ax, bx) - high_x, low_x - max(ax, bx)))
            gy = max(0.0, max(min(ay, by) - high_y, low_y - max(ay, by)))
            if gx * gx + gy * gy > limit2:
                continue
            if gx == 0.0 and gy == 0.0:  # else the signs below may be noise: distant segments of one line
                a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
                b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
                c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
                d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
                if (a > 0.0) != (b > 0.0) and (c > 0.0) != (d > 0.0):
                    return 0.0
            gap2 = min(
                min(_point_gap2(ax, ay, cx, cy, dx, dy), _point_gap2(bx, by, cx, cy, dx, dy)),
                min(_point_gap2(cx, cy, ax, ay, bx, by), _point_gap2(dx, dy, ax, ay, bx, by)),
            )
            if gap2 <= limit2:
                best = limit2 = gap2
    return 0.0 if winding != 0 else best


@njit(INT, FLOAT, FLOAT, *GRID, OUT_I1, OUT_I1, makes_arrays=False)
def _covering(  # type: ignore[no-untyped-def]
    px, py, segments, owner, upward, cell_offsets, cell_items, frame, columns_rows, filled, winding, found,
):  # fmt: skip
    """The filled features that hold a point, into ``found``; ``winding`` is zero before and after.

    A ray to the east through one row of cells; a crossing counts in the cell in which it lies, so once.
    """
    west, south, size, columns = frame[0], frame[1], frame[2], columns_rows[0]
    i0, j = int((px - west) / size), int((py - south) / size)
    if not filled or px < west or py < south or i0 >= columns or j >= columns_rows[1]:
        return 0
    touched = 0
    for i in range(i0, columns):
        for item in range(cell_offsets[j * columns + i], cell_offsets[j * columns + i + 1]):
            s = cell_items[item]
            ax, ay, bx, by = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
            if (ay > py) == (by > py):
                continue
            x = min(max(ax + (py - ay) * (bx - ax) / (by - ay), ax), bx)
            if x > px and min(int((x - west) / size), columns - 1) == i:
                if winding[owner[s]] == 0:
                    winding[owner[s]] = _TOUCHED
                    found[touched] = owner[s]
                    touched += 1
                winding[owner[s]] += upward[s]
    count = 0
    for f in range(touched):
        feature = found[f]
        if winding[feature] != _TOUCHED:
            found[count] = feature
            count += 1
        winding[feature] = 0
    return count


@njit(types.void, OUT_F2, OUT_I2, INT, FLOAT, INT, makes_arrays=False)
def _keep(distance, feature, p, value, new):  # type: ignore[no-untyped-def]
    """Put a feature in its place among the k nearest of row p so far, each once, ties by lowest row."""
    place, known = distance.shape[1] - 1, False
    for i in range(distance.shape[1]):
        if feature[p, i] == new or feature[p, i] == -1:
            place, known = i, feature[p, i] == new
            break
    there, holder = distance[p, place], feature[p, place]
    if holder != -1 and (value > there or (value == there and (known or new > holder))):
        return
    while place > 0:
        there, holder = distance[p, place - 1], feature[p, place - 1]
        if value > there or (value == there and new > holder):
            break
        distance[p, place], feature[p, place] = distance[p, place - 1], feature[p, place - 1]
        place -= 1
    distance[p, place], feature[p, place] = value, new


@njit(types.void, *_SHAPES, INT, INT, *GRID, *_SCRATCH, F1, FLOAT, FLOAT, OUT_F2, OUT_I2, makes_arrays=False)
def _nearest(  # type: ignore[no-untyped-def]
    coords, ring_offsets, shape_offsets, closed, start, stop,
    segments, owner, upward, cell_offsets, cell_items, frame, columns_rows, filled,
    seen, winding, found, offset, least_offset, within_m, distance, feature,
):  # fmt: skip
    """The k nearest features of the parcels start:stop, into the rows start:stop of distance and feature.

    seen : (s,) zeros; takes p + 1 where parcel p has seen a segment. winding, found : (m,) as in ``_covering``
    Where one feature is asked for, nothing is farther than what the parcel before, most often a neighbour, is near to.
    """
    west, south, size, slack = frame[0], frame[1], frame[2], frame[3]
    columns, rows = columns_rows[0], columns_rows[1]
    k = distance.shape[1]
    east, north = west + columns * size, south + rows * size
    near = -1  # the segment that the parcel before is nearest to
    for p in range(start, stop):
        first, last = shape_offsets[p], shape_offsets[p + 1]
        if first == last or len(offset) == 0:
            continue
        reach = within_m
        if k == 1 and near >= 0:
            at, ax, ay = ring_offsets[first], segments[near, 0], segments[near, 1]
            gap2 = _point_gap2(coords[at, 0], coords[at, 1], ax, ay, segments[near, 2], segments[near, 3])
            reach = min(reach, sqrt(gap2) + offset[owner[near]] + slack)
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        for ring in range(first, last):
            at = ring_offsets[ring]
            count = 0
            if filled:
                count = _covering(
                    coords[at, 0], coords[at, 1],
                    segments, owner, upward, cell_offsets, cell_items, frame, columns_rows, filled, winding, found,
                )  # fmt: skip
            for f in range(count):
                if offset[found[f]] <= within_m:
                    _keep(distance, feature, p, offset[found[f]], found[f])
            for v in range(at, ring_offsets[ring + 1]):
                x0, x1 = min(x0, coords[v, 0]), max(x1, coords[v, 0])
                y0, y1 = min(y0, coords[v, 1]), max(y1, coords[v, 1])
        i0 = min(max(int((x0 - west) / size), 0), columns - 1)
        i1 = min(max(int((x1 - west) / size), 0), columns - 1)
        j0 = min(max(int((y0 - south) / size), 0), rows - 1)
        j1 = min(max(int((y1 - south) / size), 0), rows - 1)
        far_x, far_y = max(0.0, max(x0 - east, west - x1)), max(0.0, max(y0 - north, south - y1))
        ring = 0
        while True:
            ia, ib, ja, jb = i0 - ring, i1 + ring, j0 - ring, j1 + ring
            for j in range(max(ja, 0), min(jb, rows - 1) + 1):
                whole = ring == 0 or j in (ja, jb)
                i = max(ia, 0) if whole or ia >= 0 else ib
                while i <= min(ib, columns - 1):
                    for item in range(cell_offsets[j * columns + i], cell_offsets[j * columns + i + 1]):
                        s = cell_items[item]
                        if seen[s] == p + 1:
                            continue
                        seen[s] = p + 1
                        cx, cy, dx, dy = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
                        f = owner[s]
                        full = feature[p, k - 1] >= 0
                        worst = distance[p, k - 1] if full else reach
                        gx = max(0.0, max(cx - x1, x0 - dx))
                        gy = max(0.0, max(min(cy, dy) - y1, y0 - max(cy, dy)))
                        bound = sqrt(gx * gx + gy * gy) + offset[f] - slack
                        if bound > worst or (full and worst == offset[f] and f >= feature[p, k - 1]):
                            continue
                        limit = max(worst - offset[f], 0.0) + slack
                        inside = closed and x0 <= cx <= x1 and y0 <= cy <= y1
                        value = (
                            sqrt(_gap2(coords, ring_offsets, first, last, inside, cx, cy, dx, dy, limit * limit))
                            + offset[f]
                        )
                        if value <= worst:
                            _keep(distance, feature, p, value, f)
                            near = s
                    i = i + 1 if whole or i == ib else ib
            # the nearest that anything in the cells not yet seen can be
            side_x, side_y = np.inf, np.inf
            if ia > 0:
                side_x = min(side_x, x0 - (west + ia * size))
            if ib < columns - 1:
                side_x = min(side_x, west + (ib + 1) * size - x1)
            if ja > 0:
                side_y = min(side_y, y0 - (south + ja * size))
            if jb < rows - 1:
                side_y = min(side_y, south + (jb + 1) * size - y1)
            if side_x == np.inf and side_y == np.inf:
                break
            side_x, side_y = max(side_x - slack, 0.0), max(side_y - slack, 0.0)
            nearer = min(side_x * side_x + far_y * far_y, side_y * side_y + far_x * far_x)
            worst = distance[p, k - 1] if feature[p, k - 1] >= 0 else reach
            if sqrt(nearer) - slack + least_offset > worst:
                break
            ring += 1


@njit(OUT_I1, *_SHAPES, INT, INT, *GRID, *_SCRATCH, OUT_I1, FLOAT, OUT_I1)
def _within(  # type: ignore[no-untyped-def]
    coords, ring_offsets, shape_offsets, closed, start, stop,
    segments, owner, upward, cell_offsets, cell_items, frame, columns_rows, filled,
    seen, winding, found, accepted, radius, counts,
):  # fmt: skip
    """The features within the radius of the parcels start:stop, one parcel after the other; counts[p + 1] of each.

    accepted : (m,) zeros; takes p + 1 where parcel p has found a feature. The others as in ``_nearest``
    """
    west, south, size, slack = frame[0], frame[1], frame[2], frame[3]
    columns, rows = columns_rows[0], columns_rows[1]
    features = len(accepted)
    out, size_out = np.empty(1024, np.int64), 0
    for p in range(start, stop):
        first, last = shape_offsets[p], shape_offsets[p + 1]
        if first == last or radius < 0.0:
            continue
        begin = size_out
        if len(out) < begin + features:
            grown = np.empty(2 * (begin + features), np.int64)
            for i in range(begin):
                grown[i] = out[i]
            out = grown
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        for ring in range(first, last):
            at = ring_offsets[ring]
            count = _covering(
                coords[at, 0], coords[at, 1],
                segments, owner, upward, cell_offsets, cell_items, frame, columns_rows, filled, winding, found,
            )  # fmt: skip
            for f in range(count):
                if accepted[found[f]] != p + 1:
                    accepted[found[f]] = p + 1
                    out[size_out] = found[f]
                    size_out += 1
            for v in range(at, ring_offsets[ring + 1]):
                x0, x1 = min(x0, coords[v, 0]), max(x1, coords[v, 0])
                y0, y1 = min(y0, coords[v, 1]), max(y1, coords[v, 1])
        reach = min(radius, 1e15) + slack
        for j in range(max(int((y0 - reach - south) / size), 0), min(int((y1 + reach - south) / size), rows - 1) + 1):
            for i in range(
                max(int((x0 - reach - west) / size), 0), min(int((x1 + reach - west) / size), columns - 1) + 1
            ):
                for item in range(cell_offsets[j * columns + i], cell_offsets[j * columns + i + 1]):
                    s = cell_items[item]
                    f = owner[s]
                    if seen[s] == p + 1 or accepted[f] == p + 1:
                        continue
                    seen[s] = p + 1
                    cx, cy, dx, dy = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
                    inside = closed and x0 <= cx <= x1 and y0 <= cy <= y1
                    if sqrt(_gap2(coords, ring_offsets, first, last, inside, cx, cy, dx, dy, reach * reach)) <= radius:
                        accepted[f] = p + 1
                        out[size_out] = f
                        size_out += 1
        counts[p + 1] = size_out - begin
    return out[:size_out].copy()
