"""SMAA-2 against closed forms, published toys and the plain loop, draw for draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError, StudyError
from siting.mcda.robustness.acceptability import Alternatives, confidence_factor, pairwise_winning, share_interval, smaa
from siting.mcda.robustness.chance import keys_of
from siting.mcda.robustness.data import CriterionData, QuantityError
from siting.mcda.robustness.weighting import DrawnWeights, WeightLaw, draw_weights
from siting.mcda.value import Piecewise, parse_value
from siting.mcda.weights import Block, Leaf
from tests.mcda.robustness.drawing import flat, given_weights, plain_ranks, sure

NOTHING = WeightLaw()


def test_two_alternatives_with_uniform_weights_closed_form() -> None:
    """A = (.6, .2) beats B = (.2, .4) where w1 > 1/3: acceptability 2/3, central weight 2/3 (oracles, section 11)."""
    given_ = sure(flat(1, 1), [[0.6, 0.2], [0.2, 0.4]])
    result = smaa(given_, draw_weights(given_.root, NOTHING, 20_000, 1))
    assert result.acceptability[0, 0] == pytest.approx(2 / 3, abs=0.01)
    assert result.acceptability.sum(axis=1).tolist() == [1, 1]
    np.testing.assert_allclose(result.central_weights, [[2 / 3, 1 / 3], [1 / 6, 5 / 6]], atol=0.006)


def test_unit_vectors_have_the_rank_order_centroid_as_central_weights() -> None:
    """e1, e2, e3: each first in a third of the weights, with the central weights (11/18, 7/36, 7/36)."""
    given_ = sure(flat(1, 1, 1), np.eye(3).tolist())
    result = smaa(given_, draw_weights(given_.root, NOTHING, 20_000, 1))
    np.testing.assert_allclose(result.acceptability[:, 0], 1 / 3, atol=0.012)
    np.testing.assert_allclose(result.central_weights[0], [11 / 18, 7 / 36, 7 / 36], atol=0.006)


def test_a_dominated_alternative_has_no_central_weights_smaa_nacw() -> None:
    """nacw.R of the R package smaa: the first beats the second on every criterion; weights 1/3 each."""
    given_ = sure(flat(1, 1, 1), [[1, 1, 1], [0, 0, 0]])
    result = smaa(given_, given_weights(given_.root, [[1 / 3] * 3] * 100))
    np.testing.assert_allclose(result.central_weights[0], 1 / 3)
    assert np.isnan(result.central_weights[1]).all()
    assert result.counts.tolist() == [[100, 0], [0, 100]]
    assert confidence_factor(given_, 0, np.full(3, 1 / 3), 100) == 1.0
    assert confidence_factor(given_, 1, np.full(3, 1 / 3), 100) == 0.0


def test_pairwise_winning_index_toy() -> None:
    """Ten draws of which the first wins nine: .9 and .1 (oracles, section 11)."""
    given_ = sure(flat(1, 1), [[1, 0], [0, 1]])
    index = pairwise_winning(given_, given_weights(given_.root, [[0.8, 0.2]] * 9 + [[0.2, 0.8]]), np.array([0, 1]))
    assert index.tolist() == [[0, 0.9], [0.1, 0]]


def test_ties_share_the_better_rank_and_are_won_by_neither() -> None:
    given_ = sure(flat(1, 1), [[0.5, 0.5], [0.5, 0.5], [0, 0]])
    weights = draw_weights(given_.root, NOTHING, 50, 1)
    assert smaa(given_, weights).counts.tolist() == [[50, 0, 0], [50, 0, 0], [0, 0, 50]]
    assert pairwise_winning(given_, weights, np.arange(3)).tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]


def test_confidence_with_an_interval_closed_form() -> None:
    """A is 0.6, B anywhere from 0.5 to 0.9: A is first in a quarter of the data whatever the weights."""
    criteria = [CriterionData(name="a", low=np.array([0.6, 0.5]), high=np.array([0.6, 0.9]))]
    given_ = Alternatives(root=flat(1), criteria=criteria, keys=keys_of("AB"), seed=4)
    assert confidence_factor(given_, 0, np.array([1.0]), 20_000) == pytest.approx(0.25, abs=0.01)
    assert confidence_factor(given_, 1, np.array([1.0]), 20_000) == pytest.approx(0.75, abs=0.01)


def test_an_error_shared_by_the_feature_moves_its_neighbours_together() -> None:
    """1.0 km and 1.1 km from one station, error 500 m: shared, the nearer one always wins; each its own, 54 % do.

    Two truncated normal errors differ by about N(0, 0.987 sqrt(2) 500 m): P(N < 100 m) = .557.
    """
    value = parse_value([["0 km", 1], ["10 km", 0]])
    share = {}
    for group, keys in (("feature", keys_of("SS")), ("parcel", keys_of("AB"))):
        criterion = CriterionData(
            name="a", low=np.array([0.9, 0.89]), high=np.array([0.9, 0.89]), quantity=np.array([5000.0, 5100.0]),
            function=value, error=QuantityError("normal", 500.0, keys),
        )  # fmt: skip
        given_ = Alternatives(root=flat(1), criteria=[criterion], keys=keys_of("AB"), seed=4)
        result = smaa(given_, draw_weights(given_.root, NOTHING, 20_000, 1))
        share[group] = result.acceptability[0, 0]
    assert share["feature"] == 1
    assert share["parcel"] == pytest.approx(0.557, abs=0.012)


def blocks(across: str) -> Block:
    inner = Block("lines", (Leaf("c", 2), Leaf("d", 1)), weight=1)
    return Block(
        "",
        (
            Block("land", (Leaf("a", 1), Leaf("b", 3)), weight=2),
            Block("power", (inner, Leaf("e", 1)), weight=1, combine="worst"),
            Block("quiet", (Leaf("f"), Leaf("g")), weight=1, combine="product"),
        ),
        combine=across,  # type: ignore[arg-type]
    )  # fmt: skip


@st.composite
def rankings(draw: st.DrawFn) -> tuple[Alternatives, DrawnWeights]:
    n = draw(st.integers(1, 30))
    across = draw(st.sampled_from(["arithmetic", "geometric"]))
    chance = np.random.default_rng(draw(st.integers(0, 2**31)))
    places = draw(st.sampled_from([1, 9]))  # one place: many ties
    criteria = []
    for name in "abcdefg":
        low = chance.random(n).round(places)
        high = np.where(chance.random(n) < 0.2, 1.0, low) if draw(st.booleans()) else low
        if draw(st.booleans()):
            law = draw(st.sampled_from(["uniform", "normal", "lognormal"]))
            quantity = np.where(chance.random(n) < 0.2, np.nan, chance.random(n) * 5000)
            quantity = np.where(chance.random(n) < 0.1, np.inf, quantity)
            error = QuantityError(law, 0.3 if law == "lognormal" else 400.0, keys_of(chance.integers(0, 4, n)))
            value: Piecewise = parse_value([["0 km", 0.2], ["2 km", 1], ["5 km", 0]])
            criteria.append(
                CriterionData(name=name, low=low, high=high, quantity=quantity, function=value, error=error)
            )
        else:
            criteria.append(CriterionData(name=name, low=low, high=high))
    root = blocks(across)
    given_ = Alternatives(root=root, criteria=criteria, keys=keys_of(range(n)), seed=5)
    law_ = draw(st.sampled_from([WeightLaw(), WeightLaw("order"), WeightLaw("around", 5)]))
    return given_, draw_weights(root, law_, 6, 9)


@given(rankings(), st.integers(1, 12), st.integers(1, 200))
@settings(max_examples=60)
def test_every_rank_is_that_of_the_plain_loop_draw_for_draw(
    case: tuple[Alternatives, DrawnWeights], depth: int, cells: int
) -> None:
    given_, weights = case
    result = smaa(given_, weights, depth=depth, cells=cells)
    ranks = plain_ranks(given_, weights)
    expected = np.stack([(ranks == rank).sum(axis=0) for rank in range(1, result.depth + 1)], axis=1)
    np.testing.assert_array_equal(result.rows, np.flatnonzero(expected.any(axis=1)))
    np.testing.assert_array_equal(result.counts, expected[result.rows])
    first = np.stack([weights.overall[ranks[:, row] == 1].sum(axis=0) for row in result.rows])
    np.testing.assert_allclose(result.first_weights, first, atol=1e-12)


@pytest.mark.parametrize("across", ["arithmetic", "geometric"])
def test_screening_chunks_and_the_order_of_parcels_change_nothing(across: str) -> None:
    """3,000 parcels of which most are screened out, in another order and other chunks."""
    chance = np.random.default_rng(1)
    n, root = 3000, blocks(across)
    columns = {name: chance.random(n).round(2) for name in "abcdefg"}
    keys = keys_of(range(n))
    weights = draw_weights(root, WeightLaw("around", 30), 40, 2)

    def counted(rows: np.ndarray, cells: int) -> dict[int, list[int]]:
        criteria = [
            CriterionData(name=name, low=columns[name][rows], high=np.minimum(columns[name][rows] + 0.02, 1))
            for name in "abcdefg"
        ]
        result = smaa(
            Alternatives(root=root, criteria=criteria, keys=keys[rows], seed=3), weights, depth=20, cells=cells
        )
        assert result.scored < 0.5 * n * len(weights)
        return {int(rows[row]): counts.tolist() for row, counts in zip(result.rows, result.counts, strict=True)}

    assert counted(np.arange(n), 8_000_000) == counted(chance.permutation(n), 10_000)


def test_quantiles_and_shortlist_shares_come_from_the_counts() -> None:
    given_ = sure(flat(1, 1), [[1, 0], [0, 1], [0, 0.1]])
    result = smaa(given_, given_weights(given_.root, [[0.9, 0.1]] * 95 + [[0.1, 0.9]] * 5), depth=2)
    assert result.top(1).tolist() == [0.95, 0.05, 0.0]
    assert result.rank_quantile(0.05).tolist() == [1, 1, np.inf]
    assert result.rank_quantile(0.95).tolist() == [1, 2, np.inf]
    assert result.first.tolist() == [0, 1]


def test_the_monte_carlo_error_is_wilsons() -> None:
    """Newcombe (1998), table I: 81 of 263 gives .2553 to .3662; 0 of 20 gives 0 to .1611."""
    low, high = share_interval(np.array([81 / 263]), 263)
    assert (round(float(low[0]), 4), round(float(high[0]), 4)) == (0.2553, 0.3662)
    low, high = share_interval(np.array([0.0]), 20)
    assert (float(low[0]), round(float(high[0]), 4)) == (0.0, 0.1611)


def test_a_shortlist_deeper_than_the_count_is_refused() -> None:
    given_ = sure(flat(1), [[1], [0], [0.5]])
    with pytest.raises(StudyError) as e:
        smaa(given_, draw_weights(given_.root, NOTHING, 5, 1), depth=2).top(3)
    assert str(e.value) == "Ranks were counted down to 2; a shortlist of 3 cannot be told from them."


def test_criteria_that_are_not_those_of_the_tree_are_refused() -> None:
    criteria = [CriterionData(name="b", low=np.zeros(2), high=np.zeros(2))]
    with pytest.raises(StudyError) as e:
        Alternatives(root=flat(1), criteria=criteria, keys=keys_of("AB"), seed=1)
    assert str(e.value) == "The data are of ['b'], but the tree has the criteria ['a']."


def test_columns_of_another_length_are_refused() -> None:
    criteria = [CriterionData(name="a", low=np.zeros(3), high=np.zeros(3))]
    with pytest.raises(DataError) as e:
        Alternatives(root=flat(1), criteria=criteria, keys=keys_of("AB"), seed=1)
    assert str(e.value) == "The criterion 'a' has 3 values for 2 parcels."
