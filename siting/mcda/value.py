"""Value functions: a measured quantity becomes a value in [0, 1], with fixed anchors.

Direction and scale live here and nowhere else, so that a parcel's value never depends on which others are
present. In a study: ``[[2 km, 1], [8 km, 0.5], [25 km, 0]]`` (piecewise linear), ``{designated: 1, none: 0}``
(classes) or ``{step: [[0 km, 1], [2 km, 0.5], [8 km, 0]]}`` (from this quantity on).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from siting.errors import StudyError, UnitError, did_you_mean, named
from siting.units import Quantity, Unit, dimension_phrase, parse_quantity, same_year

__all__ = ["Classes", "Direction", "Piecewise", "Step", "ValueFunction", "dump_value", "parse_value", "round_values"]

Direction = Literal["falling", "rising", "mixed"]
_Array: TypeAlias = NDArray[np.float64]
_UNITLESS = ("count", "number")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class _Anchored:
    """Anchors (quantity, value) with strictly increasing quantities."""

    anchors: tuple[tuple[Quantity, float], ...]
    _si: _Array = field(init=False, repr=False, compare=False)
    _values: _Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        anchors = tuple((_quantity(quantity), _number(value, quantity)) for quantity, value in self.anchors)
        _check_anchors([quantity for quantity, _ in anchors])
        object.__setattr__(self, "anchors", anchors)
        object.__setattr__(self, "_si", np.array([quantity.value for quantity, _ in anchors]))
        object.__setattr__(self, "_values", np.array([value for _, value in anchors]))

    @property
    def dimension(self) -> str:
        """The dimension of the quantities ("number" for bare ones)."""
        return self.anchors[0][0].dimension

    @property
    def unit(self) -> Unit:
        """The unit of the first anchor, for people."""
        return self.anchors[0][0].unit

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest value it can give."""
        return float(self._values.min()), float(self._values.max())

    @property
    def direction(self) -> Direction:
        """Whether more of the quantity is better ("rising"), worse ("falling"), or neither ("mixed", also flat)."""
        steps = np.diff(self._values)
        if (steps == 0).all():
            return "mixed"
        return "rising" if (steps >= 0).all() else "falling" if (steps <= 0).all() else "mixed"

    @property
    def last_si(self) -> float:
        """The last anchor's quantity, in SI."""
        return float(self._si[-1])

    @property
    def flat_beyond(self) -> float:
        """The quantity, in SI, from which the value changes no more; -inf for a flat function.

        >>> parse_value([["2 km", 1], ["8 km", 0], ["25 km", 0]]).flat_beyond
        8000.0
        """
        change = np.flatnonzero(np.diff(self._values))
        return float(self._si[change[-1] + 1]) if len(change) else -np.inf

    def value(self, quantity: NDArray[Any]) -> _Array:
        """(n,) values of (n,) SI quantities; NaN gives NaN, +inf ("beyond the reach") the last value."""
        raise NotImplementedError

    def value_interval(self, low: NDArray[Any], high: NDArray[Any]) -> tuple[_Array, _Array]:
        """(n,) the lowest and the highest value between the quantities low and high, both included.

        Right for functions that rise and fall: the anchors in between are looked at too.
        """
        ends = self.value(low), self.value(high)
        lowest, highest = np.minimum(*ends), np.maximum(*ends)
        for at, value in zip(self._si, self._values, strict=True):
            inside = (np.asarray(low) < at) & (at < np.asarray(high))
            lowest = np.where(inside, np.minimum(lowest, value), lowest)
            highest = np.where(inside, np.maximum(highest, value), highest)
        return round_values(lowest), round_values(highest)

    def of_dimension(self, dimension: str) -> Any:
        """The same function, if its quantities are of this dimension; bare numbers count and number."""
        given = self.anchors[0][0]
        if given.dimension == dimension:
            return self
        if given.dimension in _UNITLESS and dimension in _UNITLESS:
            return replace(self, anchors=tuple((parse_quantity(q, dimension), value) for q, value in self.anchors))
        if dimension == "text":
            raise UnitError(
                f"The anchor '{given}' is a quantity, but the measure gives classes; write {{class: value, ...}}."
            )
        parse_quantity(str(given), dimension)  # refuses, naming what is wanted
        raise UnitError(f"The anchor '{given}' is not {dimension_phrase(dimension)}.")


