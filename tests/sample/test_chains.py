from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely

from siting.sample.chains import road_chains
from siting.sample.frame import Frame
from siting.sample.lattice import build_lattice
from siting.sample.section_roads import COLLECTOR, NONE, SurveyRoads


def roads_on(lattice, edges: list[tuple[int, int]]):
    """The chains of a survey that has a collector on these edges only."""
    rank = np.full(len(lattice.start), NONE)
    a, b = np.array(edges).T
    rank[lattice.edge_of(a, b)] = COLLECTOR
    zero = np.zeros(len(rank))
    return road_chains(SurveyRoads(lattice, rank, zero.astype(np.int64), zero))


@pytest.fixture(scope="module")
def lattice():
    return build_lattice(Frame(parcels=1_000, seed=1))


def test_a_straight_road_is_one_chain(lattice) -> None:
    row = 2 * lattice.side
    chains = roads_on(lattice, [(row + k, row + k + 1) for k in range(4, 8)])
    assert len(chains) == 1
    assert (chains[0].points == lattice.place[row + 4 : row + 9]).all()
    assert (chains[0].kind, chains[0].oneway) == ("collector", "B")


def test_a_crossing_cuts_both_roads(lattice) -> None:
    s = lattice.side
    middle = 4 * s + 6
    chains = roads_on(lattice, [(middle - 1, middle), (middle, middle + 1), (middle - s, middle), (middle, middle + s)])
    ends = Counter(tuple(p) for c in chains for p in c.points[[0, -1]])
    assert len(chains) == 4
    assert ends[tuple(lattice.place[middle])] == 4


@pytest.mark.parametrize("seed", range(12))
def test_roads_stay_joined_over_correction_lines(seed: int) -> None:
    lattice = build_lattice(Frame(parcels=1_000, seed=seed))
    s = lattice.side
    north = np.flatnonzero(lattice.straight & ~lattice.east & (lattice.line == 8))
    row = 12 * s
    edges = [(int(lattice.start[k]), int(lattice.end[k])) for k in north]
    edges += [(row + k, row + k + 1) for k in range(1, s - 2)]
    chains = roads_on(lattice, edges)
    ends = Counter(tuple(p) for c in chains for p in c.points[[0, -1]])
    tee = [place for place, count in ends.items() if count >= 3]
    assert tee  # the road from the south meets the correction line in a node
    for chain in chains:
        assert shapely.LineString(chain.points).is_simple
        assert shapely.LineString(chain.points).length > 1
