"""The water of a sample county: basins, management areas, providers, wells, a canal, plants and mains."""

from __future__ import annotations

import geopandas as gpd

from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain

__all__ = ["build_water"]


def build_water(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """The layers water_basins, ama, water_providers, wells, canal, reclamation, mains and wetlands.

    towns : points with NAME, POP and RADIUS_M
    """
    raise NotImplementedError
