"""Columns in the files of blocks: counted once, found again, refused where a block cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import rankdata

from siting.blockwise.columns import Column, forget, ranked, tallied
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

    monkeypatch.setattr("siting.blockwise.columns.ColumnBlock.read", refuse)
    assert tallied(here, whole).upto_each.tolist() == [1, 2, 3]
    forget(here, whole)
    assert len(list(here.folder.iterdir())) == 2, "the counts of the other column"
    with pytest.raises(AssertionError):
        tallied(here, whole)


@pytest.mark.parametrize("fits", [True, False])
def test_a_column_is_counted_and_ranked_alike_whether_it_fits_or_not(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fits: bool
) -> None:
    if not fits:
        monkeypatch.setattr("siting.blockwise.columns._SORTED", setting.budget.bytes)
    values = [np.array([2.0, -0.0, 7.0, 2.0]), np.array([]), np.array([0.0, 2.0, -1.0])]
    paths = [tmp_path / f"block-{number}.arrow" for number in range(len(values))]
    for path, numbers in zip(paths, values, strict=True):
        write_part(path, pa.table({"a": numbers}))
    column, folder = Column(paths, "a"), tmp_path / "run"
    folder.mkdir()
    counts, ranks = ranked(replace(setting, folder=folder), column)
    whole = np.concatenate(values)
    known = ((np.concatenate([*ranks]) + 1) / 2).tolist()
    assert known == rankdata(whole).tolist()
    for found in (counts, tallied(replace(setting, folder=folder), column)):
        assert (found.distinct.tolist(), found.upto_each.tolist()) == ([-1.0, 0.0, 2.0, 7.0], [1, 3, 6, 7])
        assert not np.signbit(found.distinct[1]), "0.0 has no sign"


@pytest.mark.parametrize("fits", [True, False])
def test_counts_that_are_the_same_are_kept_once(
    setting: Setting, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fits: bool
) -> None:
    if not fits:
        monkeypatch.setattr("siting.blockwise.columns._SORTED", setting.budget.bytes)
    here = replace(setting, folder=tmp_path)
    one, other = Column(paths, "a", admitted=True), Column(paths, "a", admitted=True, beside="a")
    counts = tallied(here, one)
    assert tallied(here, other, like=counts) is counts
    assert tallied(here, Column(paths, "b"), like=counts).distinct.tolist() == [1.0]


def test_gaps_are_not_counted_though_the_column_fits(setting: Setting, paths: list[Path], tmp_path: Path) -> None:
    counts, _ = ranked(replace(setting, folder=tmp_path), Column(paths, "b"))
    assert (counts.distinct.tolist(), counts.count) == ([1.0], 3)


def test_a_block_that_cannot_be_read_is_named(setting: Setting, paths: list[Path], tmp_path: Path) -> None:
    paths[1].write_bytes(b"ARROW1 cut off")
    for ask in (lambda: tallied(replace(setting, folder=tmp_path), Column(paths, "a")), lambda: [*Column(paths, "b")]):
        with pytest.raises(RunError) as e:
            ask()
        assert str(e.value) == "The block 'block-1.arrow' cannot be read. Start again: only that block is made anew."
