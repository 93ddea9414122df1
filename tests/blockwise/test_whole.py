"""What is true of all parcels, against the ranking in memory."""

from __future__ import annotations

from siting.blockwise.together import Together
from siting.judgement import _median
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
