from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from siting.sample.lattice import build_lattice
from siting.sample.stations import build_stations
from siting.sample.transmission import build_lines
from tests.sample.networks import land


@pytest.fixture(scope="module")
def built():
    here = land()
    lattice = build_lattice(here.frame)
    stations, plants = build_stations(here.terrain, lattice, here.towns)
    lines, taps = build_lines(here.terrain, lattice, here.towns, stations, plants)
    return stations, taps, lines


def test_lines_end_at_their_stations(built) -> None:
    stations, taps, lines = built
    place = {s.name: (s.x, s.y) for s in [*stations, *taps]}
    for line in lines:
        for name, end in ((line.first, line.points[0]), (line.second, line.points[-1])):
            if name in place:
                assert tuple(end) == place[name]
            else:
                assert name.startswith("UNKNOWN")


def test_every_station_is_fed_from_the_high_grid(built) -> None:
    stations, _, lines = built
    graph = nx.Graph((line.first, line.second) for line in lines)
    assert nx.is_connected(graph)
    assert {s.name for s in stations} <= set(graph)


def test_some_stations_hang_on_one_circuit_and_some_on_several(built) -> None:
    stations, _, lines = built
    circuits = {s.name: {x.circuit for x in lines if s.name in (x.first, x.second)} for s in stations}
    count = np.array([len(c) for c in circuits.values()])
    assert (count == 1).sum() >= 2
    assert (count >= 2).sum() >= 4


def test_a_tap_splits_a_line_and_keeps_its_circuit(built) -> None:
    _, taps, lines = built
    assert taps
    for tap in taps:
        halves = [x for x in lines if tap.name in (x.first, x.second)]
        assert len(halves) == 2
        assert halves[0].circuit == halves[1].circuit
        assert (halves[0].points[-1] == halves[1].points[0]).all()


def test_no_line_has_a_voltage_that_its_stations_lack(built) -> None:
    stations, _, lines = built
    high = {s.name: s.high_kv for s in stations}
    assert all(line.kv <= high.get(name, 500) for line in lines for name in (line.first, line.second))
