from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from siting.cli import app


def test_the_table_is_printed_and_written(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    found = CliRunner().invoke(
        app, ["bench", "--parcels", "1000", "--rows", "nearest_tree,adjacency", "--out", str(path), "-q"],
        env={"COLUMNS": "200"},
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    assert "CPU time, 1,000 parcels (SYNTHETIC)" in found.output
    assert "tree of single segments / nearest" in found.output
    assert [row["row"] for row in json.loads(path.read_text("utf-8"))["rows"]] == ["nearest_tree", "adjacency"]
