"""Area of the union of overlapping features inside a parcel, swept from west to east."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import F2, FLOAT, I1, INT, OUT_F1, OUT_F2, OUT_I1, OUT_I2, njit
from siting.shapes import Shapes

__all__ = ["sort", "union_areas"]

_RINGS = (F2, I1, I1, F2)  # coords, ring offsets, shape offsets, boxes of the rings


def union_areas(
    parcels: Shapes, features: Shapes, rows: NDArray[np.int64], offsets: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(g,) area of parcel rows[i] that the features columns[offsets[i]:offsets[i + 1]] cover together.

    Between neighbouring ends and crossings of edges no edges cross, so there the covered heights at the
    middle times the width are the area.

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 4, 4)])
    >>> zones = Shapes.from_geometries([shapely.box(0, 0, 2, 4), shapely.box(1, 0, 3, 4)])
    >>> union_areas(lots, zones, np.array([0]), np.array([0, 2]), np.array([0, 1])).tolist()
    [12.0]
    """
    area = np.zeros(len(rows))
    _union_areas(*_rings(parcels), *_rings(features), rows, offsets, columns, area)
    return area


def _rings(shapes: Shapes) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """What the kernel reads of shapes."""
    rings = len(shapes.ring_offsets) - 1
    each = Shapes("polygon", shapes.coords, shapes.ring_offsets, np.arange(rings + 1), np.ones(rings, np.bool_))
    return shapes.coords, shapes.ring_offsets, shapes.shape_offsets, np.ascontiguousarray(each.bounds)


@njit(types.void, OUT_F1, OUT_I1, INT)
def sort(keys, items, n):  # type: ignore[no-untyped-def]
    """Sort the first n keys with their items (Shell's sort; fast where they are nearly sorted)."""
    gap = 1
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            key, item, j = keys[i], items[i], i
            while j >= gap and keys[j - gap] > key:
                keys[j], items[j] = keys[j - gap], items[j - gap]
                j -= gap
            keys[j], items[j] = key, item
        gap //= 3


@njit(INT, F2, I1, F2, INT, INT, FLOAT, FLOAT, FLOAT, FLOAT, INT, INT, OUT_F2, OUT_I2)
def _gather(coords, ring_offsets, boxes, first, last, west, base, east, top, owner, n, edges, marks):  # type: ignore[no-untyped-def]
    """Add the edges of the rings first:last that lie over a box, left end first, from the box's corner.

    ``marks`` takes the owner (0 the parcel, else a feature) and the direction. Of a feature's edges below the parcel
    only the direction matters: what runs there from x to x is one level edge. Returns the number of edges, also where
    there is no room for all of them.
    """
    width, height = east - west, top - base
    for ring in range(first, last):
        if boxes[ring, 0] >= east or boxes[ring, 2] <= west or boxes[ring, 1] >= top or boxes[ring, 3] <= base:
            continue
        end = ring_offsets[ring + 1] - 1
        since, below = 0.0, False  # where the edges below the parcel began
        for v in range(ring_offsets[ring], end + 1):
            hidden = v < end and owner > 0 and coords[v, 1] <= base and coords[v + 1, 1] <= base
            if below and not hidden:
                x0, x1 = min(max(since, 0.0), width), min(max(coords[v, 0] - west, 0.0), width)
                if x0 != x1:
                    if n < len(edges):
                        edges[n, 0], edges[n, 1], edges[n, 2], edges[n, 3] = min(x0, x1), -1.0, max(x0, x1), -1.0
                        marks[n, 0], marks[n, 1] = owner, 1 if x1 > x0 else -1
                    n += 1
            if hidden and not below:
                since = coords[v, 0] - west
            below = hidden
            if hidden or v == end:
                continue
            ax, ay, bx, by = coords[v, 0] - west, coords[v, 1] - base, coords[v + 1, 0] - west, coords[v + 1, 1] - base
            step = 1
            if ax > bx:
                ax, ay, bx, by, step = bx, by, ax, ay, -1
            if ax == bx or bx <= 0.0 or ax >= width or (owner > 0 and ay >= height and by >= height):
                continue
            if n < len(edges):
                slope = (by - ay) / (bx - ax)
                if bx > width:
                    bx, by = width, ay + (width - ax) * slope
                if ax < 0.0:
                    ax, ay = 0.0, ay - ax * slope
                edges[n, 0], edges[n, 1], edges[n, 2], edges[n, 3] = ax, ay, bx, by
                marks[n, 0], marks[n, 1] = owner, step
            n += 1
    return n


