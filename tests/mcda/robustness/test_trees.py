"""Scores of many weightings against those of ``mcda.aggregate``; bounds in float32 against exact scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.aggregate import aggregate
from siting.mcda.robustness.trees import Screen, check_tree, scores
from siting.mcda.robustness.weighting import WeightLaw, draw_weights, fixed_weights
from siting.mcda.weights import Block, Leaf


def tree(across: str, combine: str) -> Block:
    inner = Block("inner", (Leaf("c", 2), Leaf("d", 1)), weight=1)
    outer = Block("outer", (inner, Leaf("e", 1)), weight=1, combine=combine)  # type: ignore[arg-type]
    return Block("", (Block("land", (Leaf("a", 1), Leaf("b", 3)), weight=2), outer), combine=across)  # type: ignore[arg-type]


trees = st.builds(
    tree, st.sampled_from(["arithmetic", "geometric"]), st.sampled_from(["weighted_sum", "worst", "product"])
)


@given(trees, st.integers(0, 2**31))
def test_the_given_weights_give_the_scores_of_the_ranking(root: Block, seed: int) -> None:
    chance = np.random.default_rng(seed)
    values = {name: chance.random(20) for name in "abcde"}
    shares = {path: list(drawn[0]) for path, drawn in fixed_weights(root).shares.items()}
    np.testing.assert_array_equal(scores(root, values, shares, 0.05), aggregate(root, values, floor=0.05).score)


@given(trees, st.integers(0, 2**31), st.sampled_from([0.001, 0.05, 0.5]))
def test_the_bound_misses_the_exact_score_by_less_than_its_margin(root: Block, seed: int, floor: float) -> None:
    chance = np.random.default_rng(seed)
    values = {name: chance.random(200) ** chance.integers(1, 8) for name in "abcde"}
    drawn = draw_weights(root, WeightLaw("around", 3), 20, seed)
    screen = Screen(root, values, floor)
    bound = screen.bound(drawn.shares)
    exact = np.stack(
        [scores(root, values, {path: list(s[d]) for path, s in drawn.shares.items()}, floor) for d in range(20)]
    )
    assert np.abs(bound.astype(np.float64) - exact / 100).max() < screen.margin < 0.01


def test_another_way_of_combining_is_refused() -> None:
    with pytest.raises(StudyError) as e:
        check_tree(Block("", (Leaf("a"),), combine="owa"))  # type: ignore[arg-type]
    assert str(e.value) == (
        "The blocks are combined by 'owa'; how sure a ranking is can be told for 'weighted_sum', 'worst', 'product', "
        "'arithmetic', 'geometric'."
    )
