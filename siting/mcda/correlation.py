"""How alike two rankings are: Kendall's tau, weighted Spearman, and the WS coefficient, which look at the top."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["kendall", "ranks_of", "similarity", "weighted_spearman"]

_Floats: TypeAlias = NDArray[np.float64]


def ranks_of(scores: NDArray[Any]) -> _Floats:
    """(n,) ranks from 1 for the highest score; equal scores share the mean of their places.

    >>> ranks_of(np.array([5.0, 9.0, 5.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    from scipy.stats import rankdata  # takes half a second to import

    return np.asarray(rankdata(-np.asarray(scores, np.float64)), np.float64)


def kendall(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Kendall's tau-b of two (n,) lists of ranks or scores (Kendall 1945, Biometrika 33); NaN where one is constant.

    >>> kendall(np.array([1, 2, 3, 4]), np.array([1, 2, 4, 3])).__round__(4)
    0.6667
    """
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    from scipy.stats import kendalltau

    return float(kendalltau(a, b).statistic)


def weighted_spearman(x: NDArray[Any], y: NDArray[Any]) -> float:
    """Rank correlation that weighs a difference more, the nearer to the top (Pinto da Costa and Soares 2005).

    r_w = 1 - 6 sum of (x - y)^2 ((n - x + 1) + (n - y + 1)) / (n^4 + n^3 - n^2 - n); Australian and New Zealand J. of
    Statistics 47. x, y : (n,) ranks from 1 for the best. NaN for fewer than two.

    >>> weighted_spearman(np.array([1, 2, 3]), np.array([2, 1, 3])).__round__(4)
    0.375
    """
    n = len(x)
    if n < 2:
        return float("nan")
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    size = float(n)
    whole = size**4 + size**3 - size**2 - size
    return float(1 - 6 * ((a - b) ** 2 * ((n - a + 1) + (n - b + 1))).sum() / whole)


def similarity(x: NDArray[Any], y: NDArray[Any]) -> float:
    """WS = 1 - sum of 2^-x |x - y| / max(|1 - x|, |n - x|), x the reference (Salabun and Urbaniak 2020, ICCS).

    The top decides: a mistake at place 1 costs twice one at place 2. Not symmetric. x, y : (n,) ranks from 1 for the
    best. NaN for fewer than two.

    >>> similarity(np.array([1, 2, 3]), np.array([2, 1, 3])).__round__(4)
    0.5
    """
    n = len(x)
    if n < 2:
        return float("nan")
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    farthest = np.maximum(np.abs(1 - a), np.abs(n - a))
    return float(1 - (np.exp2(-a) * np.abs(a - b) / farthest).sum())
