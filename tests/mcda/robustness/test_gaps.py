"""What it takes to reach a score: closed forms of the weighted sum and the geometric mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.mcda.aggregate import aggregate
from siting.mcda.robustness.gaps import changes, gaps
from siting.mcda.weights import Block, Leaf
from tests.mcda.robustness.drawing import flat
from tests.mcda.robustness.test_trees import tree

BEST = {"a": 1.0, "b": 1.0, "c": 1.0}


def test_the_gap_of_a_weighted_sum() -> None:
    """Weights .5 .3 .2, values .2 .5 1 make 45 points; 60 needs 15 more: a rises by .3, b by .5, c cannot."""
    a, b, c = gaps(flat(5, 3, 2), {"a": 0.2, "b": 0.5, "c": 1.0}, BEST, 60.0)
    assert [g.gain for g in (a, b, c)] == pytest.approx([40, 15, 0])
    assert a.needed == pytest.approx(0.5, abs=1e-7)
    assert b.needed == pytest.approx(1.0, abs=1e-7)
    assert np.isnan(c.needed)


def test_the_cheapest_pair_of_a_weighted_sum_fills_the_heavier_one_first() -> None:
    """All at 0, weights .5 .3 .2, target 60: no single one; a to 1 and b to 1/3 (effort 4/3), a and c to 1/2 (3/2)."""
    found = changes(flat(5, 3, 2), {"a": 0.0, "b": 0.0, "c": 0.0}, BEST, 60.0, ["a", "b", "c"])
    assert [c.criteria for c in found] == [("a", "b"), ("a", "c")]
    assert found[0].values == pytest.approx((1.0, 1 / 3), abs=1e-6)
    assert [c.effort for c in found] == pytest.approx([4 / 3, 3 / 2], abs=1e-6)


def test_the_gap_of_a_geometric_mean() -> None:
    """sqrt(.25 x) reaches .4 at x = .64."""
    root = Block("", (Block("x", (Leaf("a"),)), Block("y", (Leaf("b"),))), combine="geometric")
    _, b = gaps(root, {"a": 0.25, "b": 0.1}, BEST, 40.0)
    assert b.needed == pytest.approx(0.64, abs=1e-6)
    pair = changes(root, {"a": 0.1, "b": 0.1}, {"a": 0.5, "b": 0.5}, 40.0, ["a", "b"])[0]
    assert pair.values == pytest.approx((0.4, 0.4), abs=0.02)  # a b = .16 with the least sum
    assert pair.effort == pytest.approx(0.6, abs=0.002)


@given(
    st.sampled_from(["arithmetic", "geometric"]),
    st.sampled_from(["weighted_sum", "worst", "product"]),
    st.integers(0, 2**31),
)
def test_changes_reach_the_target_and_a_little_less_does_not(across: str, combine: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    root = tree(across, combine)
    values = {name: float(chance.random()) for name in "abcde"}
    best = dict.fromkeys("abcde", 1.0)
    now = float(aggregate(root, {k: np.array([v]) for k, v in values.items()}).score[0])
    target = round(now + float(chance.random()) * 20, 6)
    for change in changes(root, values, best, target, list("abcde")):
        after = {**values, **dict(zip(change.criteria, change.values, strict=True))}
        assert aggregate(root, {k: np.array([v]) for k, v in after.items()}).score[0] >= target
        assert all(after[name] > values[name] for name in change.criteria) or change.effort == 0
        if change.effort > 1e-4:
            last = change.criteria[-1]
            less = {**after, last: after[last] - 1e-5}
            short = aggregate(root, {k: np.array([v]) for k, v in less.items()}).score[0]
            assert short < target + 1e-6 or len(change.criteria) == 2


def test_nothing_is_needed_where_the_target_is_reached() -> None:
    gap = gaps(flat(1), {"a": 0.5}, BEST, 40.0)[0]
    assert gap.needed == 0.5
