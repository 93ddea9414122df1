from __future__ import annotations

from pathlib import Path

import pandas as pd

from siting.bench.bare import read_and_write, write_csv


def test_reading_and_writing_take_some_time(written: Path, tmp_path: Path) -> None:
    table = pd.DataFrame({"id": range(1000), "score": 1.5})
    table.to_parquet(tmp_path / "ranking.parquet")
    table.to_csv(tmp_path / "ranking.csv")
    assert 0 < read_and_write(written.parent, tmp_path / "ranking.parquet") < 60
    assert 0 <= write_csv(tmp_path / "ranking.csv") < 10
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ranking.csv", "ranking.parquet"]
