from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely

from siting.sample.routing import CostGrid, block_sum, curve, on_grid, path_to, search, way_through
from tests.sample.networks import land


def flat(h: int, w: int) -> CostGrid:
    """Level open land in cells of 100 m."""
    zero = np.zeros((h, w), dtype=np.int64)
    return CostGrid(0.0, h * 100.0, 100.0, zero, zero, zero, zero, zero)


def test_block_sums_against_a_drawing() -> None:
    grid = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=np.int32)
    assert block_sum(grid, 2).tolist() == [[12, 9], [15, 9]]


def test_cells_and_places_agree() -> None:
    grid = flat(4, 5)
    cells = np.arange(20)
    assert [grid.at(x, y) for x, y in grid.centre(cells)] == cells.tolist()
    assert grid.at(-50.0, 1e6) == 0


def test_the_cheapest_way_is_that_of_networkx() -> None:
    rng = np.random.default_rng(4)
    cost = rng.integers(1, 30, (7, 8))
    graph = flat(7, 8).graph(cost, 5)
    distance, before = search(graph, 0)
    oracle = nx.single_source_dijkstra_path_length(nx.from_scipy_sparse_array(graph), 0)
    assert distance.tolist() == [oracle[k] for k in range(56)]
    path = path_to(before, 55)
    assert path[0] == 0
    assert sum(graph[a, b] for a, b in pairwise(path.tolist())) == distance[55]


def test_a_way_goes_round_a_wall() -> None:
    cost = np.ones((9, 9), dtype=np.int64)
    cost[0:8, 4:6] = 1_000
    grid = flat(9, 9)
    _, before = search(grid.graph(cost, 0), 0)
    assert 8 in path_to(before, 8) // 9  # the last row, below the wall


def test_a_way_through_a_place_has_no_spur() -> None:
    before = np.array([-9999, 0, 1, 1, 2], dtype=np.int32)  # 0 - 1 - 2 - 4 and 1 - 3
    assert way_through(before, 4, 3).tolist() == [4, 2, 1, 3]


def test_curves_keep_their_ends_and_stay_near() -> None:
    stairs = np.array([[0.0, 0], [100, 0], [100, 100], [200, 100], [200, 200], [900, 200]])
    bent = curve(stairs, straighten_m=10.0)
    assert bent[0].tolist() == [0.0, 0.0]
    assert bent[-1].tolist() == [900.0, 200.0]
    assert shapely.hausdorff_distance(shapely.LineString(bent), shapely.LineString(stairs)) < 60
    assert (on_grid(bent) == bent).all()


def test_the_grid_of_a_terrain_counts_percents() -> None:
    here = land()
    grid = CostGrid.of(here.terrain, here.hydrology.floodway)
    for percent, mask in ((grid.mountain, here.terrain.mountain), (grid.floodway, here.hydrology.floodway)):
        assert percent.min() >= 0
        assert percent.max() <= 100
        assert percent.mean() / 100 == pytest.approx(mask.mean(), abs=0.02)