@njit(INT, OUT_F2, OUT_I2, OUT_I1, INT, OUT_F1)
def _events(edges, marks, by_start, n, xs):  # type: ignore[no-untyped-def]
    """The x at which edges end or edges of different owners cross, as far as there is room, and their number."""
    count = 0
    for a in range(n):
        i = by_start[a]
        if count + 1 < len(xs):
            xs[count], xs[count + 1] = edges[i, 0], edges[i, 2]
        count += 2
        slope_i = (edges[i, 3] - edges[i, 1]) / (edges[i, 2] - edges[i, 0])
        for b in range(a + 1, n):
            j = by_start[b]
            if edges[j, 0] >= edges[i, 2]:
                break
            if marks[i, 0] == marks[j, 0]:
                continue
            x0, x1 = edges[j, 0], min(edges[i, 2], edges[j, 2])
            slope_j = (edges[j, 3] - edges[j, 1]) / (edges[j, 2] - edges[j, 0])
            d0 = edges[i, 1] + (x0 - edges[i, 0]) * slope_i - edges[j, 1]
            d1 = d0 + (x1 - x0) * (slope_i - slope_j)
            if d0 < 0.0 < d1 or d1 < 0.0 < d0:
                if count < len(xs):
                    xs[count] = x0 + (x1 - x0) * (d0 / (d0 - d1))
                count += 1
    return count


@njit(FLOAT, OUT_F2, OUT_I2, OUT_F1, OUT_I1, INT, OUT_F1, INT, INT)
def _sweep(edges, marks, starts, by_start, n, xs, count, members):  # type: ignore[no-untyped-def]
    """The area inside the parcel and inside any of its features, between the events from west to east."""
    active, middle, winding = np.empty(n, np.int64), np.empty(n), np.zeros(members + 1, np.int64)
    live, entered, total = 0, 0, 0.0
    for k in range(count - 1):
        x0, x1 = xs[k], xs[k + 1]
        if x1 <= x0:
            continue
        kept = 0
        for a in range(live):
            if edges[active[a], 2] > x0:
                active[kept] = active[a]
                kept += 1
        live = kept
        while entered < n and starts[entered] <= x0:
            active[live] = by_start[entered]
            live += 1
            entered += 1
        x = 0.5 * (x0 + x1)
        for a in range(live):
            i = active[a]
            middle[a] = edges[i, 1] + (x - edges[i, 0]) * ((edges[i, 3] - edges[i, 1]) / (edges[i, 2] - edges[i, 0]))
        sort(middle, active, live)
        for member in range(members + 1):
            winding[member] = 0
        covering = 0
        for a in range(live):
            if a > 0 and winding[0] != 0 and covering > 0:
                total += (middle[a] - middle[a - 1]) * (x1 - x0)
            owner = marks[active[a], 0]
            before = winding[owner]
            winding[owner] += marks[active[a], 1]
            if owner > 0:
                covering += (winding[owner] != 0) - (before != 0)
    return total


@njit(types.void, *_RINGS, *_RINGS, I1, I1, I1, OUT_F1)
def _union_areas(  # type: ignore[no-untyped-def]
    p_coords, p_rings, p_shapes, p_boxes, f_coords, f_rings, f_shapes, f_boxes, rows, offsets, columns, area
):
    """Gather, order and sweep the edges of each parcel and its features."""
    edges, marks, xs = np.empty((256, 4)), np.empty((256, 2), np.int64), np.empty(1024)
    starts, by_start, order = np.empty(256), np.empty(256, np.int64), np.empty(1024, np.int64)
    for g in range(len(rows)):
        first, last = p_shapes[rows[g]], p_shapes[rows[g] + 1]
        west = base = np.inf
        east = top = -np.inf
        for p in range(first, last):
            west, base = min(west, p_boxes[p, 0]), min(base, p_boxes[p, 1])
            east, top = max(east, p_boxes[p, 2]), max(top, p_boxes[p, 3])
        n = 0
        while True:
            if n > len(edges):
                edges, marks = np.empty((2 * n, 4)), np.empty((2 * n, 2), np.int64)
                starts, by_start = np.empty(2 * n), np.empty(2 * n, np.int64)
            n = _gather(p_coords, p_rings, p_boxes, first, last, west, base, east, top, 0, 0, edges, marks)
            for member in range(offsets[g], offsets[g + 1]):
                f = columns[member]
                owner = member - offsets[g] + 1
                n = _gather(
                    f_coords,
                    f_rings,
                    f_boxes,
                    f_shapes[f],
                    f_shapes[f + 1],
                    west,
                    base,
                    east,
                    top,
                    owner,
                    n,
                    edges,
                    marks,
                )
            if n <= len(edges):
                break
        for i in range(n):
            starts[i], by_start[i] = edges[i, 0], i
        sort(starts, by_start, n)
        count = _events(edges, marks, by_start, n, xs)
        if count > len(xs):
            xs, order = np.empty(2 * count), np.empty(2 * count, np.int64)
            count = _events(edges, marks, by_start, n, xs)
        sort(xs, order, count)
        area[g] = _sweep(edges, marks, starts, by_start, n, xs, count, offsets[g + 1] - offsets[g])
