"""Functions fitted to the candidates: min-max, percentile, z-score, mean-std small and large.

They are named for what they are: a parcel's value, and the order of two parcels, may change when others are added or
removed (rank reversal; Belton and Gear 1983, Omega 11). Fixed anchors never do that. A summary is taken over all
candidates with a known, finite quantity - the excluded too, so that exclusions do not move the scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, UnitError
from siting.mcda.value import formulas
from siting.mcda.value.anchors import Direction, no_inverse, round_values
from siting.units import Quantity, Unit, parse_unit, si_unit

__all__ = ["FITTED", "DataDriven", "Fitted", "Summary"]

_Array: TypeAlias = NDArray[np.float64]
_STRETCH = 65_536
_SHOWN = {"length": "km", "area": "acre", "share": "%", "slope": "% slope", "voltage": "kV", "power": "MW"}

#: name -> its parameters; "direction" is rising or falling
FITTED: dict[str, tuple[str, ...]] = {
    "min_max": ("direction",),
    "ms_large": ("mean_multiplier?", "std_multiplier?"),
    "ms_small": ("mean_multiplier?", "std_multiplier?"),
    "percentile": ("direction",),
    "z_score": ("direction", "within?"),
}


@dataclass(frozen=True, eq=False)
class Summary:
    """What is known of all candidates' quantities.

    distinct : the known, finite quantities in SI, rising, each once
    upto : how many of all are at most each of them
    """

    distinct: _Array
    upto: NDArray[np.int64]

    @classmethod
    def of(cls, quantities: NDArray[Any]) -> Summary:
        """The summary of quantities; NaN and infinite ones are left out.

        >>> s = Summary.of(np.array([3.0, np.nan, 1.0, np.inf]))
        >>> s.minimum, s.maximum, s.mean, s.std, s.count
        (1.0, 3.0, 2.0, 1.0, 2)
        """
        given = np.asarray(quantities, np.float64)
        distinct, times = np.unique(given[np.isfinite(given)], return_counts=True)
        return cls(distinct, np.cumsum(times, dtype=np.int64))

    @property
    def count(self) -> int:
        """How many are known."""
        return int(self.upto[-1]) if len(self.upto) else 0

    @property
    def minimum(self) -> float:
        """The least quantity; NaN where none is known."""
        return float(self.distinct[0]) if self.count else math.nan

    @property
    def maximum(self) -> float:
        """The greatest quantity; NaN where none is known."""
        return float(self.distinct[-1]) if self.count else math.nan

    @cached_property
    def mean(self) -> float:
        """The mean; NaN where none is known."""
        return math.fsum(self._all()) / self.count if self.count else math.nan

    @cached_property
    def std(self) -> float:
        """The standard deviation (of the population: divided by n)."""
        if not self.count:
            return math.nan
        mean = self.mean
        return math.sqrt(math.fsum((quantity - mean) ** 2 for quantity in self._all()) / self.count)

    def shares(self, quantities: _Array) -> _Array:
        """(n,) (number below + half the number equal) / count at each quantity, straight between neighbours.

        >>> Summary.of(np.array([1.0, 2.0, 2.0, 4.0])).shares(np.array([0.0, 1.0, 2.0, 3.0, np.inf])).tolist()
        [0.125, 0.125, 0.5, 0.6875, 0.875]
        """
        if not self.count:
            return np.full(len(quantities), np.nan)
        held = np.clip(quantities, self.minimum, self.maximum)
        low = np.clip(np.searchsorted(self.distinct, held, side="right") - 1, 0, len(self.distinct) - 1)
        high = np.minimum(low + 1, len(self.distinct) - 1)
        one, two = self._share(low), self._share(high)
        step = self.distinct[high] - self.distinct[low]
        part = np.divide(held - self.distinct[low], step, out=np.zeros(len(held)), where=step > 0)
        return np.where(np.isnan(quantities), np.nan, one + (two - one) * part)

    def _share(self, at: NDArray[np.int64]) -> _Array:
        """(n,) the share at some of the distinct quantities."""
        before = np.where(at > 0, self.upto[at - 1], 0)
        return np.asarray((before + self.upto[at]) / 2 / self.count, np.float64)

    def _all(self) -> Iterator[float]:
        """All quantities, rising, a stretch at a time."""
        for start in range(0, len(self.distinct), _STRETCH):
            upto = self.upto[max(start - 1, 0) : start + _STRETCH]
            times = np.diff(upto, prepend=0) if not start else np.diff(upto)
            yield from np.repeat(self.distinct[start : start + _STRETCH], times).tolist()


@dataclass(frozen=True)
class DataDriven:
    """A function that must be fitted to the candidates before it gives values.

    kind : min_max   (q - min) / (max - min)
           percentile (number below + half the number equal) / n, straight between neighbours (Hazen's plotting place)
           z_score   0 to 1 between ``within`` standard deviations (3; judgement) below and above the mean
           ms_small  b s / (q - a m + b s) above a m, else 1; ms_large  1 minus it, else 0 (Esri)
    direction : rising or falling
    mean_multiplier, std_multiplier : a and b of the mean-std pair
    """

    kind: str
    direction: Direction
    within: float = 3.0
    mean_multiplier: float = 1.0
    std_multiplier: float = 1.0
    dimension: str = "number"
    needs_summary: ClassVar[bool] = True

    @property
    def unit(self) -> Unit:
        """The unit in which people read the quantity."""
        return parse_unit(_SHOWN[self.dimension]) if self.dimension in _SHOWN else si_unit(self.dimension)

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest value it can give."""
        return 0.0, 1.0

    @property
    def anchors(self) -> tuple[tuple[Quantity, float], ...]:
        """None before it is fitted."""
        return ()

    @property
    def last_si(self) -> float:
        """Every quantity must be known: infinite."""
        return math.inf

    @property
    def flat_beyond(self) -> float:
        """A search may end anywhere; what lies beyond it has the value of the far end: -inf."""
        return -math.inf

    def fitted(self, summary: Summary) -> Fitted:
        """The function of these candidates."""
        return Fitted(self, summary)

    def value(self, quantity: NDArray[Any]) -> _Array:  # noqa: ARG002 - as every function
        """Refused: ``fitted(summary)`` comes first."""
        raise _unfitted(self.kind)

    def value_interval(self, low: NDArray[Any], high: NDArray[Any]) -> tuple[_Array, _Array]:
        """(n,) the bounds: before it is fitted nothing else can be said."""
        return np.full(np.shape(low), 0.0), np.full(np.shape(high), 1.0)

    def inverse(self, value: NDArray[Any]) -> _Array:  # noqa: ARG002 - as every function
        """Refused: ``fitted(summary)`` comes first."""
        raise _unfitted(self.kind)

    def of_dimension(self, dimension: str) -> DataDriven:
        """The same function for quantities of this dimension; it fits all but classes."""
        if dimension == "text":
            raise UnitError(
                f"The function {self.kind!r} is of quantities, but the measure gives classes; write "
                "{class: value, ...}."
            )
        return self if dimension == self.dimension else replace(self, dimension=dimension)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A data-driven function of one set of candidates; infinite quantities get the value of the far end.

    Where all candidates are alike (no range, no spread) it cannot tell them apart and gives 0.5.

    >>> f = DataDriven("min_max", "falling").fitted(Summary.of(np.array([2.0, 6.0, 4.0])))
    >>> f.value(np.array([2, 3, 6, 9, np.nan])).tolist()
    [1.0, 0.75, 0.0, 0.0, nan]
    """

    spec: DataDriven
    summary: Summary
    needs_summary: ClassVar[bool] = False

    @property
    def kind(self) -> str:
        """Its name in the study."""
        return self.spec.kind

    @property
    def direction(self) -> Direction:
        """Rising or falling."""
        return self.spec.direction

    @property
    def dimension(self) -> str:
        """The dimension of the quantities."""
        return self.spec.dimension

    @property
    def unit(self) -> Unit:
        """The unit in which people read the quantity."""
        return self.spec.unit

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest value it can give."""
        return 0.0, 1.0

    @property
    def last_si(self) -> float:
        """The greatest quantity of the candidates; for the mean-std pair there is no last one."""
        return math.inf if self.kind in ("ms_small", "ms_large") else self._knots[0][-1]

    @property
    def flat_beyond(self) -> float:
        """As ``last_si``."""
        return self.last_si

    @property
    def anchors(self) -> tuple[tuple[Quantity, float], ...]:
        """Its ends with their values."""
        ends = np.array([self.summary.minimum, self.summary.maximum])
        return tuple((Quantity(float(q), self.unit), float(v)) for q, v in zip(ends, self.value(ends), strict=True))

    def value(self, quantity: NDArray[Any]) -> _Array:
        """(n,) values of (n,) SI quantities; NaN gives NaN."""
        q = np.asarray(quantity, np.float64)
        if self.kind in ("ms_small", "ms_large"):
            return round_values(self._mean_std(q))
        if self.kind == "percentile":
            rising = self.summary.shares(q)
        else:
            at, values = self._knots
            rising = np.interp(q, at, values) if len(at) > 1 else np.where(np.isnan(q), np.nan, 0.5)
        return round_values(rising if self.direction == "rising" else 1 - rising)

    def value_interval(self, low: NDArray[Any], high: NDArray[Any]) -> tuple[_Array, _Array]:
        """(n,) the lowest and the highest value between the quantities low and high; it is monotone."""
        ends = self.value(low), self.value(high)
        return np.minimum(*ends), np.maximum(*ends)

    def inverse(self, value: NDArray[Any]) -> _Array:
        """(n,) the SI quantities at which values are reached, as ``Piecewise.inverse``."""
        wanted = np.asarray(value, np.float64)
        if self.kind in ("ms_small", "ms_large"):
            return self._inverse_mean_std(wanted)
        at, values = self._knots
        if len(at) < 2:
            raise no_inverse(flat=True)
        reached = wanted if self.direction == "rising" else 1 - wanted
        found = np.interp(reached, values, at)
        rising = self.direction == "rising"
        easy = reached <= values[0] if rising else reached >= values[-1]
        hard = reached > values[-1] if rising else reached < values[0]
        found = np.where(easy, -np.inf if rising else np.inf, found)
        return np.where(hard | np.isnan(wanted), np.nan, found)

    def of_dimension(self, dimension: str) -> Fitted:
        """The same function for quantities of this dimension."""
        return replace(self, spec=self.spec.of_dimension(dimension))

    @property
    def _knots(self) -> tuple[_Array, _Array]:
        """Quantities and the values of the rising function; one knot where nothing can be told apart."""
        known, kind = self.summary, self.kind
        if kind == "percentile":
            return known.distinct, known.shares(known.distinct)
        if kind == "min_max":
            ends = np.unique(known.distinct[[0, -1]]) if known.count else known.distinct
        else:
            ends = known.mean + self.spec.within * known.std * np.array([-1.0, 1.0])
            ends = ends if known.std > 0 else ends[:1]
        return ends, np.array([0.0, 1.0])[: len(ends)]

    def _mean_std(self, q: _Array) -> _Array:
        mean, std = self._moments
        if not std > 0:
            return np.where(np.isnan(q), np.nan, 0.5)
        return formulas.ms_small(q, mean, std) if self.kind == "ms_small" else formulas.ms_large(q, mean, std)

    def _inverse_mean_std(self, wanted: _Array) -> _Array:
        mean, std = self._moments
        if not std > 0:
            raise no_inverse(flat=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.kind == "ms_small":
                found = np.where(wanted <= 0, np.inf, mean - std + std / wanted)
            else:
                found = np.where(wanted <= 0, -np.inf, mean - std + std / (1 - wanted))
        return np.where(np.isnan(wanted) | (wanted > 1), np.nan, found)

    @property
    def _moments(self) -> tuple[float, float]:
        return self.spec.mean_multiplier * self.summary.mean, self.spec.std_multiplier * self.summary.std


def _unfitted(kind: str) -> StudyError:
    return StudyError(
        f"The function {kind!r} depends on the candidates: fit it to a summary of their quantities before asking it "
        "for values, or write fixed anchors."
    )
