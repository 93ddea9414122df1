"""Counting over blocks against numpy on the whole column."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.engine.tally import Tally, bands, float_keys, key_floats
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
    tally = Tally.of(np.array_split(values, blocks), most=most, folder=folder)
    known = np.sort(values[~np.isnan(values)] + 0.0)
    assert tally.count == len(known)
    asked = np.concatenate([known, known + 1e-9, [0.0, -5.0]])
    assert np.array_equal(tally.below(asked), np.searchsorted(known, asked, "left"))
    assert np.array_equal(tally.upto(asked), np.searchsorted(known, asked, "right"))
    assert [tally.at(i) for i in range(len(known))] == known.tolist()


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 100)), st.integers(1, 5))
@settings(max_examples=60)
def test_medians_and_quantiles_are_those_of_numpy(values: np.ndarray, blocks: int) -> None:
    tally = Tally.of(np.array_split(values, blocks), most=4)
    assert tally.median() == np.median(values)
    for q in (0.05, 0.5, 0.95):
        assert tally.quantile(q) == np.percentile(values, 100 * q)


@given(arrays(np.float64, st.integers(1, 80), elements=st.integers(0, 9).map(float)), st.integers(1, 12))
@settings(max_examples=40)
def test_bands_part_the_column(values: np.ndarray, most: int) -> None:
    keys = float_keys(values)
    found = bands([values[:11], values[11:]], most)
    assert sum(count for _, _, count in found) == len(values)
    for first, last, count in found:
        inside = values[(keys >= np.uint64(first)) & (keys <= np.uint64(last))]
        assert len(inside) == count
        assert count <= most or len(set(inside)) == 1
    assert all(one[1] < two[0] for one, two in pairwise(found))


def test_an_empty_column_has_no_median(tmp_path: Path) -> None:
    tally = Tally.of([np.array([np.nan])], most=1, folder=tmp_path)
    assert tally.count == 0
    assert np.isnan(tally.median())
    assert np.isnan(tally.quantile(0.5))
    assert tally.below(np.array([1.0])).tolist() == [0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("name", ["tally.numbers", "tally.counts"])
def test_a_full_disk_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(RunError) as e:
        Tally.of([np.arange(100_000.0)], most=1_000, folder=tmp_path)
    assert str(e.value) == (
        f"The numbers that are counted cannot be written to {tmp_path.name!r}: No space left on device. Free some "
        "space or name another folder, then start again: finished parts are kept."
    )
