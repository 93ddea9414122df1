"""Candidates that are no parcels: cells of a grid, and squares or circles around points."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.errors import StudyError

__all__ = ["LARGEST_GRID", "around_points", "grid_cells", "grid_strips"]

Bounds = tuple[float, float, float, float]

LARGEST_GRID = 5_000_000
_SIDES = 64


def grid_cells(
    shape: Literal["square", "hexagon"], size_m: float, bounds: Bounds, area: Any | None
) -> tuple[NDArray[np.object_], NDArray[np.object_], pd.DataFrame]:
    """Polygons, ids and table (column, row) of the cells whose centre lies in an area.

    The grid is anchored at the origin of the CRS, so that two studies with one size share their cells.

    shape : squares of the side ``size_m``, or hexagons whose opposite sides are ``size_m`` apart
    bounds : west, south, east, north in metres; a centre on the west or south side is inside, on the others not
    area : a polygon that must hold the centre; None: the bounds
    """
    return next(grid_strips(shape, size_m, bounds, area, LARGEST_GRID))


def grid_strips(
    shape: Literal["square", "hexagon"], size_m: float, bounds: Bounds, area: Any | None, most: int
) -> Iterator[tuple[NDArray[np.object_], NDArray[np.object_], pd.DataFrame]]:
    """The cells of a grid in strips of whole rows, of at most ``most`` cells (but at least a row) each."""
    high = size_m if shape == "square" else size_m * math.sqrt(3) / 2
    west, south, east, north = bounds
    count = (east - west) * (north - south) / (size_m * high)
    if not ((east - west) / size_m + 3) * ((north - south) / high + 3) <= LARGEST_GRID:
        raise StudyError(
            f"The grid would have about {count:,.0f} cells of {size_m:g} m; at most {LARGEST_GRID:,} are possible. "
            "Write a larger size: or a smaller area: under parcels: grid:."
        )
    columns = np.arange(math.floor(west / size_m) - 1, math.ceil(east / size_m) + 1)
    rows = np.arange(math.floor(south / high) - 1, math.ceil(north / high) + 1)
    if area is not None:
        shapely.prepare(area)
    deep = max(1, most // max(len(columns), 1))
    for at in range(0, len(rows), deep):
        column, row = (index.ravel() for index in np.meshgrid(columns, rows[at : at + deep]))
        if shape == "square":
            x, y = (column + 0.5) * size_m, (row + 0.5) * size_m
        else:
            x, y = (column + 0.5 + 0.5 * (row % 2)) * size_m, (row + 0.5) * high
        inside = (x >= west) & (x < east) & (y >= south) & (y < north)
        if area is not None:
            inside &= shapely.contains_xy(area, x, y)
        column, row, x, y = column[inside], row[inside], x[inside], y[inside]
        ids = np.array([f"x{i}y{j}" for i, j in zip(column, row, strict=True)], dtype=object)
        cells = _polygons(x, y, size_m / 2, *_outline(shape))
        yield cells, ids, pd.DataFrame({"column": column.astype(np.int64), "row": row.astype(np.int64)})


def around_points(xy: NDArray[np.float64], size_m: float | None, radius_m: float | None) -> NDArray[np.object_]:
    """Squares of a side, or circles of a radius (as regular polygons of 64 sides and equal area), around points."""
    if size_m is not None:
        return _polygons(xy[:, 0], xy[:, 1], size_m / 2, *_outline("square"))
    angle = 2 * math.pi * np.arange(_SIDES) / _SIDES
    equal = math.sqrt(math.pi / (_SIDES / 2 * math.sin(2 * math.pi / _SIDES)))
    return _polygons(xy[:, 0], xy[:, 1], (radius_m or 0.0) * equal, np.cos(angle), np.sin(angle))


def _outline(shape: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vertices around the origin, counter-clockwise, of a cell whose half width is 1."""
    if shape == "square":
        return np.array([-1.0, 1, 1, -1]), np.array([-1.0, -1, 1, 1])
    angle = np.radians(30 + 60 * np.arange(6))
    return np.cos(angle) * 2 / math.sqrt(3), np.sin(angle) * 2 / math.sqrt(3)


def _polygons(
    x: NDArray[Any], y: NDArray[Any], scale: float, dx: NDArray[np.float64], dy: NDArray[np.float64]
) -> NDArray[np.object_]:
    """One polygon a centre."""
    corners = np.stack([x[:, None] + scale * dx, y[:, None] + scale * dy], axis=-1)
    return np.asarray(shapely.polygons(corners), dtype=object)
