"""Files of a run in blocks that do not fit into the memory are left out, in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting import rank
from siting.blockwise import files
from siting.maps import ranking_view
from siting.study import read_study
from tests.blockwise.test_run import in_blocks


def test_what_does_not_fit_is_left_out_and_said(
    world: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_ROW_OF_REPORT", 10**9)
    ranking = in_blocks(read_study(world), tmp_path / "out", 9)
    said = json.loads((tmp_path / "out" / "manifest.json").read_text())["file_notes"]
    assert said == [
        f"report.html is left out: it looks at all {len(ranking):,} parcels at once, more than the memory of the run "
        f"holds. All of them are in ranking.parquet; with memory='{2 * len(ranking)} GB' or more it is written."
    ]
    assert said[0] in ranking.notes
    assert not (tmp_path / "out" / "report.html").exists()
    assert (tmp_path / "out" / "map.html").read_bytes() == (finished / "map.html").read_bytes()


def test_a_map_of_the_best_has_the_bytes_of_a_run_in_memory(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking_view, "MOST_PARCELS", 7)
    study = read_study(world)
    ranking = rank(study, out=tmp_path / "whole", outputs=["map"], progress=None)
    assert len(ranking) > 7
    in_blocks(study, tmp_path / "blocks", 9, outputs=["map"])
    page = (tmp_path / "whole" / "map.html").read_bytes()
    assert b"are drawn as cells of" in page
    assert (tmp_path / "blocks" / "map.html").read_bytes() == page
