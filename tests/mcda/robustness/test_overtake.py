"""The least change of weights: by hand, by the greedy transfer, by brute force; dominance as the proof."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.mcda.aggregate import aggregate
from siting.mcda.robustness.overtake import overtaking, weighted_terms
from siting.mcda.weights import Block, Leaf
from tests.mcda.robustness.drawing import flat
from tests.mcda.robustness.test_trees import tree


def greedy(gain: np.ndarray, weights: np.ndarray) -> float:
    """Take weight from the term that speaks most against the rival, give it to the one that speaks most for it."""
    missing, moved, best = -float(gain @ weights), 0.0, gain.max()
    for term in np.argsort(gain):
        if missing <= 1e-12:
            break
        step = min(weights[term], missing / (best - gain[term]) if best > gain[term] else np.inf)
        moved, missing = moved + step, missing - step * (best - gain[term])
    return moved


def test_a_sixth_of_the_weight_must_move() -> None:
    """(.6, .2) against (.2, .4): equal at w1 = 1/3, so 1/6 moves from a to b."""
    terms = weighted_terms(flat(1, 1), {"a": np.array([0.6, 0.2]), "b": np.array([0.2, 0.4])})
    found = overtaking(terms, 0, 1)
    assert found.outcome == "possible"
    assert found.moved == pytest.approx(1 / 6)
    assert found.weights == pytest.approx({"a": 1 / 3, "b": 2 / 3})
    assert overtaking(terms, 1, 0).moved == 0  # the other one is ahead already


def test_a_dominated_rival_never_overtakes() -> None:
    terms = weighted_terms(flat(1, 1), {"a": np.array([0.6, 0.5]), "b": np.array([0.4, 0.3])})
    found = overtaking(terms, 0, 1)
    assert (found.outcome, found.moved, found.weights) == ("dominated", np.inf, {})


def test_a_rival_that_is_nowhere_better_ties_at_best() -> None:
    terms = weighted_terms(flat(1, 1), {"a": np.array([0.6, 0.5]), "b": np.array([0.3, 0.3])})
    found = overtaking(terms, 0, 1)
    assert found.outcome == "ties at best"
    assert found.weights == pytest.approx({"a": 0, "b": 1})


@given(st.integers(2, 6), st.integers(0, 2**31))
def test_the_programme_finds_what_the_greedy_transfer_finds(terms: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    names = [chr(97 + j) for j in range(terms)]
    values = {name: chance.random(2).round(2) for name in names}
    weighed = weighted_terms(flat(*chance.integers(1, 9, terms).astype(float)), values)
    found = overtaking(weighed, 0, 1)
    gain = np.array([values[name][1] - values[name][0] for name in names])
    if found.outcome == "dominated":
        assert (gain < 0).all()
        assert (chance.dirichlet(np.ones(terms), 200) @ gain < 0).all()
        return
    assert found.moved == pytest.approx(greedy(gain, weighed.weights), abs=1e-9)
    after = np.array(list(found.weights.values()))
    assert after.sum() == pytest.approx(1)
    assert after.min() >= -1e-12
    assert after @ gain >= -1e-9


def test_no_grid_of_weights_finds_a_smaller_change() -> None:
    values = {"a": np.array([0.9, 0.3]), "b": np.array([0.5, 0.6]), "c": np.array([0.4, 0.8])}
    terms = weighted_terms(flat(5, 3, 2), values)
    found = overtaking(terms, 0, 1)
    gain = terms.values[:, 1] - terms.values[:, 0]
    steps = np.linspace(0, 1, 101)
    grid = np.array([(a, b, 1 - a - b) for a, b in itertools.product(steps, steps) if a + b <= 1])
    ahead = grid[grid @ gain >= 0]
    least = np.abs(ahead - terms.weights).sum(axis=1).min() / 2
    assert found.moved <= least + 1e-12
    assert found.moved == pytest.approx(least, abs=0.011)


@pytest.mark.parametrize("combine", ["weighted_sum", "worst", "product"])
@pytest.mark.parametrize("across", ["arithmetic", "geometric"])
def test_terms_give_the_score(across: str, combine: str) -> None:
    chance = np.random.default_rng(3)
    root = tree(across, combine)
    values = {name: chance.random(9) for name in "abcde"}
    terms = weighted_terms(root, values)
    total = terms.weights @ terms.values
    score = 100 * np.exp(total) if terms.logarithmic else 100 * total
    np.testing.assert_allclose(score, aggregate(root, values).score, atol=1e-6)
    assert terms.weights.sum() == pytest.approx(1)


def test_a_block_that_is_not_a_sum_is_one_term() -> None:
    quiet = Block("quiet", (Leaf("b"), Leaf("c")), weight=1, combine="worst")
    land = Block("land", (Leaf("a"), quiet), weight=1)
    values = {name: np.array([0.5, 0.7]) for name in "abc"}
    assert weighted_terms(Block("", (land,), combine="arithmetic"), values).names == ("land.a", "land.quiet")
