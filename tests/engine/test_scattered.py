"""Rows over parts against the table that they were cut from."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from siting.engine import scattered
from siting.engine.scattered import PLACE, Scattered, read_part, unified, write_part, write_rows
from siting.errors import RunError


def parts(folder: Path, table: pa.Table, count: int, seed: int = 1) -> list[Path]:
    """The table dealt out to parts at random."""
    owner = np.random.default_rng(seed).integers(0, count, table.num_rows)
    paths = []
    for number in range(count):
        places = np.flatnonzero(owner == number)
        path = folder / f"{number}.arrow"
        write_rows(path, table.take(pa.array(places)).append_column(PLACE, pa.array(places)))
        paths.append(path)
    return paths


@pytest.mark.parametrize("stretch", [1, 8, 65_536])
@pytest.mark.parametrize(("count", "size", "at_once"), [(1, 7, 1), (5, 10, 3), (9, 1000, 1), (200, 16, 1)])
def test_rows_come_back_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, size: int, at_once: int, stretch: int
) -> None:
    monkeypatch.setattr(scattered, "STRETCH", stretch)
    table = pa.table({"a": np.arange(103.0), "b": [None if i % 3 else f"t{i}" for i in range(103)]})
    rows = Scattered(parts(tmp_path, table, count), 103)
    groups = list(rows.groups(size, at_once))
    assert pa.concat_tables(groups).combine_chunks() == table.combine_chunks()
    assert {group.num_rows for group in groups[:-1]} <= {size}


def test_types_of_parts_that_are_empty_follow_the_others(tmp_path: Path) -> None:
    for number, cells in enumerate([pa.array([None], pa.string()), pa.array([7], pa.int64())]):
        write_rows(tmp_path / f"{number}.arrow", pa.table({"a": cells, PLACE: pa.array([number])}))
    rows = Scattered([tmp_path / "0.arrow", tmp_path / "1.arrow"], 2)
    assert rows.rows(0, 2) == pa.table({"a": pa.array([None, 7], pa.int64())})


def test_a_stretch_is_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part is a batch a stretch; what is asked for touches those of its own stretches only."""
    monkeypatch.setattr(scattered, "STRETCH", 10)
    places = np.array([3, 4, 19, 20, 41])
    write_rows(tmp_path / "a.arrow", pa.table({"a": places * 1.0, PLACE: places}))
    with pa.OSFile(str(tmp_path / "a.arrow")) as source:
        reader = pa.ipc.open_file(source)
        lengths = [reader.get_batch(number).num_rows for number in range(reader.num_record_batches)]
    assert lengths == [2, 1, 1, 1]
    rows = Scattered([tmp_path / "a.arrow"], 42)
    assert rows.rows(19, 21).column("a").to_pylist() == [19.0, 20.0]
    with pytest.raises(RunError) as e:
        rows.rows(18, 21)
    assert str(e.value) == "3 rows were asked for and 2 found. Start again."


def test_whole_numbers_among_numbers_are_numbers_and_all_else_is_text() -> None:
    kinds = {"w": pa.int64(), "f": pa.float64(), "t": pa.string()}
    schemas = {name: (pa.schema([("a", kind)]), frozenset[str]()) for name, kind in kinds.items()}
    assert unified([schemas["w"], schemas["f"]]).field("a").type == pa.float64()
    assert unified([schemas["w"], schemas["t"]]).field("a").type == pa.string()
    empty = (schemas["w"][0], frozenset({"a"}))
    assert unified([empty, (schemas["t"][0], frozenset({"a"}))]).field("a").type == pa.string()


def test_a_part_that_was_cut_off_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    write_part(path, pa.table({"a": [1.0]}), {"x": 1})
    found = read_part(path)
    assert found is not None
    assert found[1] == {"x": 1}
    path.write_bytes(path.read_bytes()[:-20])
    assert read_part(path) is None
    assert read_part(tmp_path / "none.arrow") is None
    with pytest.raises(RunError) as e:
        Scattered([path], 1)
    assert str(e.value) == (
        f"The part 'a.arrow' in {tmp_path.name!r} cannot be read. Remove it and start again: only that part is made "
        "anew."
    )


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pa.ipc, "new_file", full)
    with pytest.raises(RunError) as e:
        write_part(tmp_path / "a.arrow", pa.table({"a": [1.0]}))
    assert str(e.value) == (
        f"The part 'a.arrow' cannot be written to {tmp_path.name!r}: No space left on device. Free some space or name "
        "another folder, then start again: finished parts are kept."
    )
    assert list(tmp_path.iterdir()) == []
