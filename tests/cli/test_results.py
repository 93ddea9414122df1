"""Commands about a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Done, Run, refused
from tests.world import HOSTILE


def test_explain_top_and_map_of_a_finished_run(siting_: Run, finished: Path) -> None:
    done = siting_("explain", finished, HOSTILE)
    assert done.out.startswith(f"Parcel {HOSTILE}\nSYNTHETIC: some of its data are invented.\nRank ")
    assert (done.code, done.err) == (0, "")
    top = siting_("top", finished, "-n", 2)
    assert top.code == 0
    assert top.out.splitlines()[0] == "SYNTHETIC: some of its data are invented."
    assert len(top.out.splitlines()) == 4
    assert siting_("map", finished) == Done(0, f"{finished / 'map.html'}\n", "")


def test_map_opens_it(siting_: Run, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr("typer.launch", opened.append)
    assert siting_("map", finished, "--open").code == 0
    assert opened == [(finished / "map.html").as_uri()]


def test_files_that_are_not_there(siting_: Run, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    none = (tmp_path / "none.yaml").as_posix()
    refused(siting_("run", tmp_path / "none.yaml", *out), f"There is no study file '{none}'.")
    refused(siting_("run", tmp_path, *out), f"'{tmp_path.as_posix()}' is a folder; name the study file in it.")
    refused(
        siting_("top", tmp_path),
        f"The folder '{tmp_path.as_posix()}' holds no finished run: manifest.json is not there. "
        "Name the folder that was given to --out.",
    )
    assert not (tmp_path / "out").exists()


def test_an_unknown_parcel(siting_: Run, finished: Path) -> None:
    refused(siting_("explain", finished, "nobody"), "There is no parcel 'nobody' among the 40 of this ranking.")
