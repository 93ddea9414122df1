"""PROMETHEE II against its example, pymcdm and the plain sum over all pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pymcdm.methods
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.aggregate import Preference, promethee_ii

KINDS = [
    Preference("usual"),
    Preference("u", q=0.2),
    Preference("v", p=0.4),
    Preference("level", q=0.1, p=0.4),
    Preference("linear", q=0.1, p=0.4),
    Preference("gaussian", s=0.3),
]


def plain(how: Preference, d: float) -> float:
    """The preference functions of Brans and Vincke 1985 as they stand in the paper."""
    if d <= 0:
        return 0.0
    if how.kind == "usual":
        return 1.0
    if how.kind == "u":
        return float(d > how.q)  # type: ignore[operator]
    if how.kind == "v":
        return min(d / how.p, 1.0)  # type: ignore[operator]
    if how.kind == "gaussian":
        return 1 - math.exp(-(d**2) / (2 * how.s**2))  # type: ignore[operator]
    q, p = float(how.q or 0), float(how.p or 0)
    if how.kind == "level":
        return 0.0 if d <= q else 0.5 if d <= p else 1.0
    return 0.0 if d <= q else min((d - q) / (p - q), 1.0)


def test_zhao_2013_usual() -> None:
    """Zhao et al. 2013 (pymcdm): weights .5 .3 .2, net flows .1 -.3 .2."""
    found = promethee_ii(np.array([[4, 3, 2], [3, 2, 4], [5, 1, 3]]), np.array([0.5, 0.3, 0.2]))
    np.testing.assert_allclose(found, [0.1, -0.3, 0.2], atol=1e-12)


@pytest.mark.parametrize("how", KINDS, ids=lambda how: how.kind)
@settings(max_examples=25)
@given(cells=st.lists(st.integers(0, 64), min_size=2, max_size=24))
def test_the_sum_over_all_pairs(how: Preference, cells: list[int]) -> None:
    """Multiples of 1/64 keep every difference exact; a second column runs the other way."""
    x = np.array(cells) / 64
    matrix, weights = np.stack([x, x[::-1]], axis=1), np.array([0.7, 0.3])
    found = promethee_ii(matrix, weights, preferences=how, rising=np.array([True, False]))
    n = len(x)
    expected = [
        sum(
            0.7 * (plain(how, x[a] - x[b]) - plain(how, x[b] - x[a]))
            - 0.3 * (plain(how, x[n - 1 - a] - x[n - 1 - b]) - plain(how, x[n - 1 - b] - x[n - 1 - a]))
            for b in range(n)
        )
        / (n - 1)
        for a in range(n)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert found.sum() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("how", "theirs"),
    [
        (KINDS[0], {"preference_function": "usual"}),
        (KINDS[1], {"preference_function": "ushape", "q": [0.2] * 3}),
        (KINDS[2], {"preference_function": "vshape", "p": [0.4] * 3}),
        (KINDS[3], {"preference_function": "level", "p": [0.4] * 3, "q": [0.1] * 3}),
        (KINDS[4], {"preference_function": "vshape_2", "p": [0.4] * 3, "q": [0.1] * 3}),
    ],
    ids=lambda item: getattr(item, "kind", ""),
)
def test_pymcdm_on_random_matrices(how: Preference, theirs: dict[str, Any]) -> None:
    rng = np.random.default_rng(7)
    matrix, weights = rng.uniform(0, 1, (30, 3)), rng.dirichlet(np.ones(3))
    rising = np.array([True, False, True])
    expected = pymcdm.methods.PROMETHEE_II(**theirs)(matrix, weights, np.where(rising, 1, -1))
    np.testing.assert_allclose(promethee_ii(matrix, weights, preferences=how, rising=rising), expected, atol=1e-12)


def test_a_difference_at_the_threshold_is_indifferent() -> None:
    """0.3 - 0.2 is a little under 0.1 and 0.4 - 0.3 a little over; both are at the threshold."""
    x = np.array([[0.2], [0.3], [0.4]])
    found = promethee_ii(x, np.ones(1), preferences=Preference("u", q=0.1))
    np.testing.assert_array_equal(found, [-0.5, 0, 0.5])


def test_each_column_may_have_its_own() -> None:
    x = np.array([[0.0, 0.0], [1.0, 0.1]])
    found = promethee_ii(x, np.array([0.5, 0.5]), preferences=[Preference(), Preference("u", q=0.2)])
    np.testing.assert_array_equal(found, [-0.5, 0.5])


def test_one_alone_has_no_flow() -> None:
    assert promethee_ii(np.ones((1, 2)), np.ones(2)).tolist() == [0]


def test_many_alternatives_are_sorted_not_paired() -> None:
    """The flow of the usual function among distinct numbers is (2 rank - n - 1) / (n - 1)."""
    n = 200_000
    x = np.random.default_rng(1).permutation(n).astype(float)
    found = promethee_ii(x[:, None], np.ones(1))
    np.testing.assert_allclose(found, (2 * x - n + 1) / (n - 1), atol=1e-12)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: Preference("v-shape"),
            "There is no preference function 'v-shape'. They are 'usual', 'u', 'v', 'level', 'linear', 'gaussian'.",
        ),
        (lambda: Preference("u"), "The preference function 'u' needs 'q'."),
        (lambda: Preference("usual", q=0.1), "The preference function 'usual' takes no 'q'."),
        (lambda: Preference("v", p=0.0), "'p' of the preference function 'v' is 0; it must be more."),
        (lambda: Preference("linear", q=0.4, p=0.1), "'q' (0.4) must be less than 'p' (0.1) in 'linear'."),
        (
            lambda: promethee_ii(np.ones((2, 2)), np.ones(2), preferences=[Preference()]),
            "2 columns need 2 preference functions, or one for all; found 1.",
        ),
        (
            lambda: promethee_ii(np.zeros((20_001, 1)), np.ones(1), preferences=Preference("gaussian", s=1)),
            "The Gaussian preference function looks at every pair and is taken for up to 20,000 alternatives; "
            "there are 20,001. Use 'linear', which sorts instead, or score a shortlist.",
        ),
    ],
)
def test_refusals(ask: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        ask()
    assert str(error.value) == message
