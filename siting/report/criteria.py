"""The criteria of a study, each with its drawing, its source and its weight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.mcda.value import Classes
from siting.measure import Measure
from siting.ranking import CriterionColumns, Ranking
from siting.report.content import effective_weights
from siting.report.figure import Drawn, class_figure, curve_figure
from siting.report.table import percent
from siting.robustness import fitted_function
from siting.study import CriterionAt

__all__ = ["CriterionCard", "criterion_cards"]

_FROM = {"usable": "from the usable land", "pad": "from where the pad fits best"}
_KNOTS = 12  #: anchors that are listed in words
_UNPUBLISHED = "the parcels: their classes come from a field that the study does not publish"


@dataclass(frozen=True, kw_only=True)
class CriterionCard:
    """One criterion as the page shows it."""

    title: str
    block: str
    measured: str
    anchors: str
    source: str
    stated: str
    weight: str
    effective: str
    drawn: Drawn


def criterion_cards(ranking: Ranking) -> tuple[CriterionCard, ...]:
    """A card for each criterion, in study order."""
    effective = effective_weights(ranking)
    named = {columns.name: columns for columns in ranking.about.criteria}
    return tuple(
        _card(ranking, criterion, named[criterion.name], effective[criterion.name])
        for criterion in ranking.study.criteria()
    )


def _card(ranking: Ranking, criterion: CriterionAt, columns: CriterionColumns, effective: float) -> CriterionCard:
    stated = criterion.spec.weight
    return CriterionCard(
        title=criterion.title,
        block=" / ".join(name.replace("_", " ") for name in criterion.block),
        measured=_measured(ranking.plan.criteria[criterion.name]),
        anchors=_anchors(ranking, criterion),
        source=criterion.source or "not stated",
        stated="" if stated is None else f"{stated:g}",
        weight=percent(criterion.weight),
        effective=percent(effective),
        drawn=_drawn(ranking, criterion, columns),
    )


def _drawn(ranking: Ranking, criterion: CriterionAt, columns: CriterionColumns) -> Drawn:
    admitted, given = ranking.judgement.admitted, ranking.columns[columns.quantity].values
    if isinstance(criterion.value, Classes):
        drawn = class_figure(criterion.value, given, admitted, title=criterion.title)
        return replace(drawn, notes=(_UNPUBLISHED,)) if _unpublished(ranking, criterion, given) else drawn
    function = _function(ranking, criterion)
    quantity = np.asarray(given, np.float64)
    return curve_figure(
        function, quantity, admitted, unit=function.unit, title=criterion.title, within=columns.within
    )  # fmt: skip


def _unpublished(ranking: Ranking, criterion: CriterionAt, given: NDArray[Any]) -> bool:
    """Whether classes were measured, and come from a field of the parcels that the study does not publish."""
    measured = ranking.quantities[ranking.plan.criteria[criterion.name].key]
    known = any(one is not None for one in next(iter(measured.columns.values())))
    return known and all(one is None for one in given)


def _function(ranking: Ranking, criterion: CriterionAt) -> Any:
    """The value function as it was used: one that is fitted to the candidates, fitted to them."""
    measured = ranking.quantities[ranking.plan.criteria[criterion.name].key]
    return fitted_function(criterion, next(iter(measured.columns.values())))


def _measured(measure: Measure) -> str:
    """What is measured, in the words of the study."""
    said = f"{measure.verb.replace('_', ' ')}: {', '.join(measure.layer_names)}".rstrip(": ")
    place = "" if measure.verb == "usable" else _FROM.get(measure.land, "")
    return f"{said}, {place}" if place else said


def _anchors(ranking: Ranking, criterion: CriterionAt) -> str:
    """The anchors in words: "2 km → 1"."""
    if isinstance(criterion.value, Classes):
        return ", ".join(f"{name} → {value:g}" for name, value in criterion.value.values.items())
    function = _function(ranking, criterion)
    anchors = [(at, value) for at, value in function.anchors if np.isfinite(at.value)]
    said = ", ".join(f"{at} → {value:g}" for at, value in anchors[:_KNOTS])
    kind = getattr(function, "kind", "")
    rest = f" and {len(anchors) - _KNOTS} more" if len(anchors) > _KNOTS else ""
    return f"{kind.replace('_', ' ')} curve; {said}{rest}" if kind else said + rest
