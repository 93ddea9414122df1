from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from siting.errors import DataError
from siting.kernels.cost_distance import SOURCE, UNREACHED, CostDistance, cost_distance

STEPS = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if r or c]


def by_dijkstra(friction: Any, sources: Any, cell_m: tuple[float, float]) -> Any:
    """The same by a graph of all steps between passable cells."""
    height, width = friction.shape
    free = np.isfinite(friction) & (friction > 0)
    rows, columns, weights = [], [], []
    for (r, c), (i, j) in product(product(range(height), range(width)), STEPS):
        v, w = r + i, c + j
        if 0 <= v < height and 0 <= w < width and free[r, c] and free[v, w]:
            rows.append(r * width + c)
            columns.append(v * width + w)
            weights.append((friction[r, c] + friction[v, w]) / 2 * np.hypot(i * cell_m[1], j * cell_m[0]))
    graph = csr_matrix((weights, (rows, columns)), shape=(height * width,) * 2)
    passable = [r * width + c for r, c in sources.tolist() if free[r, c]]
    if not passable:
        return np.full(friction.shape, np.inf)
    return dijkstra(graph, indices=passable, min_only=True).reshape(height, width)


def cost_of(route: Any, friction: Any, cell_m: tuple[float, float]) -> float:
    steps = np.hypot(*(np.diff(route, axis=0) * cell_m[::-1]).T)
    along = friction[route[:, 0], route[:, 1]]
    return float(((along[:-1] + along[1:]) / 2 * steps).sum())


def check_routes(found: CostDistance, friction: Any, sources: Any, cell_m: tuple[float, float]) -> None:
    """Every route starts at a source, ends at its cell, goes by single steps and costs what it says."""
    starts = set(map(tuple, sources.tolist()))
    for r, c in np.argwhere(found.predecessor != UNREACHED).tolist():
        route = found.route(r, c)
        assert tuple(route[0]) in starts
        assert tuple(route[-1]) == (r, c)
        assert np.abs(np.diff(route, axis=0)).max(initial=1) == 1
        assert cost_of(route, friction, cell_m) == pytest.approx(found.cost[r, c], rel=1e-12)


def test_a_drawing() -> None:
    friction = np.array([[1.0, 1.0, 3.0], [np.inf, np.nan, 3.0], [1.0, 1.0, 1.0]])
    found = cost_distance(friction, np.array([[0, 0]]), cell_m=(10.0, 20.0))
    down = 10 + 2 * np.hypot(10, 20) + 3 * 20 - 3 * 20
    assert found.cost[0].tolist() == [0.0, 10.0, 30.0]
    assert found.cost[1].tolist() == [np.inf, np.inf, pytest.approx(10 + 2 * np.hypot(10, 20))]
    assert found.cost[2].tolist() == [
        pytest.approx(value) for value in (down + 2 * np.hypot(10, 20) + 10, down + 2 * np.hypot(10, 20), down + 40)
    ]
    assert found.predecessor.tolist() == [[SOURCE, 3, 3], [UNREACHED, UNREACHED, 0], [4, 2, 1]]
    assert found.route(2, 0).tolist() == [[0, 0], [0, 1], [1, 2], [2, 1], [2, 0]]
    assert found.route(1, 1).tolist() == []


def test_a_plain_is_crossed_by_diagonals_and_straight_steps() -> None:
    found = cost_distance(np.ones((9, 12)), np.array([[4, 5]]))
    rows, columns = np.abs(np.arange(9)[:, None] - 4), np.abs(np.arange(12) - 5)
    short, long = np.minimum(rows, columns), np.maximum(rows, columns)
    np.testing.assert_allclose(found.cost, short * 2**0.5 + (long - short), rtol=1e-12)


def test_equal_ways_go_by_the_first_direction() -> None:
    found = cost_distance(np.ones((1, 3)), np.array([[0, 0], [0, 2]]))
    assert found.predecessor.tolist() == [[SOURCE, 3, SOURCE]]


