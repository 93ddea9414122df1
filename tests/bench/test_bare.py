from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from siting.bench.bare import read_and_write, write_csv
from siting.errors import RunError
from siting.export import write_csv as siting_writes


def test_reading_and_writing_take_some_time(written: Path, tmp_path: Path) -> None:
    pd.DataFrame({"id": range(1000), "score": 1.5}).to_parquet(tmp_path / "ranking.parquet")
    assert read_and_write(written.parent, tmp_path / "ranking.parquet") > 0
    assert [p.name for p in tmp_path.iterdir()] == ["ranking.parquet"]


def test_pyarrow_writes_the_same_file(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": ["007", "=1+1", "", None],
            "score": [1.0, None, float("inf"), 1 / 3],
            "rank": pa.array([1, 2, None, 3], pa.int32()),
            "tier": pa.array(["A", "A", None, "B"]).dictionary_encode(),
            "why": [["a", "b"], [], None, ["c"]],
        }
    )
    pq.write_table(table, tmp_path / "ranking.parquet")
    siting_writes(tmp_path / "ranking.csv", table)
    assert write_csv(tmp_path / "ranking.csv", tmp_path / "ranking.parquet") >= 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ranking.csv", "ranking.parquet"]


def test_a_file_that_pyarrow_writes_otherwise_is_no_measure(tmp_path: Path) -> None:
    pq.write_table(pa.table({"score": [1.5]}), tmp_path / "ranking.parquet")
    (tmp_path / "ranking.csv").write_text('"score"\n1.50\n')
    with pytest.raises(RunError) as error:
        write_csv(tmp_path / "ranking.csv", tmp_path / "ranking.parquet")
    assert str(error.value) == (
        "pyarrow writes 'ranking.csv' otherwise than siting: their speeds cannot be compared. Please report this with "
        "the version of pyarrow."
    )
