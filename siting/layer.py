"""Layers: vector and raster data, opened, clipped with reach, with coverage and a quality record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.shapes import Shapes

__all__ = ["Quality", "RasterLayer", "VectorLayer", "Window"]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What happened to a layer on its way in; counts of features, and sentences."""

    read: int = 0
    repaired: int = 0
    dropped: int = 0
    added_vertices: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class VectorLayer:
    """Features in the study's CRS.

    shapes : m geometries of one kind
    table : m rows of attributes, RangeIndex, sentinels already null
    ids : (m,) text, a stable id a feature (the key field, else the row number in the file)
    certain : (m,) bool; False where the study's ``where`` is unknown and ``unknown: interval`` keeps the feature
    coverage : where absence means absence (polygon in the study's CRS); None: everywhere
    """

    name: str
    shapes: Shapes
    table: pd.DataFrame
    ids: NDArray[np.object_]
    certain: NDArray[np.bool_]
    coverage: shapely.Polygon | shapely.MultiPolygon | None = None
    quality: Quality = field(default_factory=Quality)
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Window:
    """A rectangle of raster cells.

    values : (bands, rows, columns); valid : (rows, columns) bool
    transform : affine (a, b, c, d, e, f) of the window's upper-left corner
    """

    values: NDArray[Any]
    valid: NDArray[np.bool_]
    transform: tuple[float, float, float, float, float, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class RasterLayer:
    """A raster on its own grid and in its own CRS; it is never warped.

    unit : unit of the cell values as the study says ("m", "cm", "% slope"; "" for classes)
    crs : the raster's CRS (authority string or WKT), as the file says or as the study corrects it
    path : the file; None for a raster in memory (``array``)
    """

    name: str
    crs: str
    transform: tuple[float, float, float, float, float, float]
    width: int
    height: int
    unit: str
    nodata: float | None = None
    path: Path | None = None
    array: NDArray[Any] | None = None
    coverage: shapely.Polygon | shapely.MultiPolygon | None = None
    quality: Quality = field(default_factory=Quality)
    provenance: Mapping[str, Any] = field(default_factory=dict)
