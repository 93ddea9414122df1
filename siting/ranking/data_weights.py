"""What the data alone would say of the weights: a diagnosis beside the stated ones, never in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.mcda.weights import critic, entropy, merec, standard_deviation

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["DATA_WEIGHTS_MEAN", "data_weights_table"]

DATA_WEIGHTS_MEAN = (
    "Weights read out of the values of the admitted parcels say where the data tell candidates apart, not what matters "
    "to anybody, and they change with the candidates: a diagnosis, used nowhere."
)
_WAYS: tuple[tuple[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]], ...] = (
    ("standard_deviation", standard_deviation),
    ("entropy", entropy),
    ("critic", critic),
    ("merec", merec),
)


def data_weights_table(ranking: Ranking) -> pd.DataFrame:
    """The stated weights beside those that the data of the admitted parcels give.

    Columns: criterion; stated, its share of the whole; standard_deviation, entropy, critic, merec, shares of 1 over
    the middle values of the admitted parcels without gaps. A criterion in which all are alike has 0. MEREC needs
    numbers above 0 and reads the values between the floor of the study and 1. All NaN
    with fewer than two such parcels, or where no criterion varies.
    """
    judgement, study = ranking.judgement, ranking.study
    floor = study.aggregate.floor_value
    names = [criterion.name for criterion in study.criteria()]
    values = np.column_stack([sum(judgement.values[name]) / 2 for name in names])[judgement.admitted]
    known = values[~np.isnan(values).any(axis=1)]
    vary = np.ptp(known, axis=0) > 0 if len(known) > 1 else np.zeros(len(names), bool)
    table = pd.DataFrame({"criterion": names, "stated": [study.weights[name] for name in names]})
    for way, weights in _WAYS:
        found = np.full(len(names), np.nan)
        if vary.any():
            given = known[:, vary]
            if way == "merec":
                given = floor + (1 - floor) * given
            found[:] = 0.0
            found[vary] = weights(given)
        table[way] = found
    table.attrs["note"] = DATA_WEIGHTS_MEAN
    return table
