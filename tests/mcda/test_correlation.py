"""Rank correlations against pymcdm, scipy's definition by hand, and simple cases."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pymcdm.correlations
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.mcda.correlation import kendall, ranks_of, similarity, weighted_spearman

orders = st.permutations(range(1, 8))


@given(orders, orders)
def test_pymcdm_on_random_permutations(one: list[int], two: list[int]) -> None:
    x, y = np.array(one, float), np.array(two, float)
    assert weighted_spearman(x, y) == pytest.approx(pymcdm.correlations.weighted_spearman(x, y), abs=1e-12)
    assert similarity(x, y) == pytest.approx(pymcdm.correlations.rank_similarity_coef(x, y), abs=1e-12)
    assert kendall(x, y) == pytest.approx(pymcdm.correlations.kendall_tau(x, y), abs=1e-12)


@given(orders, orders)
def test_kendall_1945_by_counting_pairs(one: list[int], two: list[int]) -> None:
    agree = sum(1 if (one[i] - one[j]) * (two[i] - two[j]) > 0 else -1 for i, j in combinations(range(len(one)), 2))
    assert kendall(np.array(one), np.array(two)) == pytest.approx(agree / 21)


@given(orders)
def test_a_ranking_is_like_itself(one: list[int]) -> None:
    x = np.array(one, float)
    for how in (kendall, weighted_spearman, similarity):
        assert how(x, x) == pytest.approx(1)


def test_salabun_urbaniak_2020_the_top_decides() -> None:
    """By hand, n = 3: first two swapped 1 - (1/4 + 1/4) = 1/2; last two 1 - (1/4 + 1/16) = 11/16."""
    x = np.array([1, 2, 3])
    assert similarity(x, np.array([2, 1, 3])) == pytest.approx(1 / 2)
    assert similarity(x, np.array([1, 3, 2])) == pytest.approx(11 / 16)


def test_pinto_da_costa_soares_2005_by_hand() -> None:
    """n = 3: the denominator is 96; swapping the first two costs 6 x 2 x 5 / 96, the last two 6 x 2 x 3 / 96."""
    x = np.array([1, 2, 3])
    assert weighted_spearman(x, np.array([2, 1, 3])) == pytest.approx(1 - 60 / 96)
    assert weighted_spearman(x, np.array([1, 3, 2])) == pytest.approx(1 - 36 / 96)


def test_ends() -> None:
    assert ranks_of(np.array([1.0, 3.0, 3.0, 2.0])).tolist() == [4, 1.5, 1.5, 3]
    for how in (kendall, weighted_spearman, similarity):
        assert np.isnan(how(np.array([1.0]), np.array([1.0])))
    assert np.isnan(kendall(np.array([1.0, 1.0]), np.array([1.0, 2.0])))
