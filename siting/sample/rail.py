"""The railways of a sample county."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

if TYPE_CHECKING:
    from siting.sample.hydrology import Hydrology
    from siting.sample.terrain import Terrain

__all__ = ["Rail", "build_rail"]


@dataclass(frozen=True, eq=False)
class Rail:
    """rail and light_rail (lines), rail_yards (points), and the land that the rail takes."""

    rail: gpd.GeoDataFrame
    rail_yards: gpd.GeoDataFrame
    light_rail: gpd.GeoDataFrame
    corridor: shapely.MultiPolygon


def build_rail(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> Rail:
    """The railways."""
    raise NotImplementedError
