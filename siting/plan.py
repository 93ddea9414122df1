"""The plan: the distinct measures a study needs, each once, and how far every layer must reach."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from siting.errors import StudyError
from siting.exclusions import Condition, Rule
from siting.mcda.value import Classes
from siting.measure import Measure
from siting.study import Study

__all__ = ["Plan", "plan_of"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a study measures.

    criteria : criterion -> its measure, with reach and placement settled
    rules : the exclusions, likewise
    first : distinct measures of whole parcels, taken before usable land is worked out
    later : distinct measures of usable land and pads
    reach_m : layer -> how far beyond the parcels it is needed
    wants_usable : whether usable land is needed
    pad_m : width and length of the pad, where placements of it are needed
    minimum_m2 : less usable land than this is too small whatever its shape; finer work is left out there
    """

    criteria: Mapping[str, Measure]
    rules: tuple[Rule, ...]
    first: tuple[Measure, ...]
    later: tuple[Measure, ...]
    reach_m: Mapping[str, float]
    wants_usable: bool
    pad_m: tuple[float, float] | None
    minimum_m2: float

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every distinct measure."""
        return (*self.first, *self.later)

    @property
    def gates(self) -> tuple[Rule, ...]:
        """The rules that are judged before usable land: those for parcels, on whole parcels."""
        return tuple(r for r in self.rules if r.applies_to == "parcel" and all(m.land == "parcel" for m in r.measures))


def plan_of(study: Study) -> Plan:
    """The plan of a study. Raises StudyError where a search ends before its value function is flat."""
    needs = _needs(study)
    criteria = {c.name: _settled(c.measure, needs, c.value) for c in study.criteria()}
    for criterion in study.criteria():
        _check_flat(criterion.name, criteria[criterion.name], criterion.value)
    rules = tuple(_settled_rule(rule, needs) for rule in study.exclusions)
    named = [*criteria.values(), *(measure for rule in rules for measure in rule.measures)]
    distinct = tuple({measure.key: measure for measure in named}.values())
    later = tuple(measure for measure in distinct if measure.land != "parcel")
    reach: dict[str, float] = {}
    for measure in distinct:
        for name in measure.layer_names:
            reach[name] = max(reach.get(name, 0.0), measure.reach_m)
    for cut in study.usable:
        if cut.layer is not None:
            reach[cut.layer] = max(reach.get(cut.layer, 0.0), cut.reach_m)
    return Plan(
        criteria=criteria,
        rules=rules,
        first=tuple(measure for measure in distinct if measure.land == "parcel"),
        later=later,
        reach_m=reach,
        wants_usable=bool(later) or bool(study.usable),
        pad_m=_pad(study) if any(measure.land == "pad" for measure in later) else None,
        minimum_m2=_minimum(rules),
    )


def _pad(study: Study) -> tuple[float, float]:
    """The sides of the pad. Raises StudyError where a measure starts from a pad that the study does not have."""
    if study.pad is None:
        raise StudyError("A measure says 'of: pad', but the study has no pad. Add its sides, such as pad: 600 m x 700 m.")
    width, length = study.pad
    return width.value, length.value


def _open_ended(measure: Measure) -> bool:
    """Whether the measure searches as far as its uses can tell distances apart."""
    return getattr(measure, "within", 0) is None and measure.columns[0].dimension == "length"


def _needs(study: Study) -> dict[str, float]:
    """Key of an open-ended measure -> the largest distance in m that a value function or rule can tell apart."""
    needs: dict[str, float] = {}

    def need(measure: Measure, distance: float) -> None:
        if _open_ended(measure):
            needs[_base(measure)] = max(needs.get(_base(measure), 0.0), distance)

    for criterion in study.criteria():
        far = math.inf if isinstance(criterion.value, Classes) else criterion.value.last_si
        need(criterion.measure, far)
    for rule in study.exclusions:
        for part in (rule.condition, *([rule.only_where] if rule.only_where else [])):
            for measure, test in part.parts:
                need(measure, max(limit for limit in (test.above, test.below, 0.0) if limit is not None))
    return needs


def _base(measure: Measure) -> str:
    """The key of a measure apart from its placement, which the value function decides."""
    return measure.model_copy(update={"placement": "nearest"}).key if "placement" in type(measure).model_fields else measure.key


def _settled(measure: Measure, needs: Mapping[str, float], value: Any = None) -> Measure:
    """The measure with its reach, and its placement: nuisances are measured from the farthest one."""
    update: dict[str, Any] = {}
    if _open_ended(measure) and math.isfinite(needs[_base(measure)]):
        from siting.units import Quantity, si_unit

        update["within"] = Quantity(needs[_base(measure)], si_unit("length"))
    if measure.land == "pad" and getattr(measure, "placement", "") is None:
        update["placement"] = "farthest" if value is not None and value.direction == "rising" else "nearest"
    return measure.model_copy(update=update) if update else measure


def _settled_rule(rule: Rule, needs: Mapping[str, float]) -> Rule:
    def settle(condition: Condition) -> Condition:
        return Condition(parts=tuple((_settled(measure, needs), test) for measure, test in condition.parts))

    where = settle(rule.only_where) if rule.only_where else None
    return rule.model_copy(update={"condition": settle(rule.condition), "only_where": where})


def _check_flat(name: str, measure: Measure, value: Any) -> None:
    """Refuse a search that ends before the value function stops changing."""
    within = getattr(measure, "within", None)
    if within is None or isinstance(value, Classes) or measure.columns[0].dimension != "length":
        return
    if value.flat_beyond > within.value + 1e-9:
        raise StudyError(
            f"Criterion {name!r} searches within {within}, but its value still changes up to {value.anchors[-1][0]}. "
            "Search at least that far, or end the value function there: beyond the search the distance is only '> within'."
        )


def _minimum(rules: Iterable[Rule]) -> float:
    """The least largest piece that any rule lets pass."""
    limits = [
        test.below
        for rule in rules
        if rule.only_where is None
        for measure, test in rule.condition.parts
        if measure.verb == "usable" and getattr(measure, "what", "") == "largest_piece" and test.below is not None
    ]
    return max(limits, default=0.0)
