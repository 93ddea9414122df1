"""A value for each class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import StudyError, UnitError, did_you_mean, named
from siting.mcda.value.anchors import Direction, round_values, value_of
from siting.units import dimension_phrase

__all__ = ["UNKNOWN", "Classes"]

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Classes:
    """A value for each class; None, and "unknown" unless it is listed, give NaN.

    unlisted : what a class outside the list does: "refuse" (the default), or "no_data" for NaN

    >>> Classes({"designated": 1, "none": 0}).value(np.array(["none", None, "designated"], object)).tolist()
    [0.0, nan, 1.0]
    """

    needs_summary: ClassVar[bool] = False

    values: Mapping[str, float]
    unlisted: Literal["refuse", "no_data"] = "refuse"

    def __post_init__(self) -> None:
        if not self.values:
            raise StudyError("A value function of classes needs at least one class, such as {designated: 1, none: 0}.")
        object.__setattr__(self, "values", {str(name): value_of(value, name) for name, value in self.values.items()})
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

    def value(self, classes: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) values of (n,) class names; None gives NaN. Raises StudyError for an unlisted class."""
        return self.value_of_codes(*pd.factorize(np.asarray(classes, dtype=object)))

    def value_of_codes(self, codes: NDArray[np.integer[Any]], classes: NDArray[np.object_]) -> NDArray[np.float64]:
        """(n,) values of class names by their places among the different ones, -1 for None; else as ``value``."""
        names = [str(item) for item in classes.tolist()]
        unlisted = set(names) - {*self.values, UNKNOWN}
        if unlisted and self.unlisted == "refuse":
            name = min(unlisted)
            count = np.isin(codes, [code for code, other in enumerate(names) if other == name]).sum()
            raise StudyError(
                f"The class {name!r} has no value; {count} parcels have it."
                f"{did_you_mean(name, self.values)} Classes with a value: {named(self.values)}. "
                "Give it a value, or write {classes: {...}, unlisted: no_data}."
            )
        worth = np.array([*(self.values.get(name, np.nan) for name in names), np.nan])
        return round_values(worth[codes])

    def of_dimension(self, dimension: str) -> Classes:
        """The same function, if the measure gives classes."""
        if dimension != "text":
            raise UnitError(
                f"The value function lists classes ({named(self.values)}), but the measure gives "
                f"{dimension_phrase(dimension)}; write [[quantity, value], ...]."
            )
        return self
