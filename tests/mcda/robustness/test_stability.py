"""Intervals of weights: by hand, and by brute force over a fine grid of shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.mcda.aggregate import aggregate
from siting.mcda.rank import competition_ranks
from siting.mcda.robustness.stability import weight_intervals
from siting.mcda.robustness.swings import with_weight
from siting.mcda.weights import Block, Leaf
from tests.mcda.robustness.drawing import flat
from tests.mcda.robustness.test_trees import tree


def test_two_alternatives_cross_where_their_lines_do() -> None:
    """(.6, .2) and (.2, .4) are equal at w1 = 1/3; with .5 the first leads from there up to 1."""
    values = {"a": np.array([0.6, 0.2]), "b": np.array([0.2, 0.4])}
    first, second = weight_intervals(flat(1, 1), values, np.array([0]))
    assert (first.rank, first.member, first.share, first.high, first.passed_high) == (1, "a", 0.5, 1.0, -1)
    assert first.low == pytest.approx(1 / 3, abs=1e-7)
    assert first.passed_low == 1
    assert second.high == pytest.approx(2 / 3, abs=1e-7)
    assert first.exact


def test_one_rival_passes_while_another_falls_behind() -> None:
    """A rank is lost only where more rivals are ahead than before: one comes, one goes at the same share."""
    values = {"a": np.array([0.5, 1.0, 0.0]), "b": np.array([0.5, 0.1, 0.9])}
    interval = weight_intervals(flat(6, 4), values, np.array([0]))[0]
    assert interval.rank == 2  # .64 is ahead with w1 = .6
    assert interval.low == pytest.approx(0.0, abs=1e-9)  # from 4/9 on both are: 1 goes at 4/9, 2 comes at 4/9
    assert interval.high == 1.0


def shared(root: Block, member: str, share: float) -> Block:
    """The tree with this share of one member; the others keep their proportions."""
    path, _, name = member.rpartition(".")
    block = root
    for part in path.split(".") if path else ():
        block = next(m for m in block.members if m.name == part)  # type: ignore[assignment]
    rest = sum(m.weight for m in block.members if m.name != name)
    return with_weight(root, member, rest * share / (1 - share))


@given(st.sampled_from(["arithmetic", "geometric"]), st.sampled_from(["weighted_sum", "worst"]), st.integers(0, 2**31))
@settings(max_examples=25)
def test_inside_the_interval_the_rank_holds_and_beyond_it_is_lost(across: str, combine: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    root = tree(across, combine)
    values = {name: chance.random(12) for name in "abcde"}
    rows = np.array([0, 5])
    for found in weight_intervals(root, values, rows):

        def rank(share: float, found: object = found) -> int:
            moved = shared(root, found.member, share)  # type: ignore[attr-defined]
            return int(competition_ranks(aggregate(moved, values).score)[found.row])  # type: ignore[attr-defined]

        assert rank(found.share) == found.rank
        inside = np.linspace(found.low, min(found.high, 0.999), 30)[1:-1]
        if found.exact:
            assert max([rank(share) for share in inside], default=0) <= found.rank
        for end, passed, step in ((found.low, found.passed_low, -1e-5), (found.high, found.passed_high, 1e-5)):
            if passed >= 0 and 1e-4 < end < 1 - 1e-4:
                assert rank(end + step) > found.rank
                score = aggregate(shared(root, found.member, end), values).score
                assert score[passed] == pytest.approx(score[found.row], abs=1e-3)


def test_members_without_a_weight_to_move_have_no_interval() -> None:
    quiet = Block("quiet", (Leaf("a"), Leaf("b")), combine="worst")
    root = Block("", (quiet,), combine="arithmetic")
    assert weight_intervals(root, {"a": np.ones(2), "b": np.ones(2)}, np.array([0])) == []
