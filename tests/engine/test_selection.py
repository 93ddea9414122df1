"""Exact selection: whatever the parts, numpy's sorting of the whole column is the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.engine.dask_pool import DaskPool, connected
from siting.engine.selection import Each, here, order_statistics, places, quantiles, tally, where_seen
from tests.engine.dask_parts import Halves

AWKWARD = [0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e308, -1e308, np.inf, -np.inf, np.nan, 99.999999, 100.0]
numbers = st.one_of(st.sampled_from(AWKWARD), st.floats(width=64), st.integers(-5, 5).map(float))
columns = st.lists(st.lists(numbers, max_size=30).map(lambda some: np.array(some, np.float64)), max_size=5)


def whole(parts: list[Any]) -> np.ndarray[Any, Any]:
    column = np.concatenate([*parts, np.empty(0)]) + 0.0
    return np.sort(column[~np.isnan(column)])


@settings(max_examples=60)
@given(columns, st.data())
def test_order_statistics_are_those_of_the_sorted_column(parts: list[Any], data: st.DataObject) -> None:
    column = whole(parts)
    place = st.integers(-len(column), len(column) - 1)
    positions = data.draw(st.lists(place, max_size=6)) if len(column) else []
    total, found = order_statistics(parts, positions)
    assert total == len(column)
    assert found.tolist() == column[positions].tolist() if positions else len(found) == 0


@settings(max_examples=60)
@given(columns, st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_quantiles_are_numpys(parts: list[Any], shares: list[float]) -> None:
    finite = [part[np.isfinite(part) & (np.abs(part) < 1e300)] for part in parts]
    column, found = whole(finite), quantiles(finite, shares)
    expected = np.quantile(column, shares) if len(column) else np.full(len(shares), np.nan)
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=60)
@given(columns, st.integers(1, 40))
def test_places_are_those_of_searchsorted(parts: list[Any], most: int) -> None:
    column, seen = whole(parts), [np.zeros(len(part), int) for part in parts]
    for counts in places(parts, most=most):
        values = parts[counts.part][counts.rows] + 0.0
        assert len(np.unique(values)) == 1 or len(values) <= most
        assert counts.below.tolist() == np.searchsorted(column, values, side="left").tolist()
        assert counts.upto.tolist() == np.searchsorted(column, values, side="right").tolist()
        seen[counts.part][counts.rows] += 1
    assert [item.tolist() for item in seen] == [(~np.isnan(part)).astype(int).tolist() for part in parts]


@settings(max_examples=60)
@given(columns, st.integers(1, 40), st.booleans())
def test_a_tally_is_that_of_the_column_in_one_place(parts: list[Any], most: int, filed: bool) -> None:
    column = whole(parts)
    with TemporaryDirectory() as folder:
        found = tally(parts, most=most, folder=Path(folder) if filed else None)
        assert found.count == len(column)
        values = np.array([value for value in AWKWARD if not np.isnan(value)])
        assert found.below(values).tolist() == np.searchsorted(column, values, side="left").tolist()
        assert found.upto(values).tolist() == np.searchsorted(column, values, side="right").tolist()
        assert [found.at(place) for place in range(len(column))] == column.tolist()


def test_a_place_beyond_the_column() -> None:
    for place in (2, -3):
        with pytest.raises(IndexError) as error:
            order_statistics([np.array([1.0]), np.array([2.0])], [place])
        assert str(error.value) == f"a column of 2 numbers has no place [{place}]"


def test_a_part_that_is_not_seen_elsewhere_is_counted_here() -> None:
    @dataclass(frozen=True)
    class Here:
        values: Any

        def read(self) -> Any:
            if away:
                raise FileNotFoundError
            return self.values

    away: list[bool] = []

    def elsewhere(function: Any, asked: Any) -> Iterator[tuple[int, Any]]:
        for number, part in enumerate(asked):
            away.extend([True] * (number % 2))
            found = function(None, part)
            away.clear()
            yield number, found

    parts = [Here(np.array([float(number), 7.0])) for number in range(6)]
    assert quantiles(parts, [0.5], where_seen(elsewhere)).tolist() == [6.0]
    away.append(True)
    with pytest.raises(FileNotFoundError):
        quantiles(parts, [0.5], where_seen(here))


def test_only_one_band_is_here_at_a_time() -> None:
    chance = np.random.default_rng(3)
    parts = [chance.uniform(0, 100, 2000).round(1) for _ in range(5)]
    came: list[int] = []

    def watched(function: Any, asked: Any) -> Iterator[tuple[int, Any]]:
        found = list(here(function, asked))
        if function.__name__ == "_in_band":
            came.append(sum(len(rows) for _, (rows, _) in found))
        yield from found

    list(places(parts, watched, most=500))
    assert sum(came) == 10_000
    assert max(came) <= 500
    assert len(came) < 50


@dataclass(frozen=True)
class Setting:
    each: Each
    parts: list[Any]


@pytest.fixture(scope="module")
def far() -> Iterator[Setting]:
    """Halves of drawn columns that worker processes make themselves: only their seeds travel."""
    from distributed import LocalCluster

    local = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    with (
        local as cluster,
        connected(cluster.scheduler_address) as client,
        DaskPool(client).carrying(None) as carried,
    ):
        yield Setting(carried.each, [Halves(seed, 5_000) for seed in range(6)])


@pytest.mark.servers
def test_workers_select_the_same(far: Setting) -> None:
    arrays = [part.read() for part in far.parts]
    column = whole(arrays)
    total, found = order_statistics(far.parts, [0, 7, -1], far.each)
    assert (total, found.tolist()) == (len(column), column[[0, 7, -1]].tolist())
    shares = [0.0, 0.1, 0.5, 0.9, 1.0]
    assert quantiles(far.parts, shares, far.each).tolist() == np.quantile(column, shares).tolist()
    rank = [np.zeros(len(array), np.int64) for array in arrays]
    for counts in places(far.parts, far.each, most=8_000):
        rank[counts.part][counts.rows] = 1 + total - counts.upto
    assert (
        tally(far.parts, far.each, most=8_000).upto(column).tolist()
        == np.searchsorted(column, column, side="right").tolist()
    )
    everything = np.concatenate(arrays)
    expected = 1 + total - np.searchsorted(column, everything, side="right")
    assert np.concatenate(rank).tolist() == np.where(np.isnan(everything), 0, expected).tolist()
