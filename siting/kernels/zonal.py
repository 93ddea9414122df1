"""Statistics of raster cells under shapes, weighted by exact coverage.

The weight of a cell is its fraction times the weight of its row: the true area of a cell there, on a
geographic grid. Cells without data are left out, and the weight of the others is given, so that a
caller can say "no data".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import B2, F1, F2, FLOAT, I1, INT, OUT_F1, OUT_F2, njit
from siting.kernels.coverage import BOXES, TOUCH, Part, Transform, over_cells
from siting.shapes import Shapes

__all__ = [
    "ClassWeights",
    "Numeric",
    "Quantile",
    "ZonalNumeric",
    "zonal_classes",
    "zonal_numeric",
    "zonal_quantile",
]

_I2 = types.Array(types.int32, 2, "C", readonly=True)


@dataclass(frozen=True, eq=False)
class ZonalNumeric:
    """Statistics of n shapes, each (n,).

    weight : sum of fraction x row weight over all cells of the grid; valid_weight : over the valid ones
    sum : of value x fraction x row weight over valid cells; mean : sum / valid_weight, NaN without valid cells
    min, max : over valid cells of which at least ``min_coverage`` is covered; NaN where there is none
    outside : area outside the grid, in cells
    lowest, highest : over all valid cells that are touched; NaN where there is none
    """

    weight: NDArray[np.float64]
    valid_weight: NDArray[np.float64]
    mean: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    sum: NDArray[np.float64]
    outside: NDArray[np.float64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Numeric:
    """Mean, sum, minimum and maximum of n shapes; parameters as in :func:`zonal_numeric`."""

    whole: ClassVar[bool] = False

    values: NDArray[np.float64]
    valid: NDArray[np.bool_]
    row_weight: NDArray[np.float64]
    min_coverage: float
    out: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        n: int,
        values: NDArray[Any],
        valid: NDArray[np.bool_],
        row_weight: NDArray[np.float64] | None,
        min_coverage: float,
    ) -> Numeric:
        """Nothing taken so far."""
        out = np.zeros((n, 7))
        out[:, [3, 5]], out[:, [4, 6]] = np.inf, -np.inf
        return cls(*_window(values, valid, row_weight), float(min_coverage), out)

    def add(self, part: Part) -> None:
        """Add the cells of some shapes."""
        _numeric(part.first, *part.arrays, self.values, self.valid, self.row_weight, self.min_coverage, self.out)

    def result(self, outside: NDArray[np.float64]) -> ZonalNumeric:
        """The statistics, once all parts are taken."""
        weight, valid_weight, total, low, high, *touched = np.ascontiguousarray(self.out.T)
        mean = np.full(len(weight), np.nan)
        np.divide(total, valid_weight, out=mean, where=valid_weight > 0)
        least, most, lowest, highest = (np.where(np.isinf(value), np.nan, value) for value in (low, high, *touched))
        return ZonalNumeric(weight, valid_weight, mean, least, most, total, outside, lowest, highest)


@dataclass(frozen=True, eq=False)
class Quantile:
    """A quantile of n shapes; parameters as in :func:`zonal_quantile`."""

    whole: ClassVar[bool] = True

    values: NDArray[np.float64]
    valid: NDArray[np.bool_]
    row_weight: NDArray[np.float64]
    q: float
    out: NDArray[np.float64]

    @classmethod
    def of(
        cls, n: int, values: NDArray[Any], valid: NDArray[np.bool_], row_weight: NDArray[np.float64] | None, q: float
    ) -> Quantile:
        """Nothing taken so far."""
        return cls(*_window(values, valid, row_weight), float(q), np.full(n, np.nan))

    def add(self, part: Part) -> None:
        """The quantiles of some shapes."""
        counts, row, column, fraction = part.entries()
        kept = self.valid[row, column]
        owner = np.repeat(np.arange(len(counts)), counts)[kept] + part.first
        weight = (fraction * self.row_weight[row])[kept]
        _reach(owner, self.values[row, column][kept], weight, self.q, self.out)


@dataclass(frozen=True, eq=False)
class ClassWeights:
    """The weight of each code in n shapes; parameters as in :func:`zonal_classes`."""

    whole: ClassVar[bool] = False

    codes: NDArray[np.int32]
    valid: NDArray[np.bool_]
    row_weight: NDArray[np.float64]
    out: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        n: int,
        codes: NDArray[Any],
        valid: NDArray[np.bool_],
        row_weight: NDArray[np.float64] | None,
        class_count: int,
    ) -> ClassWeights:
        """Nothing taken so far."""
        return cls(*_window(codes, valid, row_weight, np.int32), np.zeros((n, class_count)))

    def add(self, part: Part) -> None:
        """Add the cells of some shapes."""
        _classes(part.first, *part.arrays, self.codes, self.valid, self.row_weight, self.out)


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
    reducer = Numeric.of(len(shapes), values, valid, row_weight, min_coverage)
    return reducer.result(over_cells(shapes, transform, values.shape, [reducer]))


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
    reducer = ClassWeights.of(len(shapes), codes, valid, row_weight, class_count)
    over_cells(shapes, transform, codes.shape, [reducer])
    return reducer.out


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
    reducer = Quantile.of(len(shapes), values, valid, row_weight, q)
    over_cells(shapes, transform, values.shape, [reducer])
    return reducer.out


def _window(
    values: NDArray[Any],
    valid: NDArray[np.bool_],
    row_weight: NDArray[np.float64] | None,
    dtype: type[np.generic] = np.float64,
) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.float64]]:
    """Contiguous arrays of the types that the kernels take."""
    weights = np.ones(len(values)) if row_weight is None else np.ascontiguousarray(row_weight, np.float64)
    return np.ascontiguousarray(values, dtype), np.ascontiguousarray(valid, np.bool_), weights


@njit(types.void, INT, *BOXES, F2, B2, F1, FLOAT, OUT_F2)
def _numeric(start, boxes, offsets, fractions, values, valid, row_weight, min_coverage, out):  # type: ignore[no-untyped-def]
    """Add weight, valid weight and sum, and lower and raise the extremes, in the rows of ``out`` from ``start`` on."""
    for k in range(len(boxes)):
        p, top, bottom, left, right = start + k, boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3]
        weight, valid_weight, total = out[p, 0], out[p, 1], out[p, 2]
        low, high, lowest, highest = out[p, 3], out[p, 4], out[p, 5], out[p, 6]
        for row in range(top, bottom):
            base = offsets[k] + (row - top) * (right - left + 2) - left
            for column in range(left, right):
                fraction = fractions[base + column]
                if fraction <= TOUCH:
                    continue
                share = fraction * row_weight[row]
                weight += share
                if valid[row, column]:
                    value = values[row, column]
                    valid_weight += share
                    total += share * value
                    lowest, highest = min(lowest, value), max(highest, value)
                    if fraction + TOUCH >= min_coverage:
                        low, high = min(low, value), max(high, value)
        out[p, 0], out[p, 1], out[p, 2] = weight, valid_weight, total
        out[p, 3], out[p, 4], out[p, 5], out[p, 6] = low, high, lowest, highest


@njit(types.void, INT, *BOXES, _I2, B2, F1, OUT_F2)
def _classes(start, boxes, offsets, fractions, codes, valid, row_weight, out):  # type: ignore[no-untyped-def]
    """Add the weight of each code in the rows of ``out`` from ``start`` on."""
    for k in range(len(boxes)):
        p, top, bottom, left, right = start + k, boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3]
        for row in range(top, bottom):
            base = offsets[k] + (row - top) * (right - left + 2) - left
            for column in range(left, right):
                fraction, code = fractions[base + column], codes[row, column]
                if fraction > TOUCH and valid[row, column] and 0 <= code < out.shape[1]:
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
