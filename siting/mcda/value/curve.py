"""A curve with fixed parameters: a formula, thresholds, the values beyond them, and a scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, UnitError, named
from siting.mcda.value import formulas
from siting.mcda.value.anchors import UNITLESS, Direction, no_inverse, round_values
from siting.units import Quantity, Unit, dimension_phrase, parse_quantity, same_year

__all__ = ["CURVES", "Curve"]

_Array: TypeAlias = NDArray[np.float64]
_HALF_STEP = 5e-10  #: half the step to which values are rounded: what differs less is flat

#: curve -> its parameters; those ending in "?" may be left out, and "/" separates alternatives
CURVES: Mapping[str, tuple[str, ...]] = {
    "exponential": ("base_factor",),
    "gaussian": ("midpoint", "half_width/spread"),
    "large": ("midpoint", "spread?"),
    "linear": ("minimum", "maximum"),
    "logarithm": ("shift?",),
    "logistic_decay": ("minimum", "maximum", "y_intercept_percent?"),
    "logistic_growth": ("minimum", "maximum", "y_intercept_percent?"),
    "near": ("midpoint", "half_width/spread"),
    "power": ("exponent", "shift?"),
    "sigmoid": ("points",),
    "small": ("midpoint", "spread?"),
    "symmetric_linear": ("minimum", "maximum"),
}
_STRETCHED = ("exponential", "logarithm", "power")  # without bounds of their own
_PEAKED = ("gaussian", "near")

Threshold: TypeAlias = tuple[Quantity, float | None]


@dataclass(frozen=True)
class Curve:
    """A curve of ``siting.mcda.value.formulas`` with fixed parameters.

    kind : one of ``CURVES``
    parameters : name -> quantity or number; the points of a sigmoid are ((quantity, value), (quantity, value))
    below, above : (threshold, the value beyond it); None for the value keeps that of the threshold
    scale : the values that the lowest and the highest point of the formula get; (1, 0) turns a curve over
    stretch : whether the piece between both thresholds is stretched to fill the scale, as ArcGIS does with every
        curve; always so for exponential, logarithm and power, which have no bounds of their own

    >>> f = Curve("gaussian", {"midpoint": parse_quantity("5 km"), "half_width": parse_quantity("3 km")})
    >>> f.value(np.array([2000, 5000, 8000, np.inf, np.nan])).tolist(), f.direction
    ([0.5, 1.0, 0.5, 0.0, nan], 'mixed')
    """

    kind: str
    parameters: Mapping[str, Any]
    below: Threshold | None = None
    above: Threshold | None = None
    scale: tuple[float, float] = (0.0, 1.0)
    stretch: bool = False
    needs_summary: ClassVar[bool] = False
    _raw: Callable[[_Array], _Array] = field(init=False, repr=False, compare=False)
    _knots: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stretch", self.stretch or self.kind in _STRETCHED)
        self._check()
        object.__setattr__(self, "_raw", self._formula())
        object.__setattr__(self, "_knots", self._turns())

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every quantity in it, thresholds last."""
        out = [item for item in self.parameters.values() if isinstance(item, Quantity)]
        out += [quantity for quantity, _ in self.parameters.get("points", ())]
        return (*out, *(threshold[0] for threshold in (self.below, self.above) if threshold))

    @property
    def dimension(self) -> str:
        """The dimension of the quantities."""
        return self.quantities[0].dimension

    @property
    def unit(self) -> Unit:
        """The unit of the first quantity, for people."""
        return self.quantities[0].unit

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest value it can give (for a tail, the limit)."""
        values = self._profile()
        return float(values.min()), float(values.max())

    @property
    def direction(self) -> Direction:
        """Whether more of the quantity is better ("rising"), worse ("falling"), or neither ("mixed", also flat)."""
        steps = np.diff(self._profile())
        if (steps == 0).all():
            return "mixed"
        return "rising" if (steps >= 0).all() else "falling" if (steps <= 0).all() else "mixed"

    @property
    def flat_beyond(self) -> float:
        """The quantity, in SI, from which the value changes by less than 1e-9; -inf for a flat function.

        inf where that is over a million times the largest parameter.
        """
        if self.bounds[0] == self.bounds[1]:
            return -math.inf
        if self.above is not None:
            return self.above[0].value
        if "maximum" in self.parameters and self.kind in ("linear", "symmetric_linear"):
            return float(self.parameters["maximum"].value)
        limit = self._exact(np.array([np.inf]))[0]
        start = max(self._knots)
        size = max(1e-9, *(abs(quantity.value) for quantity in self.quantities))
        reach = size
        while abs(self._exact(np.array([start + reach]))[0] - limit) > _HALF_STEP:
            reach *= 2
            if reach > 1e6 * size:
                return math.inf
        return self._settling(start, start + reach, float(limit))

    @property
    def last_si(self) -> float:
        """How far its quantity must be known, in SI: where it becomes flat; inf where that is very far away.

        Very far is over a thousand times its largest quantity: there everything is looked at.
        """
        flat = self.flat_beyond
        if flat == -math.inf:
            return max(self._knots)
        return flat if flat <= 1000 * max(abs(quantity.value) for quantity in self.quantities) else math.inf

    @property
    def anchors(self) -> tuple[tuple[Quantity, float], ...]:
        """Its corners and its ends with their values; between them it is curved."""
        ends = sorted(si for si in {*self._knots, self.flat_beyond} if math.isfinite(si))
        values = self.value(np.array(ends))
        at = [Quantity(si, self.unit) for si in ends]
        return tuple(zip(at, (float(value) for value in values), strict=True))

    def value(self, quantity: NDArray[Any]) -> _Array:
        """(n,) values of (n,) SI quantities; NaN gives NaN, +inf ("beyond the reach") the limit."""
        return round_values(self._exact(np.asarray(quantity, np.float64)))

    def value_interval(self, low: NDArray[Any], high: NDArray[Any]) -> tuple[_Array, _Array]:
        """(n,) the lowest and the highest value between the quantities low and high, both included."""
        ends = self.value(low), self.value(high)
        lowest, highest = np.minimum(*ends), np.maximum(*ends)
        for at, value in zip(self._knots, self.value(np.array(self._knots)), strict=True):
            inside = (np.asarray(low) < at) & (at < np.asarray(high))
            lowest = np.where(inside, np.minimum(lowest, value), lowest)
            highest = np.where(inside, np.maximum(highest, value), highest)
        return lowest, highest

    def inverse(self, value: NDArray[Any]) -> _Array:
        """(n,) the SI quantities at which values are reached: "what quantity gives value v".

        As ``Piecewise.inverse``, found by halving to the last bit. Raises StudyError for a function that rises and
        falls.
        """
        direction = self.direction
        if direction == "mixed":
            raise no_inverse(flat=self.bounds[0] == self.bounds[1])
        sign = -1.0 if direction == "falling" else 1.0
        wanted = np.asarray(value, np.float64)
        found = np.where(wanted > self.bounds[1] + _HALF_STEP, np.nan, np.where(np.isnan(wanted), np.nan, -np.inf))
        open_ = ~np.isnan(found) & (wanted > self._exact(np.array([-sign * np.inf]))[0])
        if open_.any():
            found[open_] = self._reached(wanted[open_], sign)
        return sign * found

    def of_dimension(self, dimension: str) -> Curve:
        """The same function, if its quantities are of this dimension; bare numbers count and number."""
        if self.dimension == dimension:
            return self
        if self.dimension in UNITLESS and dimension in UNITLESS:
            return self._with_quantities(lambda quantity: parse_quantity(quantity, dimension))
        if dimension == "text":
            raise UnitError(
                f"The curve {self.kind!r} is of quantities, but the measure gives classes; write {{class: value, ...}}."
            )
        parse_quantity(str(self.quantities[0]), dimension)  # refuses, naming what is wanted
        raise UnitError(f"The quantity '{self.quantities[0]}' is not {dimension_phrase(dimension)}.")

    def _with_quantities(self, change: Callable[[Quantity], Quantity]) -> Curve:
        def changed(item: Any) -> Any:
            if isinstance(item, Quantity):
                return change(item)
            return tuple((change(q), v) for q, v in item) if isinstance(item, tuple) else item

        return replace(
            self,
            parameters={name: changed(item) for name, item in self.parameters.items()},
            below=(change(self.below[0]), self.below[1]) if self.below else None,
            above=(change(self.above[0]), self.above[1]) if self.above else None,
        )

    def _exact(self, q: _Array) -> _Array:
        """Values before rounding."""
        low = self.below[0].value if self.below else -math.inf
        high = self.above[0].value if self.above else math.inf
        out = self._scaled(np.clip(q, low, high))
        if self.below and self.below[1] is not None:
            out = np.where(q < low, self.below[1], out)
        if self.above and self.above[1] is not None:
            out = np.where(q > high, self.above[1], out)
        return out

    def _scaled(self, inside: _Array) -> _Array:
        raw = self._raw(inside)
        if self.stretch and self.below and self.above:
            low, high = self.below[0].value, self.above[0].value
            window = self._raw(np.array([low, high, *(k for k in self._knots if low < k < high)]))
            raw = np.clip((raw - window.min()) / (window.max() - window.min()), 0, 1)
        return self.scale[0] + raw * (self.scale[1] - self.scale[0])

    def _profile(self) -> _Array:
        """The values from the left end to the right one; between neighbours the function is monotone."""
        knots: list[float] = []
        for knot in sorted(self._knots):
            knots += [np.nextafter(knot, -np.inf), knot, np.nextafter(knot, np.inf)]
        return self.value(np.array([-np.inf, *knots, np.inf]))

    def _turns(self) -> tuple[float, ...]:
        """SI quantities between which it is monotone and continuous."""
        given = self.parameters
        out = {threshold[0].value for threshold in (self.below, self.above) if threshold}
        if self.kind in _PEAKED:
            out.add(given["midpoint"].value)
        if self.kind in ("large", "small"):
            out |= {0.0, given["midpoint"].value}
        if "minimum" in given:
            least, most = given["minimum"].value, given["maximum"].value
            out |= {least, (least + most) / 2, most}
        out |= {quantity.value for quantity, _ in given.get("points", ())}
        return tuple(sorted(out))

    def _reached(self, wanted: _Array, sign: float) -> _Array:
        """The edge of what reaches each value, as sign x quantity, along which the function rises."""
        knots = sign * np.array(self._knots)
        size = max(1e-9, *(abs(quantity.value) for quantity in self.quantities))
        low, high, reach = knots.min(), knots.max(), size
        while self._exact(np.array([sign * low]))[0] >= wanted.min() and reach < 1e300:
            low, reach = low - reach, 2 * reach
        reach = size
        while self._exact(np.array([sign * high]))[0] < wanted.max() and reach < 1e300:
            high, reach = high + reach, 2 * reach
        bad, good = np.full(len(wanted), low), np.full(len(wanted), high)
        for _ in range(2000):
            middle = (bad + good) / 2
            if ((middle == bad) | (middle == good)).all():
                break
            holds = self._exact(sign * middle) >= wanted
            good, bad = np.where(holds, middle, good), np.where(holds, bad, middle)
        return np.where(self._exact(sign * good) >= wanted, good, np.inf)

    def _settling(self, start: float, end: float, limit: float) -> float:
        """The first quantity from ``start`` on whose value is the limit; it is at ``end``."""
        for _ in range(200):
            middle = (start + end) / 2
            if middle in (start, end):
                break
            if abs(self._exact(np.array([middle]))[0] - limit) <= _HALF_STEP:
                end = middle
            else:
                start = middle
        return end

    def _formula(self) -> Callable[[_Array], _Array]:
        """The formula in SI."""
        kind, given = self.kind, self.parameters
        si = {name: item.value if isinstance(item, Quantity) else item for name, item in given.items()}
        if kind in ("linear", "symmetric_linear"):
            straight = getattr(formulas, kind)
            return lambda q: straight(q, si["minimum"], si["maximum"])
        if kind in ("logistic_growth", "logistic_decay"):
            percent = si.get("y_intercept_percent", 1.0 if kind == "logistic_growth" else 99.0)
            return lambda q: formulas.logistic_growth(q, si["minimum"], si["maximum"], percent)
        if kind in _PEAKED:
            peaked, spread = getattr(formulas, kind), self._spread(si)
            return lambda q: peaked(q, si["midpoint"], spread)
        if kind in ("large", "small"):
            tail = getattr(formulas, kind)
            return lambda q: tail(q, si["midpoint"], si.get("spread", 5.0))
        if kind == "sigmoid":
            from scipy.special import logit

            (q1, v1), (q2, v2) = given["points"]
            slope = float(logit(v2) - logit(v1)) / (q2.value - q1.value)
            return lambda q: formulas.logistic(q, slope, q1.value - float(logit(v1)) / slope)
        return self._unbounded(si)

    def _unbounded(self, si: Mapping[str, float]) -> Callable[[_Array], _Array]:
        low, high = self.below[0], self.above[0]  # type: ignore[index]  # checked
        if self.kind == "exponential":
            factor = si["base_factor"] / low.unit.factor
            shift = high.value if factor > 0 else low.value  # any shift cancels; this one cannot overflow
            return lambda q: formulas.exponential(q, factor, shift)
        shift = si.get("shift", 0.0)
        if self.kind == "logarithm":
            return lambda q: formulas.logarithm(q, shift)
        size = high.value - shift  # a factor cancels too
        return lambda q: formulas.power((q - shift) / size, 0.0, si["exponent"])

    def _spread(self, si: Mapping[str, float]) -> float:
        """The spread in 1 / SI squared; a half width is where the value is a half."""
        if "half_width" in si:
            return float((math.log(2) if self.kind == "gaussian" else 1.0) / si["half_width"] ** 2)
        return float(si["spread"] / self.parameters["midpoint"].unit.factor ** 2)

    def _check(self) -> None:
        quantities = self.quantities
        if self.stretch and not (self.below and self.above):
            raise StudyError(
                f"The curve {self.kind!r} is stretched between two thresholds, so it needs both; write "
                f"{{{self.kind}: {{...}}, below: 0 km, above: 20 km}}."
            )
        for other in quantities[1:]:
            if other.dimension != quantities[0].dimension:
                raise UnitError(
                    f"The quantities of the curve {self.kind!r} must be of one dimension; '{quantities[0]}' and "
                    f"'{other}' are not."
                )
        same_year(quantities, f"the curve {self.kind!r}")
        if self.below and self.above and not self.below[0].value < self.above[0].value:
            raise StudyError(
                f"The threshold 'below' ('{self.below[0]}') must be less than 'above' ('{self.above[0]}')."
            )
        if self.scale[0] == self.scale[1]:
            raise StudyError(f"The scale of the curve {self.kind!r} runs from {self.scale[0]:g} to itself.")
        self._check_parameters()

    def _check_parameters(self) -> None:
        given = self.parameters
        if "minimum" in given and not given["minimum"].value < given["maximum"].value:
            raise StudyError(f"'minimum' ('{given['minimum']}') must be less than 'maximum' ('{given['maximum']}').")
        for name in ("half_width", "spread"):
            item = given.get(name)
            if item is not None and not float(item) > 0:
                raise StudyError(f"{name!r} of the curve {self.kind!r} must be more than 0, not {_said(item)}.")
        if self.kind in ("large", "small") and not given["midpoint"].value > 0:
            raise StudyError(f"'midpoint' of the curve {self.kind!r} must be more than 0, not '{given['midpoint']}'.")
        if self.kind in _PEAKED and "spread" in given and math.isnan(given["midpoint"].unit.factor):
            raise StudyError("A spread cannot be per square degree; give 'half_width' instead.")
        for name in ("base_factor", "exponent"):
            if given.get(name) == 0:
                raise StudyError(f"{name!r} of the curve {self.kind!r} must not be 0: the curve would be flat.")
        self._check_percent()
        if self.kind == "sigmoid":
            _check_points(given["points"])
        if self.kind in ("logarithm", "power"):
            self._check_shift()

    def _check_percent(self) -> None:
        percent = self.parameters.get("y_intercept_percent")
        if percent is None:
            return
        low, high = (0, 50) if self.kind == "logistic_growth" else (50, 100)
        if not low < percent < high:
            raise StudyError(
                f"'y_intercept_percent' of {self.kind!r} lies between {low} and {high}, both excluded, not {percent:g}."
            )

    def _check_shift(self) -> None:
        if self.below is None:
            return
        shift = self.parameters["shift"].value if "shift" in self.parameters else 0.0
        open_ = self.kind == "logarithm" or self.parameters["exponent"] < 0
        if self.below[0].value < shift or (open_ and self.below[0].value == shift):
            said = f"'{self.parameters['shift']}'" if "shift" in self.parameters else "0"
            raise StudyError(
                f"The threshold 'below' ('{self.below[0]}') must be {'more than' if open_ else 'at least'} the shift "
                f"({said}) of the curve {self.kind!r}."
            )


def _check_points(points: tuple[tuple[Quantity, float], ...]) -> None:
    for quantity, value in points:
        if not 0 < value < 1:
            raise StudyError(
                f"The value of a sigmoid at '{quantity}' lies between 0 and 1, both excluded, not {value:g}."
            )
    for (q1, v1), (q2, v2) in pairwise(points):
        if not q1.value < q2.value or v1 == v2:
            raise StudyError(
                "The two points of a sigmoid need rising quantities and different values, not "
                f"{named([q1, q2])} with {v1:g} and {v2:g}."
            )


def _said(item: Any) -> str:
    return f"'{item}'" if isinstance(item, Quantity) else f"{item:g}"
