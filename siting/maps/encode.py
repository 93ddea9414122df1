"""Columns for people: texts as a table, numbers as Python rounds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["shown_column", "text_column"]


def text_column(texts: Sequence[str]) -> dict[str, Any]:
    """Texts as a table of the different ones and an index a row.

    >>> text_column(["a", "b", "a"])
    {'table': ['a', 'b'], 'index': [0, 1, 0]}
    """
    place: dict[str, int] = {}
    index = [place.setdefault(str(text), len(place)) for text in texts]
    return {"table": list(place), "index": index}


def shown_column(numbers: NDArray[np.float64], decimals: int) -> list[int | None]:
    """Numbers as people read them, as whole hundredths (or tenths, ...): rounded once, as Python's format does.

    >>> shown_column(np.array([79.948648, 0.25, np.nan]), 1)
    [799, 2, None]
    """
    given = np.asarray(numbers, np.float64)
    different, at = np.unique(given, return_inverse=True)
    shown = [int(f"{x:.{decimals}f}".replace(".", "")) if np.isfinite(x) else None for x in different.tolist()]
    return [shown[i] for i in at.ravel().tolist()]
