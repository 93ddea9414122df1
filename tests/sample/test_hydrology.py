"""The surface water as a whole repeats and lies in the county."""

from __future__ import annotations

import numpy as np
import shapely

from siting.sample.frame import Frame
from siting.sample.hydrology import Hydrology, build_hydrology
from siting.sample.terrain import Terrain, build_terrain

TABLES = ("streams", "watersheds_huc10", "watersheds_huc12", "flood", "flood_mapped")


def test_two_builds_are_the_same_bytes(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    again = build_hydrology(small_terrain)
    for name in TABLES:
        first, second = getattr(small_hydrology, name), getattr(again, name)
        assert shapely.to_wkb(first.geometry).tolist() == shapely.to_wkb(second.geometry).tolist(), name
        assert first.equals(second), name
    for name in ("floodway", "flood_1pct", "flood_02pct"):
        assert getattr(small_hydrology, name).tobytes() == getattr(again, name).tobytes()
        assert getattr(again, name).shape == small_terrain.dem_cm.shape


def test_everything_lies_in_the_county_on_the_centimetre_grid(
    small_terrain: Terrain, small_hydrology: Hydrology
) -> None:
    west, south, east, north = small_terrain.frame.bounds
    for name in TABLES:
        table = getattr(small_hydrology, name)
        assert table.crs.to_epsg() == 26912
        places = table.get_coordinates().to_numpy()
        assert (places >= (west, south)).all(), name
        assert (places <= (east + 1e-6, north + 1e-6)).all(), name
        assert np.abs(places * 100 - np.round(places * 100)).max() < 1e-4, name


def test_another_seed_is_another_county(small_hydrology: Hydrology) -> None:
    other = build_hydrology(build_terrain(Frame(parcels=1_000, seed=6)))
    assert other.flood_1pct.tobytes() != small_hydrology.flood_1pct.tobytes()
    assert len(other.streams) != len(small_hydrology.streams)
