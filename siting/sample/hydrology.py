"""The surface water of a sample county: streams with order, watersheds at two levels and floodplains."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from siting.sample.floodplains import build_floodplains
from siting.sample.streams import build_streams
from siting.sample.terrain import Terrain
from siting.sample.watersheds import build_watersheds

__all__ = ["Hydrology", "build_hydrology"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Hydrology:
    """Streams, watersheds and floodplains; the grids have the cells of the terrain.

    streams : gnis_name, ftype, fcode, streamorde (lines that run downhill)
    watersheds_huc10, watersheds_huc12 : huc10 | huc12, name, areaacres
    flood : FLD_ZONE, ZONE_SUBTY, SFHA_TF, STATIC_BFE, on the mapped panels only
    flood_mapped : PANEL
    floodway, flood_1pct, flood_02pct : (ny, nx) bool, each inside the next, also where no panel is mapped
    """

    streams: gpd.GeoDataFrame
    watersheds_huc10: gpd.GeoDataFrame
    watersheds_huc12: gpd.GeoDataFrame
    flood: gpd.GeoDataFrame
    flood_mapped: gpd.GeoDataFrame
    floodway: NDArray[np.bool_]
    flood_1pct: NDArray[np.bool_]
    flood_02pct: NDArray[np.bool_]


def build_hydrology(terrain: Terrain) -> Hydrology:
    """Everything that water draws on this terrain."""
    streams = build_streams(terrain)
    huc10, huc12 = build_watersheds(terrain, streams)
    flood, mapped, grids = build_floodplains(terrain)
    return Hydrology(
        streams=streams,
        watersheds_huc10=huc10,
        watersheds_huc12=huc12,
        flood=flood,
        flood_mapped=mapped,
        floodway=grids[0],
        flood_1pct=grids[1],
        flood_02pct=grids[2],
    )
