"""Exact cell coverage of shapes on a raster's own grid, and statistics of cells weighted by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.shapes import Shapes

__all__ = ["CellCoverage", "Transform", "ZonalNumeric", "cell_coverage", "zonal_classes", "zonal_numeric", "zonal_quantile"]

Transform = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, eq=False)
class CellCoverage:
    """Cells covered by n shapes: shape i has the entries offsets[i]:offsets[i + 1], in order of row and column.

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
    """Statistics of n shapes; NaN where no valid cell counts.

    weight : (n,) sum of fraction x row weight over all cells in the grid; valid_weight : over the valid ones
    mean, sum : of value x fraction x row weight over valid cells (the mean divided by valid_weight)
    min, max : over valid cells with fraction >= min_coverage
    outside : (n,) area outside the grid, in cells
    """

    weight: NDArray[np.float64]
    valid_weight: NDArray[np.float64]
    mean: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    sum: NDArray[np.float64]
    outside: NDArray[np.float64]


def _to_cells(shapes: Shapes, transform: Transform) -> NDArray[np.float64]:
    a, b, c, d, e, f = transform
    x, y = shapes.coords[:, 0] - c, shapes.coords[:, 1] - f
    det = a * e - b * d
    return np.stack([(e * x - b * y) / det, (a * y - d * x) / det], axis=1)


def cell_coverage(shapes: Shapes, transform: Transform, width: int, height: int) -> CellCoverage:
    """The cells of a grid that each shape covers, with exact fractions; shapes in the raster's CRS."""
    cells = shapes.with_coords(_to_cells(shapes, transform))
    offsets, rows, columns, fractions, outside = [0], [], [], [], []
    for geometry in cells.geometries:
        total = 0.0
        if not geometry.is_empty:
            west, north, east, south = geometry.bounds
            c = np.arange(max(int(np.floor(west)), 0), min(int(np.ceil(east)), width))
            r = np.arange(max(int(np.floor(north)), 0), min(int(np.ceil(south)), height))
            rr, cc = (g.ravel() for g in np.meshgrid(r, c, indexing="ij"))
            f = shapely.area(shapely.intersection(geometry, shapely.box(cc, rr, cc + 1, rr + 1)))
            keep = f > 1e-10
            rows.append(rr[keep]), columns.append(cc[keep]), fractions.append(f[keep])
            total = f.sum()
            offsets.append(offsets[-1] + int(keep.sum()))
        else:
            offsets.append(offsets[-1])
        outside.append(max(geometry.area - total, 0.0))
    flat = lambda parts, dtype: np.concatenate(parts).astype(dtype) if parts else np.empty(0, dtype)
    return CellCoverage(
        np.array(offsets, np.int64), flat(rows, np.int32), flat(columns, np.int32), flat(fractions, np.float64), np.array(outside, float)
    )


def zonal_numeric(
    shapes: Shapes,
    values: NDArray[Any],
    valid: NDArray[np.bool_],
    transform: Transform,
    row_weight: NDArray[np.float64] | None = None,
    min_coverage: float = 0.0,
) -> ZonalNumeric:
    """Mean, sum, minimum and maximum of the cells of each shape, weighted by exact coverage."""
    height, width = values.shape
    cover = cell_coverage(shapes, transform, width, height)
    weights = np.ones(height) if row_weight is None else row_weight
    n = len(shapes)
    out = {name: np.full(n, np.nan) for name in ("weight", "valid_weight", "mean", "min", "max", "sum")}
    for i in range(n):
        s = slice(cover.offsets[i], cover.offsets[i + 1])
        r, c, f = cover.row[s], cover.column[s], cover.fraction[s]
        w, v, ok = f * weights[r], values[r, c].astype(float), valid[r, c]
        out["weight"][i], out["valid_weight"][i] = w.sum(), w[ok].sum()
        if ok.any():
            out["sum"][i] = (w[ok] * v[ok]).sum()
            out["mean"][i] = out["sum"][i] / out["valid_weight"][i]
        big = ok & (f >= min_coverage)
        if big.any():
            out["min"][i], out["max"][i] = v[big].min(), v[big].max()
    return ZonalNumeric(**out, outside=cover.outside)


def zonal_classes(
    shapes: Shapes,
    codes: NDArray[Any],
    valid: NDArray[np.bool_],
    transform: Transform,
    row_weight: NDArray[np.float64] | None,
    class_count: int,
) -> NDArray[np.float64]:
    """(n, class_count) weight of each code 0 <= code < class_count; other codes and invalid cells are left out."""
    height, width = codes.shape
    cover = cell_coverage(shapes, transform, width, height)
    weights = np.ones(height) if row_weight is None else row_weight
    code = codes[cover.row, cover.column].astype(np.int64)
    ok = valid[cover.row, cover.column] & (code >= 0) & (code < class_count)
    owner = np.repeat(np.arange(len(shapes)), np.diff(cover.offsets))
    w = cover.fraction * weights[cover.row]
    return np.bincount(owner[ok] * class_count + code[ok], w[ok], len(shapes) * class_count).astype(float).reshape(-1, class_count)


def zonal_quantile(
    shapes: Shapes,
    values: NDArray[Any],
    valid: NDArray[np.bool_],
    transform: Transform,
    row_weight: NDArray[np.float64] | None,
    q: float,
) -> NDArray[np.float64]:
    """(n,) lowest value whose cumulative weight reaches the share q; NaN without valid cells."""
    height, width = values.shape
    cover = cell_coverage(shapes, transform, width, height)
    weights = np.ones(height) if row_weight is None else row_weight
    out = np.full(len(shapes), np.nan)
    for i in range(len(shapes)):
        s = slice(cover.offsets[i], cover.offsets[i + 1])
        r, c = cover.row[s], cover.column[s]
        ok = valid[r, c]
        v, w = values[r, c][ok].astype(float), (cover.fraction[s] * weights[r])[ok]
        if len(v):
            order = np.argsort(v, kind="stable")
            reached = np.cumsum(w[order])
            out[i] = v[order][min(np.searchsorted(reached, q * reached[-1] * (1 - 1e-12)), len(v) - 1)]
    return out
