from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.sample.frame import MILE_M, Frame
from siting.sample.lattice import along, beyond_towns, build_lattice
from tests.sample.networks import land


@pytest.fixture(scope="module")
def lattice():
    return build_lattice(Frame(parcels=20_000, seed=9))


def test_nodes_lie_every_half_mile(lattice) -> None:
    assert lattice.side == 2 * 6 * 5 + 1
    row = lattice.place.reshape(lattice.side, lattice.side, 2)
    assert np.diff(row[:, :, 1], axis=0) == pytest.approx(MILE_M / 2, abs=75)
    assert np.median(np.diff(row[:, :, 0], axis=1)) == pytest.approx(MILE_M / 2, abs=5)


def test_nodes_of_a_section_are_its_surveyed_corners(lattice) -> None:
    from siting.sample.grid import build_grid

    grid = build_grid(Frame(parcels=20_000, seed=9))
    forty = grid.forties
    corner = grid.metres(grid.ground(forty.u0[:1], forty.v0[:1]))
    assert (lattice.place[0] == corner.round(2)).all()


def test_edges_join_neighbours_and_none_is_there_twice(lattice) -> None:
    ends = np.sort(np.column_stack([lattice.start, lattice.end]), axis=1)
    assert len(np.unique(ends, axis=0)) == len(ends)
    step = lattice.place[lattice.end] - lattice.place[lattice.start]
    assert np.abs(step).max() < 1_700
    assert lattice.edge_of(lattice.start, lattice.end).tolist() == list(range(len(lattice.start)))
    assert lattice.edge_of(lattice.end, lattice.start).tolist() == list(range(len(lattice.start)))


def test_lines_from_the_south_arrive_where_the_survey_of_that_row_ends(lattice) -> None:
    north = lattice.straight & ~lattice.east
    step = lattice.arrival[north] - lattice.place[lattice.start[north]]
    assert np.abs(step[:, 0]).max() < 75  # lost corners apart, lines run north


def test_a_track_runs_through_the_nodes_without_needless_vertices(lattice) -> None:
    nodes = np.arange(4, 11)
    track = lattice.track(nodes)
    line = shapely.LineString(track)
    assert (track[0] == lattice.place[4]).all()
    assert (track[-1] == lattice.place[10]).all()
    assert max(line.distance(shapely.Point(p)) for p in lattice.place[nodes]) < 7
    assert len(track) < len(nodes)


def test_the_cheapest_path_costs_what_its_edges_cost(lattice) -> None:
    cost = np.random.default_rng(2).integers(1, 90, len(lattice.start))
    node, edge = lattice.path(cost, 0, lattice.side**2 - 1)
    assert (node[0], node[-1]) == (0, lattice.side**2 - 1)
    ends = {tuple(sorted(e)) for e in zip(lattice.start[edge].tolist(), lattice.end[edge].tolist(), strict=True)}
    assert ends == {tuple(sorted(e)) for e in zip(node[:-1].tolist(), node[1:].tolist(), strict=True)}


def test_the_land_along_an_edge_is_that_of_its_cells() -> None:
    here = land()
    small = build_lattice(here.frame)
    got = along(small, here.terrain, here.hydrology.floodway)
    k = int(np.argmax(got.mountain))
    at = here.terrain.at(*small.place[[small.start[k], small.end[k]]].T)
    assert got.mountain.max() == 9
    assert here.terrain.mountain[at].all()
    assert (along(small, here.terrain).floodway == 0).all()


def test_metres_beyond_towns() -> None:
    table = {"NAME": ["A", "B"], "POP": [20, 10], "RADIUS_M": [500.0, 300.0], "RANK": [1, 2]}
    towns = gpd.GeoDataFrame(table, geometry=shapely.points([[0, 0], [5_000, 0]]), crs="EPSG:26912")
    assert beyond_towns(np.array([[0.0, 700], [4_900, 0]]), towns).tolist() == [200.0, -200.0]
