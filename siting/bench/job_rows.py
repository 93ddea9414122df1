"""Whole runs in processes of their own: ``siting rank`` against the scripts, and against bare reading and writing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from siting.bench.row import Measured, Row, agree
from siting.bench.workload import Workload
from siting.errors import RunError

__all__ = ["JOB_ROWS", "Cost", "compared", "spent"]

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


_LAUNCH = """\
import json, os, subprocess, sys, time
begin = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
found = [os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, time.perf_counter() - begin]
with open(int(sys.argv[1]), "w") as out:
    json.dump([*found, usage.ru_maxrss], out)
"""


@dataclass(frozen=True)
class Cost:
    """CPU seconds, wall seconds and peak memory in MB of a process, and what it said."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    said: str


def spent(*command: object) -> Cost:
    """Run a module of Python in a process of its own; a refusal where it fails.

    A small process starts it: memory that the starter has counts in the peak of what it starts. Its cache is empty, so
    that no run has what one before it remembered of the files.
    """
    with (
        tempfile.TemporaryFile("w+") as said,
        tempfile.TemporaryFile("w+") as usage,
        tempfile.TemporaryDirectory(prefix="siting-bench-") as cache,
    ):
        words = [sys.executable, "-I", "-c", _LAUNCH, str(usage.fileno()), sys.executable, "-W", "ignore", "-m"]
        subprocess.run(
            [*words, *map(str, command)], stdout=said, stderr=subprocess.STDOUT, pass_fds=(usage.fileno(),),
            env={**os.environ, "SITING_CACHE": cache}, check=False,
        )  # fmt: skip
        said.seek(0)
        usage.seek(0)
        text, (code, cpu_s, wall_s, peak) = said.read(), json.load(usage)
    if code:
        raise RunError(f"'{' '.join(map(str, command))}' ended with code {code}: {text.strip()[-400:]}")
    return Cost(cpu_s, wall_s, peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), text)


@contextmanager
def _folder(work: Workload) -> Iterator[tuple[Path, Path]]:
    """The study of a workload, and an empty folder for outputs, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as name:
        yield work.study, Path(name)


def _siting(study: Path, out: Path, *options: object) -> Cost:
    asked = ("--out", out, "--workers", 1, "--quiet", *(options or ("--outputs", "parquet")))
    return spent("siting", "rank", study, *asked)


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
    """A script on every so many parcels against siting on all of them; the script's time is scaled."""

    def measure(work: Workload) -> Measured:
        with _folder(work) as (study, folder):
            script = spent(f"siting.bench.{name}", study.parent, folder / "script.parquet", every)
            fixed = 0.0
            if every > 1:  # what the script takes whatever the parcels, measured with a tenth as many
                less = spent(f"siting.bench.{name}", study.parent, folder / "less.parquet", every * 10)
                fixed = max(0.0, (10 * less.cpu_s - script.cpu_s) / 9)
            cpu = fixed + (script.cpu_s - fixed) * every
            ours = _siting(study, folder / "out")
            apart = compared(folder / "script.parquet", folder / "out" / "ranking.parquet", centres=name == "plain")
        part = f" (from every {every}th parcel)" if every > 1 else ""
        shown = f"{cpu:,.1f} s{part} / {ours.cpu_s:,.1f} s"
        return Measured(cpu / ours.cpu_s, shown, f"{work.parcels:,} parcels", apart)

    return measure


def _bare_s(study: Path, out: Path) -> float:
    """CPU seconds of reading all inputs and writing the same table, and nothing else."""
    return float(json.loads(spent("siting.bench.bare", study.parent, out / "ranking.parquet").said)["cpu_s"])


def _parquet(work: Workload) -> Measured:
    with _folder(work) as (study, folder):
        ours = _siting(study, folder / "out")
        bare = _bare_s(study, folder / "out")
    return Measured(ours.cpu_s / bare, f"{ours.cpu_s:,.1f} s / {bare:,.1f} s", f"{work.parcels:,} parcels")


def _marginal(work: Workload) -> Measured:
    """The cost of one more parcel, from a tenth of them to all of them."""
    few = Workload(work.parcels // 10, work.seed)
    ours, bare = [], []
    for each in (few, work):
        with _folder(each) as (study, folder):
            ours.append(_siting(study, folder / "out").cpu_s)
            bare.append(_bare_s(study, folder / "out"))
    more = work.parcels - few.parcels
    mine, theirs = (1e6 * (b - a) / more for a, b in (ours, bare))
    return Measured(
        mine / theirs, f"{mine:,.1f} us / {theirs:,.1f} us a parcel", f"{few.parcels:,} to {work.parcels:,} parcels"
    )


def _further_output(work: Workload) -> Measured:
    """What CSV takes besides, against pyarrow's writer with the same table; each the least of three, being small."""
    with _folder(work) as (study, folder):
        one, two, bare = [], [], []
        for k in range(3):
            one.append(_siting(study, folder / f"one{k}", "--outputs", "parquet").cpu_s)
            two.append(_siting(study, folder / f"two{k}", "--outputs", "parquet,csv").cpu_s)
            table = folder / f"two{k}" / "ranking.csv"
            bare.append(float(json.loads(spent("siting.bench.bare", table).said)["cpu_s"]))
    more, own = min(two) - min(one), min(bare)
    return Measured(more / own, f"{more:,.2f} s / {own:,.2f} s", f"{work.parcels:,} parcels, CSV")


def _memory(work: Workload) -> Measured:
    with _folder(work) as (study, folder):
        peak = _siting(study, folder / "out").peak_mb / 1024
    return Measured(peak, f"{peak:,.2f} GB", f"{work.parcels:,} parcels, default budget")


def _workers(work: Workload) -> Measured:
    """Wall time of the measure phase with one worker over that with two."""
    walls = []
    with _folder(work) as (study, folder):
        for workers in (1, 2):
            said = spent("siting.bench.timed", study, folder / f"out{workers}", workers).said
            walls.append(float(json.loads(said.strip().splitlines()[-1])["measure_s"]))
    return Measured(walls[0] / walls[1], f"{walls[0]:,.1f} s / {walls[1]:,.1f} s", f"{work.parcels:,} parcels")


_PLAIN, _COMPETENT = "plain geopandas + rasterstats script", "competent exactextract + STRtree script"

JOB_ROWS = (
    Row("plain", f"{_PLAIN} / siting rank", 120, _script("plain", 10), needs=("rasterstats",), group="job"),
    Row("plain_whole", f"{_PLAIN}, on all parcels / siting rank", 120, _script("plain"), needs=("rasterstats",),
        group="job"),
    Row("competent", f"{_COMPETENT} / siting rank", 4, _script("competent"), needs=("exactextract",), group="job"),
    Row("output", "a further output (CSV) / the bare writer", 1.3, _further_output, at_least=False, group="job"),
    Row("parquet", "siting rank --outputs parquet / read + write", 4, _parquet, at_least=False, group="job"),
    Row("marginal", "CPU of one more parcel / that of read + write", 6, _marginal, at_least=False, group="job"),
    Row("memory", "peak memory in GB", 3, _memory, at_least=False, group="job"),
    Row("workers", "measure phase, wall: 1 worker / 2 workers", 1.7, _workers, group="job"),
)  # fmt: skip
