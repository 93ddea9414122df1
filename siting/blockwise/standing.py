"""Who stands where, from rows that pass in the order of their ids: the admitted by rank, and the best of all.

The admitted are sorted on disk: their place follows from the rank and from how many of that rank passed before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.engine.scattered import PLACE, Scattered, write_rows
from siting.export import ROWS_PER_GROUP

__all__ = ["Best", "ByRank", "ranks_of"]


class ByRank:
    """Rows of the admitted, given back in the order of their rank, then of their id.

    folder : where they are kept meanwhile
    count : of the admitted; ranked : of those among them that have a rank; those without one come first
    names : the columns that are kept
    Memory: the rows that are added at once, and 4 bytes for each admitted.
    """

    def __init__(self, folder: Path, count: int, ranked: int, names: Sequence[str]) -> None:
        self.folder, self.count, self.names, self._unranked = folder, count, list(names), count - ranked
        self._seen = np.zeros(count + 1, np.int32)
        self._filled: set[str] = set()
        self._paths: list[Path] = []

    def add(self, rows: pa.Table, admitted: NDArray[np.int64]) -> None:
        """The next rows, in the order of their ids, and which of them are admitted.

        Raises RunError where the disk refuses.
        """
        rank = np.maximum(ranks_of(rows), 0)[admitted]
        order = np.argsort(rank * len(rank) + np.arange(len(rank)))
        rank = rank[order]
        first = np.flatnonzero(np.diff(rank, prepend=-1))
        equal, times = rank[first], np.diff(first, append=len(rank))
        place = np.where(rank > 0, self._unranked + rank - 1, 0) + self._seen[rank]
        place += np.arange(len(rank)) - np.repeat(first, times)
        self._seen[equal] += times.astype(np.int32)
        kept = rows.select(self.names).take(pa.array(admitted[order]))
        self._filled |= {name for name in self.names if kept.column(name).null_count < len(kept)}
        path = self.folder / f"admitted-{len(self._paths):06}.arrow"
        write_rows(path, kept.append_column(PLACE, pa.array(place)))
        self._paths.append(path)

    def groups(self, at_once: int = 1) -> Iterator[pa.Table]:
        """All rows by rank, 65,536 at a time; so many groups are cut out together."""
        return Scattered(self._paths, self.count).groups(ROWS_PER_GROUP, at_once)

    def is_empty(self, name: str) -> bool:
        """Whether a column holds nothing at all."""
        return name not in self._filled


class Best:
    """The best of all rows as the map chooses them: by rank, then those without one by score.

    most : how many; what is in memory is a few times as many
    """

    def __init__(self, most: int) -> None:
        self.most, self._passed = most, 0
        self._kept: NDArray[np.float64] = np.empty((3, 0))

    def add(self, rows: pa.Table) -> None:
        """The next rows, in the order of their places."""
        rank = ranks_of(rows).astype(np.float64)
        score = rows.column("score_if_admitted").to_numpy()
        place = self._passed + np.arange(len(rank), dtype=np.float64)
        self._passed += len(rank)
        self._kept = np.concatenate([self._kept, [np.where(rank < 0, np.inf, rank), -score, place]], axis=1)
        if self._kept.shape[1] > 4 * self.most:
            self._drop()

    def places(self) -> NDArray[np.int64]:
        """The places of the best, in rising order."""
        self._drop()
        return np.asarray(self._kept[2], np.int64)

    def _drop(self) -> None:
        """Keep the best."""
        rank, score, place = self._kept
        self._kept = self._kept[:, np.sort(np.lexsort((place, score, rank))[: self.most])]


def ranks_of(rows: pa.Table) -> NDArray[np.int64]:
    """The ranks of some rows; -1 for those without."""
    ranks = rows.column("rank")
    if pa.types.is_string(ranks.type):  # nobody is ranked
        return np.full(len(ranks), -1, np.int64)
    return np.asarray(ranks.fill_null(-1).to_numpy(), np.int64)
