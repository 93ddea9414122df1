"""Which optional columns any parcel needs: those that the layout has."""

from __future__ import annotations

from siting.ranking import Ranking, present_of


def test_optional_columns_are_those_of_the_layout(ranked: Ranking) -> None:
    present = present_of(ranked)
    for criterion in ranked.about.criteria:
        assert (f"value {criterion.name}" in present) == bool(criterion.value_low)
        assert (f"state {criterion.name}" in present) == bool(criterion.state)
        key = ranked.plan.criteria[criterion.name].key
        assert (f"interval {key}" in present) == bool(criterion.low)
