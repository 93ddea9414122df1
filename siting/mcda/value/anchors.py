"""Functions by anchors: piecewise linear between them, or a step at each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, UnitError
from siting.units import Quantity, Unit, dimension_phrase, parse_quantity, same_year

__all__ = ["UNITLESS", "Direction", "Piecewise", "Step", "no_inverse", "quantity_of", "round_values", "value_of"]

Direction = Literal["falling", "rising", "mixed"]
_Array: TypeAlias = NDArray[np.float64]
UNITLESS = ("count", "number")


@dataclass(frozen=True)
class _Anchored(ABC):
    """Anchors (quantity, value) with strictly increasing quantities."""

    needs_summary: ClassVar[bool] = False

    anchors: tuple[tuple[Quantity, float], ...]
    _si: _Array = field(init=False, repr=False, compare=False)
    _values: _Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        anchors = tuple((quantity_of(quantity), value_of(value, quantity)) for quantity, value in self.anchors)
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

        >>> Piecewise((("2 km", 1), ("8 km", 0), ("25 km", 0))).flat_beyond
        8000.0
        """
        change = np.flatnonzero(np.diff(self._values))
        return float(self._si[change[-1] + 1]) if len(change) else -np.inf

    @abstractmethod
    def value(self, quantity: NDArray[Any]) -> _Array:
        """(n,) values of (n,) SI quantities; NaN gives NaN, +inf ("beyond the reach") the last value."""

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

    def inverse(self, value: NDArray[Any]) -> _Array:
        """(n,) the SI quantities at which values are reached: "what quantity gives value v".

        Rising: the least quantity whose value is v or more; falling: the greatest (where a step falls, the edge of
        those that reach it). -inf or +inf where every quantity reaches v, NaN where none does. Raises StudyError for
        a function that rises and falls, or is flat.

        >>> f = Piecewise((("2 km", 1), ("8 km", 0.5), ("25 km", 0)))
        >>> f.inverse(np.array([1, 0.75, 0.25, 0])).tolist()
        [2000.0, 5000.0, 16500.0, inf]
        """
        if self.direction == "mixed":
            raise no_inverse(flat=self.bounds[0] == self.bounds[1])
        wanted = np.asarray(value, np.float64)
        found = self._reached(wanted, falling=self.direction == "falling")
        return np.where(np.isnan(wanted) | (wanted - 1e-12 > self._values.max()), np.nan, found)

    @abstractmethod
    def _reached(self, wanted: _Array, *, falling: bool) -> _Array:
        """The edge of the quantities that reach a value; anything where none does."""

    def of_dimension(self, dimension: str) -> Any:
        """The same function, if its quantities are of this dimension; bare numbers count and number."""
        given = self.anchors[0][0]
        if given.dimension == dimension:
            return self
        if given.dimension in UNITLESS and dimension in UNITLESS:
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

    >>> f = Piecewise((("2 km", 1), ("8 km", 0.5), ("25 km", 0)))
    >>> f.value(np.array([0, 5000, 25000, np.inf, np.nan])).tolist(), f.direction, f.last_si
    ([1.0, 0.75, 0.0, 0.0, nan], 'falling', 25000.0)
    """

    def value(self, quantity: NDArray[Any]) -> _Array:
        """(n,) values of (n,) SI quantities; NaN gives NaN, +inf ("beyond the reach") the last value."""
        return round_values(np.interp(np.asarray(quantity, np.float64), self._si, self._values))

    def _reached(self, wanted: _Array, *, falling: bool) -> _Array:
        si, values = (-self._si[::-1], self._values[::-1]) if falling else (self._si, self._values)
        at = np.searchsorted(values, wanted - 1e-12, side="left")
        after = np.minimum(at, len(values) - 1)
        before = np.maximum(after - 1, 0)
        rise = np.where(after > before, values[after] - values[before], 1.0)
        part = np.clip((wanted - values[before]) / np.where(rise > 0, rise, 1.0), 0, 1)
        found = np.where(at == 0, -np.inf, si[before] + part * (si[after] - si[before]))
        return -found if falling else found


@dataclass(frozen=True)
class Step(_Anchored):
    """The value of an anchor holds from its quantity on, up to the next; the first also below.

    >>> Step((("0 km", 1), ("2 km", 0.5))).value(np.array([-1, 0, 1999, 2000, np.nan])).tolist()
    [1.0, 1.0, 1.0, 0.5, nan]
    """

    def value(self, quantity: NDArray[Any]) -> _Array:
        """(n,) values of (n,) SI quantities; NaN gives NaN, +inf ("beyond the reach") the last value."""
        given = np.asarray(quantity, np.float64)
        at = np.maximum(np.searchsorted(self._si, given, side="right") - 1, 0)
        return round_values(np.where(np.isnan(given), np.nan, self._values[at]))

    def _reached(self, wanted: _Array, *, falling: bool) -> _Array:
        reaching = (self._values[None, :] >= wanted[:, None] - 1e-12).sum(axis=1)
        edge = reaching if falling else len(self._si) - reaching
        found = self._si[np.clip(edge, 0, len(self._si) - 1)]
        return np.where(reaching == len(self._si), np.inf if falling else -np.inf, found)


def round_values(values: NDArray[Any]) -> _Array:
    """Values rounded to 1e-9, without a negative zero."""
    return np.asarray(np.round(values, 9) + 0.0, np.float64)


def quantity_of(given: Any) -> Quantity:
    """A quantity; a bare number is one without a unit until the measure's dimension is known."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return parse_quantity(given, "number")
    return parse_quantity(given)


def value_of(value: Any, item: Any) -> float:
    """A value from 0 to 1; ``item`` names it in the refusal."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise StudyError(f"The value of '{item}' must be a number from 0 to 1, not {value!r}.")
    return float(value)


def no_inverse(*, flat: bool) -> StudyError:
    """Why a function has no inverse."""
    what = "is flat: every quantity" if flat else "rises and falls: more than one quantity"
    return StudyError(f"The value function {what} may give one value, so it has no inverse; ask for values instead.")


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
