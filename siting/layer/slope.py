"""The slope of an elevation model as a raster of its own, on the same grid, computed window by window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from siting.errors import DataError
from siting.kernels.slope import horn_slope
from siting.layer.data import RasterLayer
from siting.units import parse_unit

__all__ = ["cell_sizes_m", "slope_cells", "slope_raster"]

UNIT = "% slope"  #: of the cells


def slope_raster(name: str, dem: RasterLayer) -> RasterLayer:
    """The slope (Horn 1981) of an elevation model, in % slope; nothing is read before its cells are.

    Cells at the edge of the model, and beside a cell without data, have no slope.

    Raises StudyError for a model without a vertical unit; DataError for one that is rotated or sheared, or has
    several bands.
    """
    parse_unit(dem.require_unit("slope"), "length")
    a, b, _, d, e, _ = dem.transform
    rotated = bool(b or d)
    if (rotated and CRS.from_user_input(dem.crs).is_geographic) or abs(a * b + d * e) > 1e-9 * abs(a * e - b * d):
        raise DataError(
            f"The layer {name!r} is the slope of {dem.name!r}, whose grid is rotated in degrees or sheared (transform "
            f"{dem.transform}); its cells have no width and height. Warp it to an unrotated grid first."
        )
    made = {"made_by": "slope", "method": "Horn 1981", "vertical_unit": dem.unit}
    return replace(
        dem, name=name, unit=UNIT, nodata=None, array=None, slope_of=dem, provenance={**dem.provenance, **made}
    )  # fmt: skip


def slope_cells(
    dem: RasterLayer, values: NDArray[Any], valid: NDArray[np.bool_], first_row: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(rows, columns) slope in percent of cells of a model, and where it is known.

    values : (1, rows, columns) in the model's vertical unit; first_row : the row of the model that the first row is
    """
    if len(values) > 1:
        raise DataError(
            f"The layer {dem.name!r} has {len(values)} bands, and slope is that of one. Save the band as a file of its "
            "own."
        )
    factor = parse_unit(dem.require_unit("slope"), "length").factor
    width, height = cell_sizes_m(dem.crs, dem.transform, first_row, values.shape[1])
    heights = np.ascontiguousarray(values[0], np.float64) * factor
    slope, known = horn_slope(heights, np.ascontiguousarray(valid), width, height)
    return slope * 100.0, known


def cell_sizes_m(
    crs: str, transform: tuple[float, ...], first: int, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(count,) width and height in metres of a cell of each row; on the ellipsoid for a grid in degrees.

    A degree of longitude is N cos(latitude) and one of latitude M radians, with N and M the radii of curvature of the
    ellipsoid in the prime vertical and in the meridian (Snyder 1987, 4-20 and 4-18).
    """
    known = CRS.from_user_input(crs)
    a, b, _, d, e, f = transform
    unit = float(known.axis_info[0].unit_conversion_factor) if known.axis_info else 1.0
    if not known.is_geographic:
        return np.full(count, np.hypot(a, d) * unit), np.full(count, np.hypot(b, e) * unit)
    ellipsoid = known.ellipsoid
    axis, inverse = (
        (ellipsoid.semi_major_metre, ellipsoid.inverse_flattening) if ellipsoid else (6378137.0, 298.257222101)
    )
    flat = 1 / inverse if inverse else 0.0
    e2 = flat * (2 - flat)
    latitude = ((np.arange(first, first + count) + 0.5) * e + f) * unit
    s = 1 - e2 * np.sin(latitude) ** 2
    return (
        axis / np.sqrt(s) * np.cos(latitude) * abs(a) * unit,
        axis * (1 - e2) / (s * np.sqrt(s)) * abs(e) * unit,
    )
