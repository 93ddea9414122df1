from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from siting.errors import RunError
from siting.sample.frame import Frame
from siting.sample.parcels import parcel_fabric
from siting.sample.rights_of_way import ACRE_M2, SMALLEST_M2
from tests.sample.counties import county, plain_land


def overlaps(shapes: np.ndarray) -> np.ndarray:
    """Areas shared by pairs of shapes."""
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    return shapely.area(shapely.intersection(shapes[a], shapes[b]))


@pytest.mark.parametrize(("parcels", "seed"), [(1_000, 1), (1_777, 2), (4_000, 3)])
def test_there_are_exactly_as_many_parcels_as_asked_for(parcels: int, seed: int):
    land = plain_land(parcels, seed)
    fabric = parcel_fabric(land, np.zeros(len(land.reach), np.int64), {}, [])
    assert len(fabric.geometry) == parcels
    assert (fabric.part == 0).all()


def test_parcels_tile_without_overlaps_and_are_valid():
    parcels = county().layers["parcels"].geometry.to_numpy()
    assert shapely.is_valid(parcels).all()
    assert overlaps(parcels).max() == 0


def test_parcels_are_a_tenth_of_an_acre_to_640_acres():
    acres = county().layers["parcels"].geometry.area.to_numpy() / ACRE_M2
    assert acres.min() >= 0.1
    assert acres.max() <= 640


def test_vertices_lie_on_the_1_cm_grid():
    xy = shapely.get_coordinates(county().layers["parcels"].geometry.to_numpy())
    assert (np.round(xy, 2) == xy).all()


def test_neighbours_share_their_vertices():
    # in a valid coverage borders match vertex by vertex; no gap is narrower than a street but beside corridors
    parcels = county().layers["parcels"]
    assert shapely.coverage_is_valid(parcels.geometry.to_numpy())
    uncut = parcels[parcels["APN"].str.len() == 10]
    assert len(uncut) > 1_000
    assert shapely.coverage_is_valid(uncut.geometry.to_numpy(), gap_width=2.0)


def test_the_forties_cover_the_county_without_gaps():
    land = plain_land()
    fabric = parcel_fabric(land, np.zeros(len(land.reach), np.int64), {}, [])
    side = round(land.grid.frame.size_m, 2)
    union = shapely.coverage_union_all(fabric.cells)
    assert union.geom_type == "Polygon"
    assert not union.interiors
    assert union.area == pytest.approx(side * side, abs=1e-3)


def test_every_parcel_lies_in_forties_of_its_group():
    land = plain_land()
    group = (land.grid.forties.x > 415_000).astype(np.int64)
    fabric = parcel_fabric(land, group, {}, [])
    halves = [shapely.coverage_union_all(fabric.cells[group == g]) for g in (0, 1)]
    side = group[fabric.forty]
    for g in (0, 1):
        outside = shapely.area(shapely.difference(fabric.geometry[side == g], halves[g]))
        assert outside.max() < 1e-6


def test_a_corridor_cuts_parcels_and_leaves_no_remnants():
    land = plain_land()
    west, south, east, north = land.grid.frame.bounds
    line = shapely.LineString([(west - 10, south + 7_000), (east + 10, north - 9_000)])
    corridor = shapely.set_precision(line.buffer(45, cap_style="flat"), 0.01)
    fabric = parcel_fabric(land, np.zeros(len(land.reach), np.int64), {}, [corridor])
    assert len(fabric.geometry) == 2_000
    assert shapely.is_valid(fabric.geometry).all()
    assert shapely.area(shapely.intersection(fabric.geometry, corridor)).max() < 0.005 * 1_700  # rounded to 1 cm
    assert shapely.area(fabric.geometry).min() >= SMALLEST_M2
    assert overlaps(fabric.geometry).max() == 0
    cut = fabric.part > 0
    assert cut.any()
    assert np.unique(np.stack([fabric.source, fabric.part]), axis=1).shape[1] == 2_000


def test_planned_sections_stay_whole():
    land = plain_land()
    section = int(np.flatnonzero(land.grid.one_parcel)[5])
    site = land.site.copy()
    site[section * 16 : section * 16 + 16] = 0
    land = replace(land, site=site)
    fabric = parcel_fabric(land, (site == 0).astype(np.int64), {section: 1}, [])
    here = np.flatnonzero(fabric.forty // 16 == section)
    assert len(here) == 1
    assert shapely.area(fabric.geometry[here[0]]) == pytest.approx(land.grid.section_acres[section] * ACRE_M2, rel=1e-3)


def test_a_number_that_cannot_be_met_is_refused():
    # every forty another group: 324 sections cannot hold fewer than 5,184 parcels
    land = plain_land(1_000, 3)
    with pytest.raises(RunError) as e:
        parcel_fabric(land, np.arange(len(land.reach)), {}, [])
    assert str(e.value) == (
        "The sample county of 1,000 parcels and seed 3 could not be divided into exactly that many. "
        "Ask for another seed or another number."
    )
    assert Frame(parcels=1_000, seed=3).townships == 3
