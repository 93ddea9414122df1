"""Counting over blocks against numpy on the whole column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.engine.selection import tally as counted
from siting.engine.tally import Tally, float_keys, key_floats
from siting.errors import RunError

FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64) | st.sampled_from([0.0, -0.0, 1.0, 50.0, 50.000001])
COLUMNS = arrays(np.float64, st.integers(0, 60), elements=FLOATS)


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(allow_nan=False)))
def test_keys_have_the_order_of_their_numbers(values: np.ndarray) -> None:
    keys = float_keys(values)
    assert np.array_equal(values[np.argsort(keys, kind="stable")], np.sort(values + 0.0))
    assert np.array_equal(key_floats(keys), values + 0.0)


@given(COLUMNS, st.integers(1, 7), st.integers(1, 9), st.booleans())
@settings(max_examples=60)
def test_counts_are_those_of_the_whole_column(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, blocks: int, most: int, kept: bool
) -> None:
    folder = tmp_path_factory.mktemp("tally") if kept else None
    tally = counted(np.array_split(values, blocks), most=most, folder=folder)
    known = np.sort(values[~np.isnan(values)] + 0.0)
    assert tally.count == len(known)
    asked = np.concatenate([known, known + 1e-9, [0.0, -5.0]])
    assert np.array_equal(tally.below(asked), np.searchsorted(known, asked, "left"))
    assert np.array_equal(tally.upto(asked), np.searchsorted(known, asked, "right"))
    assert [tally.at(i) for i in range(len(known))] == known.tolist()


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 100)), st.integers(1, 5))
@settings(max_examples=60)
def test_medians_and_quantiles_are_those_of_numpy(values: np.ndarray, blocks: int) -> None:
    tally = counted(np.array_split(values, blocks), most=4)
    assert tally.median() == np.median(values)
    for q in (0.05, 0.5, 0.95):
        assert tally.quantile(q) == np.percentile(values, 100 * q)


def test_an_empty_column_has_no_median(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        tally = counted([np.array([np.nan])], most=1, folder=folder)
        assert tally.count == 0
        assert np.isnan(tally.median())
        assert np.isnan(tally.quantile(0.5))
        assert tally.below(np.array([1.0])).tolist() == [0]


def test_a_tally_is_found_again_where_it_is_whole(tmp_path: Path) -> None:
    assert Tally.kept(tmp_path, "a") is None
    counted([np.array([3.0, 1.0, 3.0])], folder=tmp_path, name="a")
    again = Tally.kept(tmp_path, "a")
    assert again is not None
    assert (again.distinct.tolist(), again.upto_each.tolist()) == ([1.0, 3.0], [1, 3])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.counts", "a.numbers"]
    (tmp_path / "a.counts").write_bytes(b"12345678")
    assert Tally.kept(tmp_path, "a") is None
    (tmp_path / "a.counts").unlink()
    assert Tally.kept(tmp_path, "a") is None


def test_counts_that_go_away_as_soon_as_they_are_written_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tally, "kept", lambda folder, name: None)
    with pytest.raises(RunError) as e:
        counted([np.array([7.0])], folder=tmp_path, name="a")
    assert str(e.value) == (f"The counts 'a' went away from {tmp_path.name!r}. Start again: finished parts are kept.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("name", [".tally.numbers", ".tally.counts"])
@pytest.mark.parametrize("count", [10, 100_000])
def test_a_full_disk_is_said_and_what_was_there_stays(tmp_path: Path, name: str, count: int) -> None:
    counted([np.array([7.0])], folder=tmp_path)
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(RunError) as e:
        counted([np.arange(float(count))], most=1_000, folder=tmp_path)
    assert str(e.value) == (
        f"The counts 'tally.numbers' cannot be written to {tmp_path.name!r}: No space left on device. Free some "
        "space or name another folder, then start again: finished parts are kept."
    )
    kept = Tally.kept(tmp_path, "tally")
    assert kept is not None
    assert kept.at(0) == 7.0
