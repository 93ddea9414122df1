"""Exclusions: rules that rule land out and say why. A rule is a measure and a test of its quantity.

::

    - {name: tribal land, applies_to: parcel, share: tribal, above: 1 %, why: "needs consent"}
    - {name: zoning,      applies_to: parcel, class: zoning, in: [prohibited], above: 50 %}
    - {name: fault,       applies_to: parcel, distance: faults, below: 100 m}
    - {name: lines,       applies_to: parcel, distance: lines, below_by: {field: VOLTAGE, 345 kV: 150 m, 230 kV: 100 m}}
    - {name: too small,   applies_to: site, usable: largest_piece, below: 80 acre}
    - {name: city limit,  applies_to: parcel, outside: city_limits}
    - {name: opted in,    lifts: [tribal land], inside: opted_in}

``applies_to: parcel`` means never, in no site; ``site`` means too little alone, still there to be assembled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from siting.errors import StudyError, did_you_mean, named
from siting.measure import Measure, Measured
from siting.metrics import measure_of, parse_measure
from siting.units import Quantity, parse_quantity

__all__ = ["Condition", "Rule", "Test", "Verdict", "parse_rule"]

_HALF = "50 %"
_RULE_KEYS = ("name", "applies_to", "why", "lifts", "only_where", "unknown")
_TEST_KEYS = ("above", "below", "in", "below_by", "inside", "outside")


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a test says of n parcels: certainly met, or perhaps (the quantity is unknown or an interval)."""

    met: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]


class Test(BaseModel):
    """A threshold or a list of classes for one quantity; all given parts must hold.

    above, below : in SI units, exclusive; text as the study wrote it is in ``said``
    values : text values of which the quantity must be one
    """

    __test__ = False  # not a pytest class
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    above: float | None = None
    below: float | None = None
    values: tuple[str, ...] | None = None
    said: str = ""

    def verdict(self, measured: Measured) -> Verdict:
        """Compare the first column of ``measured``; quantities that are missing are "perhaps"."""
        quantity = next(iter(measured.columns.values()))
        if self.values is not None:
            missing = np.array([item is None for item in quantity], bool)
            return Verdict(np.isin(quantity.astype(str), self.values) & ~missing, missing)
        low = quantity if measured.low is None else np.where(np.isnan(quantity), measured.low, quantity)
        high = quantity if measured.high is None else np.where(np.isnan(quantity), measured.high, quantity)
        missing = np.isnan(low) | np.isnan(high)
        with np.errstate(invalid="ignore"):
            met = np.ones(len(quantity), bool)
            possible = np.ones(len(quantity), bool)
            if self.above is not None:
                met, possible = met & (low > self.above), possible & (high > self.above)
            if self.below is not None:
                met, possible = met & (high < self.below), possible & (low < self.below)
        return Verdict(met & ~missing, (possible & ~met) | missing)


class Condition(BaseModel):
    """Measures with a test each; met where any of them is met."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    parts: tuple[tuple[Measure, Test], ...]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that it names."""
        return tuple(measure for measure, _ in self.parts)

    def verdict(self, measured: Mapping[str, Measured]) -> Verdict:
        """Met and perhaps met; ``measured`` by ``Measure.key``."""
        verdicts = [test.verdict(measured[measure.key]) for measure, test in self.parts]
        met = np.logical_or.reduce([v.met for v in verdicts])
        return Verdict(met, np.logical_or.reduce([v.perhaps for v in verdicts]) & ~met)


class Rule(BaseModel):
    """An exclusion of a study.

    applies_to : "parcel" (never, in no site) or "site" (too little alone, still there to be assembled)
    lifts : names of rules that do not apply where this condition is met (such a rule excludes nothing itself)
    only_where : the rule applies only where this condition is met
    unknown : "keep" a parcel that the rule cannot judge, flagged, or "exclude" it with the reason "no data"
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    name: str
    condition: Condition
    applies_to: Literal["parcel", "site"] = "parcel"
    why: str = ""
    lifts: tuple[str, ...] = ()
    only_where: Condition | None = None
    unknown: Literal["keep", "exclude"] = "keep"

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure that it names."""
        return (*self.condition.measures, *(self.only_where.measures if self.only_where else ()))

    def verdict(self, measured: Mapping[str, Measured]) -> Verdict:
        """Where the rule holds and where it might; ``measured`` by ``Measure.key``."""
        own = self.condition.verdict(measured)
        if self.only_where is None:
            return own
        where = self.only_where.verdict(measured)
        met = own.met & where.met
        return Verdict(met, (own.met | own.perhaps) & (where.met | where.perhaps) & ~met)


def parse_rule(mapping: Mapping[str, Any], number: int = 1) -> Rule:
    """The rule that a mapping of the study describes. Raises StudyError naming the rule and the key.

    >>> rule = parse_rule({"name": "fault", "distance": "faults", "below": "100 m"})
    >>> rule.applies_to, rule.condition.parts[0][1].below
    ('parcel', 100.0)
    """
    name = mapping.get("name")
    if not isinstance(name, str) or not name.strip():
        raise StudyError(f"Exclusion {number} has no name. Give it one: {{name: too small, ...}}; reasons are shown by it.")
    item = f"Exclusion {name!r}"
    rest = {key: value for key, value in mapping.items() if key not in _RULE_KEYS}
    nested = mapping.get("only_where")
    if nested is not None and not isinstance(nested, Mapping):
        raise StudyError(f"{item}: 'only_where' takes a measure with a test, such as {{share: basins, above: 50 %}}, not {nested!r}.")
    return Rule(
        name=name,
        condition=_condition(rest, item),
        applies_to=_choice(mapping, "applies_to", ("parcel", "site"), item),
        why=str(mapping.get("why", "")),
        lifts=_names(mapping, "lifts", item),
        only_where=_condition(nested, f"{item}, only_where") if nested is not None else None,
        unknown=_choice(mapping, "unknown", ("keep", "exclude"), item),
    )


