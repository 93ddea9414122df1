"""Files of a run in blocks that do not fit into the memory are left out, in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting.blockwise import files
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
