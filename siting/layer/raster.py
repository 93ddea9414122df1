"""Raster layers: opened on their own grid, never warped, read window by window."""

from __future__ import annotations

from siting.catalogue import Finder
from siting.crs import StudyCrs
from siting.layer.data import RasterLayer, Window
from siting.layer.use import LayerUse

__all__ = ["open_raster", "read_window"]


def open_raster(name: str, use: LayerUse, *, finder: Finder, crs: StudyCrs) -> RasterLayer:
    """A raster on its own grid; its cells are read later, window by window."""
    raise NotImplementedError


def read_window(layer: RasterLayer, bounds: tuple[float, float, float, float], pad_cells: int = 0) -> Window:
    """The cells of a raster that touch a box in its CRS."""
    raise NotImplementedError
