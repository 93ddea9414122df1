"""Runs that come to a chosen end: killed at a moment, or with a disk that is full from it on (POSIX).

``python -m tests.mortal`` reads jobs as lines of JSON and forks a process for each, so that siting is imported once.
What a run does is written down line by line as it happens: the steps it begins, what it does to files of its folder,
the parts that it begins to work out. A moment is a step and the number of a line in it.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

__all__ = ["PART", "WORKERS", "Job", "Moment", "Told", "run_all"]

_LONG_S = 900  #: how long all runs together may take, on a slow machine
WORKERS, PART = 2, 32  #: threads of a run, and parcels that it measures together in memory
#: what a run imports on its way
_LATER = ("siting.maps.ranking_view", "siting.report.page", "scipy.interpolate", "scipy.optimize", "scipy.stats")
#: steps that look at all parcels at once: module, function, what it is called in the lines
_GLOBAL = (
    ("siting.parcels.stream", "take_in", "take in"),
    ("siting.blockwise.columns", "tally", "count"),
    ("siting.robustness.kept", "smaa", "draw"),
    ("siting.ranking.result", "sites_of", "assemble"),
)
#: functions that write the file of their first argument
_WRITERS = (
    "siting.export replacing", "siting.parcels.spool write_records", "siting.parcels.stored write_records",
    "siting.parcels.stream write_records", "siting.blockwise.alone write_part", "siting.blockwise.together write_rows",
    "siting.blockwise.whole spilling",
)  # fmt: skip
_SMALL = 64  #: bytes of a file that a full disk still takes


@dataclass(frozen=True)
class Moment:
    """A line of a run: the first words of the step in which it stands, and its number in it.

    which : the end of the name of a file: the moment before it is written, in place of a number
    cut : whether the file that is to be renamed there is cut to half before, as if it was still being written
    """

    step: str
    line: int = 0
    which: str = ""
    cut: bool = False

    def has_come(self, step: str, line: int, what: str, which: str) -> bool:
        """Whether this line of a run is meant."""
        here = what == "write" and which.endswith(self.which) if self.which else line == self.line
        return step.startswith(self.step) and here


@dataclass(frozen=True)
class Job:
    """A run.

    blocks : parcels a block, for a run in blocks; 0 for a run in memory
    end : "killed" or "full" at the moment; "" for a run that is left alone
    """

    study: str
    out: str
    log: str
    blocks: int = 0
    end: str = ""
    moment: Moment | None = None

    def left_alone(self) -> Job:
        """The same run, started again."""
        return replace(self, end="", moment=None, log=f"{self.log}.again")


@dataclass(frozen=True)
class Told:
    """What is known of a run that has ended: how, its lines as (step, what, which), and what it refused with."""

    code: int
    lines: list[tuple[str, str, str]]
    error: str

    def parts(self, what: str) -> list[str]:
        """Which parts were begun, or what was done to files."""
        return [which for _, said, which in self.lines if said == what]


def run_all(chains: Sequence[Sequence[Job]]) -> list[list[Told]]:
    """Run the jobs of each chain one after the other, chains beside each other; what became of every job."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.mortal"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1], text=True, start_new_session=True,
    )  # fmt: skip
    asked = json.dumps([[asdict(job) for job in chain] for chain in chains])
    try:
        said, _ = server.communicate(asked, timeout=_LONG_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.communicate()
        pytest.fail(f"the runs did not end within {_LONG_S} s")
    assert server.returncode == 0
    codes = json.loads(said)
    return [list(map(_told, chain, ends)) for chain, ends in zip(chains, codes, strict=True)]


def _told(job: Job, code: int) -> Told:
    lines, step, error = [], "", ""
    for line in Path(job.log).read_text(encoding="utf-8").splitlines():
        what, _, which = line.partition("\t")
        if what == "step":
            step = which
        elif what == "error":
            error = which
        lines.append((step, what, which))
    return Told(code, lines, error)


class _Record:
    """Writes the lines of a run down, and ends it at its moment."""

    def __init__(self, job: Job) -> None:
        self.job, self.out, self.step, self.line = job, os.path.join(job.out, ""), "", 0
        self.file = os.open(job.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        self.lock = threading.RLock()

    def write(self, what: str, which: str, renamed: str = "") -> None:
        with self.lock:
            if what == "step":
                self.step, self.line = which, 0
            else:
                self.line += 1
            with suppress(OSError):  # of a full disk
                os.write(self.file, f"{what}\t{which}\n".encode())
            moment = self.job.moment
            if moment and moment.has_come(self.step, self.line, what, which):
                self._end(renamed if moment.cut else "")

    def _end(self, cut: str) -> None:
        if self.job.end == "full":
            resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL, resource.RLIM_INFINITY))
            return
        if cut and os.path.isfile(cut):
            os.truncate(cut, os.path.getsize(cut) // 2)
        os.kill(os.getpid(), signal.SIGKILL)

    def begin(self, text: str, total: int | None = None) -> None:
        """A step of the run."""
        del total
        self.write("step", text)

    def advance(self) -> None:
        """A part of the step is done."""
        self.write("done", "")

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """What the system tells before a file is touched (an audit hook)."""
        if event == "open" and isinstance(args[0], str) and args[0].startswith(self.out):
            if args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.write("open", args[0][len(self.out) :])
        elif event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir"):
            path = os.fspath(args[0])
            if path.startswith(self.out):
                target = os.fspath(args[1]) if event == "os.rename" else path
                self.write(event.partition(".")[2], target[len(self.out) :], path)

    def part(self, where: str, name: str, what: str, which: Callable[..., str | None]) -> None:
        """Write down each call of a function; ``which`` names it by its arguments."""
        module = importlib.import_module(where)
        function = getattr(module, name)

        def told(*args: Any, **kwargs: Any) -> Any:
            said = which(*args, **kwargs)
            if said is not None:
                self.write(what, said)
            return function(*args, **kwargs)

        setattr(module, name, told)


def _measured(context: Any, parcels: Any, there: Any = None) -> str | None:
    lacking = set(context.keys) - set(there or ()) - context.own_fields
    return str(parcels.ids[0]) if lacking else None


def _run(job: Job) -> None:
    """The run, in a process of its own."""
    import siting
    from siting.blockwise import budget
    from siting.errors import SitingError

    record = _Record(job)
    record.part("siting.quantities.measuring", "measure_block", "measure", _measured)
    record.part("siting.blockwise.alone", "judge_alone", "judge", lambda *args, **_: str(args[3][0]))
    record.part("siting.blockwise.together", "_table", "rows", lambda ranking: str(ranking.parcels.ids[0]))
    for where, name, what in _GLOBAL:
        record.part(where, name, what, lambda *_, **__: "")
    for where in _WRITERS:
        record.part(*where.rsplit(" ", 1), "write", lambda path, *_, **__: path.name)
    record.part("siting.parcels.stream", "places_by_text", "write", lambda *_: "pile-0.arrows")
    for counted in ("tally", "_sorted"):
        record.part("siting.blockwise.columns", counted, "write", lambda *_, name, **__: f"{name}.numbers")
    record.part("siting.quantities.measuring", "packed", "write", lambda *_: "part.parquet")
    record.part("siting.robustness.kept", "_packed", "write", lambda *_: "draws.parquet")
    if job.blocks:
        budget._PARCEL, budget.BLOCK_SIZE = 10**9, job.blocks
    sys.addaudithook(record.hear)
    code, error = 0, ""
    try:
        siting.rank(
            siting.read_study(job.study), out=job.out, memory="1GB", workers=WORKERS, part_size=PART, progress=record
        )
    except SitingError as refused:
        code, error = 3, str(refused)
    except BaseException:
        code, error = 4, traceback.format_exc()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    record.job = job.left_alone()
    if error:
        record.write("error", " ".join(error.split()))
    os._exit(code)


def _serve() -> None:
    """Fork the runs that are asked for, and tell how each has ended."""
    chains = [[_job(**said) for said in chain] for chain in json.load(sys.stdin)]
    _warm(chains[0][0].study)
    codes: list[list[int]] = [[] for _ in chains]
    waiting, running = [number for number, chain in enumerate(chains) if chain], dict[int, int]()
    while waiting or running:
        while waiting and len(running) < WORKERS:
            number = waiting.pop(0)
            child = os.fork()
            if not child:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                _run(chains[number][len(codes[number])])
            running[child] = number
        child, status = os.wait()
        number = running.pop(child)
        codes[number].append(os.waitstatus_to_exitcode(status))
        if len(codes[number]) < len(chains[number]):
            waiting.insert(0, number)
    print(json.dumps(codes))


def _job(*, moment: dict[str, Any] | None, **said: Any) -> Job:
    return Job(**said, moment=None if moment is None else Moment(**moment))


def _warm(study: str) -> None:
    """Load all that a run needs, without a thread."""
    from siting.evaluate import finder_of
    from siting.kernels.ready import compile_kernels
    from siting.plan import plan_of
    from siting.quantities.compiling import kernels_of
    from siting.study import read_study

    for name in _LATER:
        importlib.import_module(name)
    read = read_study(study)
    compile_kernels(kernels_of(read, plan_of(read), finder_of(read, None)))


if __name__ == "__main__":
    _serve()
