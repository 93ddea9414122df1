"""The Shapley split: additive games, symmetry, the glove game, and exact sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.mcda.robustness.shapley import shapley_split


def test_the_glove_game_of_shapley_1953() -> None:
    """One left and two right gloves: 2/3 for the left one, 1/6 each for the others."""
    split = shapley_split(["left", "right 1", "right 2"], lambda s: np.array([float("left" in s and len(s) > 1)]))
    assert [float(split[name][0]) for name in split] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=2e-6)


@given(st.integers(1, 5), st.integers(0, 2**31))
def test_shares_of_ranks_add_up_to_the_last_bit(players: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    names = [f"p{number}" for number in range(players)]
    worth: dict[frozenset[str], np.ndarray] = {}

    def of(group: frozenset[str]) -> np.ndarray:
        return worth.setdefault(group, chance.integers(1, 1_000_000, 20).astype(float))

    split = shapley_split(names, of)
    total = sum(split.values(), np.zeros(20))
    assert (total == worth[frozenset(names)] - worth[frozenset()]).all()


def test_what_changes_nothing_takes_no_part() -> None:
    split = shapley_split(["a", "b", "c"], lambda s: np.array([3.0 * ("a" in s) + 4.0 * ("b" in s)]))
    assert [float(part[0]) for part in split.values()] == [3, 4, 0]
    assert shapley_split([], lambda s: np.zeros(1)) == {}
