"""Some parcels of all blocks as one ranking, against the ranking in memory."""

from __future__ import annotations

import numpy as np

from siting.blockwise.assembly import assembled
from siting.blockwise.together import Together
from siting.ranking import Ranking


def test_the_admitted_of_all_blocks(together: Together, ranked: Ranking) -> None:
    found = assembled(together, lambda ranking: ranking.judgement.admitted)
    rows = np.flatnonzero(ranked.judgement.admitted)
    assert np.array_equal(found.rows, rows)
    assert found.parcels.ids.tolist() == ranked.parcels.ids[rows].tolist()
    assert np.array_equal(found.parcels.shapes.area_m2, ranked.parcels.shapes.area_m2[rows])
    assert np.array_equal(found.judgement.rank, ranked.judgement.rank[rows])
    assert found.counts == ranked.counts
    assert found.top(5).equals(ranked.top(5))


def test_outlines_that_are_not_wanted_are_empty(together: Together, ranked: Ranking) -> None:
    found = assembled(
        together, lambda ranking: np.ones(len(ranking), bool), outlined=lambda ranking: ranking.judgement.rank == 1
    )
    best = ranked.judgement.rank == 1
    assert np.array_equal(found.parcels.shapes.area_m2, np.where(best, ranked.parcels.shapes.area_m2, 0.0))


def test_none_is_a_ranking_too(together: Together) -> None:
    assert len(assembled(together, lambda ranking: np.zeros(len(ranking), bool))) == 0
