"""Non-dominated alternatives: those that no other is at least as good as everywhere and better somewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["non_dominated"]


def non_dominated(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether no other row is as good on every column and better on one; equal rows do not dominate each other.

    values : (n, columns), more is better. Takes n x n comparisons.

    >>> non_dominated(np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [1.0, 0.0]])).tolist()
    [True, True, False, True]
    """
    out = np.ones(len(values), bool)
    for row in range(len(values)):
        as_good = (values >= values[row]).all(axis=1)
        out[row] = not (as_good & (values > values[row]).any(axis=1)).any()
    return out
