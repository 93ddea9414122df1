"""What workers are asked to do in the tests of the pool; they find it by its name."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Halves", "dies", "fails", "first_of", "opened", "pid", "slow_product", "total"]


@dataclass(frozen=True)
class Halves:
    """A part of a column with many ties and gaps, made where it is read."""

    seed: int
    count: int

    def read(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The numbers."""
        chance = np.random.default_rng(self.seed)
        values = chance.uniform(0, 100, self.count).round(2)
        values[chance.random(self.count) < 0.1] = np.nan
        return np.concatenate([values[: self.count // 2], np.floor(values[self.count // 2 :])])


def slow_product(context: float, part: Any) -> Any:
    """A part that takes a moment."""
    time.sleep(0.02)
    return context * part


def total(context: float, part: Any) -> float:
    """One number of a large part."""
    return float(context * np.sum(part))


def pid(context: float, part: Any) -> int:
    """Who works on it."""
    time.sleep(0.05)
    return os.getpid()


def fails(context: float, part: int) -> int:
    """Part 3 cannot be worked on."""
    from siting.errors import DataError

    if part == 3:
        error = DataError("Part 3 is damaged.")
        error.add_note("While reading it.")
        raise error
    return part


def first_of(context: Any, part: float) -> float:
    """Something that needs the context."""
    return float(context[int(part)])


def dies(context: float, part: int) -> None:
    """Nobody survives it."""
    os._exit(1)


def opened(context: dict[str, Any]) -> None:
    """Refuse a context that says so."""
    if context.get("refuse"):
        from siting.errors import DataError

        raise DataError("This worker does not see the file 'dem.tif'.")
