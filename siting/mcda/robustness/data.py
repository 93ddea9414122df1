"""What is not sure about the data of a criterion, and its value in any draw for any parcel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from siting.errors import DataError, named
from siting.mcda.robustness.chance import TRUNCATED_AT, truncated_normal, uniform
from siting.mcda.value import round_values

__all__ = ["CriterionData", "Function", "QuantityError"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_LAWS = ("uniform", "normal", "lognormal")


class Function(Protocol):
    """What is needed of a value function."""

    def value(self, quantity: _Floats) -> _Floats:
        """(n,) values of (n,) quantities."""

    def value_interval(self, low: _Floats, high: _Floats) -> tuple[_Floats, _Floats]:
        """(n,) the lowest and the highest value between two quantities."""


@dataclass(frozen=True, eq=False)
class QuantityError:
    """How a measured quantity errs.

    law : "uniform" adds a number within +- size (an interval), "normal" one with this standard deviation, truncated
        at 3 of them, "lognormal" multiplies by exp of such a number (the quantity is the median)
    size : in SI units, or of the logarithm
    group : (n,) keys of what shares one error in a draw: the parcel itself, the feature that it is measured to, its
        basin, or one key for the whole layer (``keys_of``)
    """

    law: Literal["uniform", "normal", "lognormal"]
    size: float
    group: NDArray[np.uint64]

    def __post_init__(self) -> None:
        if self.law not in _LAWS:
            raise DataError(f"An error is {named(_LAWS)}, not {self.law!r}.")
        if not (np.isfinite(self.size) and self.size >= 0):
            raise DataError(f"The size of a {self.law} error is a number of 0 or more, not {self.size:g}.")

    def drawn(self, quantity: _Floats, seed: int, name: str, rows: _Ints, draw: _Ints) -> _Floats:
        """The quantities of these rows in these draws."""
        u = uniform(seed, f"error {name}", self.group[rows], draw)
        if self.law == "uniform":
            return quantity + self.size * (2 * u - 1)
        z = truncated_normal(u) * self.size
        return quantity * np.exp(z) if self.law == "lognormal" else quantity + z

    def reach(self, quantity: _Floats) -> tuple[_Floats, _Floats]:
        """The lowest and the highest quantity that can be drawn."""
        if self.law == "uniform":
            return quantity - self.size, quantity + self.size
        far = TRUNCATED_AT * self.size
        if self.law == "lognormal":
            ends = quantity * np.exp(-far), quantity * np.exp(far)
            return np.minimum(*ends), np.maximum(*ends)
        return quantity - far, quantity + far


@dataclass(frozen=True, eq=False, kw_only=True)
class CriterionData:
    """One criterion of n parcels: values in [0, 1], and what is not sure about them.

    low, high : (n,) the interval of the value; where they differ, each draw takes a number between them, uniformly
        and parcel by parcel
    quantity, function, error : where given, the value of each draw is that of the quantity with its error; a
        quantity of NaN (missing, or set by hand) keeps its interval
    """

    name: str
    low: _Floats
    high: _Floats
    quantity: _Floats | None = None
    function: Function | None = None
    error: QuantityError | None = None

    def __post_init__(self) -> None:
        if np.isnan(self.low).any() or np.isnan(self.high).any():
            raise DataError(
                f"The criterion {self.name!r} has no value for {int((np.isnan(self.low) | np.isnan(self.high)).sum())} "
                "parcels. Leave them out, or give the interval that they can have."
            )
        if self.error is not None and (self.quantity is None or self.function is None):
            raise DataError(f"The error of {self.name!r} needs its quantities and its value function.")

    @cached_property
    def sure(self) -> bool:
        """Whether its values are the same in every draw."""
        return self.error is None and bool((self.low == self.high).all())

    @property
    def erring(self) -> NDArray[np.bool_]:
        """(n,) where a value is drawn from the quantity's error."""
        if self.error is None or self.quantity is None:
            return np.zeros(len(self.low), bool)
        return ~np.isnan(self.quantity)

    @cached_property
    def bounds(self) -> tuple[_Floats, _Floats]:
        """(n,) the lowest and the highest value of any draw."""
        if self.error is None or self.quantity is None or self.function is None:
            return self.low, self.high
        low, high = self.function.value_interval(*self.error.reach(self.quantity))
        return np.where(self.erring, low, self.low), np.where(self.erring, high, self.high)

    def middle(self) -> _Floats:
        """(n,) the value without errors, halfway between low and high."""
        return (self.low + self.high) / 2

    def values(self, keys: NDArray[np.uint64], seed: int, rows: _Ints, draw: _Ints) -> _Floats:
        """(m,) the values of the pairs of a row and a draw.

        keys : (n,) of the parcels
        """
        out = self.low[rows]
        wide = np.flatnonzero(self.high[rows] > out)
        if len(wide):
            at = rows[wide]
            u = uniform(seed, f"interval {self.name}", keys[at], draw[wide])
            out[wide] = round_values(self.low[at] + u * (self.high[at] - self.low[at]))
        if self.error is not None and self.quantity is not None and self.function is not None:
            erring = np.flatnonzero(~np.isnan(self.quantity[rows]))
            at = rows[erring]
            drawn = self.error.drawn(self.quantity[at], seed, self.name, at, draw[erring])
            out[erring] = self.function.value(drawn)
        return out