def _choice(mapping: Mapping[str, Any], key: str, allowed: tuple[str, ...], item: str) -> Any:
    """The value of a key, the first of ``allowed`` by default."""
    value = mapping.get(key, allowed[0])
    if value not in allowed:
        raise StudyError(f"{item}: {key!r} is {value!r}; it can be {named(allowed)}.{did_you_mean(str(value), allowed)}")
    return value


def _names(mapping: Mapping[str, Any], key: str, item: str) -> tuple[str, ...]:
    value = mapping.get(key, [])
    if isinstance(value, str) or not all(isinstance(name, str) for name in value):
        raise StudyError(f"{item}: {key!r} takes a list of names, such as [tribal land], not {value!r}.")
    return tuple(value)


def _condition(mapping: Mapping[str, Any], item: str) -> Condition:
    """A measure with its test, or several where thresholds depend on an attribute."""
    mapping = _without_sugar(mapping, item)
    test_keys = {key: mapping[key] for key in _TEST_KEYS if key in mapping}
    body = {key: value for key, value in mapping.items() if key not in _TEST_KEYS}
    if "in" in test_keys and "class" in body:
        body = {"class_share" if key == "class" else key: value for key, value in body.items()}
        body["classes"] = _values(test_keys.pop("in"), item)
        if not {"above", "below"} & set(test_keys):
            test_keys["above"] = _HALF
    if "below_by" in test_keys:
        return Condition(parts=_stepped(body, test_keys, item))
    if "in" in test_keys and measure_of(body, item).verb in ("attribute", "field"):
        body.setdefault("values", "text")
    body = _per_area(body, test_keys, item)
    measure = parse_measure(body, item)
    return Condition(parts=((measure, _test(test_keys, measure, item)),))


def _without_sugar(mapping: Mapping[str, Any], item: str) -> dict[str, Any]:
    """``inside: layer`` and ``outside: layer`` as a share above or below a half."""
    out = dict(mapping)
    for key, test in (("inside", "above"), ("outside", "below")):
        if key in out:
            if {"above", "below", "in", "below_by", "share"} & set(out):
                raise StudyError(f"{item}: {key!r} means more than half of the land; for another part write 'share' with {test!r}.")
            out["share"], out[test] = out.pop(key), _HALF
    return out


def _per_area(body: dict[str, Any], test: Mapping[str, Any], item: str) -> dict[str, Any]:
    """A parcel's field tested against money per area is divided by the area, in the threshold's unit."""
    for key in ("above", "below"):
        said = test.get(key)
        if isinstance(said, str) and "field" in body and measure_of(body, item).verb == "field" and "per" not in body:
            unit = parse_quantity(said).unit
            if unit.dimension == "money_per_area":
                money, _, area = unit.name.partition("/")
                body = {"unit": money, **body, "per": area}
    return body


def _test(keys: Mapping[str, Any], measure: Measure, item: str) -> Test:
    """The test of one measure, thresholds in the dimension of its quantity."""
    if not keys:
        raise StudyError(f"{item}: it has no test. Add one of {named(_TEST_KEYS[:4])}; 'inside' or 'outside' a layer need none.")
    column = measure.columns[0]
    if "in" in keys:
        return Test(values=_values(keys["in"], item), said=f"in {named(_values(keys['in'], item))}")
    limits = {key: _limit(keys[key], column.dimension, f"{item}: {key!r}") for key in ("above", "below") if key in keys}
    said = " and ".join(f"{key} {keys[key]}" for key in limits)
    return Test(above=limits.get("above"), below=limits.get("below"), said=said)


def _limit(said: object, dimension: str, item: str) -> float:
    if dimension == "text":
        raise StudyError(f"{item} needs a quantity, but the measure gives text. Use 'in' with a list of values.")
    try:
        return parse_quantity(said, dimension).value  # type: ignore[arg-type]
    except StudyError as error:
        raise type(error)(f"{item}: {error}") from None


def _values(said: object, item: str) -> tuple[str, ...]:
    if isinstance(said, str) or not isinstance(said, list | tuple) or not said:
        raise StudyError(f"{item}: 'in' takes a list of values, such as [prohibited], not {said!r}.")
    return tuple(str(value) for value in said)


def _stepped(body: Mapping[str, Any], keys: Mapping[str, Any], item: str) -> tuple[tuple[Measure, Test], ...]:
    """Setbacks that grow with an attribute: one measure and test for each step.

    ``{field: VOLTAGE, 345 kV: 150 m, 230 kV: 100 m}`` keeps 150 m from features of at least 345 kV and 100 m
    from those of at least 230 kV.
    """
    steps = keys["below_by"]
    if not isinstance(steps, Mapping) or "field" not in steps or len(steps) < 2:
        raise StudyError(f"{item}: 'below_by' takes a field and steps, such as {{field: VOLTAGE, 230 kV: 100 m}}, not {steps!r}.")
    field = steps["field"]
    parts = []
    for level, limit in steps.items():
        if level == "field":
            continue
        at_least = level if isinstance(level, int | float) else parse_quantity(str(level))
        number = at_least.shown if isinstance(at_least, Quantity) else at_least
        where = f"{field} >= {number:g}"
        step = dict(body)
        step["where"] = f"({body['where']}) and {where}" if "where" in body else where
        measure = parse_measure(step, item)
        parts.append((measure, _test({"below": limit}, measure, item)))
    return tuple(parts)
