"""Exact selection over parts that lie apart: each is counted where it is, and only counts come here.

A number becomes an unsigned integer of the same order, and its place is found 16 bits at a time: what a pass over the
parts gives back is how often each value of these 16 bits occurs. Four passes select any number of places exactly.
``each`` maps over the parts: ``Carried.each`` of a Dask pool, or ``here`` in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.engine.tally import Tally, float_keys, key_floats

__all__ = [
    "MOST",
    "ColumnPart",
    "Counts",
    "Each",
    "here",
    "order_statistics",
    "places",
    "quantiles",
    "tally",
    "where_seen",
]

MOST = 4_000_000  #: values that are sorted at once by default

_Floats = NDArray[np.float64]
_BITS = 16
_LEVELS = 64 // _BITS
_DIGITS = 1 << _BITS


class ColumnPart(Protocol):
    """Where one part of a column lies; it travels to whoever reads it."""

    def read(self) -> _Floats:
        """(n,) its numbers; NaN is left out of every count."""


Part: TypeAlias = "ColumnPart | _Floats"
Each: TypeAlias = Callable[[Callable[[Any, Any], Any], Iterable[Any]], Iterator[tuple[int, Any]]]


@dataclass(frozen=True, eq=False)
class Counts:
    """How many numbers of a whole column are less than, and at most, those of some rows of one part.

    A competition rank, highest first, is 1 + count of the column - ``upto``.
    """

    part: int
    rows: NDArray[np.int64]
    below: NDArray[np.int64]
    upto: NDArray[np.int64]


def here(function: Callable[[Any, Any], Any], parts: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """(number, ``function(None, part)``) of every part, one after the other in this process."""
    for number, part in enumerate(parts):
        yield number, function(None, part)


def where_seen(each: Each) -> Each:
    """The same map, but a part whose file is not seen where it is to be counted is counted here."""

    def seen(function: Callable[[Any, Any], Any], parts: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        asked = list(parts)
        for number, found in each(_if_seen, [(function, part) for part in asked]):
            yield number, function(None, asked[number]) if found is None else found

    return seen


def _if_seen(context: object, asked: tuple[Callable[[Any, Any], Any], Any]) -> Any:
    """What a function gives of a part; None where its file is not there."""
    function, part = asked
    try:
        return function(context, part)
    except FileNotFoundError:
        return None


def order_statistics(parts: Sequence[Part], positions: Sequence[int], each: Each = here) -> tuple[int, _Floats]:
    """How many numbers there are, and those at these places of the sorted column, from 0.

    A negative place counts from the end. Raises IndexError for a place beyond the column.

    >>> order_statistics([np.array([5.0, 1.0]), np.array([3.0, np.nan])], [0, 1, -1])
    (3, array([1., 3., 5.]))
    """
    total, wanted = 0, np.empty(0, np.int64)
    keys = np.zeros(len(positions), np.uint64)
    for level in range(_LEVELS):
        prefixes = np.unique(keys)
        counts = _digit_counts(parts, each, level, prefixes)
        if level == 0:
            total = int(counts.sum())
            wanted = np.array([place + total if place < 0 else place for place in positions], np.int64)
            if not len(wanted):
                break
            if wanted.min() < 0 or wanted.max() >= total:
                raise IndexError(f"a column of {total} numbers has no place {list(positions)}")
        upto = np.cumsum(counts, axis=1)
        row = np.searchsorted(prefixes, keys)
        digit = np.array(
            [np.searchsorted(upto[r], w, side="right") for r, w in zip(row, wanted, strict=True)], np.int64
        )
        wanted = wanted - np.where(digit > 0, upto[row, np.maximum(digit - 1, 0)], 0)
        keys = (keys << np.uint64(_BITS)) | digit.astype(np.uint64)
    return total, key_floats(keys)


def quantiles(parts: Sequence[Part], shares: Sequence[float], each: Each = here) -> _Floats:
    """The quantiles as ``numpy.quantile`` gives them, straight between neighbours; NaN for an empty column.

    >>> quantiles([np.array([1.0, 4.0]), np.array([2.0])], [0.5, 0.75]).tolist()
    [2.0, 3.0]
    """
    total, _ = order_statistics(parts, [], each)
    if not total:
        return np.full(len(shares), np.nan)
    place = np.asarray(shares, np.float64) * (total - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, total - 1)
    _, found = order_statistics(parts, [*low.tolist(), *high.tolist()], each)
    one, two, part = found[: len(low)], found[len(low) :], place - low
    with np.errstate(invalid="ignore"):
        between = np.where(part < 0.5, one + (two - one) * part, two - (two - one) * (1 - part))
    return np.where(one == two, one, between)


def places(parts: Sequence[Part], each: Each = here, *, most: int = MOST) -> Iterator[Counts]:
    """The places of all numbers in the whole column, band by band of their values.

    most : numbers that are here at a time, but for one that occurs more often
    """
    before = 0
    for first, last, count in _bands(parts, each, most):
        found = sorted(each(_in_band, [(part, first, last) for part in parts]))
        column = np.sort(np.concatenate([values for _, (_, values) in found]))
        for number, (rows, values) in found:
            if len(rows):
                below = before + np.searchsorted(column, values, side="left")
                yield Counts(number, rows, below, before + np.searchsorted(column, values, side="right"))
        before += count


def tally(
    parts: Sequence[Part], each: Each = here, *, most: int = MOST, folder: Path | None = None, name: str = "tally"
) -> Tally:
    """How often each number of the column occurs, counted where the parts lie.

    What comes here is each distinct number of a part with its count, band by band of at most ``most`` numbers.
    folder : where the counts go; without it they stay in memory
    Raises RunError when the disk refuses.

    >>> tally([np.array([3.0, 1.0]), np.array([3.0, np.nan])]).below(np.array([3.0, 9.0])).tolist()
    [1, 3]
    """
    return Tally.of(_counted_bands(parts, each, most), folder, name)


def _counted_bands(parts: Sequence[Part], each: Each, most: int) -> Iterator[tuple[_Floats, NDArray[np.int64]]]:
    """Distinct numbers of each band, and how many of the whole column are at most each."""
    before = 0
    for first, last, count in _bands(parts, each, most):
        found = [pair for _, pair in each(_distinct, [(part, first, last) for part in parts])]
        distinct, row = np.unique(np.concatenate([pair[0] for pair in found]), return_inverse=True)
        times = np.zeros(len(distinct), np.int64)
        np.add.at(times, row, np.concatenate([pair[1] for pair in found]))
        yield distinct, before + np.cumsum(times)
        before += count


def _distinct(context: object, asked: tuple[Part, int, int]) -> tuple[_Floats, NDArray[np.int64]]:
    """The distinct numbers of one part in a band of keys, and their counts."""
    values, times = np.unique(_in_band(context, asked)[1], return_counts=True)
    return values, times.astype(np.int64)


def _bands(parts: Sequence[Part], each: Each, most: int) -> Iterator[tuple[int, int, int]]:
    """(first key, last key, count) of stretches of at most ``most`` numbers, in order, empty ones left out."""
    start, last, held = -1, -1, 0
    for low, high, count in _pieces(parts, each, most, 0, 0):
        if start >= 0 and held + count > most:
            yield start, last, held
            start, held = -1, 0
        start, last, held = (low if start < 0 else start), high, held + count
    if start >= 0:
        yield start, last, held


def _pieces(parts: Sequence[Part], each: Each, most: int, prefix: int, level: int) -> Iterator[tuple[int, int, int]]:
    """(first key, last key, count) of the values of the next 16 bits that occur, divided where there are too many."""
    shift = 64 - _BITS * (level + 1)
    counts = _digit_counts(parts, each, level, np.array([prefix], np.uint64))[0]
    for digit in np.flatnonzero(counts).tolist():
        number, count = (prefix << _BITS) | digit, int(counts[digit])
        if count > most and shift:
            yield from _pieces(parts, each, most, number, level + 1)
        else:
            yield number << shift, ((number + 1) << shift) - 1, count


def _digit_counts(parts: Sequence[Part], each: Each, level: int, prefixes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """(prefixes, 65,536) how often the next 16 bits have each value, after each prefix, in all parts."""
    counts = np.zeros((max(len(prefixes), 1), _DIGITS), np.int64)
    for _, (row, digit, times) in each(_counted, [(part, level, prefixes) for part in parts]):
        counts[row, digit] += times
    return counts


def _counted(
    context: object, asked: tuple[Part, int, NDArray[np.uint64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Prefix, digit and count of whatever occurs in one part."""
    del context
    part, level, prefixes = asked
    keys = float_keys(_numbers(part)[1])
    shift = 64 - _BITS * (level + 1)
    row = np.zeros(len(keys), np.int64)
    if level:
        prefix = keys >> np.uint64(shift + _BITS)
        row = np.minimum(np.searchsorted(prefixes, prefix), len(prefixes) - 1)
        inside = prefixes[row] == prefix
        keys, row = keys[inside], row[inside]
    digit = ((keys >> np.uint64(shift)) & np.uint64(_DIGITS - 1)).astype(np.int64)
    if len(prefixes) <= 1:
        times = np.bincount(digit, minlength=_DIGITS)
        found = np.flatnonzero(times)
        return np.zeros(len(found), np.int64), found, times[found]
    found, times = np.unique(row * _DIGITS + digit, return_counts=True)
    return found // _DIGITS, found % _DIGITS, times.astype(np.int64)


def _in_band(context: object, asked: tuple[Part, int, int]) -> tuple[NDArray[np.int64], _Floats]:
    """Rows and numbers of one part that lie in a band of keys."""
    del context
    part, first, last = asked
    rows, values = _numbers(part)
    keys = float_keys(values)
    inside = (keys >= np.uint64(first)) & (keys <= np.uint64(last))
    return rows[inside], values[inside] + 0.0


def _numbers(part: Part) -> tuple[NDArray[np.int64], _Floats]:
    """Rows and numbers of a part, without NaN."""
    values = np.asarray(part if isinstance(part, np.ndarray) else part.read(), np.float64)
    rows = np.flatnonzero(~np.isnan(values))
    return rows, values[rows]
