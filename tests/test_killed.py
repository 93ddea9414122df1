"""Killed with SIGKILL in any step and started again, a run finishes with the same bytes and loses nothing finished.

A run reads its parcels and opens its layers anew when it starts again; what it works out is kept. The files of a run
are written in one step, so that they are always of one run.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import pytest

from siting.outputs import FILES
from tests.plain import draw

pytest.importorskip("resource", reason="runs are killed in forked processes, which this system does not have")

from tests.mortal import WORKERS, Job, Moment, Told, run_all

MOMENTS = 20
PARTS = ("measure", "judge", "rows")  #: what is worked out part by part
WHOLE = ("take in", "count", "draw")  #: what looks at all parcels at once
_MOST = 6  #: moments that may be drawn in one step, beside the first: fewer than half of all are in any
KINDS = {"memory": 0, "blocks": 40}


@dataclass(frozen=True)
class Killed:
    """A run that was killed at one moment, was started again and killed at a later one, and was started again."""

    moments: Sequence[Moment]
    out: Path
    runs: Sequence[Told]


@dataclass(frozen=True)
class Seen:
    """Runs of one kind: one that was left alone, and those that were killed."""

    alone: Path
    told: Told
    killed: Sequence[Killed]


@pytest.fixture(scope="module")
def all_seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Both kinds of run, beside each other."""
    folder = tmp_path_factory.mktemp("killed")
    study = str(draw(folder / "plain", columns=24, rows=12))

    def job(kind: str, name: str, number: int = 0, moment: Moment | None = None) -> Job:
        out = folder / f"{kind}-{name}"
        return Job(study, str(out), f"{out}-{number}.log", KINDS[kind], "killed" if moment else "", moment)

    alone = {kind: job(kind, "alone") for kind in KINDS}
    told = dict(zip(KINDS, (runs[0] for runs in run_all([[one] for one in alone.values()])), strict=True))
    pairs, chains = [], []
    for kind in KINDS:
        moments = _moments(told[kind], seed=20)
        for number, pair in enumerate(zip(moments[: MOMENTS // 2], moments[MOMENTS // 2 :], strict=True)):
            name = f"out{number}"
            pairs.append((kind, pair))
            chains.append([*(job(kind, name, at, one) for at, one in enumerate(pair)), job(kind, name, len(pair))])
    killed: dict[str, list[Killed]] = {kind: [] for kind in KINDS}
    for (kind, pair), chain, runs in zip(pairs, chains, run_all(chains), strict=True):
        killed[kind].append(Killed(pair, Path(chain[0].out), runs))
    return {kind: Seen(Path(alone[kind].out), told[kind], killed[kind]) for kind in KINDS}


@pytest.fixture(params=KINDS)
def seen(request: pytest.FixtureRequest, all_seen: dict[str, Seen]) -> Seen:
    return all_seen[request.param]


def _moments(told: Told, seed: int) -> list[Moment]:
    """Moments in every step, more where more happens, in the order of a run.

    Two of them are just before a finished file is put in place; before one of these the file is cut to half.
    """
    chance, lines = random.Random(seed), dict[str, list[str]]()
    for step, what, _ in told.lines:
        if step:
            lines.setdefault(step, []).append(what)
    moments = [Moment(step, _line(chance, some, {"step", "done"})) for step, some in lines.items()]
    others = {*(what for some in lines.values() for what in some)} - {"rename"}
    moments += [Moment("Writing", _line(chance, lines["Writing"], others), cut=cut) for cut in (True, False)]
    more = [step for step, some in lines.items() for _ in some[:_MOST]]
    moments += [Moment(step, _line(chance, lines[step])) for step in chance.sample(more, MOMENTS - len(moments))]
    return sorted(moments, key=lambda moment: list(lines).index(moment.step))


def _line(chance: random.Random, lines: Sequence[str], but: Set[str] = frozenset()) -> int:
    """The number of a line that is none of some, if there is any; not of the last, which may come a little sooner."""
    known = range(max(1, 9 * len(lines) // 10))
    return chance.choice([number for number in known if lines[number] not in but] or known)


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but what differs from run to run."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "run.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_every_step_is_among_the_moments(seen: Seen) -> None:
    moments = [moment for one in seen.killed for moment in one.moments]
    assert len(moments) == MOMENTS
    assert {moment.step for moment in moments} == {step for step, _, _ in seen.told.lines if step}
    assert any(moment.cut for moment in moments)
    for one in seen.killed:
        assert [run.code for run in one.runs[:-1]] == [-signal.SIGKILL] * len(one.moments), one.moments


def test_started_again_it_finishes_with_the_same_bytes(seen: Seen) -> None:
    wanted = content_of(seen.alone)
    assert set(FILES) - {"run.json"} <= set(wanted)
    for one in seen.killed:
        assert one.runs[-1].code == 0, (one.moments, one.runs[-1].error)
        found = content_of(one.out)
        assert sorted(set(found) ^ set(wanted)) == [], one.moments
        assert [name for name in wanted if found[name] != wanted[name]] == [], one.moments


def test_at_most_one_part_a_worker_is_worked_out_again(seen: Seen) -> None:
    twice = 0
    for one in seen.killed:
        for what in PARTS:
            begun = [set(run.parts(what)) for run in one.runs]
            for at, some in enumerate(begun[:-1]):
                redone = some & set().union(*begun[at + 1 :])
                assert len(redone) <= WORKERS, (one.moments, what)
                twice += len(redone)
            assert set().union(*begun) == set(seen.told.parts(what)), one.moments
    assert twice, "some moment was in the middle of a part"


def test_what_looks_at_all_parcels_is_not_done_again_when_it_is_done(seen: Seen) -> None:
    for one in seen.killed:
        for what in WHOLE:
            finished = set[str]()
            for run in one.runs:
                begun = {step for step, said, _ in run.lines if said == what}
                assert not finished & begun, (one.moments, what)
                finished |= begun - {run.lines[-1][0]}
