"""The study's form of value functions: parsed, written back, and as JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from siting.errors import StudyError, did_you_mean, named
from siting.mcda.value.anchors import UNITLESS, Piecewise, Step, quantity_of, value_of
from siting.mcda.value.classes import Classes
from siting.mcda.value.curve import CURVES, Curve, Threshold
from siting.mcda.value.fitted import FITTED, DataDriven
from siting.units import Quantity

__all__ = ["FUNCTIONS", "Function", "ValueFunction", "dump_value", "parse_value"]

Function: TypeAlias = Piecewise | Classes | Step | Curve | DataDriven
FUNCTIONS = (Piecewise, Classes, Step, Curve, DataDriven)
_QUANTITIES = ("midpoint", "half_width", "minimum", "maximum", "shift")
_WINDOW = ("below", "above", "scale", "stretch")


def parse_value(given: Any) -> Function:
    """The value function that a study writes; raises StudyError.

    >>> type(parse_value([["0 %", 1], ["25 %", 0]])).__name__
    'Piecewise'
    >>> parse_value({"small": {"midpoint": "5 km"}, "above": ["20 km", 0]}).direction
    'falling'
    """
    if isinstance(given, FUNCTIONS):
        return given
    if isinstance(given, list | tuple):
        return Piecewise(_pairs(given))
    if isinstance(given, Mapping) and any(isinstance(item, Mapping | list | tuple) for item in given.values()):
        return _named(given)
    if isinstance(given, Mapping):
        return Classes(given)
    raise StudyError(
        "A value function is [[quantity, value], ...], {class: value, ...} or {step: [[quantity, value], ...]}, "
        f"not {given!r}."
    )


def dump_value(function: Function) -> Any:
    """The value function as a study writes it; a table becomes the steps that it is.

    >>> dump_value(parse_value([["2 km", 1], ["8 km", 0]]))
    [['2 km', 1.0], ['8 km', 0.0]]
    """
    if isinstance(function, Classes):
        if function.unlisted == "refuse":
            return dict(function.values)
        return {"classes": dict(function.values), "unlisted": function.unlisted}
    if isinstance(function, Curve):
        return _dump_curve(function)
    if isinstance(function, DataDriven):
        wanted = [name.rstrip("?") for name in FITTED[function.kind]]
        defaults = DataDriven(function.kind, function.direction)
        kept = [n for n in wanted if n == "direction" or getattr(function, n) != getattr(defaults, n)]
        return {function.kind: {name: getattr(function, name) for name in kept}}
    pairs = [[_plain(quantity), value] for quantity, value in function.anchors]
    return {"step": pairs} if isinstance(function, Step) else pairs


def _named(given: Mapping[Any, Any]) -> Function:
    """A function that is written with its name: {step: ...}, {gaussian: {...}, above: ...}."""
    known = (*CURVES, *FITTED, "classes", "step", "table")
    name = next((key for key in given if key in known), None)
    if name is None:
        first = str(next(key for key, item in given.items() if isinstance(item, Mapping | list | tuple)))
        near = did_you_mean(first, known)
        raise StudyError(f"{first!r} is not a value function. The named ones are {named(sorted(known))}.{near}")
    inside = given[name]
    if name in ("step", "table"):
        _only(given, (name,))
        return Step(_pairs(inside)) if name == "step" else _table(inside)
    if not isinstance(inside, Mapping):
        raise StudyError(f"{name!r} takes a mapping, such as {_example(str(name))}, not {inside!r}.")
    if name == "classes":
        _only(given, ("classes", "unlisted"))
        return Classes(inside, given.get("unlisted", "refuse"))
    if name in FITTED:
        _only(given, (name,))
        return _data_driven(str(name), inside)
    _only(given, (str(name), *_WINDOW))
    return _curve(str(name), inside, given)


def _curve(kind: str, inside: Mapping[Any, Any], given: Mapping[Any, Any]) -> Curve:
    _parameters(kind, inside, CURVES[kind])
    return Curve(
        kind,
        {str(name): _parameter(str(name), item) for name, item in inside.items()},
        below=_threshold("below", given.get("below")),
        above=_threshold("above", given.get("above")),
        scale=_scale(given.get("scale", (0.0, 1.0))),
        stretch=_flag(given.get("stretch", False)),
    )


def _data_driven(kind: str, inside: Mapping[Any, Any]) -> DataDriven:
    _parameters(kind, inside, FITTED[kind])
    numbers: dict[str, float] = {}
    for name, item in inside.items():
        if name != "direction":
            numbers[str(name)] = _number(str(name), item)
            if not numbers[str(name)] > 0:
                raise StudyError(f"{name!r} of {kind!r} must be more than 0, not {item!r}.")
    direction = inside.get("direction", "falling" if kind == "ms_small" else "rising")
    if direction not in ("rising", "falling"):
        near = did_you_mean(str(direction), ("rising", "falling"))
        raise StudyError(f"'direction' of {kind!r} is 'rising' or 'falling', not {direction!r}.{near}")
    return DataDriven(
        kind,
        direction,
        within=numbers.get("within", 3.0),
        mean_multiplier=numbers.get("mean_multiplier", 1.0),
        std_multiplier=numbers.get("std_multiplier", 1.0),
    )


def _parameters(kind: str, inside: Mapping[Any, Any], wanted: tuple[str, ...]) -> None:
    """Refuse unknown, missing and doubled parameters."""
    known = tuple(name.rstrip("?") for group in wanted for name in group.split("/"))
    for key in inside:
        if key not in known:
            near = did_you_mean(str(key), known)
            raise StudyError(f"{str(key)!r} is not a parameter of {kind!r}. Its parameters are {named(known)}.{near}")
    for group in wanted:
        options = group.rstrip("?").split("/")
        found = [name for name in options if name in inside]
        if not found and not group.endswith("?"):
            raise StudyError(f"{kind!r} needs {' or '.join(map(repr, options))}; write {_example(kind)}.")
        if len(found) > 1:
            raise StudyError(f"{kind!r} takes {' or '.join(map(repr, options))}, not both.")


def _parameter(name: str, item: Any) -> Any:
    if name in _QUANTITIES:
        return quantity_of(item)
    if name == "points":
        points = _pairs(item)
        if len(points) != 2:
            raise StudyError(f"A sigmoid goes through two points [quantity, value]; found {len(points)}.")
        return tuple((quantity_of(quantity), value_of(value, quantity)) for quantity, value in points)
    return _number(name, item)


def _threshold(name: str, item: Any) -> Threshold | None:
    if item is None:
        return None
    if isinstance(item, list | tuple):
        if len(item) != 2:
            raise StudyError(f"{name!r} is a threshold, or [threshold, value beyond it], not {item!r}.")
        return quantity_of(item[0]), value_of(item[1], item[0])
    return quantity_of(item), None


def _scale(item: Any) -> tuple[float, float]:
    if not isinstance(item, list | tuple) or len(item) != 2:
        raise StudyError(f"'scale' is the values of the curve's low and high end, such as [1, 0], not {item!r}.")
    return value_of(item[0], "scale"), value_of(item[1], "scale")


def _flag(item: Any) -> bool:
    if not isinstance(item, bool):
        raise StudyError(f"'stretch' is true or false, not {item!r}.")
    return item


def _table(given: Any) -> Step:
    """Ranges [from, to, value] without gaps; the first value holds below, the last above."""
    rows = list(given) if isinstance(given, list | tuple) else []
    if not rows or any(not isinstance(row, list | tuple) or len(row) != 3 for row in rows):
        raise StudyError(
            "A table is a list of ranges [from, to, value], such as [[0 km, 2 km, 1], [2 km, 8 km, 0.5]], "
            f"not {given!r}."
        )
    ends = [(quantity_of(start), quantity_of(end), value) for start, end, value in rows]
    for start, end, _ in ends:
        if not start.value < end.value:
            raise StudyError(f"A range of a table runs from less to more, not from '{start}' to '{end}'.")
    for (_, end, _), (start, _, _) in pairwise(ends):
        if end.value != start.value:
            raise StudyError(f"The ranges of a table must meet: one ends at '{end}', the next begins at '{start}'.")
    if len(ends) < 2:
        raise StudyError("A table needs at least two ranges [from, to, value]; found 1.")
    return Step(tuple((start, value) for start, _, value in ends))


def _number(name: str, item: Any) -> float:
    if isinstance(item, bool) or not isinstance(item, int | float):
        raise StudyError(f"{name!r} must be a number, not {item!r}.")
    return float(item)


def _pairs(given: Iterable[Any]) -> tuple[tuple[Any, Any], ...]:
    pairs = tuple(given) if isinstance(given, list | tuple) else (given,)
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise StudyError(
                f"An anchor of a value function is a pair [quantity, value], such as [5 km, 0.5], not {pair!r}."
            )
    if len(pairs) < 2:
        raise StudyError(f"A value function needs at least two anchors [quantity, value]; found {len(pairs)}.")
    return pairs


def _only(given: Mapping[Any, Any], known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            near = did_you_mean(str(key), known)
            raise StudyError(f"{str(key)!r} is not a key of a value function. Its keys are {named(known)}.{near}")


def _plain(item: Any) -> Any:
    """A quantity or a number as a study writes it."""
    if isinstance(item, Quantity):
        return item.shown if item.dimension in UNITLESS else str(item)
    return [[_plain(quantity), value] for quantity, value in item] if isinstance(item, tuple) else item


def _dump_curve(curve: Curve) -> dict[str, Any]:
    out: dict[str, Any] = {curve.kind: {name: _plain(item) for name, item in curve.parameters.items()}}
    for name, threshold in (("below", curve.below), ("above", curve.above)):
        if threshold:
            at, value = threshold
            out[name] = _plain(at) if value is None else [_plain(at), value]
    if curve.scale != (0.0, 1.0):
        out["scale"] = list(curve.scale)
    if curve.stretch and "stretch" not in out and curve.kind not in ("exponential", "logarithm", "power"):
        out["stretch"] = True
    return out


_SHOWN = {
    "midpoint": "5 km", "half_width": "3 km", "spread": "5", "minimum": "2 km", "maximum": "25 km",
    "base_factor": "0.2", "exponent": "2", "points": "[[2 km, 0.9], [8 km, 0.1]]", "direction": "falling",
}  # fmt: skip


def _example(kind: str) -> str:
    """A function as it may be written."""
    if kind == "classes":
        return "{classes: {designated: 1, none: 0}}"
    needed = [group.split("/")[0] for group in {**CURVES, **FITTED}[kind] if not group.endswith("?")]
    inside = ", ".join(f"{name}: {_SHOWN[name]}" for name in needed)
    ends = ", below: 0 km, above: 20 km" if kind in ("exponential", "logarithm", "power") else ""
    return f"{{{kind}: {{{inside}}}{ends}}}"


_QUANTITY = {"type": ["string", "number"]}
_VALUE = {"type": "number", "minimum": 0, "maximum": 1}
_PAIR = {"type": "array", "prefixItems": [_QUANTITY, _VALUE], "minItems": 2, "maxItems": 2}
_PAIRS = {"type": "array", "minItems": 2, "items": _PAIR}
_ROW = {"type": "array", "prefixItems": [_QUANTITY, _QUANTITY, _VALUE], "minItems": 3, "maxItems": 3}
_CLASSES = {"type": "object", "additionalProperties": _VALUE, "minProperties": 1}
_THRESHOLD = {"anyOf": [_QUANTITY, _PAIR]}
_WINDOW_SCHEMA = {
    "below": _THRESHOLD,
    "above": _THRESHOLD,
    "scale": {"type": "array", "items": _VALUE, "minItems": 2, "maxItems": 2},
    "stretch": {"type": "boolean"},
}
_SCHEMAS = {"points": _PAIRS, "direction": {"enum": ["rising", "falling"]}} | dict.fromkeys(_QUANTITIES, _QUANTITY)


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _inside(wanted: tuple[str, ...]) -> dict[str, Any]:
    names = [name.rstrip("?") for group in wanted for name in group.split("/")]
    required = tuple(group for group in wanted if not group.endswith("?") and "/" not in group)
    return _object(required, **{name: _SCHEMAS.get(name, {"type": "number"}) for name in names})


_SCHEMA = {
    "anyOf": [
        _PAIRS,
        _object(("step",), step=_PAIRS),
        _object(("table",), table={"type": "array", "minItems": 2, "items": _ROW}),
        _object(("classes",), classes=_CLASSES, unlisted={"enum": ["refuse", "no_data"]}),
        *[_object((kind,), **{kind: _inside(wanted)}, **_WINDOW_SCHEMA) for kind, wanted in CURVES.items()],
        *[_object((kind,), **{kind: _inside(wanted)}) for kind, wanted in FITTED.items()],
        _CLASSES,
    ]
}
#: a field of a pydantic model: from the study's form and back to it
ValueFunction = Annotated[Function, PlainValidator(parse_value), PlainSerializer(dump_value), WithJsonSchema(_SCHEMA)]
