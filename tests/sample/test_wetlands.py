"""Wetlands lie along the river and the washes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain
from siting.sample.watersheds import ACRE_M2
from siting.sample.wetlands import build_wetlands


def test_patches_follow_the_river_and_ponds_the_washes(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    wetlands = build_wetlands(small_terrain)
    shapes = wetlands.geometry.to_numpy()
    assert list(wetlands.columns) == ["WETLAND_TYPE", "ACRES", "geometry"]
    assert shapely.is_valid(shapes).all()
    assert wetlands["ACRES"].to_numpy() == pytest.approx(shapely.area(shapes) / ACRE_M2, abs=0.006)
    pond = (wetlands["WETLAND_TYPE"] == "Freshwater Pond").to_numpy()
    assert 3 < pond.sum() < len(wetlands)
    streams = small_hydrology.streams
    river = shapely.union_all(streams.geometry[streams["fcode"] == 46006].to_numpy())
    assert shapely.distance(shapes[~pond], river).max() < 800
    washes = shapely.STRtree(streams.geometry.to_numpy())
    _, away = washes.query_nearest(shapes[pond], return_distance=True, all_matches=False)
    assert away.max() < 60
    assert (wetlands["ACRES"][pond] < 6).all()


def test_wetlands_do_not_overlap_ponds_and_repeat(small_terrain: Terrain) -> None:
    first, second = build_wetlands(small_terrain), build_wetlands(small_terrain)
    assert first.equals(second)
    ponds = first.geometry[first["WETLAND_TYPE"] == "Freshwater Pond"].to_numpy()
    a, b = shapely.STRtree(ponds).query(ponds, predicate="intersects")
    assert (a == b).all()
    assert np.isin(
        first["WETLAND_TYPE"],
        ["Riverine", "Freshwater Emergent Wetland", "Freshwater Forested/Shrub Wetland", "Freshwater Pond"],
    ).all()
