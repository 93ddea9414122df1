"""Ranks against scipy.stats, interval ranks against all pairs."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.rank import competition_ranks, effective_weight, interval_ranks, spearman, tied_with, tiers

scores = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=30).map(np.array)


@given(scores)
def test_competition_ranks_are_scipys(score: np.ndarray) -> None:
    np.testing.assert_array_equal(competition_ranks(score), scipy.stats.rankdata(-score, method="min"))


def test_parcels_that_are_not_admitted_have_no_rank_and_take_none() -> None:
    score = np.array([90.0, 80.0, np.nan, 80.0, 10.0])
    admitted = np.array([False, True, True, True, True])
    ranks = competition_ranks(score, admitted)
    assert ranks.tolist() == [0, 1, 0, 1, 3]
    assert tied_with(ranks).tolist() == [0, 1, 0, 1, 0]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.booleans()), min_size=1, max_size=20))
def test_interval_ranks_against_all_pairs(rows: list[tuple[int, int, bool]]) -> None:
    low = np.array([float(a) for a, _, _ in rows])
    high = low + [b for _, b, _ in rows]
    admitted = np.array([c for _, _, c in rows])
    best, worst = interval_ranks(low, high, admitted)
    for i in range(len(rows)):
        others = [j for j in range(len(rows)) if j != i and admitted[j]]
        assert best[i] == (1 + sum(low[j] > high[i] for j in others) if admitted[i] else 0)
        assert worst[i] == (1 + sum(high[j] > low[i] for j in others) if admitted[i] else 0)


@given(scores)
def test_without_intervals_best_and_worst_are_the_rank(score: np.ndarray) -> None:
    best, worst = interval_ranks(score, score)
    np.testing.assert_array_equal(best, competition_ranks(score))
    np.testing.assert_array_equal(worst, competition_ranks(score))


def test_tiers_by_fixed_cuts() -> None:
    names = tiers(np.array([100, 70, 69.999999, 50, 0, np.nan]), {"high": 70, "medium": 50})
    assert names.tolist() == ["high", "high", "medium", "medium", "low", None]
    assert tiers(np.array([1.0]), {}).tolist() == ["low"]


@pytest.mark.parametrize(
    ("cuts", "message"),
    [
        (
            {"medium": 50, "high": 70},
            "The cuts of tiers must fall: 'high' (70) follows 'medium' (50). Put the highest first.",
        ),
        ({"high": 170}, "The cut of the tier 'high' is 170; cuts are points from 0 to 100."),
        ({"high": 70, "low": 20}, "The tier 'low' is the rest below the last cut; it takes no cut of its own."),
    ],
)
def test_tier_refusals(cuts: dict[str, float], message: str) -> None:
    with pytest.raises(StudyError) as error:
        tiers(np.array([1.0]), cuts)
    assert str(error.value) == message


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=30))
def test_spearman_is_scipys(pairs: list[tuple[int, int]]) -> None:
    a, b = (np.array(side, float) for side in zip(*pairs, strict=True))
    ours = spearman(a, b)
    if len(set(a)) == 1 or len(set(b)) == 1:
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(scipy.stats.spearmanr(a, b).statistic, abs=1e-9)


def test_spearman_leaves_gaps_out() -> None:
    a, b = np.array([1, 2, np.nan, 3, 4]), np.array([1, 2, 3, np.nan, 4])
    assert spearman(a, b) == 1
    assert np.isnan(spearman(a[:3], b[:3]))


def test_effective_weight_by_hand() -> None:
    """Values 0, 0.01, ..., 1 have p5 = 0.05 and p95 = 0.95; a constant uses none of its weight."""
    assert effective_weight(0.5, np.append(np.linspace(0, 1, 101), np.nan)) == pytest.approx(0.45, abs=1e-12)
    assert effective_weight(0.5, np.full(9, 0.7)) == 0
    assert effective_weight(0.5, np.array([np.nan])) == 0
