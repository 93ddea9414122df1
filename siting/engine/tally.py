"""Exact counting over blocks: order statistics and ranks of a column that is never whole in memory.

A column is anything that gives its blocks anew each time it is iterated. What is sorted at once stays under a stated
number of values: the range of the numbers is cut into bands by counting the leading bits of their keys, 16 at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import RunError

__all__ = ["MOST", "Tally", "bands", "float_keys", "key_floats", "spilling"]

MOST = 4_000_000  #: values that are sorted at once by default
_TOP = np.uint64(1) << np.uint64(63)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_BITS = 16

_Floats = NDArray[np.float64]
_Keys = NDArray[np.uint64]


def float_keys(values: _Floats) -> _Keys:
    """(n,) unsigned integers in the order of the numbers; -0.0 counts as 0.0, NaN is not allowed.

    >>> float_keys(np.array([-1.5, 0.0, 2.0])).argsort().tolist()
    [0, 1, 2]
    """
    bits = (np.ascontiguousarray(values, np.float64) + 0.0).view(np.uint64)
    return np.where(bits & _TOP, ~bits, bits | _TOP)


def key_floats(keys: _Keys) -> _Floats:
    """The numbers of ``float_keys``."""
    bits = np.where(keys & _TOP, keys ^ _TOP, ~keys)
    return np.ascontiguousarray(bits, np.uint64).view(np.float64)


def bands(blocks: Iterable[_Floats], most: int) -> list[tuple[int, int, int]]:
    """(first key, last key, count) of stretches that hold at most ``most`` numbers, in order, empty ones left out.

    A stretch with more holds one number, many times over.
    """
    return list(_bands(blocks, most, 0, 0))


def _bands(blocks: Iterable[_Floats], most: int, prefix: int, level: int) -> Iterator[tuple[int, int, int]]:
    shift = 64 - _BITS * (level + 1)
    counts = np.zeros(1 << _BITS, np.int64)
    for values in blocks:
        keys = float_keys(values)
        if level:
            keys = keys[keys >> np.uint64(shift + _BITS) == np.uint64(prefix)]
        digits = (keys >> np.uint64(shift)) & np.uint64((1 << _BITS) - 1)
        counts += np.bincount(digits.astype(np.int64), minlength=1 << _BITS)
    start, held, last = None, 0, 0
    for digit in np.flatnonzero(counts).tolist():
        number = (prefix << _BITS) | digit
        low, high, count = number << shift, ((number + 1) << shift) - 1, int(counts[digit])
        if start is not None and held + count > most:
            yield start, last, held
            start, held = None, 0
        if count > most and shift:
            yield from _bands(blocks, most, number, level + 1)
            continue
        start, held, last = (low if start is None else start), held + count, high
    if start is not None:
        yield start, last, held


@dataclass(frozen=True, eq=False)
class Tally:
    """How often each number occurs in a column, exactly; NaN is left out.

    count : of all numbers
    Distinct numbers and the counts up to them are in memory, or, beyond ``most`` numbers, in two files of a folder that
    are read piece by piece.
    """

    count: int
    _distinct: _Floats
    _upto: NDArray[np.int64]

    @classmethod
    def of(
        cls, blocks: Iterable[_Floats], *, most: int = MOST, folder: Path | None = None, name: str = "tally"
    ) -> Tally:
        """Count a column.

        folder : where the files go if the column has more than ``most`` numbers; without it all stays in memory
        Raises RunError when the disk refuses.

        >>> tally = Tally.of([np.array([3.0, 1.0]), np.array([3.0, np.nan])], most=2)
        >>> tally.count, tally.at(1), tally.below(np.array([3.0, 9.0])).tolist()
        (3, 3.0, [1, 3])
        """
        known = _Known(blocks)
        total = sum(len(values) for values in known)
        stretches = bands(known, most) if total > most else [(0, int(_ALL), total)] if total else []
        if len(stretches) <= 1 or folder is None:
            pieces = [_counted(known, *ends[:2]) for ends in stretches]
            distinct = np.concatenate([piece[0] for piece in pieces]) if pieces else np.empty(0)
            times = np.concatenate([piece[1] for piece in pieces]) if pieces else np.empty(0, np.int64)
            return cls(total, distinct, np.cumsum(times))
        paths = folder / f"{name}.numbers", folder / f"{name}.counts"
        before = 0
        with spilling(folder), paths[0].open("wb") as numbers, paths[1].open("wb") as counts:
            for first, last, _ in stretches:
                distinct, times = _counted(known, first, last)
                numbers.write(distinct.data)
                counts.write((before + np.cumsum(times)).data)
                before += int(times.sum())
        return cls(total, np.memmap(paths[0], np.float64, "r"), np.memmap(paths[1], np.int64, "r"))

    @property
    def distinct(self) -> tuple[_Floats, NDArray[np.int64]]:
        """The distinct numbers, rising, and how many of all are at most each; perhaps as they lie in a file."""
        return self._distinct, self._upto

    def at(self, position: int) -> float:
        """The number at a position of the sorted column, from 0."""
        return float(self._distinct[np.searchsorted(self._upto, position, side="right")])

    def below(self, values: _Floats) -> NDArray[np.int64]:
        """(n,) how many numbers are less than each value."""
        return self._counts(values, "left")

    def upto(self, values: _Floats) -> NDArray[np.int64]:
        """(n,) how many numbers are at most each value."""
        return self._counts(values, "right")

    def _counts(self, values: _Floats, side: str) -> NDArray[np.int64]:
        order = np.argsort(values, kind="stable")
        at = np.searchsorted(self._distinct, np.asarray(values, np.float64)[order], side=side)  # type: ignore[call-overload]
        found = np.zeros(len(values), np.int64)
        found[order] = np.where(at > 0, self._upto[at - 1], 0) if self.count else 0
        return found

    def quantile(self, q: float) -> float:
        """The quantile as ``numpy.percentile`` gives it, straight between neighbours; NaN for an empty column.

        >>> Tally.of([np.array([1.0, 2.0, 4.0])]).quantile(0.75)
        3.0
        """
        if not self.count:
            return float("nan")
        position = q * (self.count - 1)
        low = int(np.floor(position))
        pair = self.at(low), self.at(min(low + 1, self.count - 1))
        return float(_between(*pair, position - low))

    def median(self) -> float:
        """The median as ``numpy.median`` gives it: the mean of the two in the middle."""
        if not self.count:
            return float("nan")
        return float(np.mean([self.at((self.count - 1) // 2), self.at(self.count // 2)]))

    def mean_rank(self, values: _Floats) -> NDArray[np.int64]:
        """(n,) twice the average rank of numbers of the column, less 1: the places below and up to each, added.

        >>> Tally.of([np.array([5.0, 7.0, 7.0])]).mean_rank(np.array([5.0, 7.0])).tolist()
        [1, 4]
        """
        return self.below(values) + self.upto(values)


@contextmanager
def spilling(folder: Path) -> Iterator[None]:
    """Whatever the disk refuses while numbers go to a folder becomes a RunError."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"The numbers that are counted cannot be written to {folder.name!r}: {error.strerror or error}. "
            "Free some space or name another folder, then start again: finished parts are kept."
        ) from error


def _between(low: float, high: float, part: float) -> float:
    """Straight between two numbers, as numpy does it: from the nearer end."""
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


@dataclass(frozen=True, eq=False)
class _Known:
    """The blocks of a column without NaN."""

    blocks: Iterable[_Floats]

    def __iter__(self) -> Iterator[_Floats]:
        for values in self.blocks:
            yield values[~np.isnan(values)]


def _counted(blocks: Iterable[_Floats], first: int, last: int) -> tuple[_Floats, NDArray[np.int64]]:
    """The distinct numbers of a stretch of keys, and how often each occurs."""
    kept = []
    for values in blocks:
        if first == 0 and last == int(_ALL):
            kept.append(values)
            continue
        keys = float_keys(values)
        kept.append(values[(keys >= np.uint64(first)) & (keys <= np.uint64(last))])
    distinct, times = np.unique(np.concatenate(kept) + 0.0, return_counts=True)
    return distinct, times.astype(np.int64)
