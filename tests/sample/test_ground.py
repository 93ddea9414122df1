"""Soils tile, fissures lie around the bowls, land cover follows land and towns."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from siting.sample.ground import SOILS, STUDIED_SHARE, build_ground, land_cover
from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain

NLCD = {11, 21, 22, 23, 24, 31, 42, 52, 71, 81, 82, 90, 95}


@pytest.fixture(scope="module")
def ground(small_terrain: Terrain, small_hydrology: Hydrology) -> dict[str, gpd.GeoDataFrame]:
    return build_ground(small_terrain, small_hydrology)


@pytest.fixture(scope="module")
def cover(small_terrain: Terrain, small_hydrology: Hydrology, six_towns: gpd.GeoDataFrame) -> NDArray[np.uint8]:
    return land_cover(small_terrain, small_hydrology, six_towns, None)


def test_fields(ground: dict[str, gpd.GeoDataFrame]) -> None:
    assert {name: list(table.columns) for name, table in ground.items()} == {
        "soils": ["mukey", "hydgrpdcd", "lep_r", "resdept_cm", "geometry"],
        "fissures": ["Label", "geometry"],
        "fissure_study_areas": ["Label", "Notes", "geometry"],
        "subsidence": ["NAME", "RATE_CM_YR", "geometry"],
    }
    for table in ground.values():
        assert table.crs.to_epsg() == 26912
        assert table.is_valid.all()
        assert len(table)


def test_soils_tile_the_county(small_terrain: Terrain, ground: dict[str, gpd.GeoDataFrame]) -> None:
    soils = ground["soils"]
    shapes = soils.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(small_terrain.frame.size_m**2, rel=1e-6)
    assert soils["lep_r"].between(0.5, 12).all()
    assert 0.3 < soils.area[soils["resdept_cm"].isna()].sum() / soils.area.sum() < 0.75
    assert soils["mukey"].nunique() >= len(SOILS) - 2
    assert set(soils["hydgrpdcd"]) == {"A", "B", "C", "D"}


def test_shallow_soils_lie_on_the_ranges(small_terrain: Terrain, ground: dict[str, gpd.GeoDataFrame]) -> None:
    soils = ground["soils"]
    places = shapely.get_coordinates(shapely.point_on_surface(soils.geometry.to_numpy()))
    rock = small_terrain.mountain[small_terrain.at(places[:, 0], places[:, 1])]
    shallow = (soils["resdept_cm"] < 60).to_numpy()
    large = soils.area.to_numpy() > 1e6
    assert (rock == shallow)[large].mean() > 0.9


def test_subsidence_bands_do_not_overlap(ground: dict[str, gpd.GeoDataFrame]) -> None:
    bands = ground["subsidence"]
    assert bands.area.sum() == pytest.approx(shapely.union_all(bands.geometry.to_numpy()).area, rel=1e-6)
    assert set(bands["RATE_CM_YR"]) <= {0.75, 1.5, 3.0, 4.8}
    assert {0.75, 1.5} <= set(bands["RATE_CM_YR"])
    assert bands["NAME"].str.contains("SYNTHETIC").all()


def test_fissures_lie_on_the_plain_around_the_bowls(
    small_terrain: Terrain, ground: dict[str, gpd.GeoDataFrame]
) -> None:
    fissures = ground["fissures"]
    assert set(fissures["Label"]) == {"Continuous", "Discontinuous", "Reported/Unconfirmed"}
    places = fissures.get_coordinates().to_numpy()
    assert small_terrain.plain[small_terrain.at(places[:, 0], places[:, 1])].all()
    bowls = shapely.union_all(ground["subsidence"].geometry.to_numpy())
    assert shapely.distance(fissures.geometry.to_numpy(), bowls).max() < 1_000
    assert fissures.length.between(100, 6_000).all()


def test_study_areas_cover_their_share_of_the_plain_and_all_fissures(
    small_terrain: Terrain, ground: dict[str, gpd.GeoDataFrame]
) -> None:
    areas = shapely.union_all(ground["fissure_study_areas"].geometry.to_numpy())
    assert shapely.covers(areas, shapely.union_all(ground["fissures"].geometry.to_numpy()))
    row, column = np.nonzero(small_terrain.plain[::20, ::20])
    cell, _, west, _, _, north = small_terrain.frame.transform
    points = shapely.points(west + (column * 20 + 0.5) * cell, north - (row * 20 + 0.5) * cell)
    assert shapely.intersects(areas, points).mean() == pytest.approx(STUDIED_SHARE, abs=0.1)
    assert ground["fissure_study_areas"]["Notes"].str.contains("SYNTHETIC").all()


def test_land_cover_has_national_codes_in_plausible_shares(cover: NDArray[np.uint8]) -> None:
    codes, count = np.unique(cover, return_counts=True)
    share = dict(zip(codes.tolist(), (count / cover.size).tolist(), strict=True))
    assert cover.dtype == np.uint8
    assert set(share) <= NLCD
    assert 0.5 < share[52] < 0.9
    assert {11, 21, 22, 23, 24, 31, 71} <= set(share)


def test_towns_are_densest_in_the_middle(
    small_terrain: Terrain, six_towns: gpd.GeoDataFrame, cover: NDArray[np.uint8]
) -> None:
    x, y = six_towns.geometry.x.to_numpy(), six_towns.geometry.y.to_numpy()
    radius = six_towns["RADIUS_M"].to_numpy()
    spokes = np.random.default_rng(1).uniform(-1, 1, (400, 2))
    built = []
    for low, high in ((0.0, 0.5), (1.5, 2.0)):
        far = np.sqrt((spokes * spokes).sum(1))
        ring = spokes[(far >= low / 2) & (far < high / 2)] * 2
        places = (np.column_stack([x, y])[:, None] + ring[None] * radius[:, None, None]).reshape(-1, 2)
        codes = cover[small_terrain.at(places[:, 0], places[:, 1])]
        built.append(np.isin(codes, (21, 22, 23, 24)).mean())
    assert built[0] > 0.8  # the river and the ranges stay
    assert built[1] < 0.1


def test_fields_are_crops(
    small_terrain: Terrain, small_hydrology: Hydrology, six_towns: gpd.GeoDataFrame, cover: NDArray[np.uint8]
) -> None:
    west, south, _, _ = small_terrain.frame.bounds
    at = [shapely.box(west + 900 * k, south + 900, west + 900 * k + 600, south + 1_500) for k in range(1, 5)]
    fields = gpd.GeoDataFrame(geometry=at, crs=26912)
    planted = land_cover(small_terrain, small_hydrology, six_towns, fields)
    changed = planted != cover
    assert set(np.unique(planted[changed])) <= {81, 82}
    assert np.isin(planted, (81, 82)).sum() * 900.0 == pytest.approx(4 * 360_000, rel=0.25)


def test_two_builds_are_the_same_bytes(
    small_terrain: Terrain,
    small_hydrology: Hydrology,
    six_towns: gpd.GeoDataFrame,
    ground: dict[str, gpd.GeoDataFrame],
    cover: NDArray[np.uint8],
) -> None:
    again = build_ground(small_terrain, small_hydrology)
    for name, table in ground.items():
        assert table.equals(again[name]), name
    assert land_cover(small_terrain, small_hydrology, six_towns, None).tobytes() == cover.tobytes()
