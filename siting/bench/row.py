"""A row of the table: what is compared, and what should come out."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from siting.bench.workload import Workload
from siting.errors import RunError

__all__ = ["Measured", "Row", "agree", "cpu_s"]

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """What a row has measured.

    ratio : of the two figures; shown : both figures with their units; sizes : of what was worked on
    difference : the largest one between the answers that were compared, as text; "" where none were
    """

    ratio: float
    shown: str
    sizes: str
    difference: str = ""


@dataclass(frozen=True)
class Row:
    """One comparison.

    key : its name on the command line; compared : what over what
    goal : of the ratio; at_least : whether the ratio should be at least the goal, else at most
    needs : packages that are compared with, and may be absent
    group : "kernel", or "job" for whole runs in processes of their own
    goal_of_few : of the ratio with fewer than 100,000 parcels, where that is another one
    """

    key: str
    compared: str
    goal: float
    measure: Callable[[Workload], Measured] = field(repr=False)
    at_least: bool = True
    needs: tuple[str, ...] = ()
    group: str = "kernel"
    goal_of_few: float | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that are not installed."""
        return tuple(name for name in self.needs if importlib.util.find_spec(name) is None)

    def with_parcels(self, count: int) -> Row:
        """The row with its goal for so many parcels."""
        return self if self.goal_of_few is None or count >= 100_000 else replace(self, goal=self.goal_of_few)

    def reached(self, ratio: float) -> bool:
        """Whether a ratio is as good as the goal."""
        return ratio >= self.goal if self.at_least else ratio <= self.goal


def cpu_s(work: Callable[[], T], repeat: int = 1) -> tuple[T, float]:
    """What the work gives, and the least CPU seconds that it took."""
    best = float("inf")
    for _ in range(repeat):
        begin = time.process_time()
        result = work()
        best = min(best, time.process_time() - begin)
    return result, best


def agree(what: str, difference: float, most: float) -> str:
    """The difference as text; a refusal where the answers are not equal to the stated tolerance."""
    if not difference <= most:
        raise RunError(
            f"The answers of '{what}' differ by {difference:.3g}, more than {most:.3g}: one of them is wrong, and "
            "their speeds mean nothing. Please report this with the versions of your packages."
        )
    return f"{difference:.1e}"
