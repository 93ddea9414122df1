"""The roads of a sample county, routable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

if TYPE_CHECKING:
    from siting.sample.hydrology import Hydrology
    from siting.sample.terrain import Terrain

__all__ = ["Roads", "build_roads"]


@dataclass(frozen=True, eq=False)
class Roads:
    """roads (lines), interchanges (points) and the land that the freeways take."""

    roads: gpd.GeoDataFrame
    interchanges: gpd.GeoDataFrame
    corridors: shapely.MultiPolygon


def build_roads(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> Roads:
    """The road network."""
    raise NotImplementedError
