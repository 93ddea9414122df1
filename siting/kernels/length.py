"""Length of lines inside, or within a radius of, parcels; exact, with no buffer drawn."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import BOOL, F1, F2, FLOAT, I1, INT, OUT_F1, OUT_I1, njit
from siting.kernels.segments import SegmentGrid
from siting.kernels.union import sort
from siting.shapes import Shapes

__all__ = ["length_inside", "length_within"]


def length_inside(parcels: Shapes, lines: Shapes | SegmentGrid) -> NDArray[np.float64]:
    """(n,) length of the lines inside each parcel, its border included; lines that coincide count each.

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 4, 4)])
    >>> length_inside(lots, Shapes.from_geometries([shapely.LineString([(-1, 2), (9, 2)])])).tolist()
    [4.0]
    """
    return length_within(parcels, lines, 0.0)


def length_within(parcels: Shapes, lines: Shapes | SegmentGrid, radius_m: float) -> NDArray[np.float64]:
    """(n,) length of the lines inside or within a radius of each parcel; lines that coincide count each.

    A vertex within 1e-15 of the coordinates' size of a line counts as lying on it.

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 4, 4)])
    >>> length_within(lots, Shapes.from_geometries([shapely.LineString([(-9, 2), (9, 2)])]), 2).tolist()
    [8.0]
    """
    grid = lines if isinstance(lines, SegmentGrid) else SegmentGrid.build(lines)
    length = np.zeros(len(parcels))
    arrays = parcels.coords, parcels.ring_offsets, parcels.shape_offsets, parcels.kind == "polygon"
    lattice = grid.segments, grid.cell_offsets, grid.cell_items, grid.frame, grid.columns_rows
    seen = np.zeros(len(grid.segments), np.int64)
    _lengths(*arrays, 0, len(parcels), *lattice, seen, float(radius_m), length)
    return length


@njit(types.void, F2, I1, I1, BOOL, INT, INT, F2, I1, I1, F1, I1, OUT_I1, FLOAT, OUT_F1)
def _lengths(  # type: ignore[no-untyped-def]
    coords, ring_offsets, shape_offsets, closed, start, stop,
    segments, cell_offsets, cell_items, frame, columns_rows, seen, radius, length,
):  # fmt: skip
    """Length of the segments inside or within the radius of the parcels start:stop.

    The points of a segment within the radius of one edge are an interval (the edge's capsule is convex);
    those inside the parcel are the intervals between crossings of the segment's line with a winding number.
    seen : (s,) zeros; takes p + 1 where parcel p has seen a segment
    """
    west, south, size, slack = frame[0], frame[1], frame[2], frame[3]
    columns, rows = columns_rows[0], columns_rows[1]
    begins, ends, crossing, turn = np.empty(64), np.empty(64), np.empty(64), np.empty(64, np.int64)
    order = np.empty(64, np.int64)
    for p in range(start, stop):
        first, last = shape_offsets[p], shape_offsets[p + 1]
        if first == last:
            continue
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        for v in range(ring_offsets[first], ring_offsets[last]):
            x0, x1 = min(x0, coords[v, 0]), max(x1, coords[v, 0])
            y0, y1 = min(y0, coords[v, 1]), max(y1, coords[v, 1])
        edges = ring_offsets[last] - ring_offsets[first]
        if len(begins) < 2 * edges + 2:
            begins, ends, order = np.empty(4 * edges), np.empty(4 * edges), np.empty(4 * edges, np.int64)
            crossing, turn = np.empty(4 * edges), np.empty(4 * edges, np.int64)
        reach = radius + slack
        touch = 1e-15 * max(max(abs(x0), abs(x1)), max(abs(y0), abs(y1)))  # a vertex so near a line lies on it
        for j in range(max(int((y0 - reach - south) / size), 0), min(int((y1 + reach - south) / size), rows - 1) + 1):
            for i in range(
                max(int((x0 - reach - west) / size), 0), min(int((x1 + reach - west) / size), columns - 1) + 1
            ):
                for item in range(cell_offsets[j * columns + i], cell_offsets[j * columns + i + 1]):
                    s = cell_items[item]
                    if seen[s] == p + 1:
                        continue
                    seen[s] = p + 1
                    ax, ay, bx, by = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
                    whole = sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay))
                    if (
                        whole == 0.0
                        or ax > x1 + radius
                        or bx < x0 - radius
                        or min(ay, by) > y1 + radius
                        or max(ay, by) < y0 - radius
                    ):
                        continue
                    dx, dy = bx - ax, by - ay
                    n, crossings = 0, 0
                    for ring in range(first, last):
                        begin, end = ring_offsets[ring], ring_offsets[ring + 1] - 1
                        for v in range(begin, max(end, begin + 1)):
                            w = min(v + 1, end)
                            # both ends in coordinates along and across the segment
                            ca = ((coords[v, 0] - ax) * dx + (coords[v, 1] - ay) * dy) / whole
                            cb = ((coords[v, 1] - ay) * dx - (coords[v, 0] - ax) * dy) / whole
                            da = ((coords[w, 0] - ax) * dx + (coords[w, 1] - ay) * dy) / whole
                            db = ((coords[w, 1] - ay) * dx - (coords[w, 0] - ax) * dy) / whole
                            if abs(cb) <= touch:
                                cb = 0.0
                            if abs(db) <= touch:
                                db = 0.0
                            if closed and (cb > 0.0) != (db > 0.0):
                                crossing[crossings] = ca + (da - ca) * (cb / (cb - db))
                                turn[crossings] = 1 if cb > 0.0 else -1
                                crossings += 1
                            if (
                                min(cb, db) > radius
                                or max(cb, db) < -radius
                                or min(ca, da) > whole + radius
                                or max(ca, da) < -radius
                            ):
                                continue
                            low, high = np.inf, -np.inf
                            if abs(cb) <= radius:
                                half = sqrt(radius * radius - cb * cb)
                                low, high = min(low, ca - half), max(high, ca + half)
                            if abs(db) <= radius:
                                half = sqrt(radius * radius - db * db)
                                low, high = min(low, da - half), max(high, da + half)
                            ea, eb = da - ca, db - cb
                            edge = sqrt(ea * ea + eb * eb)
                            if edge > 0.0:
                                # t with 0 <= along the edge <= edge and -radius <= across the edge <= radius
                                t0, t1 = -np.inf, np.inf
                                if ea != 0.0:
                                    m, q = ca + cb * eb / ea, (ea * ea + eb * eb) / ea
                                    t0, t1 = min(m, m + q), max(m, m + q)
                                elif not 0.0 <= -cb * eb <= edge * edge:
                                    t1 = -np.inf
                                if eb != 0.0:
                                    m, q = ca - cb * ea / eb, abs(radius * edge / eb)
                                    t0, t1 = max(t0, m - q), min(t1, m + q)
                                elif abs(cb) > radius:
                                    t1 = -np.inf
                                if t0 <= t1:
                                    low, high = min(low, t0), max(high, t1)
                            low, high = max(low, 0.0), min(high, whole)
                            if low < high:
                                begins[n], ends[n] = low, high
                                n += 1
                    sort(crossing, turn, crossings)
                    winding = 0
                    for c in range(crossings):
                        if winding != 0 and max(crossing[c - 1], 0.0) < min(crossing[c], whole):
                            begins[n], ends[n] = max(crossing[c - 1], 0.0), min(crossing[c], whole)
                            n += 1
                        winding += turn[c]
                    for c in range(n):
                        order[c] = c
                    sort(begins, order, n)
                    reached = 0.0
                    for c in range(n):
                        high = ends[order[c]]
                        if high > reached:
                            length[p] += high - max(begins[c], reached)
                            reached = high