def test_the_nearest_of_several_sources_counts_and_those_in_barriers_do_not() -> None:
    friction = np.array([[1.0, 1.0, -1.0, 1.0, 0.0]])
    found = cost_distance(friction, np.array([[0, 0], [0, 0], [0, 2], [0, 4]]))
    assert found.cost.tolist() == [[0.0, 1.0, np.inf, np.inf, np.inf]]
    assert found.predecessor.tolist() == [[SOURCE, 3, UNREACHED, UNREACHED, UNREACHED]]


def test_no_source_reaches_nothing() -> None:
    found = cost_distance(np.ones((3, 3)), np.empty((0, 2), np.int64))
    assert np.isinf(found.cost).all()
    assert (found.predecessor == UNREACHED).all()


def test_cells_beyond_the_most_are_left_unreached() -> None:
    friction = np.random.default_rng(5).uniform(1, 9, (40, 40))
    everything = cost_distance(friction, np.array([[7, 9]]), tile=16)
    near = cost_distance(friction, np.array([[7, 9]]), tile=16, most=60.0)
    inside = everything.cost <= 60
    assert 100 < inside.sum() < 1500
    assert (near.cost == np.where(inside, everything.cost, np.inf)).all()
    assert (near.predecessor == np.where(inside, everything.predecessor, UNREACHED)).all()


def test_a_labyrinth_is_walked_through() -> None:
    friction = np.ones((41, 41))
    friction[1::2] = np.inf  # walls with a gap at alternate ends
    friction[1::4, -1] = friction[3::4, 0] = 1.0
    found = cost_distance(friction, np.array([[0, 0]]), tile=7)
    floors = 20
    assert found.cost[40, 40 if floors % 2 == 0 else 0] == pytest.approx(
        by_dijkstra(friction, np.array([[0, 0]]), (1, 1))[40, 40]
    )
    assert len(found.route(40, 40)) > floors * 39


