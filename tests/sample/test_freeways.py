from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.sample.freeways import Crossing, Freeway, carriageways, centre_lines, diamond, system_ramps
from siting.sample.routing import CostGrid
from tests.sample.networks import land


def east() -> Freeway:
    return Freeway("East", shapely.LineString([[0, 0], [6_000, 0]]))


def elm() -> Crossing:
    place, off = np.array([3_000.0, 0.0]), np.array([0.0, 95.0])
    return Crossing(3_000.0, place, place - off, place + off, "Elm")


def test_places_beside_a_freeway() -> None:
    assert east().at(1_000.0, 14.0).tolist() == [1_000.0, -14.0]  # the right of the way to the east is south
    assert east().at(0.0, -14.0).tolist() == [0.0, 14.0]


def test_a_diamond_has_four_one_way_ramps_between_carriageways_and_road() -> None:
    freeway = east()
    ramps = diamond(freeway, elm())
    assert [r.oneway for r in ramps] == ["F"] * 4
    assert {r.name for r in ramps} == {"Elm Ramp"}
    ends = [(r.points[0].tolist(), r.points[-1].tolist()) for r in ramps]
    assert ([2_570.0, -14.0], [3_000.0, -95.0]) in ends  # off, going east
    assert ([3_000.0, -95.0], [3_430.0, -14.0]) in ends  # on, going east
    assert ([3_430.0, 14.0], [3_000.0, 95.0]) in ends  # off, going west
    assert ([3_000.0, 95.0], [2_570.0, 14.0]) in ends  # on, going west


def test_carriageways_are_cut_where_ramps_meet_and_join_at_the_ends() -> None:
    freeway = east()
    diamond(freeway, elm())
    pieces = carriageways(freeway, shapely.Point(3_000, 0).buffer(1_000))
    assert [p.oneway for p in pieces] == ["F"] * 3 + ["T"] * 3
    assert {tuple(p.points[0]) for p in pieces} >= {(0.0, 0.0), (2_570.0, -14.0), (2_570.0, 14.0)}
    assert {tuple(p.points[-1]) for p in pieces} >= {(6_000.0, 0.0), (3_430.0, -14.0)}


def test_two_freeways_meet_in_eight_ramps_and_parallel_ones_in_none() -> None:
    north = Freeway("North", shapely.LineString([[3_000, -3_000], [3_000, 3_000]]))
    ramps, place = system_ramps(east(), north)
    assert len(ramps) == 8
    assert place.tolist() == [3_000.0, 0.0]
    assert len({(*r.points[0], *r.points[-1]) for r in ramps}) == 8
    beside = Freeway("Beside", shapely.LineString([[0, 900], [6_000, 900]]))
    assert system_ramps(east(), beside)[0] == []


@pytest.mark.parametrize("seed", [3, 4])
def test_centre_lines_run_from_border_to_border(seed: int) -> None:
    here = land(seed)
    lines = centre_lines(here.terrain, CostGrid.of(here.terrain, here.hydrology.floodway), here.towns)
    border = shapely.box(*here.frame.bounds).exterior
    assert len(lines) == 1
    for freeway in lines:
        assert freeway.line.is_simple
        assert all(border.distance(shapely.Point(freeway.line.coords[end])) < 0.01 for end in (0, -1))
