"""The checks of a study over what a ranking measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siting.check import Finding, check_matched, check_measured

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["findings_of"]

_OF_CELLS = ("raster", "slope")
_SOURCES = ("nearest_id", "feature_id")


def findings_of(ranking: Ranking) -> list[Finding]:
    """Conditions and exclusions without effect, idle weights, criteria alike, few sources, coarse grains, no data."""
    judged = ranking.judgement
    values, states, features, grains, covers = {}, {}, {}, {}, {}
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
            if said := _cover(name, ranking.layers[name].provenance.get("coverage"), measure.verb):
                covers[criterion.name] = said
            grain = ranking.layers[name].provenance.get("grain")
            if grain:
                grains[criterion.name] = str(grain)
    rules = {rule.name: judged.verdicts[rule.name].met for rule in ranking.plan.rules if not rule.lifts}
    return [*check_matched(ranking.study, ranking.layers), *check_measured(
        admitted=judged.admitted, rules=rules, weights=ranking.study.weights, values=values, states=states,
        features=features, grains=grains, covers=covers,
    )]  # fmt: skip


def _cover(layer: str, record: Any, verb: str) -> str:
    """Why parcels have no data, where the layer's coverage is known, and what to do if it is complete."""
    source = record.get("source") if isinstance(record, Mapping) else None
    if not source or verb in _OF_CELLS:
        return ""
    what = {"extent": "the box around its features", "hull": "the hull of its features"}.get(source, repr(source))
    why = "a nearer feature might lie" if verb == "distance" else "they lie, with their reach,"
    return (
        f"{why} outside the area that {layer!r} covers ({what}). "
        f"If the layer is complete here, write coverage: under layers: {layer}:."
    )
