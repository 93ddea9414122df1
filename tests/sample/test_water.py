"""Basins with budgets, providers and wells of the sample county."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain
from siting.sample.water import build_water

FIELDS = {
    "water_basins": ["BASIN_NAME", "AMA_CODE", "BUDGET_MGD", "USE_MGD", "SPARE_MGD"],
    "ama": ["BASIN_NAME", "KIND"],
    "water_providers": ["PROVIDER", "STATUS"],
    "wells": ["SITE_ID", "WELL_DEPTH", "WL_DTW", "TREND_FT_YR", "LASTWLDATE"],
    "canal": ["NAME", "CANAL_TYPE"],
    "reclamation": ["NAME", "DESIGN_MGD", "FREE_MGD"],
    "mains": ["DIAM_IN", "OWNER"],
    "wetlands": ["WETLAND_TYPE", "ACRES"],
}


@pytest.fixture(scope="module")
def water(
    small_terrain: Terrain, small_hydrology: Hydrology, six_towns: gpd.GeoDataFrame
) -> dict[str, gpd.GeoDataFrame]:
    return build_water(small_terrain, small_hydrology, six_towns)


def test_fields_and_places(small_terrain: Terrain, water: dict[str, gpd.GeoDataFrame]) -> None:
    assert {name: list(table.columns.drop("geometry")) for name, table in water.items()} == FIELDS
    west, south, east, north = small_terrain.frame.bounds
    for name, table in water.items():
        assert len(table), name
        assert table.is_valid.all(), name
        assert table.crs.to_epsg() == 26912
        places = table.get_coordinates().to_numpy()
        assert (places >= (west, south)).all(), name
        assert (places <= (east + 1e-6, north + 1e-6)).all(), name


def test_two_builds_are_the_same_bytes(
    small_terrain: Terrain,
    small_hydrology: Hydrology,
    six_towns: gpd.GeoDataFrame,
    water: dict[str, gpd.GeoDataFrame],
) -> None:
    for name, table in build_water(small_terrain, small_hydrology, six_towns).items():
        assert table.equals(water[name]), name


def test_basins_tile_the_county_along_watersheds(
    small_terrain: Terrain, small_hydrology: Hydrology, water: dict[str, gpd.GeoDataFrame]
) -> None:
    basins = water["water_basins"].geometry.to_numpy()
    assert shapely.coverage_is_valid(basins)
    assert shapely.area(basins).sum() == pytest.approx(small_terrain.frame.size_m**2, rel=1e-6)
    sheds = small_hydrology.watersheds_huc12.geometry.to_numpy()
    middles = shapely.point_on_surface(sheds)
    _, home = shapely.STRtree(basins).query(middles, predicate="intersects")
    assert shapely.area(shapely.intersection(sheds, basins[home])) == pytest.approx(shapely.area(sheds), abs=1.0)


def test_some_basin_is_short_and_some_has_water_for_two_fabs(water: dict[str, gpd.GeoDataFrame]) -> None:
    basins = water["water_basins"]
    spare = basins["BUDGET_MGD"] - basins["USE_MGD"]
    assert (basins["SPARE_MGD"] - spare).abs().max() < 0.005
    assert (basins[["BUDGET_MGD", "USE_MGD"]] > 0).all(axis=None)
    assert (spare < 0).any()
    assert (spare > 11).any()  # two logic fabs of 5.5 MGD


def test_management_areas_are_basins(water: dict[str, gpd.GeoDataFrame]) -> None:
    ama, basins = water["ama"], water["water_basins"]
    assert set(ama["KIND"]) <= {"AMA", "INA"}
    managed = basins[basins["AMA_CODE"] != ""]
    assert ama["BASIN_NAME"].tolist() == managed["BASIN_NAME"].tolist()
    assert shapely.equals(ama.geometry.to_numpy(), managed.geometry.to_numpy()).all()


def test_providers_surround_the_towns_without_overlaps(
    six_towns: gpd.GeoDataFrame, water: dict[str, gpd.GeoDataFrame]
) -> None:
    providers = water["water_providers"]
    shapes = providers.geometry.to_numpy()
    served = shapely.STRtree(shapes).query(six_towns.geometry.to_numpy(), predicate="intersects")[0]
    assert set(served.tolist()) == set(range(len(six_towns)))
    assert shapely.area(shapes).sum() == pytest.approx(shapely.union_all(shapes).area, rel=1e-9)
    assert providers["STATUS"].value_counts().to_dict() == {"designated": 3, "undesignated": 3}
    assert providers["PROVIDER"].is_unique
    largest = providers.iloc[int(np.argmax(shapely.area(shapes)))]
    assert largest["STATUS"] == "designated"


def test_wells_stand_on_the_plain_and_some_values_are_missing(
    small_terrain: Terrain, water: dict[str, gpd.GeoDataFrame]
) -> None:
    wells = water["wells"]
    x, y = wells.geometry.x.to_numpy(), wells.geometry.y.to_numpy()
    assert small_terrain.plain[small_terrain.at(x, y)].all()
    assert wells["SITE_ID"].is_unique
    assert (wells["SITE_ID"].str.len() == 15).all()
    missing = wells["WL_DTW"].isna()
    assert 0.01 < missing.mean() < 0.2
    assert (wells["TREND_FT_YR"].isna() == missing).all()
    assert (wells["LASTWLDATE"].isna() == missing).all()
    assert wells["LASTWLDATE"].dropna().str.fullmatch(r"\d{2}/\d{2}/\d{4}").all()
    assert (wells["WELL_DEPTH"] > wells["WL_DTW"])[~missing].all()
    assert wells["WL_DTW"].dropna().between(15, 900).all()


def test_water_levels_fall_where_the_basin_is_short(water: dict[str, gpd.GeoDataFrame]) -> None:
    basins = water["water_basins"]
    short = shapely.union_all(basins.geometry[basins["USE_MGD"] > basins["BUDGET_MGD"]].to_numpy())
    wells = water["wells"].dropna(subset=["TREND_FT_YR"])
    inside = shapely.intersects(short, wells.geometry.to_numpy())
    assert (wells["TREND_FT_YR"][inside] < 0).all()
    assert wells["TREND_FT_YR"][inside].mean() < wells["TREND_FT_YR"][~inside].mean() - 1