@st.composite
def grids(draw: st.DrawFn) -> Any:
    """Friction on few values (so that ways tie) or over many magnitudes, with barriers; sources; cell size."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    values = st.one_of(st.sampled_from([1.0, 1.0, 2.0, 5.0, np.inf, np.nan, 0.0, -1.0]), st.floats(1e-3, 1e6))
    friction = np.array(draw(st.lists(values, min_size=height * width, max_size=height * width)))
    cells = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1))
    sources = np.array(draw(st.lists(cells, min_size=1, max_size=4)), np.int64)
    cell_m = draw(st.sampled_from([(1.0, 1.0), (30.0, 30.0), (10.0, 25.0), (0.3, 0.1)]))
    return friction.reshape(height, width), sources, cell_m


@given(grids(), st.integers(1, 10))
def test_any_grid_agrees_with_a_graph_search(grid: Any, tile: int) -> None:
    friction, sources, cell_m = grid
    found = cost_distance(friction, sources, cell_m=cell_m, tile=tile)
    np.testing.assert_allclose(found.cost, by_dijkstra(friction, sources, cell_m), rtol=1e-9)
    assert (np.isfinite(found.cost) == (found.predecessor != UNREACHED)).all()
    check_routes(found, friction, sources, cell_m)


@pytest.mark.parametrize("cell_m", [(1.0, 1.0), (30.0, 10.0)])
def test_a_rough_surface_agrees_with_scikit_image_whatever_the_tiles(cell_m: tuple[float, float]) -> None:
    graph = pytest.importorskip("skimage.graph")
    random = np.random.default_rng(11)
    friction = np.exp(random.normal(0, 2, (150, 130)))
    friction[random.random(friction.shape) < 0.2] = np.inf
    sources = np.argwhere(np.isfinite(friction))[random.integers(0, 10_000, 5)]
    search = graph.MCP_Geometric(np.where(np.isfinite(friction), friction, -1), sampling=cell_m[::-1])
    expected, _ = search.find_costs(sources.tolist())
    whole = cost_distance(friction, sources, cell_m=cell_m)
    assert (np.isfinite(whole.cost) == np.isfinite(expected)).all()
    reached = np.isfinite(expected)
    np.testing.assert_allclose(whole.cost[reached], expected[reached], rtol=1e-9)
    for tile in (8, 31, 64):
        tiled = cost_distance(friction, sources, cell_m=cell_m, tile=tile)
        assert tiled.cost.tobytes() == whole.cost.tobytes()
        assert tiled.predecessor.tobytes() == whole.predecessor.tobytes()


@pytest.mark.parametrize("spread", [0.1, 1.0, 6.0])  # the last: buckets are wider than the cheapest steps
def test_each_cost_is_to_the_last_bit_the_least_over_its_neighbours(spread: float) -> None:
    random = np.random.default_rng(23)
    friction = np.exp(random.normal(0, spread, (90, 70)))
    friction[random.random(friction.shape) < 0.1] = np.nan
    sources = np.argwhere(np.isfinite(friction))[[40, 2_000]]
    found = cost_distance(friction, sources, cell_m=(3.0, 5.0), tile=32)
    f, d = np.pad(friction, 1, constant_values=np.inf), np.pad(found.cost, 1, constant_values=np.inf)
    f[np.isnan(f)] = np.inf
    inner, least = (slice(1, -1), slice(1, -1)), np.full(friction.shape, np.inf)
    for i, j in STEPS:
        beside = slice(1 + i, 91 + i), slice(1 + j, 71 + j)
        step = np.hypot(3.0 * (j != 0), 5.0 * (i != 0)) / 2
        least = np.minimum(least, d[beside] + (f[beside] + f[inner]) * step)
    least[tuple(sources.T)] = 0
    assert (found.cost == least).all()


def test_a_way_that_leaves_a_tile_and_comes_back_is_found() -> None:
    friction = np.full((32, 64), 100.0)
    friction[0], friction[:, 40], friction[31], friction[:, 0] = 1.0, 1.0, 1.0, np.inf  # a road around by the east
    sources = np.array([[0, 1]])
    found = cost_distance(friction, sources, tile=32)
    assert found.cost[31, 1] == pytest.approx(by_dijkstra(friction, sources, (1, 1))[31, 1])
    assert found.cost[31, 1] < 120
    assert found.route(31, 1)[:, 1].max() == 40


def test_friction_may_lie_on_disk_and_be_of_another_type(tmp_path: Path) -> None:
    friction = np.random.default_rng(3).uniform(1, 5, (50, 60)).astype(np.float32)
    np.save(tmp_path / "friction.npy", friction)
    mapped = np.load(tmp_path / "friction.npy", mmap_mode="r")
    sources = np.array([[3, 4]])
    expected = cost_distance(friction.astype(np.float64), sources, tile=16)
    assert cost_distance(mapped, sources, tile=16).cost.tobytes() == expected.cost.tobytes()


def test_sources_outside_the_grid_are_refused() -> None:
    with pytest.raises(DataError) as error:
        cost_distance(np.ones((3, 4)), np.array([[0, 0], [3, 1], [-1, 0]]))
    assert str(error.value) == (
        "The source at row 3, column 1 lies outside the grid of 3 rows and 4 columns (both count from 0); "
        "2 of 3 sources do."
    )


@pytest.mark.data
def test_real_ground_costs_what_scikit_image_says(data_folder: Path) -> None:
    import rasterio

    graph = pytest.importorskip("skimage.graph")
    with rasterio.open(data_folder / "aachen" / "elevation.tif") as raster:
        heights = raster.read(1).astype(np.float64)[:600, :600]
    steep = np.hypot(*np.gradient(heights))
    friction = np.where(steep > np.quantile(steep, 0.995), np.inf, 1 + steep)
    sources = np.argwhere(np.isfinite(friction))[[0, 12_345, -1]]
    found = cost_distance(friction, sources, cell_m=(20.0, 30.0))
    search = graph.MCP_Geometric(np.where(np.isfinite(friction), friction, -1), sampling=(30.0, 20.0))
    expected = search.find_costs(sources.tolist())[0]
    np.testing.assert_array_equal(np.isfinite(found.cost), np.isfinite(expected))
    reached = np.isfinite(expected)
    np.testing.assert_allclose(found.cost[reached], expected[reached], rtol=1e-9)
