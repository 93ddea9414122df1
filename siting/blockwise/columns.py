"""Columns whose blocks lie in files: counted where they lie, and never whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.blockwise.setting import Setting
from siting.engine.scattered import read_part
from siting.engine.selection import Each, here, tally, where_seen
from siting.engine.tally import Tally
from siting.errors import RunError
from siting.quantities.identity import hashed

__all__ = ["Column", "ColumnBlock", "forget", "ranked", "tallied"]

_Floats = NDArray[np.float64]
_SORTED = 400  #: bytes of the budget for each number of a column that is sorted at once: it takes 60


@dataclass(frozen=True)
class ColumnBlock:
    """A block of a column; whoever sees its file may read it.

    admitted : whether only rows whose ``status`` is 0 count; beside : None for rows where this column is not known
    """

    path: Path
    name: str
    admitted: bool = False
    beside: str = ""

    def read(self) -> _Floats:
        """Its numbers. Raises FileNotFoundError where the file is not seen, or cannot be read."""
        wanted = [self.name, *(["status"] if self.admitted else []), *([self.beside] if self.beside else [])]
        found = read_part(self.path, list(dict.fromkeys(wanted)))
        if found is None:
            raise FileNotFoundError(self.path)
        values, kept = _numbers(found[0], self.name), np.ones(found[0].num_rows, bool)
        if self.admitted:
            kept &= _numbers(found[0], "status") == 0
        if self.beside:
            kept &= ~np.isnan(_numbers(found[0], self.beside))
        return np.asarray(values[kept], np.float64)


class Column:
    """A column over blocks; iterated, it gives their numbers one after the other."""

    def __init__(self, paths: Sequence[Path], name: str, *, admitted: bool = False, beside: str = "") -> None:
        self.parts = [ColumnBlock(path, name, admitted, beside) for path in paths]

    def __iter__(self) -> Iterator[_Floats]:
        for _, numbers in _told(here)(lambda _, part: part.read(), self.parts):
            yield numbers

    @property
    def identity(self) -> str:
        """A hash of what it holds: the files of blocks are named by what they are made from."""
        return hashed(*(repr((part.path.name, part.name, part.admitted, part.beside)) for part in self.parts))


def tallied(setting: Setting, column: Column, *, like: Tally | None = None) -> Tally:
    """How often each number of a column occurs, counted on the workers of a cluster where there are any.

    The counts lie in the folder of the run; what was counted before the run stopped is taken as it is.
    like : counts that may turn out to be the same: then these
    """
    name = _name(column)
    found = Tally.kept(setting.folder, name)
    if found is None and _fits(setting):
        found = _sorted(_known(column), like, setting.folder, name=name)
    elif found is None:
        each = _told(here if setting.each is None else where_seen(setting.each))
        found = tally(column.parts, each, most=setting.budget.values, folder=setting.folder, name=name)
    return found if like is None or not found.same_as(like) else like


def ranked(setting: Setting, column: Column) -> tuple[Tally, Iterable[NDArray[np.int64]]]:
    """How often each number of a column occurs, and twice the average rank of each, less 1, piece by piece.

    A column that fits into memory is sorted once for both. The ranks of a column that has gaps mean nothing.
    """
    if not _fits(setting):
        counts = tallied(setting, column)
        return counts, map(counts.mean_rank, column)
    distinct, place, times = np.unique(_known(column), return_inverse=True, return_counts=True)
    upto = np.cumsum(times)
    return Tally(distinct, upto), [(2 * upto - times)[place]]


def _sorted(values: _Floats, like: Tally | None, folder: Path, *, name: str) -> Tally:
    """How often each number of a whole column occurs; ``like`` where it is the same, else kept in the folder."""
    distinct, times = np.unique(values, return_counts=True)
    found = Tally(distinct, np.cumsum(times))
    if like is not None and found.same_as(like):
        return like
    return Tally.of([(found.distinct, found.upto_each)], folder, name)


def _fits(setting: Setting) -> bool:
    """Whether a whole column is counted here, at once."""
    return setting.each is None and _SORTED * setting.blocks.count <= setting.budget.bytes


def _known(column: Column) -> _Floats:
    """The numbers of a whole column; 0.0 has no sign."""
    values = np.concatenate([*column])
    return np.asarray(values[~np.isnan(values)] + 0.0, np.float64)


def forget(setting: Setting, column: Column) -> None:
    """Take away the counts of a column that are not wanted any more."""
    for left in setting.folder.glob(f"{_name(column)}.*"):
        with suppress(OSError):  # some systems keep files that are mapped; they go with the folder
            left.unlink()


def _name(column: Column) -> str:
    return f"counts-{column.identity[:32]}"


def _told(each: Each) -> Each:
    """The same map, which says what to do where the file of a block cannot be read."""

    def told(function: Callable[[Any, Any], Any], parts: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        try:
            yield from each(function, parts)
        except FileNotFoundError as error:
            raise RunError(
                f"The block {Path(error.args[0]).name!r} cannot be read. Start again: only that block is made anew."
            ) from None

    return told


def _numbers(table: pa.Table, name: str) -> NDArray[Any]:
    column = table.column(name)
    return np.array(column.to_numpy()) if column.num_chunks else np.empty(0)
