"""Weights from data against their papers and against pymcdm on random matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymcdm.weights
import pytest

from siting.errors import DataError
from siting.mcda.weights import critic, entropy, merec, standard_deviation

DIAKOULAKI = np.array([
    [61, 1.08, 4.33], [20.7, 0.26, 4.34], [16.3, 1.98, 2.53], [9, 3.29, 1.65],
    [5.4, 2.77, 2.33], [4, 4.12, 1.21], [-6.1, 3.52, 2.10], [-34.6, 3.31, 0.98],
])  # fmt: skip


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.20222554, 0.48090173, 0.31687273]),
        ({"correlation": "spearman"}, [0.21454645, 0.4898563, 0.29559726]),
        ({"scale": "none"}, [0.86874234, 0.08341434, 0.04784331]),
    ],
)
def test_critic_diakoulaki_1995(options: Any, expected: list[float]) -> None:
    """Diakoulaki et al. 1995 (scikit-criteria tests/preprocessing/test_weighters.py)."""
    np.testing.assert_allclose(critic(DIAKOULAKI, **options), expected, atol=1e-8)


def test_entropy_elsayed_2017() -> None:
    """Elsayed et al. 2017 (pymcdm TestEntropyWeights), 12 x 5."""
    given = np.array([
        [7, 312, 1891, 6613, 163], [72, 88, 728, 941804, 1078], [10, 252, 2594, 3466, 117471],
        [10, 145, 980, 2371, 86329], [65, 54, 350, 501, 29897], [29, 48, 380, 912, 34051],
        [7, 476, 3300, 78470, 2212], [70, 87, 650, 733, 819000], [4, 86, 591, 3015, 103],
        [12, 79, 579, 3240, 96098], [21, 45, 261, 1253, 453], [1, 72, 530, 4333, 0.104800],
    ])  # fmt: skip
    np.testing.assert_allclose(entropy(given), [0.104991, 0.069124, 0.071373, 0.449937, 0.304575], atol=1e-6)


def test_merec_keshavarz_2021() -> None:
    """Keshavarz-Ghorabaee et al. 2021, Symmetry 13: types + + - -."""
    given = np.array([
        [450, 8000, 54, 145], [10, 9100, 2, 160], [100, 8200, 31, 153], [220, 9300, 1, 162], [5, 8400, 23, 158],
    ])  # fmt: skip
    found = merec(given, np.array([True, True, False, False]))
    np.testing.assert_allclose(found, [0.5752, 0.0141, 0.4016, 0.0091], atol=5e-5)


@pytest.mark.parametrize("seed", range(5))
def test_pymcdm_on_random_matrices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    given = rng.uniform(0.05, 1, (12, 4))
    rising = rng.integers(0, 2, 4).astype(bool)
    types = np.where(rising, 1, -1)
    np.testing.assert_allclose(entropy(given), pymcdm.weights.entropy_weights(given), atol=1e-12)
    np.testing.assert_allclose(critic(given), pymcdm.weights.critic_weights(given), atol=1e-12)
    np.testing.assert_allclose(merec(given, rising), pymcdm.weights.merec_weights(given, types), atol=1e-12)
    np.testing.assert_allclose(standard_deviation(given), pymcdm.weights.standard_deviation_weights(given), atol=1e-12)


def test_gaps_are_left_out() -> None:
    gap = np.vstack([DIAKOULAKI, [[np.nan, 1, 2]]])
    np.testing.assert_array_equal(critic(gap), critic(DIAKOULAKI))


def test_entropy_of_a_column_with_zeros_by_hand() -> None:
    """p = (0, 1/2, 1/2): entropy ln 2 / ln 3; p = (1/3, 1/3, 1/3): entropy 1, weight 0."""
    np.testing.assert_allclose(entropy(np.array([[0.0, 1], [1, 1], [1, 1]])), [1, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: entropy(np.array([[1.0, -1], [1, 2]])),
            "Entropy weights need numbers of 0 or more; column 2 has a negative one.",
        ),
        (
            lambda: entropy(np.array([[1.0, 0], [1, 0]])),
            "Entropy weights need columns that are not all 0; column 2 is.",
        ),
        (
            lambda: merec(np.array([[1.0, 0], [1, 2]])),
            "MEREC needs numbers of more than 0; column 2 has one of 0 or less.",
        ),
        (lambda: critic(np.array([[1.0, 3], [2, 3]])), "CRITIC needs columns that vary; column 2 is constant."),
        (
            lambda: standard_deviation(np.ones((3, 2))),
            "No column tells the candidates apart: all are alike, so the data give no weights.",
        ),
        (
            lambda: standard_deviation(np.array([[1.0, np.nan], [1, 2]])),
            "Weights from data need at least two candidates without gaps; there are 1.",
        ),
    ],
)
def test_refusals(ask: Any, message: str) -> None:
    with pytest.raises(DataError) as error:
        ask()
    assert str(error.value) == message
