"""Noise and the first layout, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.sample.frame import Frame
from siting.sample.relief import GRID_M, MARGIN, RANGE_SHARE, fractal, lay_out, named_noise, resample


@given(st.integers(1, 2**31), st.integers(1, 5))
@settings(max_examples=25)
def test_noise_is_small_and_centred(seed: int, octaves: int) -> None:
    noise = fractal(0.0, 6_400.0, 50.0, (128, 128), seed=seed, wave_m=400.0, octaves=octaves)
    assert np.abs(noise).max() < 4.0
    assert abs(noise.mean()) < 0.15
    assert noise.std() > 0.2


def test_gradient_noise_vanishes_on_its_lattice() -> None:
    noise = fractal(-5.0, 95.0, 10.0, (9, 9), seed=3, wave_m=10.0, octaves=1)
    assert np.abs(noise).max() < 1e-12


def test_noise_is_one_field_wherever_the_grid_begins() -> None:
    whole = fractal(0.0, 1_000.0, 10.0, (100, 100), seed=7, wave_m=160.0, octaves=3)
    part = fractal(300.0, 800.0, 10.0, (40, 50), seed=7, wave_m=160.0, octaves=3)
    assert part == pytest.approx(whole[20:60, 30:80], abs=1e-12)


def test_noise_of_a_name_depends_on_name_and_seed() -> None:
    first = named_noise(Frame(parcels=1_000, seed=1), "a", 50.0, 20, wave_m=300.0, octaves=2)
    again = named_noise(Frame(parcels=1_000, seed=1), "a", 50.0, 20, wave_m=300.0, octaves=2)
    other = named_noise(Frame(parcels=1_000, seed=1), "b", 50.0, 20, wave_m=300.0, octaves=2)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_a_plane_stays_a_plane_on_a_finer_grid() -> None:
    row, column = np.mgrid[:8, :8]
    out = np.empty((1, 6, 6))
    resample((3.0 * row + 5.0 * column)[None], np.zeros((2, 8, 8)), 2, 2, out)
    fine = (np.arange(6) + 0.5) / 2 - 0.5 + 2
    assert out[0] == pytest.approx(3.0 * fine[:, None] + 5.0 * fine)


def test_a_bend_moves_what_is_seen() -> None:
    row, column = np.mgrid[:8, :8]
    bend = np.stack([np.full((8, 8), 0.5), np.full((8, 8), -1.0)])
    out = np.empty((1, 4, 4))
    resample((3.0 * row + 5.0 * column)[None], bend, 1, 2, out)
    place = np.arange(2, 6)
    assert out[0] == pytest.approx(3.0 * (place[:, None] + 0.5) + 5.0 * (place - 1.0))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_ranges_take_their_share_and_leave_the_river_free(seed: int) -> None:
    relief = lay_out(Frame(parcels=1_000, seed=seed))
    county = relief.rock[MARGIN:-MARGIN, MARGIN:-MARGIN]
    assert (county > 0).mean() == pytest.approx(RANGE_SHARE, abs=0.002)
    assert relief.rock[relief.inflow, -1] < 0
    assert 0.2 < relief.strength.min() <= relief.strength.max() < 0.7
    assert relief.height_m.shape == relief.gentle.shape == (len(relief.rock), len(relief.rock))
    assert len(relief.rock) * GRID_M > 40_000
