from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from siting.engine import Store
from siting.errors import RunError

TABLE = pa.table({"a": [1.5, None], "b": ["x", "y"]}).replace_schema_metadata({"notes": "[]"})


def test_a_part_is_found_by_its_key(tmp_path: Path) -> None:
    store = Store(tmp_path / "parts")
    assert store.get("ab12") is None
    store.put("ab12", TABLE)
    found = store.get("ab12")
    assert found is not None
    assert found.equals(TABLE, check_metadata=True)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [
        "parts/ab/ab12.parquet"
    ]
    assert store.get("ab13") is None


def test_without_a_folder_nothing_is_kept() -> None:
    store = Store(None)
    store.put("ab12", TABLE)
    assert store.get("ab12") is None
    assert store.path("ab12") is None


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "text", "folder"])
def test_a_damaged_part_is_not_there(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    store.put("ab12", TABLE)
    path = store.path("ab12")
    assert path is not None
    data = path.read_bytes()
    if damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        middle = len(data) // 4
        flipped = data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]
        path.write_bytes({"cut": data[:-20], "empty": b"", "flipped": flipped, "text": b"PAR1 no table PAR1"}[damage])
    assert store.get("ab12") is None


def test_a_disk_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "parts").write_text("a file where the folder should be")
    with pytest.raises(RunError) as caught:
        Store(tmp_path / "parts").put("ab12", TABLE)
    said = str(caught.value)
    assert said == (
        "The finished part 'ab12.parquet' cannot be written to 'parts': Not a directory. Free some space or name "
        "another folder, then start again: finished parts are kept."
    )


def test_what_a_killed_run_left_half_written_is_taken_away(tmp_path: Path) -> None:
    store = Store(tmp_path / "parts")
    store.take_away_halves()
    store.put("ab12", TABLE)
    (tmp_path / "parts" / "ab" / ".ab13.parquet.17.4").write_bytes(b"half")
    (tmp_path / "parts" / ".siting-0011-17").write_bytes(b"on its way to workers")
    store.take_away_halves()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ab12.parquet"]
