"""The checks of a study over what a ranking measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.check import Finding, check_matched, check_measured
from siting.layer import RasterLayer, VectorLayer
from siting.measure import Measured
from siting.plan import Plan
from siting.ranking.withheld import withheld
from siting.study import Study

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["findings_of", "known_of_layers", "source_column", "source_of"]

_OF_CELLS = ("raster", "slope")
_SOURCES = ("nearest_id", "feature_id")


def findings_of(ranking: Ranking) -> list[Finding]:
    """Conditions and exclusions without effect, idle weights, criteria alike, few sources, coarse grains, no data."""
    judged = ranking.judgement
    values, states, features = {}, {}, {}
    for criterion in ranking.study.criteria():
        measured = ranking.quantities[ranking.plan.criteria[criterion.name].key]
        low, high = judged.values[criterion.name]
        values[criterion.name] = (low + high) / 2
        states[criterion.name] = measured.state
        source = source_of(measured)
        if source is not None:
            features[criterion.name] = _shown(source, ranking, criterion.name)
    rules = {rule.name: judged.verdicts[rule.name].met for rule in ranking.plan.rules if not rule.lifts}
    grains, covers = known_of_layers(ranking.study, ranking.plan, ranking.layers)
    return [*check_matched(ranking.study, ranking.layers), *check_measured(
        admitted=judged.admitted, rules=rules, weights=ranking.study.weights, values=values, states=states,
        features=features, grains=grains, covers=covers,
    )]  # fmt: skip


def _shown(source: NDArray[Any], ranking: Ranking, criterion: str) -> NDArray[Any]:
    """The ids as findings may name them: those of a layer that may not be passed on are numbers of no meaning."""
    if not withheld(ranking.plan.criteria[criterion], ranking.layers):
        return source
    texts = np.array(["" if text is None else str(text) for text in source], dtype=object)
    told = ranking.judgement.admitted & (texts != "")
    out = np.full(len(texts), None, dtype=object)
    _, number = np.unique(texts[told].astype(str), return_inverse=True)
    out[told] = [f"feature {at + 1}" for at in number]
    return out


def source_of(measured: Measured) -> NDArray[Any] | None:
    """(n,) the id of the feature that a quantity comes from; None where the measure does not say."""
    name = source_column(measured)
    return None if name is None else measured.columns[name]


def source_column(measured: Measured) -> str | None:
    """The name of the column that ``source_of`` gives."""
    found = [name for name in _SOURCES if name in measured.columns]
    return found[-1] if found else None


def known_of_layers(
    study: Study, plan: Plan, layers: Mapping[str, VectorLayer | RasterLayer]
) -> tuple[dict[str, str], dict[str, str]]:
    """Criterion -> the grain of its layer, and why parcels have no data, as far as the layers tell."""
    grains, covers = {}, {}
    for criterion in study.criteria():
        measure = plan.criteria[criterion.name]
        for name in measure.layer_names:
            if said := _cover(name, layers[name].provenance.get("coverage"), measure.verb):
                covers[criterion.name] = said
            grain = layers[name].provenance.get("grain")
            if grain:
                grains[criterion.name] = str(grain)
    return grains, covers


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
