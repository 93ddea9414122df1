"""Swings of one weight: by hand, and trees without a criterion."""

from __future__ import annotations

import numpy as np

from siting.mcda.robustness.swings import swings, with_weight, without
from siting.mcda.weights import Block, Leaf, global_weights
from tests.mcda.robustness.drawing import flat


def test_half_and_one_and_a_half_times_a_weight() -> None:
    """Weights 2 : 2 become 1 : 2 and 3 : 2; (1, 0) scores 33.3 and 60, against (0, 1) with 66.7 and 40."""
    values = {"a": np.array([1.0, 0.0]), "b": np.array([0.0, 1.0])}
    low, high, *_ = found = swings(flat(2, 2), values, np.array([0]), k=1)
    assert [(s.member, s.factor) for s in found] == [("a", 0.5), ("a", 1.5), ("b", 0.5), ("b", 1.5), ("a", 0), ("b", 0)]
    np.testing.assert_allclose([low.score[0], high.score[0]], [100 / 3, 60], atol=1e-6)
    assert [low.rank[0], high.rank[0]] == [2, 1]
    assert [low.kept, high.kept] == [1, 1]  # both are on the shortlist to begin with: they tie
    assert found[4].score[0] == 0
    assert found[5].score[0] == 100


def test_leaving_out_a_criterion_leaves_out_the_block_that_it_empties() -> None:
    root = Block("", (Block("x", (Leaf("a"),), weight=3), Block("y", (Leaf("b"), Leaf("c")), combine="worst")))
    left = without(root, "a")
    assert left is not None
    assert global_weights(left) == {"b": 0.5, "c": 0.5}
    assert without(flat(1), "a") is None


def test_members_of_worst_are_only_left_out() -> None:
    root = Block("", (Block("y", (Leaf("b"), Leaf("c")), combine="worst"),), combine="arithmetic")
    found = swings(root, {"b": np.array([0.2, 0.9]), "c": np.array([0.8, 0.7])}, np.array([0]), k=1)
    assert [(s.member, s.factor, s.score[0]) for s in found] == [("y.b", 0.0, 80.0), ("y.c", 0.0, 20.0)]


def test_a_nested_weight_is_changed_where_it_stands() -> None:
    root = Block("", (Block("x", (Leaf("a"), Leaf("b"))), Leaf("c")))
    assert global_weights(with_weight(root, "x.a", 3.0)) == {"a": 0.375, "b": 0.125, "c": 0.5}
