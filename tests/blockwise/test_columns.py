"""Columns in the files of blocks: counted once, found again, refused where a block cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from siting.blockwise.columns import Column, forget, tallied
from siting.blockwise.setting import Setting
from siting.engine.scattered import write_part
from siting.errors import RunError

NAN = float("nan")


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Two blocks, their files named by what is in them as far as this test goes."""
    blocks = [
        {"status": [0, 1, 0], "a": [3.0, 5.0, NAN], "b": [1.0, 1.0, 1.0]},
        {"status": [0], "a": [1.0], "b": [NAN]},
    ]
    out = []
    for number, block in enumerate(blocks):
        out.append(tmp_path / f"block-{number}.arrow")
        write_part(out[-1], pa.table({**block, "status": pa.array(block["status"], pa.uint8())}))
    return out


def test_the_numbers_of_a_column(paths: list[Path]) -> None:
    def of(**options: Any) -> list[float]:
        return np.concatenate([*Column(paths, "a", **options)]).tolist()

    assert of(admitted=True, beside="b") == pytest.approx([3.0, NAN], nan_ok=True)
    assert of(beside="b") == pytest.approx([3.0, 5.0, NAN], nan_ok=True)
    assert of(admitted=True) == pytest.approx([3.0, NAN, 1.0], nan_ok=True)


def test_what_was_counted_is_not_counted_again(
    setting: Setting, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(setting, folder=tmp_path / "run")
    here.folder.mkdir()
    whole, some = Column(paths, "a"), Column(paths, "a", admitted=True)
    assert tallied(here, whole).distinct.tolist() == [1.0, 3.0, 5.0]
    assert tallied(here, some).distinct.tolist() == [1.0, 3.0]

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("counted again")

    monkeypatch.setattr("siting.blockwise.columns.tally", refuse)
    assert tallied(here, whole).upto_each.tolist() == [1, 2, 3]
    forget(here, whole)
    assert len(list(here.folder.iterdir())) == 2, "the counts of the other column"
    with pytest.raises(AssertionError):
        tallied(here, whole)


def test_a_block_that_cannot_be_read_is_named(setting: Setting, paths: list[Path], tmp_path: Path) -> None:
    paths[1].write_bytes(b"ARROW1 cut off")
    for ask in (lambda: tallied(replace(setting, folder=tmp_path), Column(paths, "a")), lambda: [*Column(paths, "b")]):
        with pytest.raises(RunError) as e:
            ask()
        assert str(e.value) == "The block 'block-1.arrow' cannot be read. Start again: only that block is made anew."
