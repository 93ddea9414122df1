"""Columns of a result whose cells repeat, or are whole numbers or nothing: kept small, told as Python's or as Arrow's.

Both are given to Arrow as they are (``pa.array`` of them), without an object for each cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Coded", "Whole"]


@dataclass(frozen=True, eq=False)
class Coded:
    """(n,) texts of which many are alike.

    code : (n,) which of ``texts`` each is; -1 for none

    >>> Coded(np.array([1, 0, -1]), ("low", "high")).values.tolist()
    ['high', 'low', None]
    """

    code: NDArray[np.integer[Any]]
    texts: Sequence[str]

    @classmethod
    def of(cls, values: NDArray[np.object_]) -> Coded:
        """Texts or None, as they are in objects."""
        code, texts = pd.factorize(values)
        return cls(code, tuple(texts))

    @classmethod
    def same(cls, count: int, text: str | None = None) -> Coded:
        """The same text, or none, in every cell."""
        return cls(np.full(count, -1 if text is None else 0, np.int8), () if text is None else (text,))

    def __len__(self) -> int:
        return len(self.code)

    @cached_property
    def values(self) -> NDArray[np.object_]:
        """(n,) the texts as objects."""
        return np.asarray(np.array([*self.texts, None], dtype=object)[self.code], object)

    def __arrow_array__(self, type: pa.DataType | None = None) -> pa.Array:  # noqa: A002 - Arrow's protocol
        """As a dictionary, which is what Arrow calls it."""
        gaps = self.code < 0
        code = pa.array(self.code.astype(np.int32, copy=False), mask=gaps if gaps.any() else None)
        coded = pa.DictionaryArray.from_arrays(code, pa.array(self.texts, pa.string()))
        return coded if type is None else coded.cast(type)


@dataclass(frozen=True, eq=False)
class Whole:
    """(n,) ranks or counts, which begin at 1; anything less is none.

    >>> Whole(np.array([2, 0])).values.tolist()
    [2, None]
    """

    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def values(self) -> NDArray[np.object_]:
        """(n,) the numbers as objects, None where there is none."""
        whole = self.numbers.astype(object)
        whole[self.numbers <= 0] = None
        return whole

    def __arrow_array__(self, type: pa.DataType | None = None) -> pa.Array:  # noqa: A002 - Arrow's protocol
        """Whole numbers; a column of nothing at all is text, as everywhere."""
        gaps = self.numbers <= 0
        if gaps.all():
            return pa.nulls(len(gaps), type or pa.string())
        return pa.array(self.numbers, type, mask=gaps if gaps.any() else None)
