"""Layers: vector and raster data, opened, clipped with reach, with coverage and a quality record."""

from __future__ import annotations

from siting.catalogue.use import LayerUse
from siting.layer.combine import is_raster, open_layer, wider_m
from siting.layer.data import Quality, RasterLayer, VectorLayer, Window, select
from siting.layer.raster import open_raster
from siting.layer.vector import open_vector

__all__ = [
    "LayerUse",
    "Quality",
    "RasterLayer",
    "VectorLayer",
    "Window",
    "is_raster",
    "open_layer",
    "open_raster",
    "open_vector",
    "select",
    "wider_m",
]
