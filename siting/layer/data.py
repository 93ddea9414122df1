"""What an opened layer is: features or cells, where they cover the land, and what happened to them on the way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.errors import StudyError
from siting.shapes import Shapes
from siting.where import Where

__all__ = ["Quality", "RasterLayer", "VectorLayer", "Window", "select"]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What happened to a layer on its way in; counts of features, and sentences.

    unmatched : a sentence where the layer's ``where`` holds for no feature, else ""
    unmapped : a sentence on the codes that the layer's crosswalk does not know, by acres, else ""
    """

    read: int = 0
    repaired: int = 0
    dropped: int = 0
    added_vertices: int = 0
    notes: tuple[str, ...] = ()
    unmatched: str = ""
    unmapped: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class VectorLayer:
    """Features in the study's CRS.

    shapes : m geometries of one kind
    table : m rows of attributes, RangeIndex, sentinels already null
    ids : (m,) text, a stable id a feature (the key field, else the row number in the file)
    certain : (m,) bool; False where the study's ``where`` is unknown and ``unknown: interval`` keeps the feature
    coverage : where absence means absence (polygon in the study's CRS); None: everywhere
    units : units of numeric fields, as the study or the catalogue says
    breaks_contiguity : whether a cut by this layer divides land (a small dirt road may not)
    """

    name: str
    shapes: Shapes
    table: pd.DataFrame
    ids: NDArray[np.object_]
    certain: NDArray[np.bool_]
    coverage: shapely.Polygon | shapely.MultiPolygon | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    breaks_contiguity: bool = True
    quality: Quality = field(default_factory=Quality)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.shapes)

    def take(self, rows: NDArray[np.int64]) -> VectorLayer:
        """The same layer with these features only, in this order."""
        return replace(
            self,
            shapes=self.shapes.take(rows),
            table=self.table.iloc[rows].reset_index(drop=True),
            ids=self.ids[rows],
            certain=self.certain[rows],
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Window:
    """A rectangle of raster cells.

    values : (bands, rows, columns); valid : (rows, columns) where they are data, and finite
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
    path : the file; None for a raster in memory (``array`` of (bands, rows, columns) or (rows, columns))
    nodata : the cell value that means "no data", beside NaN and what the file masks
    slope_of : the elevation model whose slope the cells are, on the same grid; None: the cells are the file's own
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
    slope_of: RasterLayer | None = None
    coverage: shapely.Polygon | shapely.MultiPolygon | None = None
    quality: Quality = field(default_factory=Quality)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def window(self, bounds: tuple[float, float, float, float], pad_cells: int = 0) -> Window:
        """The cells that touch a box in the raster's CRS, read from the file; nothing where they do not meet.

        Cells outside the raster are not invented: the window ends at its edge. Safe to call from threads.
        """
        from siting.layer.raster import read_window

        return read_window(self, bounds, pad_cells)

    def require_unit(self, purpose: str) -> str:
        """The unit of the cell values, or a refusal: numbers without a unit mean nothing."""
        if not self.unit:
            raise StudyError(
                f"The layer {self.name!r} has no unit, and {purpose} needs one: the file does not say what its numbers "
                f"are in. Write unit: m (or cm, ft, % slope ...) under layers: {self.name}:."
            )
        return self.unit


def select(
    layer: VectorLayer, where: Where | None, *, unknown: Literal["interval", "exclude", "include"] = "interval"
) -> VectorLayer:
    """The features of a layer for which a condition holds, or may hold.

    A feature for which it is unknown stays as uncertain ("interval"), goes ("exclude") or stays ("include").
    """
    if where is None:
        return layer
    true, open_ = where.evaluate(layer.table)
    keep = true if unknown == "exclude" else true | open_
    certain = layer.certain & (true if unknown == "interval" else keep)
    return replace(layer, certain=certain).take(np.flatnonzero(keep))
