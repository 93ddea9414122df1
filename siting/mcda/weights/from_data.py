"""Weights read out of the data: how much each criterion tells the candidates apart.

They are diagnostics. They say where the data vary, not what matters to anybody, and they change when candidates are
added or removed; stand them beside stated weights, never in their place. All take (n, c) numbers, rows with a gap are
left out.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import DataError

__all__ = ["critic", "entropy", "merec", "standard_deviation"]

_Floats: TypeAlias = NDArray[np.float64]


def entropy(matrix: NDArray[Any]) -> _Floats:
    """(c,) weights by Shannon's entropy: w proportional to 1 + sum of p ln p / ln n, p = x / sum of x.

    Zeleny 1982, Multiple Criteria Decision Making, ch. 7. 0 ln 0 counts as 0. Raises DataError for negative numbers.
    """
    given = _known(matrix)
    if (given < 0).any():
        raise DataError(f"Entropy weights need numbers of 0 or more; column {_first(given < 0)} has a negative one.")
    total = given.sum(axis=0)
    if not (total > 0).all():
        raise DataError(f"Entropy weights need columns that are not all 0; column {_first(total[None, :] <= 0)} is.")
    shares = given / total
    logs = np.log(np.where(shares > 0, shares, 1.0))
    return _shares(1 + (shares * logs).sum(axis=0) / np.log(len(given)))


def critic(
    matrix: NDArray[Any],
    *,
    correlation: Literal["pearson", "spearman"] = "pearson",
    scale: Literal["min_max", "none"] = "min_max",
) -> _Floats:
    """(c,) weights by contrast and conflict: w_j proportional to s_j sum over k of (1 - r_jk).

    Diakoulaki, Mavrotas and Papayannakis 1995, Computers and Operations Research 22. s is the standard deviation of
    the scaled column. Raises DataError for a constant column.
    """
    given = _varied(_known(matrix), "CRITIC")
    if scale == "min_max":
        low, high = given.min(axis=0), given.max(axis=0)
        given = (given - low) / (high - low)
    from scipy.stats import rankdata  # takes half a second to import

    ranked = np.apply_along_axis(rankdata, 0, given) if correlation == "spearman" else given
    centred = ranked - ranked.mean(axis=0)
    centred = centred / np.sqrt((centred**2).sum(axis=0))
    conflict = (1 - centred.T @ centred).sum(axis=0)
    if given.shape[1] == 1:
        return np.ones(1)
    return _shares(given.std(axis=0, ddof=1) * conflict)


def merec(matrix: NDArray[Any], rising: NDArray[np.bool_] | None = None) -> _Floats:
    """(c,) weights by what the removal of a criterion changes (MEREC).

    n = min x / x where more is better, x / max x else; S_i = ln(1 + mean over j of |ln n_ij|), S'_ij the same without
    j; w_j proportional to the sum over i of |S'_ij - S_i|. Keshavarz-Ghorabaee et al. 2021, Symmetry 13. rising : (c,)
    whether more is better, by default everywhere. Raises DataError for numbers of 0 or less.
    """
    given = _known(matrix)
    if (given <= 0).any():
        raise DataError(f"MEREC needs numbers of more than 0; column {_first(given <= 0)} has one of 0 or less.")
    up = np.ones(given.shape[1], bool) if rising is None else np.asarray(rising, bool)
    scaled = np.where(up, given.min(axis=0) / given, given / given.max(axis=0))
    logs = np.abs(np.log(scaled))
    count = given.shape[1]
    whole = np.log1p(logs.sum(axis=1) / count)
    without = np.log1p((logs.sum(axis=1, keepdims=True) - logs) / count)
    return _shares(np.abs(without - whole[:, None]).sum(axis=0))


def standard_deviation(matrix: NDArray[Any]) -> _Floats:
    """(c,) weights in proportion to the standard deviation of each column.

    Diakoulaki, Mavrotas and Papayannakis 1995, as their comparison; meant for values on one scale.

    >>> standard_deviation(np.array([[0.0, 0.2], [1.0, 0.7]])).round(3).tolist()
    [0.667, 0.333]
    """
    given = _known(matrix)
    return _shares(given.std(axis=0))


def _known(matrix: NDArray[Any]) -> _Floats:
    given = np.asarray(matrix, np.float64)
    given = given[~np.isnan(given).any(axis=1)]
    if len(given) < 2:
        raise DataError(f"Weights from data need at least two candidates without gaps; there are {len(given)}.")
    return given


def _varied(given: _Floats, method: str) -> _Floats:
    flat = given.max(axis=0) == given.min(axis=0)
    if flat.any():
        raise DataError(f"{method} needs columns that vary; column {_first(flat[None, :])} is constant.")
    return given


def _shares(raw: _Floats) -> _Floats:
    total = raw.sum()
    if not total > 0:
        raise DataError("No column tells the candidates apart: all are alike, so the data give no weights.")
    return np.asarray(np.maximum(raw, 0.0) / total, np.float64)


def _first(wrong: NDArray[np.bool_]) -> int:
    """The first column, counted from 1, that is wrong anywhere."""
    return int(np.flatnonzero(wrong.any(axis=0))[0]) + 1
