"""The industry of a sample county."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

if TYPE_CHECKING:
    from siting.sample.rail import Rail
    from siting.sample.roads import Roads
    from siting.sample.terrain import Terrain

__all__ = ["build_industry"]


def build_industry(terrain: Terrain, towns: gpd.GeoDataFrame, roads: Roads) -> dict[str, gpd.GeoDataFrame]:
    """Layers by name."""
    raise NotImplementedError
