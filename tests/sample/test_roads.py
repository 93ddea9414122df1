from __future__ import annotations

from collections import defaultdict

import networkx as nx
import numpy as np
import pytest
import shapely

from tests.sample.networks import columns, land, roads, roads_of, same

SEEDS = (3, 4, 5)


def test_the_fields_are_as_promised() -> None:
    table = roads().roads
    assert columns(table) == ["CLASS", "NAME", "ONEWAY", "MAXSPEED", "FROM_NODE", "TO_NODE"]
    assert columns(roads().interchanges) == ["NAME"]
    assert set(table["CLASS"]) == {"freeway", "ramp", "arterial", "collector", "local"}
    assert set(table["ONEWAY"]) == {"B", "F", "T"}
    assert table["MAXSPEED"].between(25, 75).all()
    assert isinstance(roads().corridors, shapely.MultiPolygon)


def graph(table) -> nx.DiGraph:
    """Who can drive where."""
    out = nx.DiGraph()
    for a, b, way in zip(table["FROM_NODE"], table["TO_NODE"], table["ONEWAY"], strict=True):
        if way in "BF":
            out.add_edge(a, b)
        if way in "BT":
            out.add_edge(b, a)
    return out


@pytest.mark.parametrize("seed", SEEDS)
def test_every_node_can_be_reached_from_every_other(seed: int) -> None:
    assert nx.is_strongly_connected(graph(roads(seed).roads))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_town_is_on_the_network(seed: int) -> None:
    lines = shapely.union_all(roads(seed).roads.geometry.to_numpy())
    assert land(seed).towns.distance(lines).max() < 0.02


@pytest.mark.parametrize("seed", SEEDS)
def test_edges_that_share_a_node_share_its_coordinates_and_the_other_way_round(seed: int) -> None:
    table = roads(seed).roads
    places = defaultdict(set)
    for line, a, b in zip(table.geometry, table["FROM_NODE"], table["TO_NODE"], strict=True):
        places[a].add(line.coords[0])
        places[b].add(line.coords[-1])
    assert all(len(p) == 1 for p in places.values())
    assert len({next(iter(p)) for p in places.values()}) == len(places)


def test_ramps_and_carriageways_are_one_way_and_other_roads_are_not() -> None:
    table = roads().roads
    assert set(table.loc[table["CLASS"] == "ramp", "ONEWAY"]) == {"F"}
    assert set(table.loc[table["CLASS"] == "freeway", "ONEWAY"]) == {"F", "T"}
    assert set(table.loc[~table["CLASS"].isin(["ramp", "freeway"]), "ONEWAY"]) == {"B"}


def test_a_ramp_leads_between_a_freeway_and_another_road() -> None:
    table = roads().roads
    classes = defaultdict(set)
    for kind, a, b in zip(table["CLASS"], table["FROM_NODE"], table["TO_NODE"], strict=True):
        classes[a].add(kind)
        classes[b].add(kind)
    ramps = table[table["CLASS"] == "ramp"]
    assert len(ramps) >= 4
    for a, b in zip(ramps["FROM_NODE"], ramps["TO_NODE"], strict=True):
        met = classes[a] | classes[b]
        assert "freeway" in met
        assert met & {"arterial", "collector", "local"}


def test_roads_pass_over_freeways_without_a_node() -> None:
    table = roads().roads
    free = set(table.loc[table["CLASS"] == "freeway", ["FROM_NODE", "TO_NODE"]].to_numpy().ravel())
    other = table[~table["CLASS"].isin(["freeway", "ramp"])]
    assert not free & set(other[["FROM_NODE", "TO_NODE"]].to_numpy().ravel())


def test_the_land_of_freeways_is_about_90_m_wide_and_holds_them() -> None:
    table, land_taken = roads().roads, roads().corridors
    freeway = table[table["CLASS"] == "freeway"]
    assert land_taken.is_valid
    assert shapely.covers(land_taken.buffer(0.02), shapely.union_all(freeway.geometry.to_numpy()))
    width = land_taken.area / (freeway.length.sum() / 2)
    assert 85 < width < 150  # interchanges take more
    assert roads().interchanges.within(land_taken).all()


def test_coordinates_lie_on_the_1_cm_grid() -> None:
    xy = shapely.get_coordinates(roads().roads.geometry.to_numpy())
    assert (np.round(xy, 2) == xy).all()


def test_the_same_seed_gives_the_same_roads() -> None:
    again = roads_of.__wrapped__(3)
    assert same(roads(3).roads, again.roads)
    assert same(roads(3).interchanges, again.interchanges)
    assert roads(3).corridors.wkb == again.corridors.wkb
