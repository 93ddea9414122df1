"""What the data alone would say of the weights, in the drawn world."""

from __future__ import annotations

import numpy as np
import pytest
from pymcdm import weights as pymcdm_weights

from siting.ranking import Ranking
from siting.ranking.data_weights import DATA_WEIGHTS_MEAN


def test_they_stand_beside_the_stated_ones(ranked: Ranking) -> None:
    table = ranked.data_weights()
    assert list(table) == ["criterion", "stated", "standard_deviation", "entropy", "critic", "merec"]
    assert table["criterion"].tolist() == [criterion.name for criterion in ranked.study.criteria()]
    assert table["stated"].tolist() == pytest.approx([ranked.study.weights[name] for name in table["criterion"]])
    np.testing.assert_allclose(table.iloc[:, 1:].sum(), 1)
    assert table.attrs["note"] == DATA_WEIGHTS_MEAN


def test_they_are_those_of_pymcdm_on_the_values_that_vary(ranked: Ranking) -> None:
    table = ranked.data_weights().set_index("criterion")
    middle = {name: (low + high) / 2 for name, (low, high) in ranked.judgement.values.items()}
    matrix = np.column_stack([middle[name] for name in table.index])[ranked.judgement.admitted]
    vary = np.ptp(matrix, axis=0) > 0
    known, types = matrix[:, vary], np.ones(int(vary.sum()))
    np.testing.assert_allclose(table["critic"][vary], pymcdm_weights.critic_weights(known), rtol=1e-9)
    np.testing.assert_allclose(table["standard_deviation"][vary], pymcdm_weights.standard_deviation_weights(known))
    floor = ranked.study.aggregate.floor_value
    lifted = floor + (1 - floor) * known
    np.testing.assert_allclose(table["merec"][vary], pymcdm_weights.merec_weights(lifted, types), rtol=1e-9)
    assert (table.loc[~vary, "entropy":"merec"] == 0).all(axis=None)


def test_nobody_admitted_is_no_weight(ranked: Ranking) -> None:
    nobody = ranked.reweight({"exclusions": [{"name": "all", "shape": "area", "below": "1000000 acre"}]})
    table = nobody.data_weights()
    assert table["critic"].isna().all()
    assert table["stated"].sum() == pytest.approx(1)
