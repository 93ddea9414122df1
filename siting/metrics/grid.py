"""The cell grid of a raster: windows under groups of nearby shapes, true cell areas and sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from siting.errors import DataError, StudyError
from siting.kernels.coverage import TOUCH, boxes_in_cells
from siting.layer import RasterLayer
from siting.shapes import Shapes

__all__ = ["CellGrid", "Cells"]

TILE = 512  #: cells; shapes whose upper left lies in one tile share a window that starts at the tile
Transform = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, eq=False)
class Cells:
    """A rectangle of cells.

    values : (h, w) float64; valid : (h, w); transform : of the upper-left corner
    first_row, first_column : row and column of the raster that the first ones are
    row_weight : (h,) area of a cell of each row: in square metres on a geographic grid, else 1
    """

    values: NDArray[np.float64]
    valid: NDArray[np.bool_]
    transform: Transform
    first_row: int
    first_column: int
    row_weight: NDArray[np.float64]

    def with_values(self, values: NDArray[np.float64], valid: NDArray[np.bool_] | None = None) -> Cells:
        """The same cells with other values."""
        return replace(self, values=values, valid=self.valid if valid is None else valid)

    def within(self, box: tuple[int, int, int, int], transform: Transform) -> Cells:
        """The cells of the rows r0:r1 and columns c0:c1 of the raster, of which ``transform`` is the upper left."""
        r0, c0, r1, c1 = box
        rows = slice(r0 - self.first_row, r1 - self.first_row)
        part = rows, slice(c0 - self.first_column, c1 - self.first_column)
        values, valid = np.ascontiguousarray(self.values[part]), np.ascontiguousarray(self.valid[part])
        return Cells(values, valid, transform, r0, c0, self.row_weight[rows])


@dataclass(frozen=True, eq=False)
class CellGrid:
    """The grid of one raster.

    geographic : whether the axes are angles; unit : metres (or radians) of one unit of the axes
    axis_m, e2 : semi-major axis and squared eccentricity of the ellipsoid
    """

    transform: Transform
    width: int
    height: int
    geographic: bool
    unit: float
    axis_m: float
    e2: float

    @classmethod
    def of(cls, layer: RasterLayer) -> CellGrid:
        """The grid of a layer. A rotated grid in degrees, or a sheared one, is refused (DataError)."""
        crs = CRS.from_user_input(layer.crs)
        a, b, _, d, e, _ = layer.transform
        if crs.is_geographic and (b or d):
            raise DataError(
                f"The raster {layer.name!r} is rotated on a geographic grid (transform {layer.transform}); cell sizes "
                "then differ along a row. Warp it to an unrotated grid before it is used."
            )
        if abs(a * b + d * e) > 1e-9 * abs(a * e - b * d):
            raise DataError(
                f"The raster {layer.name!r} has a sheared grid (transform {layer.transform}). "
                "Warp it to a right-angled one before it is used."
            )
        ellipsoid = crs.ellipsoid
        axis, flat = (
            (ellipsoid.semi_major_metre, ellipsoid.inverse_flattening) if ellipsoid else (6378137.0, 298.257222101)
        )
        f = 1 / flat if flat else 0.0
        unit = float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0
        return cls(layer.transform, layer.width, layer.height, bool(crs.is_geographic), unit, axis, f * (2 - f))

    @property
    def key(self) -> tuple[Transform, int, int]:
        """Equal for equal grids."""
        return self.transform, self.width, self.height

    def windows(self, shapes: Shapes) -> Iterator[tuple[NDArray[np.int64], tuple[int, int, int, int]]]:
        """Rows of shapes (those that meet the grid), and the box of the cells under them: r0, c0, r1, c1.

        A window starts at the tile of 512 x 512 cells that the upper-left corner of its shapes lies in, so that the
        digits of a shape's result do not depend on the shapes measured with it.
        """
        boxes = self._cell_boxes(shapes)
        met = np.flatnonzero((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
        number = boxes[met, 0] // TILE * (self.width // TILE + 1) + boxes[met, 1] // TILE
        number -= number.min(initial=0)
        small = np.uint16 if number.max(initial=0) < 1 << 16 else np.int64  # numpy sorts small numbers in one pass
        order = np.argsort(number.astype(small), kind="stable")
        met, number = met[order], number[order]
        starts = np.flatnonzero(np.diff(number, prepend=-1))
        if not len(met):
            return
        corners = (boxes[met[starts], :2] // TILE * TILE).tolist()
        ends = np.maximum.reduceat(boxes[met, 2:], starts).tolist()
        for rows, (r0, c0), (r1, c1) in zip(np.split(met, starts[1:]), corners, ends, strict=True):
            yield rows, (r0, c0, r1, c1)

    def holds(self, shapes: Shapes) -> NDArray[np.bool_]:
        """(n,) whether a shape lies within the grid, and has an area that cells can tell."""
        least, most = self._reach(shapes)
        cells = (np.floor(most) - np.floor(least) + 1).prod(axis=1)
        area = shapes.area_m2 / abs(self.transform[0] * self.transform[4] - self.transform[1] * self.transform[3])
        within = (least >= 0).all(axis=1) & (most <= [self.width, self.height]).all(axis=1)
        return np.asarray(within & (area > 2 * TOUCH * cells), bool)

    def transform_at(self, row: int, column: int) -> Transform:
        """The transform of cells that begin at this row and column."""
        a, b, _, d, e, _ = self.transform
        x, y = self._at(np.array([[column, row]], float))[0]
        return a, b, float(x), d, e, float(y)

    def cells(self, layer: RasterLayer, box: tuple[int, int, int, int], band: int | None, *, halo: int = 0) -> Cells:
        """The cells of the rows r0:r1 and columns c0:c1, with ``halo`` cells around where there are any."""
        (r0, c0), (r1, c1) = np.maximum(np.array(box[:2]) - halo, 0), np.array(box[2:]) + halo
        r0, c0, r1, c1 = int(r0), int(c0), int(min(r1, self.height)), int(min(c1, self.width))
        corners = self._at(
            np.array([[c0 + 0.25, r0 + 0.25], [c1 - 0.25, r0 + 0.25], [c0 + 0.25, r1 - 0.25], [c1 - 0.25, r1 - 0.25]])
        )
        (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
        window = layer.window((float(west), float(south), float(east), float(north)))
        start = np.rint(self._cell_of(np.array([[window.transform[2], window.transform[5]]])))[0].astype(int)
        part = (slice(r0 - start[1], r1 - start[1]), slice(c0 - start[0], c1 - start[0]))
        bands = window.values.reshape(-1, *window.values.shape[-2:])
        if band is None and len(bands) > 1:
            raise StudyError(f"The raster {layer.name!r} has {len(bands)} bands. Say which one is meant: band: 1.")
        if band is not None and band > len(bands):
            raise StudyError(f"The raster {layer.name!r} has {len(bands)} bands, so there is no band {band}.")
        values = np.ascontiguousarray(bands[(band or 1) - 1][part], np.float64)
        valid = np.ascontiguousarray(window.valid[part])
        return Cells(values, valid, self.transform_at(r0, c0), r0, c0, self.row_weights(r0, r1 - r0))

    def row_weights(self, first: int, count: int) -> NDArray[np.float64]:
        """(count,) area in square metres of a cell of each row of a geographic grid (closed form); else 1."""
        if not self.geographic:
            return np.ones(count)
        edges = np.arange(first, first + count + 1, dtype=np.float64) * self.transform[4] + self.transform[5]
        return np.abs(np.diff(self._zone_m2(edges * self.unit))) * abs(self.transform[0]) * self.unit

    def cell_sizes_m(self, first: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(count,) width and height in metres of a cell of each row, on the ellipsoid for a geographic grid."""
        a, b, _, d, e, _ = self.transform
        if not self.geographic:
            return np.full(count, np.hypot(a, d) * self.unit), np.full(count, np.hypot(b, e) * self.unit)
        latitude = ((np.arange(first, first + count) + 0.5) * e + self.transform[5]) * self.unit
        s = 1 - self.e2 * np.sin(latitude) ** 2
        east = self.axis_m / np.sqrt(s) * np.cos(latitude)
        north = self.axis_m * (1 - self.e2) / (s * np.sqrt(s))
        return east * abs(a) * self.unit, north * abs(e) * self.unit

    def _zone_m2(self, latitude: NDArray[np.float64]) -> NDArray[np.float64]:
        """Area between the equator and a latitude, for one radian of longitude (Snyder 1987, 3-12)."""
        sine, e = np.sin(latitude), float(np.sqrt(self.e2))
        if e == 0:
            return self.axis_m**2 * sine
        q = sine / (1 - self.e2 * sine**2) + np.arctanh(e * sine) / e
        return np.asarray(self.axis_m**2 * (1 - self.e2) / 2 * q, np.float64)

    def _cell_boxes(self, shapes: Shapes) -> NDArray[np.int64]:
        """(n, 4) first row and column, and one past the last, inside the grid; equal where a shape misses it."""
        return boxes_in_cells(shapes.bounds, self.transform, self.width, self.height)

    def _reach(self, shapes: Shapes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, 2) least and greatest fractional column and row of the corners of the box of each shape."""
        west, south, east, north = shapes.bounds.T
        diagonals = [(west, south), (east, north)]
        if self.transform[1] or self.transform[3]:  # rotated
            diagonals += [(west, north), (east, south)]
        corners = [self._cell_of(np.column_stack(corner)) for corner in diagonals]
        return np.minimum.reduce(corners), np.maximum.reduce(corners)

    def _at(self, cell: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coordinates of (column, row)."""
        a, b, c, d, e, f = self.transform
        return np.column_stack([a * cell[:, 0] + b * cell[:, 1] + c, d * cell[:, 0] + e * cell[:, 1] + f])

    def _cell_of(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fractional (column, row) of coordinates."""
        a, b, c, d, e, f = self.transform
        x, y, det = xy[:, 0] - c, xy[:, 1] - f, a * e - b * d
        return np.column_stack([(e * x - b * y) / det, (a * y - d * x) / det])
