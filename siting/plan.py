"""The plan: the distinct measures a study needs, each once, and how far every layer must reach."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from siting.errors import StudyError
from siting.exclusions import Condition, Rule, Test
from siting.mcda.value import Classes
from siting.measure import Measure
from siting.metrics.distance import Distance
from siting.metrics.shape import Usable
from siting.study import Study
from siting.units import Quantity, format_si, si_unit

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
        """The rules that are judged before usable land: those for whole parcels that nothing can lift."""
        lifted = {name for rule in self.rules for name in rule.lifts}
        return tuple(
            rule
            for rule in self.rules
            if rule.applies_to == "parcel" and not rule.lifts and rule.name not in lifted
            if all(measure.land == "parcel" for measure in rule.measures)
        )


def plan_of(study: Study, *, wider: Plan | None = None) -> Plan:
    """The plan of a study.

    wider : a plan of before; its searches are kept where they reach at least as far, so that nothing is measured again
    Raises StudyError where a search ends before its value function is flat, or before a rule's threshold.
    """
    needs = _needs(study)
    for measure in wider.measures if wider else ():
        within = getattr(measure, "within", None)
        if isinstance(measure, Distance) and _base(measure) in needs and within is not None:
            needs[_base(measure)] = max(needs[_base(measure)], within.value)
    criteria = {c.name: _settled(c.measure, needs, far=c.value.direction == "rising") for c in study.criteria()}
    for criterion in study.criteria():
        _check_flat(criterion.name, criteria[criterion.name], criterion.value)
    rules = tuple(_settled_rule(rule, needs) for rule in study.exclusions)
    for rule in rules:
        _check_reach(rule)
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
    for name in study.assemble.barriers if study.assemble else ():
        reach[name] = max(reach.get(name, 0.0), study.assemble.gap.value if study.assemble else 0.0)
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
        raise StudyError(
            "A measure says 'of: pad', but the study has no pad. Add its sides, such as pad: 600 m x 700 m."
        )
    width, length = study.pad
    return width.value, length.value


def _needs(study: Study) -> dict[str, float]:
    """Key of an open-ended search -> the largest distance in m that a value function or rule can tell apart."""
    needs: dict[str, float] = {}

    def need(measure: Measure, distance: float) -> None:
        if isinstance(measure, Distance) and measure.within is None:
            needs[_base(measure)] = max(needs.get(_base(measure), 0.0), distance)

    for criterion in study.criteria():
        if isinstance(criterion.measure, Distance):
            need(criterion.measure, criterion.value.last_si)
    for _, measure, test in _tests(study.exclusions):
        need(measure, max(limit for limit in (test.above, test.below, 0.0) if limit is not None))
    return needs


def _tests(rules: Iterable[Rule]) -> Iterator[tuple[Rule, Measure, Test]]:
    """Every measure of every rule with its test."""
    for rule in rules:
        for part in (rule.condition, *([rule.only_where] if rule.only_where else [])):
            for measure, test in (*part.parts, *filter(None, part.given)):
                yield rule, measure, test


def _base(measure: Distance) -> str:
    """The key of a search apart from what the study settles: its reach and its placement."""
    return measure.model_copy(update={"placement": None, "within": None}).key


def _settled(measure: Measure, needs: Mapping[str, float], *, far: bool) -> Measure:
    """The measure with its reach and its placement.

    far : whether more distance is better, so that the farthest placement of a pad counts
    """
    if not isinstance(measure, Distance):
        return measure
    update: dict[str, Any] = {}
    if measure.within is None and math.isfinite(needs.get(_base(measure), math.inf)):
        update["within"] = Quantity(needs[_base(measure)], si_unit("length"))
    if measure.land == "pad" and measure.placement is None:
        update["placement"] = "farthest" if far else "nearest"
    return measure.model_copy(update=update) if update else measure


def _settled_rule(rule: Rule, needs: Mapping[str, float]) -> Rule:
    """The rule with settled measures: it holds only where every placement of a pad breaks it."""

    def settle(condition: Condition) -> Condition:
        def one(pair: tuple[Measure, Test]) -> tuple[Measure, Test]:
            return _settled(pair[0], needs, far=pair[1].below is not None), pair[1]

        given = tuple(pair and one(pair) for pair in condition.given)
        return Condition(parts=tuple(one(pair) for pair in condition.parts), given=given)

    where = settle(rule.only_where) if rule.only_where else None
    return rule.model_copy(update={"condition": settle(rule.condition), "only_where": where})


def _check_flat(name: str, measure: Measure, value: Any) -> None:
    """Refuse a search that ends before the value function stops changing."""
    if not isinstance(measure, Distance) or measure.within is None or isinstance(value, Classes):
        return
    if value.flat_beyond > measure.within.value + 1e-9:
        far = (
            f"up to {format_si(value.flat_beyond, value.unit.name)}"
            if math.isfinite(value.flat_beyond)
            else "everywhere"
        )
        raise StudyError(
            f"Criterion {name!r} searches within {measure.within}, but its value still changes {far}. Search at least "
            "that far, or end the value function there: beyond the search the distance is only '> within'."
        )


def _check_reach(rule: Rule) -> None:
    """Refuse a search that ends before the threshold that it is tested against."""
    for _, measure, test in _tests([rule]):
        limit = max((limit for limit in (test.above, test.below) if limit is not None), default=0.0)
        if isinstance(measure, Distance) and measure.within is not None and limit > measure.within.value + 1e-9:
            raise StudyError(
                f"Exclusion {rule.name!r} searches within {measure.within}, but its threshold is {test.said}. "
                "Search at least that far, or leave 'within' out: beyond the search the distance is only '> within'."
            )


def _minimum(rules: Iterable[Rule]) -> float:
    """The least largest piece that any rule lets pass; rules with conditions and lifted ones do not count."""
    rules = tuple(rules)
    lifted = {name for rule in rules for name in rule.lifts}
    limits = [
        test.below
        for rule in rules
        if rule.only_where is None and not rule.lifts and rule.name not in lifted and not rule.condition.given
        for measure, test in rule.condition.parts
        if isinstance(measure, Usable) and measure.what == "largest_piece" and test.below is not None
        if test.above is None
    ]
    return max(limits, default=0.0)
