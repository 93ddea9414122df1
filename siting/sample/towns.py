"""The towns of a sample county: where they lie and how many people they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

if TYPE_CHECKING:
    from siting.sample.hydrology import Hydrology
    from siting.sample.terrain import Terrain

__all__ = ["build_towns"]


def build_towns(terrain: Terrain, hydrology: Hydrology) -> gpd.GeoDataFrame:
    """Points NAME, POP, RADIUS_M (urban radius), RANK (1 is the city)."""
    raise NotImplementedError
