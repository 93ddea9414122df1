"""The ground of a sample county: land cover, soils, earth fissures and their study areas, subsidence."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain

__all__ = ["build_ground", "land_cover"]


def build_ground(terrain: Terrain, hydrology: Hydrology) -> dict[str, gpd.GeoDataFrame]:
    """The layers soils, fissures, fissure_study_areas and subsidence."""
    raise NotImplementedError


def land_cover(
    terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame | None
) -> NDArray[np.uint8]:
    """Codes of the national land cover classes (NLCD), one for every terrain cell.

    towns : points with NAME, POP and RADIUS_M; farmland : polygons, or None
    """
    raise NotImplementedError