@dataclass(frozen=True)
class Piecewise(_Anchored):
    """Piecewise linear between anchors, flat outside them.

    f(q) = v_i + (v_j - v_i) (q - q_i) / (q_j - q_i) between neighbouring anchors i and j.

    >>> f = parse_value([["2 km", 1], ["8 km", 0.5], ["25 km", 0]])
    >>> f.value(np.array([0, 5000, 25000, np.inf, np.nan])).tolist(), f.direction, f.last_si
    ([1.0, 0.75, 0.0, 0.0, nan], 'falling', 25000.0)
    """

    def value(self, quantity: NDArray[Any]) -> _Array:
        """(n,) values of (n,) SI quantities; NaN gives NaN, +inf ("beyond the reach") the last value."""
        return round_values(np.interp(np.asarray(quantity, np.float64), self._si, self._values))


@dataclass(frozen=True)
class Step(_Anchored):
    """The value of an anchor holds from its quantity on, up to the next; the first also below.

    >>> parse_value({"step": [["0 km", 1], ["2 km", 0.5]]}).value(np.array([-1, 0, 1999, 2000, np.nan])).tolist()
    [1.0, 1.0, 1.0, 0.5, nan]
    """

    def value(self, quantity: NDArray[Any]) -> _Array:
        """(n,) values of (n,) SI quantities; NaN gives NaN, +inf ("beyond the reach") the last value."""
        given = np.asarray(quantity, np.float64)
        at = np.maximum(np.searchsorted(self._si, given, side="right") - 1, 0)
        return round_values(np.where(np.isnan(given), np.nan, self._values[at]))


