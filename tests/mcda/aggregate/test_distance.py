"""TOPSIS, VIKOR, SPOTIS and the ideal point against their papers, pymcdm and scikit-criteria."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymcdm.methods
import pymcdm.normalizations
import pytest
import skcriteria
import skcriteria.agg.spotis
import skcriteria.agg.topsis
import skcriteria.agg.vikor
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.errors import StudyError
from siting.mcda.aggregate import ideal_point, spotis, topsis, vikor, weighted_sum
from siting.mcda.rank import competition_ranks


def test_topsis_tzeng_huang_2011() -> None:
    """Tzeng and Huang 2011, Multiple Attribute Decision Making (scikit-criteria test_topsis.py)."""
    found = topsis(
        np.array([[5, 8, 4], [7, 6, 8], [8, 8, 6], [7, 4, 6]]), np.array([0.3, 0.4, 0.3]), normaliser="vector"
    )
    np.testing.assert_allclose(found, [0.5037, 0.6581, 0.7482, 0.3340], atol=5e-5)
    assert competition_ranks(found).tolist() == [3, 2, 1, 4]


OPRICOVIC = np.array([[1.0, 3000], [2, 3750], [5, 4500]])


def test_topsis_opricovic_tzeng_2004_the_normaliser_picks_the_winner() -> None:
    """Opricovic and Tzeng 2004, EJOR 156 (pymcdm): min-max puts A2 first, vector A1."""
    options: dict[str, Any] = {"weights": np.array([0.5, 0.5]), "rising": np.array([False, True])}
    np.testing.assert_allclose(topsis(OPRICOVIC, normaliser="min_max", **options), [0.5, 0.617, 0.5], atol=5e-4)
    np.testing.assert_allclose(topsis(OPRICOVIC, normaliser="vector", **options), [0.7621, 0.7222, 0.2379], atol=5e-5)


def test_topsis_skcriteria_toy() -> None:
    """scikit-criteria test_topsis.py: raw and unweighted, .14639248 and .85360752."""
    found = topsis(np.array([[1, 0, 3], [0, 5, 6]]), np.ones(3), normaliser="none")
    np.testing.assert_allclose(found, [0.14639248, 0.85360752], atol=1e-8)


def test_topsis_of_what_is_all_alike() -> None:
    assert topsis(np.ones((3, 2)), np.ones(2), normaliser="vector").tolist() == [0.5, 0.5, 0.5]


OPRICOVIC_2007 = np.array([
    [4184.3, 2914.0, 407.2, 251.0, 195, 244, 15, 2.41],
    [5211.9, 3630.0, 501.7, 308.3, 282, 346, 21, 1.41],
    [5021.3, 3920.5, 504.0, 278.6, 12, 56, 3, 4.42],
    [5566.1, 3957.9, 559.5, 335.3, 167, 268, 16, 3.36],
    [5060.5, 3293.5, 514.1, 284.2, 69, 90, 7, 4.04],
    [4317.9, 2925.9, 432.8, 239.3, 12, 55, 3, 4.36],
])  # fmt: skip
RISING_2007 = np.array([True, False, True, True, False, False, False, True])


@pytest.mark.parametrize(
    ("weights", "group", "regret", "compromise", "ranks"),
    [
        (
            [1] * 8,
            [0.692, 0.700, 0.290, 0.423, 0.280, 0.346],
            [0.125, 0.125, 0.121, 0.125, 0.067, 0.125],
            [0.991, 1, 0.473, 0.670, 0, 0.578],
            [5, 6, 2, 4, 1, 3],
        ),
        (
            [2] * 4 + [1] * 4,
            [0.701, 0.600, 0.386, 0.365, 0.317, 0.459],
            [0.167, 0.114, 0.161, 0.167, 0.089, 0.167],
            [1, 0.533, 0.552, 0.563, 0, 0.686],
            [6, 2, 3, 4, 1, 5],
        ),
        (
            [1] * 4 + [2] * 4,
            [0.683, 0.800, 0.193, 0.480, 0.243, 0.232],
            [0.113, 0.167, 0.080, 0.122, 0.044, 0.083],
            [0.684, 1, 0.147, 0.554, 0.041, 0.191],
            [5, 6, 2, 4, 1, 3],
        ),
        (
            [1] * 4 + [3.2] * 4,
            [0.678, 0.857, 0.138, 0.513, 0.222, 0.167],
            [0.129, 0.190, 0.057, 0.139, 0.042, 0.060],
            [0.668, 1, 0.051, 0.588, 0.058, 0.078],
            [5, 6, 1, 4, 2, 3],
        ),
    ],
)
def test_vikor_opricovic_tzeng_2007(
    weights: list[float], group: list[float], regret: list[float], compromise: list[float], ranks: list[int]
) -> None:
    """Opricovic and Tzeng 2007, EJOR 178 (scikit-criteria test_vikor.py), v = 0.5, tolerance 1e-3."""
    found = vikor(OPRICOVIC_2007, np.array(weights) / sum(weights), rising=RISING_2007)
    np.testing.assert_allclose(found.group, group, atol=1e-3)
    np.testing.assert_allclose(found.regret, regret, atol=1e-3)
    np.testing.assert_allclose(found.compromise, compromise, atol=1e-3)
    assert competition_ranks(-found.compromise).tolist() == ranks


def test_vikor_yang_wu_2020() -> None:
    """Yang and Wu 2020 (pymcdm): equal weights, all the more the better."""
    given_ = np.array([
        [78, 56, 34, 6], [4, 45, 3, 97], [18, 2, 50, 63], [9, 14, 11, 92], [85, 9, 100, 29],
    ])  # fmt: skip
    found = vikor(given_, np.full(4, 0.25)).compromise
    np.testing.assert_allclose(found, [0.5679, 0.7667, 1, 0.7493, 0], atol=5e-5)


def test_vikor_opricovic_tzeng_2004() -> None:
    found = vikor(OPRICOVIC, np.array([0.5, 0.5]), rising=np.array([False, True]))
    np.testing.assert_allclose(found.compromise, [1, 0, 1], atol=1e-12)


def test_vikor_of_what_is_all_alike() -> None:
    assert vikor(np.ones((3, 2)), np.ones(2)).compromise.tolist() == [0, 0, 0]


BOUNDS = np.array([[-5.0, 12], [-6, 10], [-8, 5]])


def test_spotis_dezert_2020() -> None:
    """Dezert et al. 2020, FUSION: ideal solution point 12, -6, 5 (.3705 at full precision, not .3707)."""
    given_ = np.array([[10.5, -3.1, 1.7], [-4.7, 0, 3.4], [8.1, 0.3, 1.3], [3.2, 7.3, -5.3]])
    found = spotis(given_, np.array([0.2, 0.3, 0.5]), bounds=BOUNDS, ideal=np.array([12, -6, 5]))
    np.testing.assert_allclose(found, [0.1989, 0.3705, 0.3063, 0.7491], atol=5e-5)


def test_ideal_point_by_hand() -> None:
    """Weights .6, .4 and values (1, 0): p = 1 0.6; p = 2 1 - .4 / sqrt(.52); p = inf 1 - .4 / .6."""
    values, weights = np.array([[1.0, 0.0]]), np.array([0.6, 0.4])
    for p, expected in ((1.0, 0.6), (2.0, 1 - 0.4 / 0.52**0.5), (np.inf, 1 / 3)):
        np.testing.assert_allclose(ideal_point(values, weights, p=p), [expected])


matrices = arrays(np.float64, st.tuples(st.integers(2, 8), st.just(3)), elements=st.floats(0, 1, width=32))


@given(matrices)
def test_the_ideal_point_of_p_1_and_spotis_are_the_weighted_sum(values: Any) -> None:
    weights = np.array([0.5, 0.3, 0.2])
    expected = weighted_sum(list(values.T), weights.tolist())
    np.testing.assert_allclose(ideal_point(values, weights, p=1), expected, atol=1e-12)
    unit = np.tile([0.0, 1.0], (3, 1))
    np.testing.assert_allclose(1 - spotis(values, weights, bounds=unit), expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_pymcdm_and_skcriteria_on_random_matrices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    given_ = rng.uniform(1, 9, (15, 4))
    weights = rng.dirichlet(np.ones(4))
    rising = rng.integers(0, 2, 4).astype(bool)
    types = np.where(rising, 1, -1)
    for name in ("vector", "min_max"):
        theirs = getattr(pymcdm.normalizations, f"{name.replace('_', '')}_normalization")
        ours = topsis(given_, weights, normaliser=name, rising=rising)
        np.testing.assert_allclose(ours, pymcdm.methods.TOPSIS(theirs)(given_, weights, types), atol=1e-9)
    found = vikor(given_, weights, rising=rising)
    np.testing.assert_allclose(found.compromise, pymcdm.methods.VIKOR()(given_, weights, types), atol=1e-12)
    bounds = np.stack([given_.min(axis=0) - 1, given_.max(axis=0) + 1], axis=1)
    ideal = np.where(rising, bounds[:, 1], bounds[:, 0])
    distances = spotis(given_, weights, bounds=bounds, ideal=ideal)
    np.testing.assert_allclose(distances, pymcdm.methods.SPOTIS(bounds)(given_, weights, types), atol=1e-12)

    matrix = skcriteria.mkdm(given_, np.where(rising, 1, -1), weights=weights)
    other = skcriteria.agg.vikor.VIKOR().evaluate(matrix)
    np.testing.assert_allclose(found.compromise, other.e_.q_k, atol=1e-9)
    np.testing.assert_array_equal(
        competition_ranks(-distances), skcriteria.agg.spotis.SPOTIS().evaluate(matrix, bounds=bounds).rank_
    )

    scaled = given_ / np.sqrt((given_**2).sum(axis=0))
    similar = skcriteria.agg.topsis.TOPSIS().evaluate(skcriteria.mkdm(scaled, np.ones(4, int), weights=weights))

    np.testing.assert_allclose(topsis(given_, weights, normaliser="vector"), similar.e_.similarity, atol=1e-9)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: vikor(OPRICOVIC, np.ones(2), v=1.5),
            "The weight 'v' of the group in VIKOR lies from 0 to 1, not 1.5.",
        ),
        (
            lambda: spotis(np.array([[99.0, 0, 0]]), np.ones(3), bounds=BOUNDS),
            "Column 1 holds 99, outside its bounds -5 to 12; widen them.",
        ),
        (
            lambda: spotis(np.array([[1.0]]), np.ones(1), bounds=np.array([[2.0, 2.0]])),
            "The bounds of column 1 run from 2 to 2; the lower comes first.",
        ),
        (lambda: ideal_point(OPRICOVIC, np.ones(2), p=0.5), "The power 'p' of a distance is 1 or more, not 0.5."),
    ],
)
def test_refusals(ask: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        ask()
    assert str(error.value) == message
