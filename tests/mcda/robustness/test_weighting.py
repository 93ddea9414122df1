"""Drawn weights against the closed forms of the Dirichlet distribution and of ordered uniform spacings."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.robustness.weighting import (
    WeightLaw,
    draw_weights,
    fixed_weights,
    global_of,
    implied_spread,
    shares_of,
)
from siting.mcda.weights import Block, Leaf, rank_order_centroid
from tests.mcda.robustness.drawing import flat

NESTED = Block(
    "",
    (
        Block("land", (Leaf("a", 2), Leaf("b", 1)), weight=3),
        Block("power", (Leaf("c", 1), Block("lines", (Leaf("d", 1), Leaf("e", 3)), weight=1)), weight=2),
        Block("quiet", (Leaf("f"), Leaf("g")), weight=1, combine="worst"),
    ),
    combine="arithmetic",
)  # fmt: skip
laws = st.sampled_from([WeightLaw("around", 50), WeightLaw("around", 0.3), WeightLaw("order"), WeightLaw()])


@given(laws, st.integers(0, 2**31), st.integers(1, 30))
def test_every_draw_sums_to_1_and_does_not_depend_on_how_many_are_drawn(law: WeightLaw, seed: int, draws: int) -> None:
    drawn = draw_weights(NESTED, law, draws, seed)
    np.testing.assert_allclose(drawn.overall.sum(axis=1), 1, atol=1e-10)
    assert (drawn.overall >= 0).all()
    more = draw_weights(NESTED, law, draws + 5, seed)
    np.testing.assert_array_equal(more.overall[:draws], drawn.overall)


def test_around_the_given_weights_the_spread_is_that_of_the_dirichlet_distribution() -> None:
    """Mean w and variance w (1 - w) / (a + 1) of all weights together, though they are drawn block by block."""
    drawn = draw_weights(NESTED, WeightLaw("around", 40), 20_000, 1).overall
    given_ = fixed_weights(NESTED).overall[0]
    free = given_[:5]  # f and g share the block's weight equally, whatever is drawn
    np.testing.assert_allclose(drawn[:, :5].mean(axis=0), free, atol=0.004)
    np.testing.assert_allclose(drawn[:, :5].std(axis=0), implied_spread(free, 40), rtol=0.03)
    marginal = scipy.stats.beta(40 * given_[0], 40 * (1 - given_[0]))
    assert scipy.stats.kstest(drawn[:, 0], marginal.cdf).pvalue > 0.001
    correlation = np.corrcoef(drawn[:, 0], drawn[:, 4])[0, 1]
    expected = -np.sqrt(given_[0] * given_[4] / ((1 - given_[0]) * (1 - given_[4])))
    assert correlation == pytest.approx(expected, abs=0.02)


def test_with_nothing_known_all_weightings_are_equally_likely() -> None:
    """Uniform on the simplex of the six weighted terms: each is Beta(1, 5); the worst block counts as one term."""
    drawn = draw_weights(NESTED, WeightLaw(), 20_000, 2).overall
    for column in (drawn[:, 0], drawn[:, 3], drawn[:, 5] + drawn[:, 6]):
        assert scipy.stats.kstest(column, scipy.stats.beta(1, 5).cdf).pvalue > 0.001


def test_with_the_order_known_the_mean_is_the_rank_order_centroid() -> None:
    """Barron and Barrett (1996): the centroid of the weights that keep an order."""
    drawn = draw_weights(flat(5, 9, 1), WeightLaw("order"), 20_000, 3).overall
    assert (drawn[:, 1] >= drawn[:, 0]).all()
    assert (drawn[:, 0] >= drawn[:, 2]).all()
    first, second, third = rank_order_centroid(3)
    np.testing.assert_allclose(drawn.mean(axis=0), [second, first, third], atol=0.005)


def test_equal_weights_are_in_no_order() -> None:
    drawn = draw_weights(flat(2, 1, 1), WeightLaw("order"), 5000, 3).overall
    assert (drawn[:, 0] >= drawn.max(axis=1)).all()
    assert (drawn[:, 1] > drawn[:, 2]).mean() == pytest.approx(0.5, abs=0.03)


def test_a_weight_of_0_stays_0() -> None:
    for law in (WeightLaw(), WeightLaw("order"), WeightLaw("around", 10)):
        assert (draw_weights(flat(2, 0, 1), law, 50, 3).overall[:, 1] == 0).all()


@given(laws, st.integers(0, 1000))
def test_global_weights_give_their_shares_back(law: WeightLaw, seed: int) -> None:
    drawn = draw_weights(NESTED, law, 10, seed)
    again = shares_of(NESTED, drawn.overall)
    np.testing.assert_allclose(global_of(NESTED, again), drawn.overall, atol=1e-10)


def test_a_concentration_of_0_is_refused() -> None:
    with pytest.raises(StudyError) as e:
        WeightLaw("around", 0)
    assert str(e.value) == "Weights around the given ones need a concentration above 0, such as 50, not 0."
