"""The terrain: it drains, its shares are as stated, and its bytes repeat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from siting.sample.frame import Frame
from siting.sample.terrain import RIVER_M2, STREAM_M2, Terrain, build_terrain, coarse_grid

GRIDS = ("dem_cm", "slope", "accumulation", "receiver", "order", "mountain", "plain", "stream")


def test_the_same_seed_gives_the_same_bytes(small_terrain: Terrain) -> None:
    again = build_terrain(Frame(parcels=1_000, seed=5))
    for name in GRIDS:
        assert getattr(again, name).tobytes() == getattr(small_terrain, name).tobytes(), name


def test_grids_have_their_types_and_the_shape_of_the_frame(small_terrain: Terrain) -> None:
    n = small_terrain.frame.cells
    types = ["int32", "float32", "float64", "int32", "int32", "bool", "bool", "bool"]
    for name, kind in zip(GRIDS, types, strict=True):
        grid = getattr(small_terrain, name)
        assert grid.dtype == kind, name
        assert grid.shape == ((n * n,) if name == "order" else (n, n)), name


@given(st.integers(0, 2**32))
@settings(max_examples=3)
def test_any_seed_gives_land_that_drains(seed: int) -> None:
    terrain = build_terrain(Frame(parcels=1_000, seed=seed))
    z, receiver = terrain.dem_cm.ravel(), terrain.receiver.ravel()
    flows = receiver >= 0
    assert (z[flows] > z[receiver[flows]]).all()
    n = terrain.frame.cells
    row, column = np.divmod(np.flatnonzero(~flows), n)
    assert ((row == 0) | (row == n - 1) | (column == 0) | (column == n - 1)).all()
    # the river comes in by the east with its land and leaves with more
    assert terrain.accumulation[:, -1].max() >= RIVER_M2
    assert terrain.accumulation.ravel()[~flows].max() > RIVER_M2
    # all land of the county, and what came over its border, leaves it
    came_in = terrain.accumulation.ravel()[~flows].sum() - n * n * 900.0
    assert came_in >= RIVER_M2
    assert 0.55 < terrain.plain.mean() < 0.75
    assert 0.25 < terrain.mountain.mean() < 0.35
    assert not (terrain.plain & terrain.mountain).any()
    assert 250 < np.ptp(terrain.dem_cm) / 100 < 1_500


def test_the_plain_is_gentle_and_the_ranges_are_steep(small_terrain: Terrain) -> None:
    assert small_terrain.slope[small_terrain.plain].max() < 0.05
    assert 0.004 < np.median(small_terrain.slope[small_terrain.plain]) < 0.02
    assert 0.25 < np.median(small_terrain.slope[small_terrain.mountain]) < 0.6


def test_accumulation_grows_downstream_and_makes_streams(small_terrain: Terrain) -> None:
    area, receiver = small_terrain.accumulation.ravel(), small_terrain.receiver.ravel()
    flows = receiver >= 0
    assert (area[receiver[flows]] >= area[flows] + 900).all()
    assert area.min() == 900.0
    assert (small_terrain.stream == (small_terrain.accumulation >= STREAM_M2)).all()
    assert (receiver[small_terrain.order[0]], sorted(small_terrain.order.tolist())[-1]) == (-1, len(receiver) - 1)


def test_sample_is_bilinear_between_cell_centres(small_terrain: Terrain) -> None:
    cell, _, west, _, _, north = small_terrain.frame.transform
    n = small_terrain.frame.cells
    centres = (np.arange(n) + 0.5) * cell
    reference = RegularGridInterpolator((centres, centres), small_terrain.dem_cm / 100)
    places = np.random.default_rng(0).uniform(20, n * cell - 20, (200, 2))
    got = small_terrain.sample(west + places[:, 0], north - places[:, 1])
    assert got == pytest.approx(reference(places[:, ::-1]), abs=1e-6)


def test_places_outside_count_as_the_nearest_cell(small_terrain: Terrain) -> None:
    west, south, east, _ = small_terrain.frame.bounds
    last = small_terrain.frame.cells - 1
    row, column = small_terrain.at(
        np.array([west - 9e4, west + 1, east + 9e4]), np.array([south - 9e4, south + 1, 9e9])
    )
    assert (row.tolist(), column.tolist()) == ([last, last, 0], [0, 0, last])
    assert small_terrain.sample(np.array([west - 9e4]), np.array([south - 9e4])) == small_terrain.dem_cm[-1, 0] / 100


def test_a_coarse_grid_begins_in_the_south_west(small_terrain: Terrain) -> None:
    size, cell, x, y = coarse_grid(small_terrain, 4)
    west, south, _, _ = small_terrain.frame.bounds
    assert (size, cell) == (-(-small_terrain.frame.cells // 4), 120.0)
    assert (x[0] - west, y[-1, 0] - south, y[-2, 0] - south) == (60.0, 60.0, 180.0)
