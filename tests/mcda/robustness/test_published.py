"""SMAA on published problems: decision analyses of medicines, whose data are distributions of their own kinds.

A draw of such data is told to SMAA as a quantity: row + u, with u uniform in [0, 1); the value function turns the u of
a row into its draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import beta

from siting.mcda.robustness.acceptability import Acceptability, Alternatives, confidence_factor, smaa
from siting.mcda.robustness.chance import keys_of
from siting.mcda.robustness.data import CriterionData, QuantityError
from siting.mcda.robustness.weighting import DrawnWeights, WeightLaw, draw_weights
from tests.mcda.robustness.drawing import flat, given_weights

DRAWS = 40_000


@dataclass(frozen=True)
class Drawn:
    """value = tables[row][u x draws], clipped to [0, 1]; the rows of one draw belong together if they share u."""

    tables: NDArray[np.float64]

    def value(self, quantity: NDArray[np.float64]) -> NDArray[np.float64]:
        row = np.clip(np.floor(quantity), 0, len(self.tables) - 1).astype(int)
        at = np.clip((quantity - row) * self.tables.shape[1], 0, self.tables.shape[1] - 1).astype(int)
        return np.asarray(np.clip(self.tables[row, at], 0, 1))

    def value_interval(
        self, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.zeros(len(low)), np.ones(len(high))


def drawn_alternatives(tables: Sequence[NDArray[np.float64]], together: bool) -> Alternatives:
    """Alternatives from a table (rows, draws) a criterion; ``together``: rows share each draw."""
    n = len(tables[0])
    keys = keys_of(range(n))
    group = keys_of(["together"] * n) if together else keys
    criteria = [
        CriterionData(
            name=chr(97 + number), low=np.zeros(n), high=np.ones(n), quantity=np.arange(n) + 0.5,
            function=Drawn(table), error=QuantityError("uniform", 0.5, group),
        )
        for number, table in enumerate(tables)
    ]  # fmt: skip
    return Alternatives(root=flat(*[1] * len(tables)), criteria=criteria, keys=keys, seed=11)


def analysed(given: Alternatives) -> Acceptability:
    """SMAA with nothing known of the weights."""
    return smaa(given, draw_weights(given.root, WeightLaw(), DRAWS, 5))


def confidence(given: Alternatives, central: NDArray[np.float64]) -> list[float]:
    """The confidence factors of all rows with these central weights."""
    return [confidence_factor(given, row, central[row], DRAWS) for row in range(len(given))]


@pytest.fixture(scope="module")
def thrombo() -> Alternatives:
    """Heparin and enoxaparin, 136 and 129 patients: proximal and distal thrombosis, major bleeding.

    Events 20, 40, 1 and 8, 32, 5 as beta distributions; linear values, falling over 0 to .25, .15 to .4, 0 to .1
    (Lynd and O'Brien 2004; Tervonen et al. 2011, "A stochastic multicriteria model for evidence-based decision making
    in drug benefit-risk analysis"; numbers as in drugis/mcda-elicitation-web, thrombolytics.json).
    """
    u = (np.arange(DRAWS) + 0.5) / DRAWS
    tables = []
    for heparin, enoxaparin, low, high in ((20, 8, 0, 0.25), (40, 32, 0.15, 0.4), (1, 5, 0, 0.1)):
        share = np.stack([beta.ppf(u, heparin, 136 - heparin), beta.ppf(u, enoxaparin, 129 - enoxaparin)])
        tables.append((high - share) / (high - low))
    return drawn_alternatives(tables, together=False)


def test_thrombo_tervonen_2011(thrombo: Alternatives) -> None:
    """As the R package smaa gives it from 10,000 draws of its own (smaa-Ex.Rout.save)."""
    result = analysed(thrombo)
    np.testing.assert_allclose(result.acceptability, [[0.3504, 0.6496], [0.6496, 0.3504]], atol=0.015)
    central = np.array([[0.1865097, 0.2772205, 0.5362698], [0.4073100, 0.3641477, 0.2285423]])
    np.testing.assert_allclose(result.central_weights, central, atol=0.01)
    np.testing.assert_allclose(confidence(thrombo, central), [0.6682, 0.8956], atol=0.012)


def test_thrombo_with_fixed_weights_tervonen_2011(thrombo: Alternatives) -> None:
    weights: DrawnWeights = given_weights(thrombo.root, [[0.5, 0.2, 0.3]] * DRAWS)
    np.testing.assert_allclose(smaa(thrombo, weights).acceptability[:, 0], [0.1279, 0.8721], atol=0.012)


#: logit of the share in the placebo group (mean, deviation), and differences from it of the four medicines: means, and
#: covariances (upper triangle row by row)
HANSEN = (
    (-0.17143575, 0.11299262, (0.4718129, 0.7258847, 0.6715258, 0.8211993),
     (0.013445532, 0.010394690, 0.009881156, 0.010499559, 0.023006616, 0.008196856, 0.010732709, 0.019023866,
      0.009210099, 0.019107243)),
    (-2.18973652, 0.20745091, (0.60820293, 0.14088424, 0.93203685, 0.09601785),
     (0.05366822, 0.04117003, 0.03407600, 0.03788519, 0.08108542, 0.03778130, 0.04324302, 0.05394404, 0.03338272,
      0.09859621)),
    (-2.22995224, 0.61030814, (0.1203208, 0.6538699, -0.2203627, 1.1915229),
     (0.09124249, 0.07387436, 0.08086186, 0.06457527, 0.14080128, 0.10328788, 0.07030520, 0.14662864, 0.06920427,
      0.08590214)),
    (-1.19599071, 0.29266439, (0.1964591, 0.1263129, 0.2029933, -0.2254059),
     (0.03519380, 0.02755068, 0.02189916, 0.02919822, 0.04847513, 0.02374509, 0.03277411, 0.03259199, 0.02356638,
      0.05920276)),
    (-2.60727669, 0.19058522, (0.7978386, 0.7486351, 1.0663029, 0.9744811),
     (0.04388258, 0.03516051, 0.02560003, 0.03283164, 0.06255486, 0.02807280, 0.03474863, 0.05402063, 0.02592013,
      0.06738850)),
    (-2.01717059, 0.19170530, (0.3951561, 0.6442827, 0.6469638, 0.9771107),
     (0.04167875, 0.03492591, 0.02952693, 0.03559971, 0.05629741, 0.03102295, 0.03658295, 0.04396177, 0.02899487,
      0.05369960)),
)  # fmt: skip


def test_antidepressants_hansen_2005() -> None:
    """Fluoxetine, paroxetine, placebo, sertraline, venlafaxine: responders up, five side effects down, over 0 to 1.

    The model is that of Hansen et al. 2005 in drugis/mcda-elicitation-web (hansen.json), the table that of the R
    package smaa (itest/hansen-ra-ord.txt), whose mean central weights are 1/6 each: nothing is known of the weights.
    The package kept 10,000 draws and not the model they came from, so that both agree to 0.03 (confidence: 0.04) only.
    """
    chance = np.random.default_rng(2005)
    tables = []
    for number, (mean, deviation, differences, triangle) in enumerate(HANSEN):
        covariance = np.zeros((4, 4))
        covariance[np.triu_indices(4)] = triangle
        covariance += np.triu(covariance, 1).T
        placebo = chance.normal(mean, deviation, DRAWS)
        others = placebo + chance.multivariate_normal(differences, covariance, DRAWS).T
        share = expit(np.stack([others[0], others[1], placebo, others[2], others[3]]))
        tables.append(share if number == 0 else 1 - share)
    given = drawn_alternatives(tables, together=True)
    result = analysed(given)
    expected = [
        [0.0244, 0.2601, 0.3195, 0.3216, 0.0744],
        [0.1450, 0.3298, 0.2559, 0.2207, 0.0486],
        [0.6002, 0.1156, 0.0980, 0.0616, 0.1246],
        [0.0768, 0.1304, 0.1895, 0.2254, 0.3779],
        [0.1536, 0.1641, 0.1371, 0.1707, 0.3745],
    ]
    np.testing.assert_allclose(result.acceptability, expected, atol=0.03)
    factors = confidence(given, result.central_weights)
    np.testing.assert_allclose(factors, [0.1183, 0.5217, 0.9860, 0.5188, 0.6458], atol=0.04)
