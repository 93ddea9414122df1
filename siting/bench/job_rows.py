"""Whole runs in processes of their own: ``siting rank`` against the scripts, and against bare reading and writing.

On a machine that does other things too a run takes a tenth more or less by chance. Ratios of long runs bear that;
where a figure is small, a difference of two, or by the clock, the least of several runs counts, of both sides by turns.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from siting.bench.row import Measured, Row, agree
from siting.bench.runs import answer_of, bare_s, ranked, spent, table_of
from siting.bench.workload import Workload

__all__ = ["JOB_ROWS", "compared"]

#: criterion of the workload -> its column in siting's table, in the scripts' unit by this factor, and how far apart
#: the answers may be: siting writes kilometres of whole metres and per cent of three digits
_SAME = {
    "line": ("q_line_km", 1000.0, 0.6),
    "point": ("q_point_km", 1000.0, 0.6),
    "flood": ("q_flood_pct", 0.01, 1e-5),
    "ground": ("q_ground_m", 1.0, 0.02),
    "built": ("q_built_pct", 0.01, 1e-5),
}
_CENTRES = ("ground", "built")  #: what rasterstats answers from cell centres

_TIMES = 3  #: figures that are small, or a difference, are the least of so many
_FURTHER = 5  #: and those of a further output of so many


def compared(script: Path, ours: Path, *, centres: bool) -> str:
    """The largest difference of a script's table and siting's, in each column; a refusal where one is too large.

    centres : the script's rasters look at cell centres, so that those columns are not compared
    """
    theirs = pd.read_parquet(script).set_index("APN")
    table = pd.read_parquet(ours).set_index("id").loc[theirs.index]
    told = []
    for name, (column, factor, most) in _SAME.items():
        if not (centres and name in _CENTRES):
            apart = np.abs(theirs[name].to_numpy(float) - factor * table[column].to_numpy(float)).max()
            told.append(f"{name} {agree(f'{name} in the script', float(apart), most)}")
    other = float((theirs["zone"].to_numpy() != table["q_zone"].to_numpy()).mean())
    told.append(f"zone {agree('zone in the script', other, 1e-4)}")
    return ", ".join(told)


def _script(name: str, every: int = 1) -> Callable[[Workload], Measured]:
    """A script on every so many parcels against siting on all of them, one run of each; the script's time is scaled.

    What the script takes whatever the parcels, such as reading the layers, is found by a run with a tenth as many, and
    is not scaled.
    """

    def measure(work: Workload) -> Measured:
        with tempfile.TemporaryDirectory(prefix="siting-bench-") as folder:
            tables = Path(folder, "script.parquet"), Path(folder, "less.parquet")
            script = spent(f"siting.bench.{name}", work.study.parent, tables[0], every)
            fixed = 0.0
            if every > 1:
                less = spent(f"siting.bench.{name}", work.study.parent, tables[1], every * 10)
                fixed = max(0.0, (10 * less.cpu_s - script.cpu_s) / 9)
            cpu = fixed + (script.cpu_s - fixed) * every
            (ours,) = ranked(work)
            apart = compared(tables[0], table_of(work), centres=name == "plain")
        part = f" (from every {every}th parcel)" if every > 1 else ""
        shown = f"{cpu:,.1f} s{part} / {ours.cpu_s:,.1f} s"
        return Measured(cpu / ours.cpu_s, shown, _sizes(work), apart)

    return measure


def _sizes(work: Workload) -> str:
    return f"{work.parcels:,} parcels"


def _least(work: Workload) -> tuple[float, float]:
    """CPU seconds of siting, and of bare reading and writing: of each the least of three runs, by turns."""
    bare = min(bare_s(work, _TIMES))
    return min(run.cpu_s for run in ranked(work, _TIMES)), bare


def _parquet(work: Workload) -> Measured:
    ours, bare = _least(work)
    return Measured(ours / bare, f"{ours:,.1f} s / {bare:,.1f} s", _sizes(work))


def _marginal(work: Workload) -> Measured:
    """The cost of one more parcel, from a tenth of them to all of them."""
    few = Workload(work.parcels // 10, work.seed)
    mine, theirs = (
        1e6 * (many - fewer) / (work.parcels - few.parcels)
        for fewer, many in zip(_least(few), _least(work), strict=True)
    )
    shown = f"{mine:,.1f} us / {theirs:,.1f} us a parcel"
    return Measured(mine / theirs, shown, f"{few.parcels:,} to {work.parcels:,} parcels")


def _further_output(work: Workload) -> Measured:
    """What CSV takes in the writing of a run besides Parquet, against pyarrow's writer; ``further`` says how."""
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as folder:
        found = answer_of("siting.bench.further", work.study, Path(folder, "out"), _FURTHER)
    more, bare = found["both"] - found["parquet"], found["bare"]
    return Measured(more / bare, f"{more:,.2f} s / {bare:,.2f} s", f"{_sizes(work)}, CSV", "the same bytes")


def _memory(work: Workload) -> Measured:
    (run,) = ranked(work)
    return Measured(run.peak_mb / 1024, f"{run.peak_mb / 1024:,.2f} GB", f"{_sizes(work)}, default budget")


def _workers(work: Workload) -> Measured:
    """Wall time of the measure phase with one worker over that with two: of each the least of three runs, by turns."""
    walls: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(_TIMES):
        for workers, found in walls.items():
            with tempfile.TemporaryDirectory(prefix="siting-bench-") as folder:
                found.append(
                    float(answer_of("siting.bench.timed", work.study, Path(folder, "out"), workers)["measure_s"])
                )
    one, two = map(min, walls.values())
    return Measured(one / two, f"{one:,.1f} s / {two:,.1f} s", _sizes(work))


_PLAIN, _COMPETENT = "plain geopandas + rasterstats script", "competent exactextract + STRtree script"

JOB_ROWS = (
    Row("plain", f"{_PLAIN} / siting rank", 120, _script("plain", 10), needs=("rasterstats",), group="job",
        goal_of_few=20),
    Row("plain_whole", f"{_PLAIN}, on all parcels / siting rank", 120, _script("plain"), needs=("rasterstats",),
        group="job", goal_of_few=20),
    Row("competent", f"{_COMPETENT} / siting rank", 4, _script("competent"), needs=("exactextract",), group="job"),
    Row("output", "what a further output (CSV) adds to the writing / the bare writer", 1.3, _further_output,
        at_least=False, group="job"),
    Row("parquet", "siting rank --outputs parquet / read + write", 4, _parquet, at_least=False, group="job"),
    Row("marginal", "CPU of one more parcel / that of read + write", 6, _marginal, at_least=False, group="job"),
    Row("memory", "peak memory in GB", 3, _memory, at_least=False, group="job"),
    Row("workers", "measure phase, wall: 1 worker / 2 workers", 1.7, _workers, group="job"),
)  # fmt: skip
