"""Normalisers by hand, and against pymcdm on random matrices."""

from __future__ import annotations

import numpy as np
import pymcdm.normalizations
import pytest

from siting.errors import StudyError
from siting.mcda.aggregate import NORMALISERS, normalised

GIVEN = np.array([[3.0, 1, 5], [4.0, 3, 5]])


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("vector", [[0.6, 1 / 10**0.5, 0.5**0.5], [0.8, 3 / 10**0.5, 0.5**0.5]]),
        ("min_max", [[0, 0, 0], [1, 1, 0]]),
        ("sum", [[3 / 7, 0.25, 0.5], [4 / 7, 0.75, 0.5]]),
        ("max", [[0.75, 1 / 3, 1], [1, 1, 1]]),
        ("none", GIVEN.tolist()),
    ],
)
def test_by_hand(how: str, expected: list[list[float]]) -> None:
    np.testing.assert_allclose(normalised(GIVEN, how), expected)


@pytest.mark.parametrize("how", ["vector", "min_max", "sum", "max"])
def test_pymcdm_on_random_matrices(how: str) -> None:
    given = np.random.default_rng(3).uniform(0.1, 9, (20, 3))
    theirs = getattr(pymcdm.normalizations, f"{how.replace('_', '')}_normalization")
    np.testing.assert_allclose(normalised(given, how), np.apply_along_axis(theirs, 0, given), atol=1e-12)


def test_columns_of_zeros_stay_zeros() -> None:
    for how in NORMALISERS:
        np.testing.assert_array_equal(normalised(np.zeros((2, 1)), how), np.zeros((2, 1)))


def test_an_unknown_normaliser_is_refused() -> None:
    with pytest.raises(StudyError) as error:
        normalised(GIVEN, "minmax")
    assert str(error.value) == (
        "There is no normaliser 'minmax'. The normalisers are 'vector', 'min_max', 'sum', 'max', 'none'. "
        "Did you mean 'min_max'?"
    )
