"""Floodplains contain their streams, are nested, and lie on mapped panels."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from siting.sample.floodplains import DETAILED_M2, MAPPED_M2
from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain


def reaches(terrain: Terrain, hydrology: Hydrology, least_m2: float) -> NDArray[np.object_]:
    """The reaches that drain at least as much land at their upper end."""
    lines = hydrology.streams.geometry.to_numpy()
    x, y = shapely.get_coordinates(shapely.get_point(lines, 0)).T
    return np.asarray(lines[terrain.accumulation[terrain.at(x, y)] >= least_m2], object)


@pytest.mark.parametrize(("least_m2", "zones"), [(MAPPED_M2, "T"), (DETAILED_M2, "FLOODWAY")])
def test_floodplains_contain_their_streams(
    small_terrain: Terrain, small_hydrology: Hydrology, least_m2: float, zones: str
) -> None:
    flood = small_hydrology.flood
    chosen = flood[(flood["SFHA_TF"] == zones) | (flood["ZONE_SUBTY"] == zones)]
    streams = shapely.union_all(reaches(small_terrain, small_hydrology, least_m2))
    streams = shapely.intersection(streams, shapely.union_all(small_hydrology.flood_mapped.geometry.to_numpy()))
    outside = shapely.difference(streams, shapely.union_all(chosen.geometry.to_numpy()))
    assert streams.length > 10_000
    assert outside.length < 0.002 * streams.length


def test_every_cell_of_a_mapped_stream_is_wet(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    assert small_hydrology.flood_1pct[small_terrain.accumulation >= MAPPED_M2].all()
    assert small_hydrology.floodway[small_terrain.accumulation >= DETAILED_M2].all()


def test_the_grids_are_nested(small_hydrology: Hydrology) -> None:
    assert not (small_hydrology.floodway & ~small_hydrology.flood_1pct).any()
    assert not (small_hydrology.flood_1pct & ~small_hydrology.flood_02pct).any()
    shares = [
        grid.mean() for grid in (small_hydrology.floodway, small_hydrology.flood_1pct, small_hydrology.flood_02pct)
    ]
    assert 0.005 < shares[0] < 0.06
    assert 0.06 < shares[1] < 0.2
    assert shares[1] < shares[2] < 0.25


def test_zones_do_not_overlap(small_hydrology: Hydrology) -> None:
    shapes = small_hydrology.flood.geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    common = shapely.area(shapely.intersection(shapes[a], shapes[b]))
    assert common.max() < 0.5  # what the 1 cm grid leaves along a common border
    assert shapely.area(shapes).sum() - shapely.union_all(shapes).area < 2.0


def test_zones_agree_with_the_grids(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    flood, rng = small_hydrology.flood, np.random.default_rng(4)
    west, south, east, north = small_terrain.frame.bounds
    x, y = rng.uniform(west, east, 4_000), rng.uniform(south, north, 4_000)
    points = shapely.points(x, y)
    mapped = shapely.intersects(shapely.union_all(small_hydrology.flood_mapped.geometry.to_numpy()), points)
    inside = shapely.intersects(shapely.union_all(flood[flood["SFHA_TF"] == "T"].geometry.to_numpy()), points)
    wet = small_hydrology.flood_1pct[small_terrain.at(x, y)]
    assert (inside == wet)[mapped].mean() > 0.97
    assert not inside[~mapped].any()


def test_zones_have_smooth_outlines_with_holes(small_hydrology: Hydrology) -> None:
    shapes = small_hydrology.flood.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert (shapely.get_type_id(shapes) == 3).all()
    assert shapely.get_num_interior_rings(shapes).sum() > 0
    places = shapely.get_coordinates(shapely.get_exterior_ring(shapes))
    steps = np.diff(places, axis=0)
    straight = (np.abs(steps) < 1e-9).any(1)
    assert straight.mean() < 0.2  # the stairs of cells would have nothing else


def test_fields_of_the_zones(small_hydrology: Hydrology) -> None:
    flood = small_hydrology.flood
    assert list(flood.columns) == ["FLD_ZONE", "ZONE_SUBTY", "SFHA_TF", "STATIC_BFE", "geometry"]
    kinds = set(zip(flood["FLD_ZONE"], flood["ZONE_SUBTY"], flood["SFHA_TF"], strict=True))
    assert kinds == {
        ("AE", "FLOODWAY", "T"),
        ("AE", "", "T"),
        ("A", "", "T"),
        ("X", "0.2 PCT ANNUAL CHANCE FLOOD HAZARD", "F"),
    }
    assert (flood["STATIC_BFE"] == -9999).all()


def test_most_of_the_county_is_mapped_in_panels(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    panels = small_hydrology.flood_mapped
    assert list(panels.columns) == ["PANEL", "geometry"]
    assert panels["PANEL"].is_unique
    county = shapely.box(*small_terrain.frame.bounds)
    assert shapely.difference(shapely.union_all(panels.geometry.to_numpy()), county).area < 1.0
    assert 0.75 < panels.area.sum() / county.area < 0.95