@dataclass(frozen=True)
class Classes:
    """A value for each class; None, and "unknown" unless it is listed, give NaN.

    unlisted : what a class outside the list does: "refuse" (the default), or "no_data" for NaN

    >>> parse_value({"designated": 1, "none": 0}).value(np.array(["none", None, "designated"], object)).tolist()
    [0.0, nan, 1.0]
    """

    values: Mapping[str, float]
    unlisted: Literal["refuse", "no_data"] = "refuse"

    def __post_init__(self) -> None:
        if not self.values:
            raise StudyError("A value function of classes needs at least one class, such as {designated: 1, none: 0}.")
        object.__setattr__(self, "values", {str(name): _number(value, name) for name, value in self.values.items()})
        if self.unlisted not in ("refuse", "no_data"):
            raise StudyError(f"'unlisted' is 'refuse' or 'no_data', not {self.unlisted!r}.")

    @property
    def dimension(self) -> str:
        """Always "text"."""
        return "text"

    @property
    def direction(self) -> Direction:
        """Always "mixed": classes have no order."""
        return "mixed"

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest value it can give."""
        return min(self.values.values()), max(self.values.values())

    def value(self, classes: NDArray[Any]) -> _Array:
        """(n,) values of (n,) class names; None gives NaN. Raises StudyError for an unlisted class."""
        out = np.full(len(classes), np.nan)
        given = np.array([None if item is None or item != item else str(item) for item in classes], dtype=object)
        unlisted = {item for item in given if item is not None} - {*self.values, UNKNOWN}
        if unlisted and self.unlisted == "refuse":
            name = min(unlisted)
            raise StudyError(
                f"The class {name!r} has no value; {int((given == name).sum())} parcels have it."
                f"{did_you_mean(name, self.values)} Classes with a value: {named(self.values)}. "
                "Give it a value, or write {classes: {...}, unlisted: no_data}."
            )
        for name, value in self.values.items():
            out[given == name] = value
        return round_values(out)

    def of_dimension(self, dimension: str) -> Classes:
        """The same function, if the measure gives classes."""
        if dimension != "text":
            raise UnitError(
                f"The value function lists classes ({named(self.values)}), but the measure gives "
                f"{dimension_phrase(dimension)}; write [[quantity, value], ...]."
            )
        return self


def round_values(values: NDArray[Any]) -> _Array:
    """Values rounded to 1e-9, without a negative zero."""
    return np.asarray(np.round(values, 9) + 0.0, np.float64)


def parse_value(given: Any) -> Piecewise | Classes | Step:
    """The value function that a study writes; raises StudyError.

    >>> type(parse_value([["0 %", 1], ["25 %", 0]])).__name__
    'Piecewise'
    """
    if isinstance(given, Piecewise | Classes | Step):
        return given
    if isinstance(given, list | tuple):
        return Piecewise(_pairs(given))
    if isinstance(given, Mapping) and isinstance(given.get("step"), list | tuple):
        _only(given, ("step",))
        return Step(_pairs(given["step"]))
    if isinstance(given, Mapping) and isinstance(given.get("classes"), Mapping):
        _only(given, ("classes", "unlisted"))
        return Classes(given["classes"], given.get("unlisted", "refuse"))
    if isinstance(given, Mapping):
        return Classes(given)
    raise StudyError(
        "A value function is [[quantity, value], ...], {class: value, ...} or {step: [[quantity, value], ...]}, "
        f"not {given!r}."
    )


def dump_value(function: Piecewise | Classes | Step) -> Any:
    """The value function as a study writes it.

    >>> dump_value(parse_value([["2 km", 1], ["8 km", 0]]))
    [['2 km', 1.0], ['8 km', 0.0]]
    """
    if isinstance(function, Classes):
        if function.unlisted == "refuse" and not isinstance(function.values.get("step"), list):
            return dict(function.values)
        return {"classes": dict(function.values), "unlisted": function.unlisted}
    pairs = [[q.shown if q.dimension in _UNITLESS else str(q), value] for q, value in function.anchors]
    return {"step": pairs} if isinstance(function, Step) else pairs


_PAIRS = {
    "type": "array",
    "minItems": 2,
    "items": {
        "type": "array",
        "prefixItems": [{"type": ["string", "number"]}, {"type": "number", "minimum": 0, "maximum": 1}],
        "minItems": 2,
        "maxItems": 2,
    },
}
_CLASSES = {
    "type": "object",
    "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
    "minProperties": 1,
}
_SCHEMA = {
    "anyOf": [
        _PAIRS,
        {"type": "object", "properties": {"step": _PAIRS}, "required": ["step"], "additionalProperties": False},
        {
            "type": "object",
            "properties": {"classes": _CLASSES, "unlisted": {"enum": ["refuse", "no_data"]}},
            "required": ["classes"],
            "additionalProperties": False,
        },
        _CLASSES,
    ]
}
#: a field of a pydantic model: from the study's form and back to it
ValueFunction = Annotated[
    Piecewise | Classes | Step, PlainValidator(parse_value), PlainSerializer(dump_value), WithJsonSchema(_SCHEMA)
]


def _pairs(given: Iterable[Any]) -> tuple[tuple[Any, Any], ...]:
    pairs = tuple(given)
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


def _quantity(given: Any) -> Quantity:
    """A quantity; a bare number is one without a unit until the measure's dimension is known."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return parse_quantity(given, "number")
    return parse_quantity(given)


def _number(value: Any, item: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise StudyError(f"The value of '{item}' must be a number from 0 to 1, not {value!r}.")
    return float(value)


def _check_anchors(quantities: list[Quantity]) -> None:
    first = quantities[0]
    for before, after in pairwise(quantities):
        if after.dimension != first.dimension:
            raise UnitError(
                f"The anchors of a value function must be of one dimension; '{first}' and '{after}' are not."
            )
        if not after.value > before.value:
            raise StudyError(
                f"The quantities of a value function must rise from anchor to anchor; '{after}' follows '{before}'."
            )
    same_year(quantities, "the value function")
