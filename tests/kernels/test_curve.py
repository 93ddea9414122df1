"""The curve, against its defining property."""

from __future__ import annotations

import numpy as np
import pytest

from siting.kernels.curve import places


@pytest.mark.parametrize("bits", [1, 3])
def test_the_curve_steps_to_neighbours_and_visits_every_cell_once(bits: int) -> None:
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(1 << bits), np.arange(1 << bits)))
    out = np.empty(len(column), np.int64)
    places(column, row, bits, out)
    assert sorted(out.tolist()) == list(range(len(column)))
    order = np.argsort(out)
    assert (np.abs(np.diff(column[order])) + np.abs(np.diff(row[order])) == 1).all()


def test_quarters_of_a_large_square_follow_one_another() -> None:
    most = (1 << 16) - 1
    column, row = np.array([0, 0, most, most]), np.array([0, most, most, 0])
    out = np.empty(4, np.int64)
    places(column, row, 16, out)
    assert (out >> 30).tolist() == [0, 1, 2, 3] or (out >> 30).tolist() == [0, 3, 2, 1]
