"""What was counted of a column that is never whole in memory: order statistics and ranks, in memory or in files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import RunError, said_by_system

__all__ = ["Tally", "float_keys", "key_floats", "spilling"]

_TOP = np.uint64(1) << np.uint64(63)

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


@dataclass(frozen=True, eq=False)
class Tally:
    """How often each number occurs in a column, exactly; NaN is left out.

    Distinct numbers and the counts up to them are in memory, or in two files of a folder that are read piece by piece.
    """

    distinct: _Floats
    upto_each: NDArray[np.int64]

    @classmethod
    def of(
        cls, pieces: Iterable[tuple[_Floats, NDArray[np.int64]]], folder: Path | None = None, name: str = "tally"
    ) -> Tally:
        """Put a tally together.

        pieces : distinct numbers in rising order, and how many of the column are at most each; a piece after the other
        folder : where the files go, whole or not at all; without it all stays in memory
        Raises RunError when the disk refuses.

        >>> tally = Tally.of([(np.array([1.0]), np.array([1])), (np.array([3.0]), np.array([3]))])
        >>> tally.count, tally.at(1), tally.below(np.array([3.0, 9.0])).tolist()
        (3, 3.0, [1, 3])
        """
        if folder is None:
            known = [(np.empty(0), np.empty(0, np.int64)), *pieces]
            return cls(*(np.concatenate(arrays) for arrays in zip(*known, strict=True)))
        paths = _paths(folder, name)
        new = [path.with_name(f".{path.name}") for path in paths]
        with spilling(paths[0]):
            with new[0].open("wb") as numbers, new[1].open("wb") as counts:
                for distinct, upto in pieces:
                    numbers.write(np.ascontiguousarray(distinct).data)
                    counts.write(np.ascontiguousarray(upto).data)
            for path, target in zip(new, paths, strict=True):
                path.replace(target)
        kept = cls.kept(folder, name)
        if kept is None:
            raise RunError(f"The counts {name!r} went away from {folder.name!r}. Start again: finished parts are kept.")
        return kept

    @classmethod
    def kept(cls, folder: Path, name: str) -> Tally | None:
        """The tally in the files of a folder; None where it is not there as a whole."""
        paths = _paths(folder, name)
        with suppress(OSError):
            sizes = {path.stat().st_size for path in paths}
            if sizes == {0}:
                return cls(np.empty(0), np.empty(0, np.int64))
            if len(sizes) == 1 and not sizes.pop() % 8:
                # a plain array over the map: slices of np.memmap cost more than they give
                return cls(
                    np.asarray(np.memmap(paths[0], np.float64, "r")), np.asarray(np.memmap(paths[1], np.int64, "r"))
                )
        return None

    @property
    def count(self) -> int:
        """Of all numbers."""
        return int(self.upto_each[-1]) if len(self.upto_each) else 0

    def same_as(self, other: Tally) -> bool:
        """Whether each number occurs as often in the other column."""
        return np.array_equal(self.distinct, other.distinct) and np.array_equal(self.upto_each, other.upto_each)

    def at(self, position: int) -> float:
        """The number at a position of the sorted column, from 0."""
        return float(self.distinct[np.searchsorted(self.upto_each, position, side="right")])

    def below(self, values: _Floats) -> NDArray[np.int64]:
        """(n,) how many numbers are less than each value."""
        return self._counts(values, "left")

    def upto(self, values: _Floats) -> NDArray[np.int64]:
        """(n,) how many numbers are at most each value."""
        return self._counts(values, "right")

    def _counts(self, values: _Floats, side: Literal["left", "right"]) -> NDArray[np.int64]:
        found = np.zeros(len(values), np.int64)
        if self.count:
            order, at = self._found(values, side)
            found[order] = np.where(at > 0, self.upto_each[at - 1], 0)
        return found

    def _found(self, values: _Floats, side: Literal["left", "right"]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """An order in which values rise, and where each of them is among the distinct ones: neighbours are near."""
        order = np.argsort(values)
        return order, np.searchsorted(self.distinct, np.asarray(values, np.float64)[order], side=side)

    def quantile(self, q: float) -> float:
        """The quantile as ``numpy.percentile`` gives it, straight between neighbours; NaN for an empty column.

        >>> Tally.of([(np.array([1.0, 2.0, 4.0]), np.array([1, 2, 3]))]).quantile(0.75)
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

        >>> Tally.of([(np.array([5.0, 7.0]), np.array([1, 3]))]).mean_rank(np.array([5.0, 7.0])).tolist()
        [1, 4]
        """
        order, at = self._found(values, "left")
        rank = np.empty(len(values), np.int64)
        rank[order] = self.upto_each[at] + np.where(at > 0, self.upto_each[at - 1], 0)
        return rank


@contextmanager
def spilling(path: Path) -> Iterator[None]:
    """Whatever the disk refuses while numbers go to a file becomes a RunError."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"The counts {path.name!r} cannot be written to {path.parent.name!r}: {said_by_system(error)}. "
            "Free some space or name another folder, then start again: finished parts are kept."
        ) from error


def _paths(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.numbers", folder / f"{name}.counts"


def _between(low: float, high: float, part: float) -> float:
    """Straight between two numbers, as numpy does it: from the nearer end."""
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)
