"""Exact cell coverage of shapes on a raster's own grid, worked out once for all rasters of the grid.

Shapes go into cell coordinates (column to the east, row to the south on an upright raster), so any affine
grid serves. Each edge adds, in the rows it passes, the signed area on its right; the running sum along a
row is the covered fraction. Nothing is rasterised and no geometry is built. Of a cell that the border
merely touches the sum is rounding: fractions under 1e-10 count as none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any, ClassVar, Protocol

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import B1, BOOL, F1, F2, FLOAT, I1, I2, INT, OUT_F1, OUT_F2, OUT_I1, OUT_I2, njit
from siting.shapes import Shapes

__all__ = [
    "BOXES",
    "TOUCH",
    "CellCoverage",
    "Part",
    "Reducer",
    "Transform",
    "boxes_in_cells",
    "cell_coverage",
    "over_cells",
]

Transform = tuple[float, float, float, float, float, float]

TOUCH = 1e-10  #: fractions below are rounding
_CHUNK = 1 << 16  #: cells of the boxes of the shapes whose coverage is held at a time: they stay in a core's cache
_BAND = 1 << 20  #: cells of one shape that are held at a time, unless all are wanted together

_I32 = types.int32[::1]
_SHAPES = (F2, I1, I1, FLOAT)  # cell coordinates, ring offsets, shape offsets, sign of the orientation
BOXES = (I2, I1, F1)  #: types of Part.arrays


@dataclass(frozen=True, eq=False)
class CellCoverage:
    """Cells that n shapes cover: shape i has the entries offsets[i]:offsets[i + 1], in order of row and column.

    fraction : of the cell's area that the shape covers, in (0, 1]
    outside : (n,) area of the shape outside the grid, in cells
    """

    offsets: NDArray[np.int64]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    fraction: NDArray[np.float64]
    outside: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """The coverage of k shapes from the shape ``first`` on, or of a band of one shape; read only while it is handed on.

    boxes : (k, 4) first row, row past the last, first column, column past the last
    offsets : (k,) where in ``fractions`` those of each box begin, row by row, each row with two spare cells at its end
    """

    first: int
    boxes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    fractions: NDArray[np.float64]

    @property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """What the kernels read."""
        return self.boxes, self.offsets, self.fractions

    def entries(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """The number of covered cells of each shape, and their rows, columns and fractions one after the other."""
        counts = np.zeros(len(self.boxes), np.int64)
        nothing, none = np.empty(0, np.int32), np.empty(0)
        _entries(*self.arrays, True, counts, nothing, nothing, none)
        n = int(counts.sum())
        found = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n)
        _entries(*self.arrays, False, counts, *found)
        return counts, *found


class Reducer(Protocol):
    """Takes the coverage of shapes part by part.

    whole : whether it needs all cells of a shape in one part; else the cells of a large shape come in several
    """

    whole: ClassVar[bool]

    def add(self, part: Part) -> None:
        """Take the next shapes, or the next band of one."""


def over_cells(
    shapes: Shapes, transform: Transform, size: tuple[int, ...], reducers: Sequence[Reducer]
) -> NDArray[np.float64]:
    """Work out the coverage of n polygons once, part by part, and hand every part to all reducers.

    So several statistics, and several rasters of one grid, cost one coverage; memory holds a part of it.

    shapes : n polygons in the raster's CRS
    transform : affine (a, b, c, d, e, f) of the upper-left corner: x = a column + b row + c, y = d column + e row + f
    size : rows and columns of the grid
    Returns the (n,) area outside the grid in cells: exactly 0 for shapes within it, or but for 1e-9 of their area.
    """
    cells, (height, width) = _in_cells(shapes, transform), size
    west, north, east, south = cells.bounds.T
    leaves = (west < 0) | (north < 0) | (east > width) | (south > height)
    leaving, inside = bool(leaves.any()), np.zeros(len(shapes))
    for part in _parts(cells, transform, height, width, whole=any(reducer.whole for reducer in reducers)):
        if leaving:
            _inside(part.first, *part.arrays, leaves, inside)
        for reducer in reducers:
            reducer.add(part)
    if not leaving:
        return inside
    area = np.abs(cells.area_m2)
    rest = np.where(leaves, area - inside, 0.0)
    return np.where(rest > 1e-9 * area, rest, 0.0)


def cell_coverage(shapes: Shapes, transform: Transform, width: int, height: int) -> CellCoverage:
    """The cells of a grid that polygons cover, with exact fractions; parameters as in :func:`over_cells`.

    >>> import shapely
    >>> cover = cell_coverage(Shapes.from_geometries([shapely.box(0.5, 0.5, 2, 1)]), (1, 0, 0, 0, -1, 3), 3, 3)
    >>> cover.row.tolist(), cover.column.tolist(), cover.fraction.tolist()
    ([2, 2], [0, 1], [0.25, 0.5])
    """
    entries = _Entries()
    outside = over_cells(shapes, transform, (height, width), [entries])
    counts, row, column, fraction = (np.concatenate(arrays) for arrays in zip(*entries.parts, strict=True))
    return CellCoverage(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), row, column, fraction, outside)


def boxes_in_cells(bounds: NDArray[np.float64], transform: Transform, width: int, height: int) -> NDArray[np.int64]:
    """(n, 4) first row and column, and row and column past the last, of the cells of a grid under boxes.

    bounds : (n, 4) west, south, east, north; the cells of a box hold its corners, on a rotated grid too
    A box beyond the grid, and one of NaN, has none: its first and last are equal.

    >>> boxes_in_cells(np.array([[0.5, 0.5, 2.0, 1.0], [5.0, 5.0, 6.0, 6.0]]), (1, 0, 0, 0, -1, 3), 3, 3).tolist()
    [[2, 0, 3, 2], [0, 3, 0, 3]]
    """
    out = np.empty((len(bounds), 4), np.int64)
    _under(np.ascontiguousarray(bounds), np.array(transform, np.float64), width, height, out)
    return out


class _Entries:
    """Keeps the covered cells of all shapes."""

    whole: ClassVar[bool] = True

    def __init__(self) -> None:
        empty = np.empty(0, np.int32)
        self.parts: list[tuple[NDArray[Any], ...]] = [(np.empty(0, np.int64), empty, empty, np.empty(0))]

    def add(self, part: Part) -> None:
        self.parts.append(part.entries())


def _parts(cells: Shapes, transform: Transform, height: int, width: int, *, whole: bool) -> Iterator[Part]:
    """The coverage of shapes, about ``_CHUNK`` cells at a time; a large shape in bands of rows, unless ``whole``."""
    arrays, boxes = _arrays_of(cells, transform), np.empty((len(cells), 4), np.int64)
    _boxes(cells.bounds, height, width, boxes)
    stride = boxes[:, 3] - boxes[:, 2] + 2
    size = (boxes[:, 1] - boxes[:, 0]) * stride
    ends = np.cumsum(size)
    begins, edges = ends - size, [0, *(np.flatnonzero(np.diff(ends // _CHUNK)) + 1).tolist(), len(cells)]
    fractions = np.empty(0)
    for start, stop in pairwise(edges if len(cells) else ()):
        bands, offsets = [boxes[start:stop]], begins[start:stop] - begins[start]
        if stop - start == 1 and size[start] > _BAND and not whole:
            bands = _bands(bands[0], max(1, _BAND // int(stride[start])))
        for some in bands:
            needed = int(offsets[-1] + (some[-1, 1] - some[-1, 0]) * stride[stop - 1])
            if len(fractions) < needed:
                fractions = np.empty(needed)
            _fill(*arrays, start, some, offsets, fractions)
            yield Part(start, some, offsets, fractions)


def _bands(box: NDArray[np.int64], rows: int) -> list[NDArray[np.int64]]:
    """A (1, 4) box in bands of so many rows."""
    (top, bottom, left, right) = box[0].tolist()
    return [np.array([[row, min(row + rows, bottom), left, right]]) for row in range(top, bottom, rows)]


def _in_cells(shapes: Shapes, transform: Transform) -> Shapes:
    """The shapes in columns and rows of a grid."""
    coords = np.empty_like(shapes.coords)
    _to_cells(shapes.coords, np.array(transform, np.float64), coords)
    return shapes.with_coords(coords)


def _arrays_of(
    cells: Shapes, transform: Transform
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], float]:
    """What the kernels read of shapes in cell coordinates; the orientation of rings is as in the CRS, or mirrored."""
    a, b, _, d, e, _ = transform
    return cells.coords, cells.ring_offsets, cells.shape_offsets, -1.0 if a * e - b * d > 0 else 1.0


@njit(types.void, F2, F1, OUT_F2)
def _to_cells(coords, transform, out):  # type: ignore[no-untyped-def]
    """Column and row of each vertex, in cells of a grid."""
    a, b, c, d, e, f = transform[0], transform[1], transform[2], transform[3], transform[4], transform[5]
    upright, det = b == 0 and d == 0, a * e - b * d
    for v in range(len(coords)):
        x, y = coords[v, 0] - c, coords[v, 1] - f
        out[v, 0] = x / a if upright else (e * x - b * y) / det
        out[v, 1] = y / e if upright else (a * y - d * x) / det


@njit(types.void, F2, F1, INT, INT, OUT_I2)
def _under(bounds, transform, width, height, out):  # type: ignore[no-untyped-def]
    """First row and column, and row and column past the last, of the cells that hold the corners of each box."""
    a, b, c, d, e, f = transform[0], transform[1], transform[2], transform[3], transform[4], transform[5]
    det = a * e - b * d
    for k in range(len(out)):
        left, top, right, bottom = np.inf, np.inf, -np.inf, -np.inf
        for corner in range(4):
            x, y = bounds[k, corner & 2] - c, bounds[k, 1 + (2 * corner & 2)] - f
            column, row = (e * x - b * y) / det, (a * y - d * x) / det
            left, right, top, bottom = min(left, column), max(right, column), min(top, row), max(bottom, row)
        if left <= right and top <= bottom:
            out[k, 0], out[k, 1] = int(min(max(np.floor(top), 0), height)), int(min(max(np.floor(left), 0), width))
            out[k, 2], out[k, 3] = int(min(max(np.ceil(bottom), 0), height)), int(min(max(np.ceil(right), 0), width))
        else:  # of nothing
            out[k, 0] = out[k, 1] = out[k, 2] = out[k, 3] = 0


@njit(types.void, F2, INT, INT, OUT_I2)
def _boxes(bounds, height, width, out):  # type: ignore[no-untyped-def]
    """First row, row past the last, first column, column past the last that each shape can cover; 0 for none."""
    for k in range(len(out)):
        west, north, east, south = bounds[k, 0], bounds[k, 1], bounds[k, 2], bounds[k, 3]
        if east > 0 and south > 0 and west < width and north < height:
            out[k, 0], out[k, 1] = int(max(north, 0.0)), ceil(min(south, float(height)))
            out[k, 2], out[k, 3] = int(max(west, 0.0)), ceil(min(east, float(width)))
        else:
            out[k, 0] = out[k, 1] = out[k, 2] = out[k, 3] = 0


@njit(types.void, F2, I1, INT, INT, FLOAT, INT, INT, INT, INT, INT, OUT_F1)
def _fractions(cells, ring_offsets, first, last, sign, top, bottom, left, right, at, out):  # type: ignore[no-untyped-def]
    """Covered fractions of the cells top:bottom, left:right from out[at] on, row by row with two spare cells each."""
    width, stride = right - left, right - left + 2
    for i in range(at, at + (bottom - top) * stride):
        out[i] = 0.0
    for ring in range(first, last):
        for v in range(ring_offsets[ring], ring_offsets[ring + 1] - 1):
            ax, ay, bx, by, up = cells[v, 0], cells[v, 1], cells[v + 1, 0], cells[v + 1, 1], sign
            if ay > by:
                ax, ay, bx, by, up = bx, by, ax, ay, -sign
            if ay == by or by <= top or ay >= bottom or (ax >= right and bx >= right):
                continue
            slope, low, high = (bx - ax) / (by - ay), min(ax, bx), max(ax, bx)
            for row in range(int(max(ay, top)), ceil(min(by, bottom))):
                y0, y1 = max(ay, row), min(by, row + 1.0)
                xa = (ax if y0 == ay else min(max(ax + (y0 - ay) * slope, low), high)) - left
                xb = (bx if y1 == by else min(max(ax + (y1 - ay) * slope, low), high)) - left
                if xa > xb:
                    xa, xb = xb, xa
                rise, base = up * (y1 - y0), at + (row - top) * stride
                if xb <= 0.0:
                    out[base] += rise
                    continue
                if xa >= width:
                    continue
                if xa < 0.0:  # the part left of the cells counts for all of them
                    share = -xa / (xb - xa)
                    out[base] += rise * share
                    rise, xa = rise * (1.0 - share), 0.0
                if xb > width:  # the part right of the cells counts for none
                    rise, xb = rise * (width - xa) / (xb - xa), float(width)
                i, end = int(xa), ceil(xb)
                if end <= i + 1:
                    middle = rise * (0.5 * (xa + xb) - i)
                    out[base + i] += rise - middle
                    out[base + i + 1] += middle
                    continue
                per = rise / (xb - xa)  # of the rise in each whole column
                before = 0.0  # what the cell to the left has still to hand on
                for column in range(i, end):
                    x0, x1 = max(xa, column), min(xb, column + 1.0)
                    part = per * (x1 - x0)
                    later = part * (0.5 * (x0 + x1) - column)
                    out[base + column] += part - later + before
                    before = later
                out[base + end] += before
    for row in range(bottom - top):
        total = 0.0
        for i in range(at + row * stride, at + row * stride + width):
            total += out[i]
            out[i] = min(total, 1.0)


@njit(types.void, *_SHAPES, INT, I2, I1, OUT_F1)
def _fill(cells, ring_offsets, shape_offsets, sign, start, boxes, offsets, fractions):  # type: ignore[no-untyped-def]
    """The fractions of the boxes of the shapes from ``start`` on."""
    for k in range(len(boxes)):
        p, top, bottom, left, right = start + k, boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3]
        first, last = shape_offsets[p], shape_offsets[p + 1]
        _fractions(cells, ring_offsets, first, last, sign, top, bottom, left, right, offsets[k], fractions)


@njit(types.void, INT, *BOXES, B1, OUT_F1)
def _inside(start, boxes, offsets, fractions, leaves, inside):  # type: ignore[no-untyped-def]
    """Add the area in the grid of those shapes that leave it, in cells."""
    for k in range(len(boxes)):
        if not leaves[start + k]:
            continue
        top, bottom, left, right = boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3]
        for row in range(top, bottom):
            base = offsets[k] + (row - top) * (right - left + 2) - left
            for column in range(left, right):
                if fractions[base + column] > TOUCH:
                    inside[start + k] += fractions[base + column]


@njit(types.void, *BOXES, BOOL, OUT_I1, _I32, _I32, OUT_F1)
def _entries(boxes, offsets, fractions, count, counts, rows, columns, covered):  # type: ignore[no-untyped-def]
    """Count the covered cells of each box, or write down their rows, columns and fractions."""
    n = 0
    for k in range(len(boxes)):
        top, bottom, left, right = boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3]
        for row in range(top, bottom):
            base = offsets[k] + (row - top) * (right - left + 2) - left
            for column in range(left, right):
                fraction = fractions[base + column]
                if fraction > TOUCH:
                    if count:
                        counts[k] += 1
                    else:
                        rows[n], columns[n], covered[n] = row, column, fraction
                        n += 1
