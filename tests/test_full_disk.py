"""A disk that is full at any file of a run: what is said, and that a new start loses nothing finished.

A limit on the size of files stands for the disk: it is there from the moment at which a file is to be written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.plain import draw

pytest.importorskip("resource", reason="the size of files cannot be limited on this system")

from tests.mortal import Job, Moment, Told, run_all
from tests.test_killed import content_of

_FULL = r"File too large\. Free some space or name another folder, then start again: "
_PART = rf"The finished part '\w+\.parquet' cannot be written to '\.quantities': {_FULL}finished parts are kept\."
_READ = (
    rf"The parcels cannot be written to the folder '\.blocks': {_FULL}only the reading of the parcels is done again\."
)
_FILE = r"'{}' could not be written to the folder '{}': {}\. Free some space or choose another folder, then run again\."
_JUDGED = r"part 'judged-\w+\.arrow'"
_BLOCK = rf"The {{}} cannot be written to '\.blocks': {_FULL}finished parts are kept\."


def written(*names: str) -> list[tuple[Moment, str]]:
    """The moments at which these files of the result are written, and what is said."""
    said = {".gpkg": "disk I/O error"}
    return [
        (Moment("Writing", which=name), _FILE.format(re.escape(name), "{out}", said.get(name[-5:], "File too large")))
        for name in names
    ]


#: parcels a block -> what is about to be written when the disk becomes full, one after the other, and what is said
MOMENTS = {
    0: [
        (Moment("", which="part.parquet"), _PART),
        (Moment("", which="draws.parquet"), _PART),
        *written(
            "ranking.parquet", "ranking.csv", "ranking.gpkg", "excluded.csv", "sites.csv", "sites.gpkg",
            "site_parcels.csv", "map.html", "report.html", "manifest.json", "run.json",
        ),
    ],
    40: [
        (Moment("", which="records-0.arrow"), _READ),
        (Moment("", which="pile-0.arrows"), _READ),
        (Moment("", which="block-000000.arrow"), _READ),
        (Moment("", which="witnesses.arrow"), _READ),
        (Moment("", which="part.parquet"), _PART),
        (Moment("Measuring and judging", which=".arrow"), rf"{_BLOCK.format(_JUDGED)}|{_PART}"),  # the other worker's
        (Moment("Counting", which=".numbers"), _BLOCK.format(r"counts 'counts-\w+\.numbers'")),
        (Moment("Counting", which="ranks-0.numbers"), _BLOCK.format(r"counts 'ranks-0\.numbers'")),
        (Moment("Counting", which=".json"), _BLOCK.format(r"counts 'spread-\w+\.json'")),
        (Moment("Ranking", which=".arrow"), _BLOCK.format(r"part 'rows-\w+\.arrow'")),
        *written("ranking.parquet", "ranking.csv", "sites.csv", "manifest.json"),
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Full:
    """Runs in one folder, each until the disk is full at one file further on, and the last one to its end."""

    alone: Path
    out: Path
    said: Sequence[str]
    runs: Sequence[Told]


@pytest.fixture(scope="module")
def all_full(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Full]:
    """Both kinds of run, beside each other."""
    folder = tmp_path_factory.mktemp("full")
    study = str(draw(folder / "plain", columns=24, rows=12))

    def job(kind: int, name: str, number: int = 0, moment: Moment | None = None) -> Job:
        out = folder / f"{name}{kind}"
        return Job(study, str(out), f"{out}-{number}.log", kind, "full" if moment else "", moment)

    chains = []
    for kind, moments in MOMENTS.items():
        stopped = [job(kind, "out", number, moment) for number, (moment, _) in enumerate(moments)]
        chains += [[job(kind, "alone")], [*stopped, job(kind, "out", len(stopped))]]
    ends = run_all(chains)
    return {
        kind: Full(folder / f"alone{kind}", folder / f"out{kind}", [said for _, said in moments], runs)
        for (kind, moments), runs in zip(MOMENTS.items(), ends[1::2], strict=True)
    }


@pytest.fixture(params=MOMENTS, ids=["memory", "blocks"])
def full(request: pytest.FixtureRequest, all_full: dict[int, Full]) -> Full:
    return all_full[request.param]


def test_what_is_said(full: Full) -> None:
    assert len(full.runs) == len(full.said) + 1
    for run, said in zip(full.runs, full.said, strict=False):
        assert run.code == 3, run.error
        assert re.fullmatch(said.replace("{out}", re.escape(str(full.out))), run.error), (run.error, said)


def test_with_space_again_it_finishes_with_the_same_bytes(full: Full) -> None:
    assert full.runs[-1].code == 0, full.runs[-1].error
    found, wanted = content_of(full.out), content_of(full.alone)
    assert sorted(set(found) ^ set(wanted)) == []
    assert [name for name in wanted if found[name] != wanted[name]] == []


def test_nothing_finished_is_lost(full: Full) -> None:
    """What was put in place before the files of the result are written is not put there again."""
    lines = [line for run in full.runs for line in run.lines if line[0] != "Writing" and line[1] == "rename"]
    put = [which for _, _, which in lines if which.startswith((".quantities", ".blocks"))]
    assert len(put) > 50
    assert len(set(put)) == len(put)
