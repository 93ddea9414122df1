from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.kernels.slope import horn_slope


def by_numpy(z: Any, dx: Any, dy: Any) -> Any:
    """Horn's formula by whole arrays, the inner cells only; neighbours a b c / d . f / g h i."""
    a, b, c = z[:-2, :-2], z[:-2, 1:-1], z[:-2, 2:]
    d, f = z[1:-1, :-2], z[1:-1, 2:]
    g, h, i = z[2:, :-2], z[2:, 1:-1], z[2:, 2:]
    x = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * dx[1:-1, None])
    y = ((g + 2 * h + i) - (a + 2 * b + c)) / (8 * dy[1:-1, None])
    return np.hypot(x, y)


@pytest.mark.parametrize(("east", "south"), [(0.0, 0.0), (0.15, 0.0), (0.0, -0.3), (0.3, 0.4)])
def test_a_plane_has_its_own_slope(east: float, south: float) -> None:
    row, column = np.mgrid[:6, :5]
    slope, valid = horn_slope(100 + east * 30 * column + south * 20 * row, np.ones((6, 5), bool), 30.0, 20.0)
    assert valid[1:-1, 1:-1].all()
    np.testing.assert_allclose(slope[1:-1, 1:-1], np.hypot(east, south), atol=1e-12)


def test_cells_at_the_edge_are_not_known() -> None:
    slope, valid = horn_slope(np.zeros((4, 5)), np.ones((4, 5), bool), 1.0, 1.0)
    expected = np.zeros((4, 5), bool)
    expected[1:-1, 1:-1] = True
    assert valid.tolist() == expected.tolist()
    assert (np.isnan(slope) == ~expected).all()


def test_neighbours_of_a_cell_without_data_are_not_known() -> None:
    dem, there = np.zeros((7, 7)), np.ones((7, 7), bool)
    dem[3, 3], there[3, 3] = -32768, False
    slope, valid = horn_slope(dem, there, 1.0, 1.0)
    assert not valid[2:5, 2:5].any()
    assert valid.sum() == 25 - 9
    assert (slope[valid] == 0).all()


@pytest.mark.parametrize("shape", [(0, 0), (1, 9), (2, 2), (9, 2)])
def test_a_window_without_inner_cells_has_no_slope(shape: tuple[int, int]) -> None:
    slope, valid = horn_slope(np.zeros(shape), np.ones(shape, bool), 1.0, 1.0)
    assert slope.shape == shape
    assert not valid.any()


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), height=st.integers(3, 9), width=st.integers(3, 9))
def test_slopes_are_those_of_the_formula(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    dem, dx, dy = rng.normal(0, 50, (height, width)), rng.uniform(5, 30, height), rng.uniform(5, 30, height)
    slope, _ = horn_slope(dem, np.ones((height, width), bool), dx, dy)
    np.testing.assert_allclose(slope[1:-1, 1:-1], by_numpy(dem, dx, dy), rtol=1e-9, atol=1e-12)


def test_each_row_has_its_own_cell_width() -> None:
    dem = np.tile(np.arange(5.0), (5, 1))
    width = np.array([10.0, 8.0, 5.0, 4.0, 2.0])
    slope, _ = horn_slope(dem, np.ones((5, 5), bool), width, 7.0)
    assert slope[1:-1, 2].tolist() == [1 / 8, 1 / 5, 1 / 4]


def test_windows_with_a_margin_change_no_bit() -> None:
    dem = np.random.default_rng(1).normal(0, 50, (30, 20))
    there = np.ones(dem.shape, bool)
    whole, _ = horn_slope(dem, there, 10.0, 10.0)
    upper, _ = horn_slope(dem[:16], there[:16], 10.0, 10.0)
    lower, _ = horn_slope(dem[14:], there[14:], 10.0, 10.0)
    assert np.concatenate([upper[:15], lower[1:]]).tobytes() == whole.tobytes()


def test_whole_centimetres_and_read_only_arrays_are_accepted() -> None:
    dem = np.tile(np.arange(4, dtype=np.int32), (4, 1))
    dem.flags.writeable = False
    assert horn_slope(dem, dem >= 0, 2.0, 2.0)[0][1, 1] == 0.5
