"""Two rankings of the drawn world: ranks, and a split that adds up to the last bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from siting.comparison import CHANGES
from siting.errors import DataError
from siting.ranking import Ranking

WEIGHTS = {"blocks.power.weight": 8}
VALUES = {"blocks.power.criteria.station.value": [["0.5 km", 1], ["3 km", 0]]}
METHOD = {"aggregate": {"across": "geometric"}}
RULES = {"exclusions.too small.below": "60 ha"}


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({}, ()),
        (WEIGHTS, ("weights",)),
        (VALUES, ("values",)),
        (METHOD, ("method",)),
        ({**WEIGHTS, **VALUES, **METHOD}, ("weights", "values", "method")),
        ({"missing": "worst"}, ("data",)),
        ({"blocks.ground.combine": "product"}, ("method",)),
    ],
)
def test_the_parts_add_up_to_the_last_bit(ranked: Ranking, patch: dict[str, Any], changed: tuple[str, ...]) -> None:
    other = ranked.reweight(patch)
    found = ranked.compare(other)
    assert found.changed == changed
    table = found.table.set_index("id").loc[ranked.parcels.ids]
    admitted = ranked.judgement.admitted
    np.testing.assert_array_equal(table["rank_a"].to_numpy()[admitted], ranked.judgement.rank[admitted])
    np.testing.assert_array_equal(table["rank_b"].to_numpy()[admitted], other.judgement.rank[admitted])
    both = table.dropna(subset=["rank_change"])
    assert (both["rank_b"] - both["rank_a"] == both["rank_change"]).all()
    assert (both[list(CHANGES)].sum(axis=1) == both["rank_change"]).all()
    for name in set(CHANGES) - set(changed):
        assert (both[name] == 0).all()
    if len(changed) == 1:
        assert (both[changed[0]] == both["rank_change"]).all()


def test_of_two_changes_each_takes_the_mean_of_both_orders(ranked: Ranking) -> None:
    """Shapley's split of two: half of (alone + after the other)."""
    weights, values, both = (ranked.reweight(patch) for patch in (WEIGHTS, VALUES, {**WEIGHTS, **VALUES}))
    rank = {
        name: r.judgement.rank.astype(float) for name, r in (("", ranked), ("w", weights), ("v", values), ("wv", both))
    }
    table = ranked.compare(both).table.set_index("id").loc[ranked.parcels.ids]
    admitted = ranked.judgement.admitted
    expected = ((rank["w"] - rank[""]) + (rank["wv"] - rank["v"])) / 2
    np.testing.assert_allclose(table["weights"].to_numpy()[admitted], expected[admitted], atol=2e-6)


def test_other_exclusions_are_a_change_of_their_own(ranked: Ranking) -> None:
    found = ranked.compare(ranked.reweight(RULES))
    assert "exclusions" in found.changed
    gone = found.table[found.table["rank_a"].notna() & found.table["rank_b"].isna()]
    assert len(gone)
    assert gone[["rank_change", *CHANGES]].isna().all(axis=None)
    left = found.table.dropna(subset=["rank_change"])
    assert (left[list(CHANGES)].sum(axis=1) == left["rank_change"]).all()
    assert (left["exclusions"] <= 0).all()  # with fewer rivals nobody falls


def test_a_ranking_compared_with_itself_is_the_same(ranked: Ranking) -> None:
    found = ranked.compare(ranked)
    assert (found.changed, found.k, found.correlation) == ((), 10, 1.0)
    assert found.kept == 10
    assert str(found).startswith("Changed: nothing. 10 of the best 10 stay; Spearman's correlation 1.000.")


def test_the_order_of_parcels_does_not_matter(ranked: Ranking) -> None:
    both = ranked.reweight({**WEIGHTS, **METHOD})
    turned = np.arange(len(ranked))[::-1]
    judged = both.judgement
    moved = replace(
        judged,
        values={name: (low[turned], high[turned]) for name, (low, high) in judged.values.items()},
        status=judged.status[turned],
        scores=replace(
            judged.scores, **{name: getattr(judged.scores, name)[turned] for name in ("low", "high", "score")}
        ),
    )  # fmt: skip
    other = replace(both, parcels=both.parcels.take(turned), judgement=moved)
    assert ranked.compare(other).table.equals(ranked.compare(both).table)


def test_other_parcels_are_refused(ranked: Ranking) -> None:
    fewer = replace(ranked, parcels=ranked.parcels.take(np.arange(39)))
    with pytest.raises(DataError) as e:
        ranked.compare(fewer)
    assert str(e.value) == (
        "Two rankings are compared parcel by parcel, but these have 40 and 39 parcels with 39 ids in common. "
        "Compare rankings of the same parcels."
    )
