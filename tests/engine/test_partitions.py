from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.partitions import hilbert_distance, partitions, spread_sample


def test_the_curve_visits_every_cell_once_and_steps_to_neighbours() -> None:
    """The defining property of Hilbert's curve, on its first 32 x 32 cells."""
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(32), np.arange(32)))
    distance = hilbert_distance(column, row)
    order = np.argsort(distance)
    assert sorted(distance.tolist()) == list(range(1024))
    steps = np.abs(np.diff(column[order])) + np.abs(np.diff(row[order]))
    assert (steps == 1).all()


@given(n=st.integers(0, 60), size=st.integers(1, 70), seed=st.integers(0, 9))
def test_every_row_is_in_one_part_of_the_right_size(n: int, size: int, seed: int) -> None:
    corner = np.random.default_rng(seed).uniform(0, 1e5, (n, 2))
    bounds = np.column_stack([corner, corner + 10])
    bounds[::7] = np.nan
    parts = partitions(bounds, size)
    assert sorted(np.concatenate([[], *parts]).tolist()) == list(range(n))
    assert len(parts) == -(-n // size)
    assert all(0 < len(part) <= size and (np.diff(part) > 0).all() for part in parts)


def test_parts_are_compact_and_empty_boxes_come_last() -> None:
    """Four quarters of a square of 16 x 16 boxes make four parts."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(16.0), np.arange(16.0)))
    bounds = np.column_stack([x, y, x + 1, y + 1])
    for part in partitions(bounds, 64):
        size = bounds[part, 2:].max(axis=0) - bounds[part, :2].min(axis=0)
        assert size.tolist() == [8.0, 8.0]
    bounds[:64] = np.nan
    assert partitions(bounds, 64)[-1].tolist() == list(range(64))


@pytest.mark.parametrize("bounds", [np.full((3, 4), np.nan), np.zeros((3, 4)), np.full((3, 4), 1e9)])
def test_boxes_at_one_place(bounds: Any) -> None:
    assert [part.tolist() for part in partitions(bounds, 2)] == [[0, 1], [2]]


def test_a_sample_is_seeded_and_has_one_row_from_every_stretch() -> None:
    bounds = np.array([[i, 0, i + 1, 1] for i in range(100)], float)
    sample = spread_sample(bounds, 10, 4)
    assert (sample // 10).tolist() == list(range(10))
    assert sample.tolist() == spread_sample(bounds, 10, 4).tolist()
    assert sample.tolist() != spread_sample(bounds, 10, 5).tolist()
    assert spread_sample(bounds, 500, 1).tolist() == list(range(100))
