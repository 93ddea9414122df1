"""Processes of their own and what they take; those that several rows of the table ask for are run once for all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from siting.bench.workload import Workload
from siting.errors import RunError
from siting.kernels.ready import KERNELS, compile_kernels

__all__ = ["Cost", "answer_of", "bare_s", "ranked", "spent", "table_of"]

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


@dataclass(frozen=True)
class _Kept:
    """The runs of ``siting rank`` on a workload, and the CPU seconds of bare reading and writing."""

    ranked: list[Cost] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


_KEPT: WeakKeyDictionary[Workload, _Kept] = WeakKeyDictionary()


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


def answer_of(*command: object) -> Any:
    """What a module of Python prints as JSON on its last line."""
    return json.loads(spent(*command).said.strip().splitlines()[-1])


def ranked(work: Workload, times: int = 1) -> list[Cost]:
    """What the first so many runs of ``siting rank --outputs parquet`` took, with one worker, each from nothing.

    Kernels are compiled before (once after siting was installed). The runs are kept with the workload: whoever asks for
    more gets those that were there, and more.
    """
    kept, out = _KEPT.setdefault(work, _Kept()), table_of(work).parent
    while len(kept.ranked) < times:
        compile_kernels(KERNELS)
        shutil.rmtree(out, ignore_errors=True)
        options = ("--out", out, "--workers", 1, "--quiet", "--outputs", "parquet")
        kept.ranked.append(spent("siting", "rank", work.study, *options))
    return kept.ranked[:times]


def bare_s(work: Workload, times: int = 1) -> list[float]:
    """CPU seconds of the first so many times of reading all inputs and writing the same table, and nothing else.

    A run of siting comes before each where there is none yet, so that both sides see the machine by turns.
    """
    kept = _KEPT.setdefault(work, _Kept())
    while len(kept.bare) < times:
        ranked(work, len(kept.bare) + 1)
        kept.bare.append(float(answer_of("siting.bench.bare", work.study.parent, table_of(work))["cpu_s"]))
    return kept.bare[:times]


def table_of(work: Workload) -> Path:
    """The table that the last run of ``ranked`` has written."""
    return work.study.parents[1] / "ranked" / "ranking.parquet"
