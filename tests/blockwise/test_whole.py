"""What is true of all parcels, against the ranking in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.blockwise.together import Together
from siting.engine.selection import tally
from siting.judgement import _median, judge_alone
from siting.mcda.aggregate import Scores
from siting.mcda.rank import competition_ranks, interval_ranks
from siting.ranking import Ranking


def test_the_whole_is_that_of_the_ranking(together: Together, ranked: Ranking) -> None:
    whole, judged = together.whole, ranked.judgement
    assert whole.medians == {
        name: _median((low + high) / 2, judged.admitted) for name, (low, high) in judged.values.items()
    }
    assert list(whole.facts.findings) == ranked.findings()
    assert whole.facts.hits == tuple(ranked.hits().itertuples(index=False, name=None))
    assert whole.facts.present == ranked.present
    assert whole.facts.bounds == ranked.bounds


POINTS = st.sampled_from([0.0, 12.5, 50.0, 50.000001])


@given(st.lists(st.tuples(POINTS, POINTS, st.booleans()), min_size=40, max_size=40), st.booleans())
def test_ranks_are_those_of_all_scores_at_once(
    together: Together, ranked: Ranking, drawn: list[tuple[float, float, bool]], exact: bool
) -> None:
    """Scores without an interval are counted once; with intervals, each side is counted by itself."""
    alone = judge_alone(ranked.study, ranked.plan, ranked.quantities, ranked.parcels.ids, ranked.overrides)
    one, two, known = (np.array(side) for side in zip(*drawn, strict=True))
    low, high = np.minimum(one, two), one if exact else np.maximum(one, two)
    low = high if exact else low
    scores = Scores(low=np.where(known, low, np.nan), high=np.where(known, high, np.nan),
                    score=np.where(known, np.round((low + high) / 2, 6), np.nan), blocks={})  # fmt: skip
    alone = replace(alone, scores=scores)
    inside = alone.admitted
    counts = {side: tally([getattr(scores, side)[inside]]) for side in ("score", "low", "high")}
    shared = {side: counts["score"] if own.same_as(counts["score"]) else own for side, own in counts.items()}
    found = replace(together.whole, **shared).ranks(alone)
    best, worst = interval_ranks(scores.low, scores.high, inside)
    for one_, other in zip(found, (competition_ranks(scores.score, inside), best, worst), strict=True):
        assert one_.tolist() == other.tolist()
