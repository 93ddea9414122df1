"""Columns whose blocks lie in files: counted where they lie, and never whole in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.blockwise.setting import Setting
from siting.engine.scattered import read_part
from siting.engine.selection import tally, where_seen
from siting.engine.tally import Tally
from siting.errors import RunError

__all__ = ["Column", "ColumnBlock", "tallied"]

_Floats = NDArray[np.float64]


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
        for part in self.parts:
            try:
                yield part.read()
            except FileNotFoundError:
                raise RunError(
                    f"The block {part.path.name!r} cannot be read. Start again: only that block is made anew."
                ) from None


def tallied(setting: Setting, column: Column, name: str) -> Tally:
    """How often each number of a column occurs, counted on the workers of a cluster where there are any.

    name : of the files that hold the counts where there are many numbers
    """
    most, folder = setting.budget.values, setting.folder
    if setting.each is not None:
        return tally(column.parts, where_seen(setting.each), most=most, folder=folder, name=name)
    return Tally.of(column, most=most, folder=folder, name=name)


def _numbers(table: pa.Table, name: str) -> NDArray[Any]:
    column = table.column(name)
    return np.array(column.to_numpy()) if column.num_chunks else np.empty(0)
