"""OWA by its closed forms, and the weighted product against pymcdm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymcdm.methods
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.errors import StudyError
from siting.mcda.aggregate import (
    orness,
    owa,
    owa_of_quantifier,
    quantifier_weights,
    weighted_product,
    weighted_sum,
)

matrices = arrays(np.float64, st.tuples(st.integers(1, 8), st.just(3)), elements=st.floats(0, 1))


@given(matrices)
def test_owa_yager_1988_ends(values: Any) -> None:
    """Yager 1988: (1, 0, 0) is the maximum, (0, 0, 1) the minimum, equal weights the mean."""
    np.testing.assert_array_equal(owa(values, [1, 0, 0]), values.max(axis=1))
    np.testing.assert_array_equal(owa(values, [0, 0, 1]), values.min(axis=1))
    np.testing.assert_allclose(owa(values, [1, 1, 1]), values.mean(axis=1), atol=1e-12)


@pytest.mark.parametrize(
    ("alpha", "expected", "bold"),
    [
        (0.5, [0.5774, 0.2391, 0.1835], 0.6969),
        (1, [1 / 3, 1 / 3, 1 / 3], 0.5),
        (2, [1 / 9, 3 / 9, 5 / 9], 0.2778),
    ],
)
def test_quantifier_yager_1996(alpha: float, expected: list[float], bold: float) -> None:
    """Q(p) = p^alpha, n = 3."""
    weights = quantifier_weights(3, alpha)
    assert weights == pytest.approx(expected, abs=5e-5)
    assert orness(weights) == pytest.approx(bold, abs=5e-5)


@given(matrices, st.floats(0.2, 5))
def test_importances_yager_1996(values: Any, alpha: float) -> None:
    """Equal importances give the plain OWA, alpha = 1 the weighted sum, more alpha never a higher score."""
    weights = [0.5, 0.3, 0.2]
    plain = owa(values, quantifier_weights(3, alpha))
    np.testing.assert_allclose(owa_of_quantifier(values, [1, 1, 1], alpha=alpha), plain, atol=1e-9)
    summed = weighted_sum(list(values.T), weights)
    np.testing.assert_allclose(owa_of_quantifier(values, weights, alpha=1), summed, atol=1e-12)
    cautious = owa_of_quantifier(values, weights, alpha=alpha + 1)
    assert (cautious <= owa_of_quantifier(values, weights, alpha=alpha) + 1e-12).all()
    assert (cautious >= values.min(axis=1) - 1e-12).all()


def test_importances_by_hand() -> None:
    """Values .2 (weight .75) and .8 (.25), alpha 2: the .8 comes first, Q(.25) = 1/16; .05 + .2 x 15/16 = .2375."""
    found = owa_of_quantifier(np.array([[0.2, 0.8]]), [0.75, 0.25], alpha=2)
    np.testing.assert_allclose(found, [0.8 / 16 + 0.2 * 15 / 16])


@given(st.permutations([0.3, 0.3, 0.9]))
def test_equal_values_share_their_places(row: list[float]) -> None:
    weights = [{0.3: 0.25, 0.9: 0.5}[value] for value in row]
    assert owa_of_quantifier(np.array([row]), weights, alpha=2)[0] == pytest.approx(0.9 / 4 + 0.3 * 3 / 4)


def test_weighted_product_bridgman_1922_by_hand() -> None:
    found = weighted_product(np.array([[0.25, 0.5], [0.0, 1.0]]), [0.5, 0.5])
    np.testing.assert_allclose(found, [0.125**0.5, 0])
    assert weighted_product(np.array([[0.0, 0.5]]), [0, 1]).tolist() == [0.5]


@pytest.mark.parametrize("seed", range(3))
def test_weighted_product_pymcdm(seed: int) -> None:
    """pymcdm divides every column by its sum, which changes all products by one factor."""
    rng = np.random.default_rng(seed)
    values, weights = rng.uniform(0.1, 1, (12, 4)), rng.dirichlet(np.ones(4))
    theirs = pymcdm.methods.WPM()(values, weights, np.ones(4))
    ours = weighted_product(values, weights.tolist())
    np.testing.assert_allclose(ours / ours[0], theirs / theirs[0], rtol=1e-9)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: owa(np.ones((1, 3)), [1, 0]),
            "3 values need 3 order weights, from the highest value to the lowest; found 2.",
        ),
        (lambda: orness([1]), "Orness is of two order weights or more, not of 1."),
        (lambda: quantifier_weights(3, 0), "The power 'alpha' of a quantifier is more than 0, not 0."),
        (
            lambda: weighted_product(np.array([[-0.5]]), [1]),
            "A weighted product needs values of 0 or more, not -0.5.",
        ),
    ],
)
def test_refusals(ask: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        ask()
    assert str(error.value) == message
