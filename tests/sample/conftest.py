"""A small county, built once for all tests of the sample."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.sample.frame import Frame
from siting.sample.hydrology import Hydrology, build_hydrology
from siting.sample.terrain import Terrain, build_terrain


@pytest.fixture(scope="session")
def small_terrain() -> Terrain:
    """The terrain of a county of 1,000 parcels."""
    return build_terrain(Frame(parcels=1_000, seed=5))


@pytest.fixture(scope="session")
def small_hydrology(small_terrain: Terrain) -> Hydrology:
    """The surface water of the same county."""
    return build_hydrology(small_terrain)


@pytest.fixture(scope="session")
def six_towns(small_terrain: Terrain) -> gpd.GeoDataFrame:
    """Six towns on the plain of the same county, far enough apart, the largest first."""
    frame = small_terrain.frame
    west, south, _, _ = frame.bounds
    rng = np.random.default_rng(1)
    places: list[list[float]] = []
    while len(places) < 6:
        x, y = (float(v) for v in np.round(rng.uniform(4_000, frame.size_m - 4_000, 2) + np.array([west, south])))
        row, column = small_terrain.at(np.array([x]), np.array([y]))
        apart = all((x - a) ** 2 + (y - b) ** 2 > 5_000**2 for a, b in places)
        if apart and small_terrain.plain[row[0] - 8 : row[0] + 8, column[0] - 8 : column[0] + 8].mean() > 0.9:
            places.append([x, y])
    table = {
        "NAME": [f"Town {k}" for k in range(6)],
        "POP": [9_000, 5_000, 3_000, 2_000, 900, 400],
        "RADIUS_M": [2_300.0, 1_700.0, 1_400.0, 1_100.0, 900.0, 700.0],
    }
    return gpd.GeoDataFrame(table, geometry=shapely.points(places), crs=26912)
