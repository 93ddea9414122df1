"""The people of a sample county."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

if TYPE_CHECKING:
    from siting.sample.rail import Rail
    from siting.sample.roads import Roads
    from siting.sample.terrain import Terrain

__all__ = ["build_people"]


def build_people(terrain: Terrain, towns: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Layers by name."""
    raise NotImplementedError
