"""Exact cell coverage of shapes on a raster's own grid, and statistics of cells weighted by it.

Shapes go into cell coordinates (column to the east, row to the south on an upright raster), so any affine
grid serves. Each edge adds, in the rows it passes, the signed area on its right; the running sum along a
row is the covered fraction. Nothing is rasterised and no geometry is built. Of a cell that the border
merely touches the sum is rounding: fractions under 1e-10 count as none.

The weight of a cell is its fraction times the weight of its row: the true area of a cell there, on a
geographic grid. Cells without data are left out, and the weight of the others is given, so that a
caller can say "no data".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import B2, F1, F2, FLOAT, I1, INT, OUT_F1, OUT_F2, OUT_I1, njit
from siting.shapes import Shapes

__all__ = [
    "CellCoverage",
    "Transform",
    "ZonalNumeric",
    "cell_coverage",
    "zonal_classes",
    "zonal_numeric",
    "zonal_quantile",
]

Transform = tuple[float, float, float, float, float, float]

_TOUCH = 1e-10  #: fractions below are rounding
_BAND = 1 << 20  #: cells worked on at a time
_CHUNK = 1 << 22  #: cells of the boxes of the shapes whose values are sorted at a time

_I2 = types.Array(types.int32, 2, "C", readonly=True)
_BOX = types.UniTuple(INT, 4)  # type: ignore[no-untyped-call]
_CELLS = types.Tuple((types.int32[::1], types.int32[::1], OUT_F1))  # type: ignore[no-untyped-call]
_SHAPES = (F2, I1, I1, FLOAT)  # cell coordinates, ring offsets, shape offsets, sign of the orientation


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
class ZonalNumeric:
    """Statistics of n shapes, each (n,).

    weight : sum of fraction x row weight over all cells of the grid; valid_weight : over the valid ones
    sum : of value x fraction x row weight over valid cells; mean : sum / valid_weight, NaN without valid cells
    min, max : over valid cells of which at least ``min_coverage`` is covered; NaN where there is none
    outside : area outside the grid, in cells
    """

    weight: NDArray[np.float64]
    valid_weight: NDArray[np.float64]
    mean: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    sum: NDArray[np.float64]
    outside: NDArray[np.float64]


def cell_coverage(shapes: Shapes, transform: Transform, width: int, height: int) -> CellCoverage:
    """The cells of a grid that polygons cover, with exact fractions.

    shapes : n polygons in the raster's CRS
    transform : affine (a, b, c, d, e, f) of the upper-left corner: x = a column + b row + c, y = d column + e row + f

    >>> import shapely
    >>> cover = cell_coverage(Shapes.from_geometries([shapely.box(0.5, 0.5, 2, 1)]), (1, 0, 0, 0, -1, 3), 3, 3)
    >>> cover.row.tolist(), cover.column.tolist(), cover.fraction.tolist()
    ([2, 2], [0, 1], [0.25, 0.5])
    """
    cells = _in_cells(shapes, transform)
    counts, inside = np.zeros(len(shapes) + 1, np.int64), np.zeros(len(shapes))
    row, column, fraction = _cells(*_arrays_of(cells, transform), 0, len(shapes), height, width, counts, inside)
    return CellCoverage(np.cumsum(counts), row, column, fraction, _outside(cells, inside, height, width))


def zonal_numeric(
    shapes: Shapes,
    values: NDArray[Any],
    valid: NDArray[np.bool_],
    transform: Transform,
    row_weight: NDArray[np.float64] | None = None,
    min_coverage: float = 0.0,
) -> ZonalNumeric:
    """Mean, sum, minimum and maximum of the cells that each polygon covers, weighted by exact coverage.

    Parameters
    ----------
    shapes : n polygons in the raster's CRS
    values, valid : (h, w) cell values, and where they are data
    transform : of the upper-left corner of ``values``
    row_weight : (h,) true area of a cell of each row; None: 1
    min_coverage : share of a cell that must be covered for the cell to count in ``min`` and ``max``;
        a polygon that covers no cell so far has neither

    >>> import shapely
    >>> nine = np.arange(1.0, 10.0).reshape(3, 3)
    >>> box = Shapes.from_geometries([shapely.box(0.5, 0.5, 2.5, 2.5)])
    >>> found = zonal_numeric(box, nine, nine > 0, (1, 0, 0, 0, -1, 3), min_coverage=0.5)
    >>> found.mean.tolist(), found.max.tolist(), found.weight.tolist()
    ([5.0], [8.0], [4.0])
    """
    cells, n, (height, width) = _in_cells(shapes, transform), len(shapes), values.shape
    out, inside = np.zeros((n, 5)), np.zeros(n)
    z, ok, weights = _window(values, valid, row_weight, np.float64)
    _numeric(*_arrays_of(cells, transform), 0, n, z, ok, weights, float(min_coverage), out, inside)
    weight, valid_weight, total, low, high = np.ascontiguousarray(out.T)
    mean = np.full(n, np.nan)
    np.divide(total, valid_weight, out=mean, where=valid_weight > 0)
    return ZonalNumeric(weight, valid_weight, mean, low, high, total, _outside(cells, inside, height, width))


def zonal_classes(
    shapes: Shapes,
    codes: NDArray[Any],
    valid: NDArray[np.bool_],
    transform: Transform,
    row_weight: NDArray[np.float64] | None,
    class_count: int,
) -> NDArray[np.float64]:
    """(n, class_count) weight of each code in each polygon; parameters as in :func:`zonal_numeric`.

    codes : (h, w) integers, 0 <= code < class_count; other codes and invalid cells are left out

    >>> import shapely
    >>> codes = np.array([[0, 0], [1, 1]])
    >>> box = Shapes.from_geometries([shapely.box(0, 0.5, 2, 2)])
    >>> zonal_classes(box, codes, codes >= 0, (1, 0, 0, 0, -1, 2), None, 3).tolist()
    [[2.0, 1.0, 0.0]]
    """
    cells, n = _in_cells(shapes, transform), len(shapes)
    out = np.zeros((n, class_count))
    code, ok, weights = _window(codes, valid, row_weight, np.int32)
    _classes(*_arrays_of(cells, transform), 0, n, code, ok, weights, out)
    return out


def zonal_quantile(
    shapes: Shapes,
    values: NDArray[Any],
    valid: NDArray[np.bool_],
    transform: Transform,
    row_weight: NDArray[np.float64] | None,
    q: float,
) -> NDArray[np.float64]:
    """(n,) the lowest value whose cumulative weight reaches the share ``q`` of all; NaN without valid cells.

    Parameters as in :func:`zonal_numeric`. There is no interpolation: the quantile is the value of a cell
    (numpy's "inverted_cdf" with weights; exactextract interpolates).

    >>> import shapely
    >>> nine = np.arange(1.0, 10.0).reshape(3, 3)
    >>> box = Shapes.from_geometries([shapely.box(0.5, 0.5, 2.5, 2.5)])
    >>> zonal_quantile(box, nine, nine > 0, (1, 0, 0, 0, -1, 3), None, 0.25).tolist()
    [3.0]
    """
    cells, n, (height, width) = _in_cells(shapes, transform), len(shapes), values.shape
    z, ok, weights = _window(values, valid, row_weight, np.float64)
    box = np.ceil(np.nan_to_num(cells.bounds[:, 2:] - cells.bounds[:, :2])) + 1
    chunk = (np.cumsum(np.minimum(box, [width, height]).prod(axis=1)) // _CHUNK).astype(np.int64)
    out = np.full(n, np.nan)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(chunk)) + 1, [n]])
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        counts, inside = np.zeros(n + 1, np.int64), np.zeros(n)
        row, column, fraction = _cells(*_arrays_of(cells, transform), start, stop, height, width, counts, inside)
        kept = ok[row, column]
        owner = np.repeat(np.arange(n), counts[1:])[kept]
        _reach(owner, z[row, column][kept], (fraction * weights[row])[kept], float(q), out)
    return out


def _in_cells(shapes: Shapes, transform: Transform) -> Shapes:
    """The shapes in columns and rows of a grid."""
    a, b, c, d, e, f = transform
    x, y = shapes.coords[:, 0] - c, shapes.coords[:, 1] - f
    if b == 0 and d == 0:
        return shapes.with_coords(np.stack([x / a, y / e], axis=1))
    det = a * e - b * d
    return shapes.with_coords(np.stack([(e * x - b * y) / det, (a * y - d * x) / det], axis=1))


def _arrays_of(
    cells: Shapes, transform: Transform
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], float]:
    """What the kernels read of shapes in cell coordinates; the orientation of rings is as in the CRS, or mirrored."""
    a, b, _, d, e, _ = transform
    return cells.coords, cells.ring_offsets, cells.shape_offsets, -1.0 if a * e - b * d > 0 else 1.0


def _window(
    values: NDArray[Any], valid: NDArray[np.bool_], row_weight: NDArray[np.float64] | None, dtype: type[np.generic]
) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.float64]]:
    """Contiguous arrays of the types that the kernels take."""
    weights = np.ones(len(values)) if row_weight is None else np.ascontiguousarray(row_weight, np.float64)
    return np.ascontiguousarray(values, dtype), np.ascontiguousarray(valid, np.bool_), weights


def _outside(cells: Shapes, inside: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Area outside the grid in cells; exactly 0 for shapes within it, or within it but for 1e-9 of their area."""
    west, north, east, south = cells.bounds.T
    leaves = (west < 0) | (north < 0) | (east > width) | (south > height)
    area = np.abs(cells.area_m2)
    rest = np.where(leaves, area - inside, 0.0)
    return np.where(rest > 1e-9 * area, rest, 0.0)


@njit(_BOX, F2, I1, INT, INT, INT, INT)
def _box(cells, ring_offsets, first, last, height, width):  # type: ignore[no-untyped-def]
    """First and last row and column (exclusive) of the grid that the rings first:last can cover."""
    x0 = y0 = np.inf
    x1 = y1 = -np.inf
    for v in range(ring_offsets[first], ring_offsets[last]):
        x0, x1 = min(x0, cells[v, 0]), max(x1, cells[v, 0])
        y0, y1 = min(y0, cells[v, 1]), max(y1, cells[v, 1])
    if not (x1 > 0 and y1 > 0 and x0 < width and y0 < height):
        return 0, 0, 0, 0
    return int(max(y0, 0.0)), ceil(min(y1, height)), int(max(x0, 0.0)), ceil(min(x1, width))


@njit(types.void, F2, I1, INT, INT, FLOAT, INT, INT, INT, INT, OUT_F1)
def _fractions(cells, ring_offsets, first, last, sign, top, bottom, left, right, out):  # type: ignore[no-untyped-def]
    """Covered fractions of the cells top:bottom, left:right, row by row with two spare cells at each end."""
    width, stride = right - left, right - left + 2
    for i in range((bottom - top) * stride):
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
                rise, base = up * (y1 - y0), (row - top) * stride
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
        for i in range(row * stride, row * stride + width):
            total += out[i]
            out[i] = min(total, 1.0)


@njit(_CELLS, *_SHAPES, INT, INT, INT, INT, OUT_I1, OUT_F1)
def _cells(cells, ring_offsets, shape_offsets, sign, start, stop, height, width, counts, inside):  # type: ignore[no-untyped-def]
    """Row, column and fraction of the cells of the shapes start:stop; counts[p + 1] and inside[p] of each."""
    fractions = np.empty(1024)
    rows, columns, covered, n = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024), 0
    for p in range(start, stop):
        begin = n
        top, bottom, left, right = _box(cells, ring_offsets, shape_offsets[p], shape_offsets[p + 1], height, width)
        stride = right - left + 2
        band = max(1, _BAND // stride)
        for upper in range(top, bottom, band):
            lower = min(upper + band, bottom)
            size = (lower - upper) * stride
            if len(fractions) < size:
                fractions = np.empty(size)
            _fractions(
                cells, ring_offsets, shape_offsets[p], shape_offsets[p + 1], sign, upper, lower, left, right, fractions
            )
            if len(rows) < n + size:
                grown_rows, grown_columns, grown = (
                    np.empty(2 * (n + size), np.int32),
                    np.empty(2 * (n + size), np.int32),
                    np.empty(2 * (n + size)),
                )
                for i in range(n):
                    grown_rows[i], grown_columns[i], grown[i] = rows[i], columns[i], covered[i]
                rows, columns, covered = grown_rows, grown_columns, grown
            for row in range(upper, lower):
                for column in range(left, right):
                    fraction = fractions[(row - upper) * stride + column - left]
                    if fraction > _TOUCH:
                        rows[n], columns[n], covered[n] = row, column, fraction
                        inside[p] += fraction
                        n += 1
        counts[p + 1] = n - begin
    return rows[:n].copy(), columns[:n].copy(), covered[:n].copy()


@njit(types.void, *_SHAPES, INT, INT, F2, B2, F1, FLOAT, OUT_F2, OUT_F1)
def _numeric(  # type: ignore[no-untyped-def]
    cells, ring_offsets, shape_offsets, sign, start, stop, values, valid, row_weight, min_coverage, out, inside
):
    """Weight, valid weight, sum, minimum and maximum of the shapes start:stop, into the rows of ``out``."""
    height, width = values.shape
    fractions = np.empty(1024)
    for p in range(start, stop):
        low, high = np.inf, -np.inf
        top, bottom, left, right = _box(cells, ring_offsets, shape_offsets[p], shape_offsets[p + 1], height, width)
        stride = right - left + 2
        band = max(1, _BAND // stride)
        for upper in range(top, bottom, band):
            lower = min(upper + band, bottom)
            if len(fractions) < (lower - upper) * stride:
                fractions = np.empty((lower - upper) * stride)
            _fractions(
                cells, ring_offsets, shape_offsets[p], shape_offsets[p + 1], sign, upper, lower, left, right, fractions
            )
            for row in range(upper, lower):
                for column in range(left, right):
                    fraction = fractions[(row - upper) * stride + column - left]
                    if fraction <= _TOUCH:
                        continue
                    weight = fraction * row_weight[row]
                    inside[p] += fraction
                    out[p, 0] += weight
                    if valid[row, column]:
                        value = values[row, column]
                        out[p, 1] += weight
                        out[p, 2] += weight * value
                        if fraction + _TOUCH >= min_coverage:
                            low, high = min(low, value), max(high, value)
        out[p, 3], out[p, 4] = (low, high) if low <= high else (np.nan, np.nan)


@njit(types.void, *_SHAPES, INT, INT, _I2, B2, F1, OUT_F2)
def _classes(cells, ring_offsets, shape_offsets, sign, start, stop, codes, valid, row_weight, out):  # type: ignore[no-untyped-def]
    """Weight of each code in the shapes start:stop, into the rows of ``out``."""
    height, width = codes.shape
    fractions = np.empty(1024)
    for p in range(start, stop):
        top, bottom, left, right = _box(cells, ring_offsets, shape_offsets[p], shape_offsets[p + 1], height, width)
        stride = right - left + 2
        band = max(1, _BAND // stride)
        for upper in range(top, bottom, band):
            lower = min(upper + band, bottom)
            if len(fractions) < (lower - upper) * stride:
                fractions = np.empty((lower - upper) * stride)
            _fractions(
                cells, ring_offsets, shape_offsets[p], shape_offsets[p + 1], sign, upper, lower, left, right, fractions
            )
            for row in range(upper, lower):
                for column in range(left, right):
                    fraction = fractions[(row - upper) * stride + column - left]
                    code = codes[row, column]
                    if fraction > _TOUCH and valid[row, column] and 0 <= code < out.shape[1]:
                        out[p, code] += fraction * row_weight[row]


@njit(types.void, I1, OUT_F1, OUT_F1, FLOAT, OUT_F1)
def _reach(owner, value, weight, q, out):  # type: ignore[no-untyped-def]
    """The least value of each owner at which the cumulative weight reaches q of its total (but for rounding).

    The values of an owner stand together; they are sorted in place (Shell's sort).
    """
    begin = 0
    while begin < len(owner):
        end, total = begin, 0.0
        while end < len(owner) and owner[end] == owner[begin]:
            total += weight[end]
            end += 1
        gap = 1
        while gap < (end - begin) // 3:
            gap = 3 * gap + 1
        while gap > 0:
            for i in range(begin + gap, end):
                key, item, j = value[i], weight[i], i
                while j - gap >= begin and value[j - gap] > key:
                    value[j], weight[j] = value[j - gap], weight[j - gap]
                    j -= gap
                value[j], weight[j] = key, item
            gap //= 3
        reached, i = weight[begin], begin
        while i < end - 1 and reached < (q - 1e-12) * total:
            i += 1
            reached += weight[i]
        out[owner[begin]] = value[i]
        begin = end
