from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from siting.sample.lattice import build_lattice
from siting.sample.section_roads import ARTERIAL, COLLECTOR, HIGHWAY, NONE, survey_roads
from tests.sample.networks import land


@pytest.fixture(scope="module")
def survey():
    here = land()
    return survey_roads(build_lattice(here.frame), here.terrain, here.hydrology, here.towns, [])


def test_highways_alone_join_all_towns(survey) -> None:
    lattice = survey.lattice
    highway = np.flatnonzero(survey.rank == HIGHWAY)
    graph = nx.Graph(zip(lattice.start[highway].tolist(), lattice.end[highway].tolist(), strict=True))
    nodes = {lattice.node_at(p.x, p.y) for p in land().towns.geometry}
    assert nodes <= set(graph)
    assert nx.is_connected(graph)


def test_every_highway_edge_has_a_number_and_no_other_edge(survey) -> None:
    assert ((survey.route > 0) == (survey.rank == HIGHWAY)).all()


def test_only_highways_leave_the_survey_lines(survey) -> None:
    slanted = ~survey.lattice.straight
    assert set(np.unique(survey.rank[slanted])) <= {NONE, HIGHWAY}


def test_small_roads_keep_out_of_mountains_and_half_mile_roads_stay_in_towns(survey) -> None:
    small = (survey.rank > NONE) & (survey.rank < HIGHWAY)
    assert not land().terrain.mountain[land().terrain.at(*survey.lattice.middle[small].T)].any()
    half = small & (survey.lattice.line % 2 == 1)
    assert (survey.beyond[half] < 0).all()
    assert set(np.unique(survey.rank[half])) <= {COLLECTOR}


def test_arterials_are_in_and_around_towns(survey) -> None:
    assert (survey.beyond[survey.rank == ARTERIAL] < 700).all()
