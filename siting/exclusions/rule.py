"""Rules: a condition, to whom it applies, and where it is lifted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from siting.measure import Measure, Measured

__all__ = ["Condition", "Rule", "Test", "Verdict"]

_UNKNOWN = "unknown"  #: the text of a class or field that nobody knows


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a test says of n parcels: certainly met, or perhaps (the quantity is unknown or an interval)."""

    met: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]


class Test(BaseModel):
    """A threshold or a list of classes for one quantity; all given parts must hold.

    above, below : in SI units, exclusive; text as the study wrote it is in ``said``
    values : text values of which the quantity must be one; others : text values of which it must be none
    """

    __test__ = False  # not a pytest class
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    above: float | None = None
    below: float | None = None
    values: tuple[str, ...] | None = None
    others: tuple[str, ...] | None = None
    said: str = ""

    def verdict(self, measured: Measured) -> Verdict:
        """Compare the first column of ``measured``; quantities that are missing or "unknown" are "perhaps".

        So is the quantity of land of which nothing usable is left, or where no pad fits: it passes no test, and
        fails none.
        """
        quantity = next(iter(measured.columns.values()))
        listed = self.values if self.values is not None else self.others
        if listed is not None:
            lost = np.array([item is None or (item == _UNKNOWN and item not in listed) for item in quantity], bool)
            met = np.isin(quantity.astype(str), listed) == (self.values is not None)
            return Verdict(met & ~lost, lost)
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
    """Measures with a test each; met where any of them is met.

    given : for each part a further measure and test without which it does not count, or None; () for none at all
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    parts: tuple[tuple[Measure, Test], ...]
    given: tuple[tuple[Measure, Test] | None, ...] = ()

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that it names, each once."""
        every = [measure for measure, _ in (*self.parts, *filter(None, self.given))]
        return tuple({measure.key: measure for measure in every}.values())

    def verdict(self, measured: Mapping[str, Measured]) -> Verdict:
        """Met and perhaps met; ``measured`` by ``Measure.key``."""
        verdicts = [test.verdict(measured[measure.key]) for measure, test in self.parts]
        for number, given in enumerate(self.given):
            if given is not None:
                measure, test = given
                verdicts[number] = _both(verdicts[number], test.verdict(measured[measure.key]))
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
        return _both(own, self.only_where.verdict(measured))


def _both(one: Verdict, other: Verdict) -> Verdict:
    """Where both hold, and where both might."""
    met = one.met & other.met
    return Verdict(met, (one.met | one.perhaps) & (other.met | other.perhaps) & ~met)
