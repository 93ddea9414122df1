"""The non-dominated set by its definition, pair by pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.mcda.robustness.pareto import non_dominated


@given(st.integers(0, 25), st.integers(1, 4), st.integers(0, 2**31))
def test_a_row_is_kept_unless_another_is_as_good_everywhere_and_better_somewhere(n: int, c: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 4, (n, c)).astype(float)
    expected = [
        not any(all(b >= a for a, b in zip(row, other, strict=True)) and tuple(row) != tuple(other) for other in values)
        for row in values
    ]
    assert non_dominated(values).tolist() == expected


def test_with_sixteen_independent_criteria_nearly_all_are_non_dominated() -> None:
    assert non_dominated(np.random.default_rng(1).random((1000, 16))).mean() > 0.95
