"""Stored blocks: finished as a whole or not there (more in test_stream.py, where they are made)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from siting.parcels import ParcelsUse, stream_parcels
from siting.parcels.stored import DIFFER, differing, open_blocks
from tests.layer.drawing import UTM, X, Y, finder

KIND = pa.list_(pa.int16())


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


def test_fields_on_which_an_outline_differs_are_listed_row_by_row() -> None:
    column = pa.chunked_array([pa.array([None, [2, 0]], KIND), pa.array([[], None, [1]], KIND)])
    assert list(differing(pa.table({DIFFER: column}))) == [(1, 2), (1, 0), (4, 1)]
    assert list(differing(pa.table({DIFFER: pa.nulls(3, KIND)}))) == []
    assert list(differing(pa.table({DIFFER: pa.array([], KIND)}))) == []
