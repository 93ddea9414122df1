"""Stored blocks: finished as a whole or not there (more in test_stream.py, where they are made)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from siting.parcels import ParcelsUse, stream_parcels
from siting.parcels.stored import DIFFER, differing, open_blocks
from tests.layer.drawing import UTM, X, Y, finder


def test_only_the_folder_of_this_key_and_all_of_it_is_opened(tmp_path: Path) -> None:
    use = ParcelsUse.model_validate({"grid": {"size": "100 m", "area": [X, Y, X + 500, Y + 300]}})
    made = stream_parcels(use, finder=finder(tmp_path), crs=UTM, folder=tmp_path, block_size=4)
    again = open_blocks(made.folder, made.key)
    assert again is not None
    assert (again.count, len(again), again.bounds) == (15, 4, (X, Y, X + 500, Y + 300))
    assert open_blocks(made.folder, "another") is None
    assert open_blocks(tmp_path / "nowhere", made.key) is None
    (made.folder / "witnesses.arrow").unlink()
    assert open_blocks(made.folder, made.key) is None


def test_rows_and_fields_of_what_differs() -> None:
    numbers = pa.chunked_array([[None, [1, 0]], [[], [2]]], pa.list_(pa.int16()))
    table = pa.table({DIFFER: numbers})
    assert differing(table, ["a", "b", "c"]) == [(1, "b"), (1, "a"), (3, "c")]
    assert differing(table.slice(2), ["a", "b", "c"]) == [(1, "c")]
    assert differing(table.slice(0, 0), []) == []
