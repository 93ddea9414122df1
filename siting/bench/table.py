"""The table: every row measured on one workload, as text and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from siting import __version__
from siting.bench.job_rows import JOB_ROWS
from siting.bench.kernel_rows import KERNEL_ROWS
from siting.bench.row import Measured, Row
from siting.bench.workload import Workload
from siting.errors import StudyError, did_you_mean, named

__all__ = ["DEFAULT_ROWS", "ROWS", "Result", "as_json", "measured", "rows_named"]

ROWS: tuple[Row, ...] = (*KERNEL_ROWS, *JOB_ROWS)
#: what is measured when nothing is asked: the kernels, and the whole jobs that take little; with 100,000 parcels about
#: five minutes on a machine that does nothing else, half of them the two scripts
DEFAULT_ROWS = (*(row.key for row in KERNEL_ROWS), "plain", "competent", "output")


@dataclass(frozen=True)
class Result:
    """A row and what came out: ``found``, or the packages that are ``missing``."""

    row: Row
    found: Measured | None
    missing: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """Key, what is compared, ratio, goal, figures, sizes, difference of the answers."""
        goal = f"{'>=' if self.row.at_least else '<='} {self.row.goal:g}"
        if self.found is None:
            return (
                self.row.key,
                self.row.compared,
                "not measured",
                goal,
                f"not installed: {', '.join(self.missing)}",
                "",
                "",
            )
        mark = "" if self.row.reached(self.found.ratio) else " (missed)"
        ratio = f"{self.found.ratio:,.3g}{mark}"
        return self.row.key, self.row.compared, ratio, goal, self.found.shown, self.found.sizes, self.found.difference


def rows_named(names: Sequence[str] | None) -> list[Row]:
    """The rows of these keys, in the order of the table; "kernel", "job" and "all" stand for many; None: the usual.

    Raises StudyError for an unknown name.

    >>> [row.key for row in rows_named(["job"])][:2]
    ['plain', 'plain_whole']
    """
    groups: dict[str, tuple[str, ...]] = {"all": tuple(row.key for row in ROWS)}
    groups |= {name: tuple(row.key for row in ROWS if row.group == name) for name in ("kernel", "job")}
    wanted: set[str] = set()
    for name in DEFAULT_ROWS if names is None else names:
        known = [row.key for row in ROWS]
        if name not in known and name not in groups:
            raise StudyError(
                f"There is no row {name!r} in the benchmarks.{did_you_mean(name, [*known, *groups])} The rows are "
                f"{named(known)}; 'kernel', 'job' and 'all' stand for many."
            )
        wanted |= set(groups.get(name, (name,)))
    return [row for row in ROWS if row.key in wanted]


def measured(rows: Sequence[Row], work: Workload) -> Iterator[Result]:
    """The results of rows, one after the other; a row whose packages are missing is not measured."""
    for row in (row.with_parcels(work.parcels) for row in rows):
        yield Result(row, None, row.missing) if row.missing else Result(row, row.measure(work))


def as_json(results: Sequence[Result], work: Workload) -> dict[str, Any]:
    """The table with the machine it was measured on."""
    return {
        "siting": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "parcels": work.parcels,
        "rows": [
            {
                "row": r.row.key,
                "compared": r.row.compared,
                "goal": r.row.goal,
                "at_least": r.row.at_least,
                "missing": list(r.missing),
                **(
                    {}
                    if r.found is None
                    else {
                        "ratio": r.found.ratio,
                        "reached": r.row.reached(r.found.ratio),
                        "figures": r.found.shown,
                        "sizes": r.found.sizes,
                        "difference": r.found.difference,
                    }
                ),
            }
            for r in results
        ],
    }
