from __future__ import annotations

from pathlib import Path

import pandas as pd

from siting.bench.further import csv_besides


def test_writing_is_measured_with_csv_and_without(written: Path, tmp_path: Path) -> None:
    found = csv_besides(written, tmp_path / "out", 2)
    assert list(found) == ["parquet", "both", "bare"]
    assert min(found["parquet"], found["both"]) > 0
    assert found["bare"] >= 0
    assert len(pd.read_csv(tmp_path / "out" / "ranking.csv")) == 1000
