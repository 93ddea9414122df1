"""Rules as a study writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siting.errors import StudyError, did_you_mean, named
from siting.exclusions.rule import Condition, Rule, Test
from siting.measure import Measure
from siting.metrics import measure_of, parse_measure
from siting.units import format_si, parse_quantity
from siting.usable import parse_steps

__all__ = ["parse_rule"]

_HALF = "50 %"
_RULE_KEYS = ("name", "applies_to", "why", "lifts", "only_where", "unknown")
_TEST_KEYS = ("above", "below", "in", "below_by", "inside", "outside")


def parse_rule(mapping: Mapping[str, Any], number: int = 1) -> Rule:
    """The rule that a mapping of the study describes. Raises StudyError naming the rule and the key.

    >>> rule = parse_rule({"name": "fault", "distance": "faults", "below": "100 m"})
    >>> rule.applies_to, rule.condition.parts[0][1].below
    ('parcel', 100.0)
    """
    name = mapping.get("name")
    if not isinstance(name, str) or not name.strip():
        raise StudyError(
            f"Exclusion {number} has no name. Give it one: {{name: too small, ...}}; reasons are shown by it."
        )
    item = f"Exclusion {name!r}"
    if name == "override" or name.startswith(("no data", "veto:")):
        raise StudyError(f"{item}: this name is used for reasons of another kind. Give the rule another name.")
    rest = {key: value for key, value in mapping.items() if key not in _RULE_KEYS}
    nested = mapping.get("only_where")
    if nested is not None and not isinstance(nested, Mapping):
        raise StudyError(
            f"{item}: 'only_where' takes a measure with a test, such as {{share: basins, above: 50 %}}, not {nested!r}."
        )
    lifts = _names(mapping, "lifts", item)
    if name in lifts:
        raise StudyError(f"{item} lifts itself; 'lifts' names other exclusions.")
    return Rule(
        name=name,
        condition=_condition(rest, item),
        applies_to=_choice(mapping, "applies_to", ("parcel", "site"), item),
        why=str(mapping.get("why", "")),
        lifts=lifts,
        only_where=_condition(nested, f"{item}, only_where") if nested is not None else None,
        unknown=_choice(mapping, "unknown", ("keep", "exclude"), item),
    )


def _choice(mapping: Mapping[str, Any], key: str, allowed: tuple[str, ...], item: str) -> Any:
    """The value of a key, the first of ``allowed`` by default."""
    value = mapping.get(key, allowed[0])
    if value not in allowed:
        near = did_you_mean(str(value), allowed)
        raise StudyError(f"{item}: {key!r} is {value!r}; it can be {named(allowed)}.{near}")
    return value


def _names(mapping: Mapping[str, Any], key: str, item: str) -> tuple[str, ...]:
    value = mapping.get(key, [])
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
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
    for key, others in (("below_by", set(test_keys) - {"below_by"}), ("in", {"above", "below"} & set(test_keys))):
        if key in test_keys and others:
            raise StudyError(f"{item}: {key!r} stands beside {named(sorted(others))}; a rule has one test. Keep one.")
    if "below_by" in test_keys:
        steps = test_keys["below_by"]
        if isinstance(steps, Mapping) and {"layer", "parcel"} & set(steps):
            return _by_place(body, steps, item)
        return Condition(parts=_stepped(body, steps, item))
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
                raise StudyError(
                    f"{item}: {key!r} means {'more' if key == 'inside' else 'less'} than half of the land; for another "
                    f"part write 'share' with {test!r}."
                )
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
        raise StudyError(
            f"{item}: it has no test. Add one of {named(_TEST_KEYS[:4])}; 'inside' or 'outside' a layer need none."
        )
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


def _stepped(body: Mapping[str, Any], given: object, item: str) -> tuple[tuple[Measure, Test], ...]:
    """Setbacks that grow with an attribute: one measure and test for each step.

    ``{field: VOLTAGE, 345 kV: 150 m, 230 kV: 100 m}`` keeps 150 m from features of at least 345 kV and 100 m
    from those of at least 230 kV.
    """
    field, steps = parse_steps(given, item, "below_by")
    parts = []
    for level, distance in steps:
        where = f'"{field}" >= {level!r}'
        step = dict(body)
        step["where"] = f"({body['where']}) and {where}" if "where" in body else where
        measure = parse_measure(step, item)
        if measure.columns[0].dimension != "length":
            raise StudyError(f"{item}: 'below_by' takes distances, but the measure {measure.verb!r} gives none.")
        parts.append((measure, Test(below=distance, said=f"below {format_si(distance, 'm')}")))
    return tuple(parts)


def _by_place(body: Mapping[str, Any], given: Mapping[str, Any], item: str) -> Condition:
    """Setbacks that depend on where the parcel lies.

    ``{layer: cities, field: NAME, Phoenix: 100 m, other: 30 m}``: the feature that covers most of the parcel decides;
    ``{parcel: JURISDICTION, ...}``: the parcel's own field does. Without ``other`` there is no setback elsewhere.
    """
    keys = {key: given[key] for key in ("layer", "field", "parcel") if key in given}
    places = {str(key): value for key, value in given.items() if key not in keys}
    if set(keys) not in ({"layer", "field"}, {"parcel"}) or not places:
        raise StudyError(
            f"{item}: 'below_by' a place takes a layer with a field, or the parcel's field, and a distance for each "
            f"place, such as {{layer: cities, field: NAME, Phoenix: 100 m, other: 30 m}}, not {dict(given)!r}."
        )
    if "parcel" in keys:
        place = parse_measure({"field": keys["parcel"], "values": "text"}, item)
    else:
        place = parse_measure({"attribute": keys["layer"], "field": keys["field"], "values": "text"}, item)
    measure = parse_measure(body, item)
    parts, which = [], []
    for name, distance in places.items():
        parts.append((measure, _test({"below": distance}, measure, item)))
        listed = tuple(key for key in places if key != "other")
        which.append((place, Test(others=listed) if name == "other" else Test(values=(name,))))
    return Condition(parts=tuple(parts), given=tuple(which))
