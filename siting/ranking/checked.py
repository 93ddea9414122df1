"""The checks of a study over what a ranking measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.check import Finding, check_matched, check_measured

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["findings_of"]

_SOURCES = ("nearest_id", "feature_id")


def findings_of(ranking: Ranking) -> list[Finding]:
    """Conditions and exclusions without effect, idle weights, criteria alike, few sources, coarse grains, no data."""
    judged = ranking.judgement
    values, states, features, grains = {}, {}, {}, {}
    for criterion in ranking.study.criteria():
        measure = ranking.plan.criteria[criterion.name]
        measured = ranking.quantities[measure.key]
        low, high = judged.values[criterion.name]
        values[criterion.name] = (low + high) / 2
        states[criterion.name] = measured.state
        for source in _SOURCES:
            if source in measured.columns:
                features[criterion.name] = measured.columns[source]
        for name in measure.layer_names:
            grain = ranking.layers[name].provenance.get("grain")
            if grain:
                grains[criterion.name] = str(grain)
    rules = {rule.name: judged.verdicts[rule.name].met for rule in ranking.plan.rules if not rule.lifts}
    return [*check_matched(ranking.study, ranking.layers), *check_measured(
        admitted=judged.admitted, rules=rules, weights=ranking.study.weights, values=values, states=states,
        features=features, grains=grains,
    )]  # fmt: skip
