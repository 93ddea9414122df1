"""The canal follows contour lines; plants and mains serve the towns."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain
from siting.sample.waterworks import build_canal, build_mains, build_plants


@pytest.fixture(scope="module")
def canal(small_terrain: Terrain) -> gpd.GeoDataFrame:
    return build_canal(small_terrain)


@pytest.fixture(scope="module")
def plants(small_terrain: Terrain, small_hydrology: Hydrology, six_towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return build_plants(small_terrain, small_hydrology, six_towns)


def test_the_canal_keeps_its_level_on_the_plain(small_terrain: Terrain, canal: gpd.GeoDataFrame) -> None:
    for line in canal.geometry:
        assert line.is_simple
        assert line.length > 4_000
        along = shapely.get_coordinates(shapely.line_interpolate_point(line, np.arange(0, line.length, 50.0)))
        heights = small_terrain.sample(along[:, 0], along[:, 1])
        assert np.ptp(heights) < 14
        assert np.abs(heights - np.median(heights)).mean() < 2.5
        row, column = small_terrain.at(along[:, 0], along[:, 1])
        assert not small_terrain.mountain[row, column].any()
    assert canal["CANAL_TYPE"].tolist() == ["Main, lined", "Lateral, lined"]
    assert canal["NAME"].is_unique
    assert shapely.distance(*canal.geometry) > 4_000


def test_the_larger_towns_have_a_plant_of_5_mgd(plants: gpd.GeoDataFrame) -> None:
    assert plants["town"].tolist() == [0, 1, 2, 3]
    assert (plants["DESIGN_MGD"][:3] >= 5).all()
    assert (plants["FREE_MGD"] > 0).all()
    assert (plants["FREE_MGD"] <= 0.5 * plants["DESIGN_MGD"] + 0.01).all()


def test_plants_stand_dry_beside_their_town(
    small_terrain: Terrain, small_hydrology: Hydrology, six_towns: gpd.GeoDataFrame, plants: gpd.GeoDataFrame
) -> None:
    row, column = small_terrain.at(plants.geometry.x.to_numpy(), plants.geometry.y.to_numpy())
    assert small_terrain.plain[row, column].all()
    assert not small_hydrology.flood_1pct[row, column].any()
    town = six_towns.iloc[plants["town"]]
    far = shapely.distance(plants.geometry.to_numpy(), town.geometry.to_numpy())
    assert (far < 1.3 * (town["RADIUS_M"].to_numpy() + 400) + 1).all()


def test_mains_join_plants_canal_and_towns(
    small_terrain: Terrain, six_towns: gpd.GeoDataFrame, canal: gpd.GeoDataFrame, plants: gpd.GeoDataFrame
) -> None:
    mains = build_mains(small_terrain, six_towns, plants, canal)
    lines = mains.geometry.to_numpy()
    assert shapely.is_valid(lines).all()
    ends = shapely.get_point(lines, -1)
    towns = shapely.union_all(six_towns.geometry.to_numpy())
    assert shapely.distance(ends, towns).max() < 0.01
    starts = shapely.get_point(lines, 0)
    sources = shapely.union_all(
        [towns, shapely.union_all(plants.geometry.to_numpy()), shapely.union_all(canal.geometry.to_numpy())]
    )
    assert shapely.distance(starts, sources).max() < 0.02
    assert set(mains["DIAM_IN"]) <= {12, 16, 24, 30, 36, 42, 48, 54}
    assert mains["DIAM_IN"].max() >= 24
    assert mains["OWNER"].str.contains("SYNTHETIC").all()
    steps = [np.diff(shapely.get_coordinates(line), axis=0) for line in lines]
    assert all((np.abs(step).min(axis=1) < 0.011).all() for step in steps)  # right angles
    along = shapely.get_coordinates(shapely.segmentize(lines, 50.0))
    row, column = small_terrain.at(along[:, 0], along[:, 1])
    assert small_terrain.mountain[row, column].mean() < 0.1
