"""Aggregation by distance: TOPSIS, VIKOR, SPOTIS and the ideal point.

Kernels after their papers: (n, c) numbers, (c,) weights as they are given, ``rising`` (c,) whether more is better, by
default everywhere. What depends on the other alternatives says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError
from siting.mcda.aggregate.normaliser import normalised
from siting.mcda.aggregate.score import weighted_sum

__all__ = ["Vikor", "ideal_point", "spotis", "topsis", "vikor"]

_Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Vikor:
    """The three measures of VIKOR, (n,) each; lower is better.

    group : S, the weighted sum of regrets; regret : R, the largest weighted regret
    compromise : Q = v (S - min S) / (max S - min S) + (1 - v) (R - min R) / (max R - min R)
    """

    group: _Floats
    regret: _Floats
    compromise: _Floats


def topsis(
    matrix: NDArray[Any], weights: NDArray[Any], *, normaliser: str, rising: NDArray[np.bool_] | None = None
) -> _Floats:
    """(n,) closeness d- / (d+ + d-), in [0, 1], to the best found of every column rather than to the worst.

    Euclidean distances of the weighted normalised columns (Hwang and Yoon 1981, Multiple Attribute Decision Making).
    Ideal and anti-ideal are made of the alternatives, so all normalisers, also "none", depend on the others. Where all
    are alike the closeness is 0.5.

    >>> topsis(np.array([[1.0, 3000.0], [2, 3750], [5, 4500]]), np.array([0.5, 0.5]), normaliser="min_max",
    ...        rising=np.array([False, True])).round(3).tolist()
    [0.5, 0.617, 0.5]
    """
    scaled = normalised(matrix, normaliser) * np.asarray(weights, np.float64)
    up = _up(rising, scaled.shape[1])
    best = np.where(up, scaled.max(axis=0), scaled.min(axis=0))
    worst = np.where(up, scaled.min(axis=0), scaled.max(axis=0))
    to_best, to_worst = _euclid(scaled, best), _euclid(scaled, worst)
    whole = to_best + to_worst
    return np.where(whole > 0, to_worst / np.where(whole > 0, whole, 1.0), 0.5)


def vikor(
    matrix: NDArray[Any], weights: NDArray[Any], *, v: float = 0.5, rising: NDArray[np.bool_] | None = None
) -> Vikor:
    """Compromise ranking (Opricovic and Tzeng 2004, EJOR 156); v weighs the group against the greatest regret.

    Regret of a column: w (best - x) / (best - worst), best and worst of the alternatives; 0 where all are alike.
    """
    if not 0 <= v <= 1:
        raise StudyError(f"The weight 'v' of the group in VIKOR lies from 0 to 1, not {v:g}.")
    given = np.asarray(matrix, np.float64)
    up = _up(rising, given.shape[1])
    best = np.where(up, given.max(axis=0), given.min(axis=0))
    worst = np.where(up, given.min(axis=0), given.max(axis=0))
    span = np.where(best == worst, 1.0, best - worst)
    regrets = [w * column for w, column in zip(np.asarray(weights), ((best - given) / span).T, strict=True)]
    group = weighted_sum(regrets, [1.0] * len(regrets))
    regret = np.max(np.stack(regrets), axis=0)
    return Vikor(group=group, regret=regret, compromise=v * _unit(group) + (1 - v) * _unit(regret))


def spotis(
    matrix: NDArray[Any], weights: NDArray[Any], *, bounds: NDArray[Any], ideal: NDArray[Any] | None = None
) -> _Floats:
    """(n,) sum of w |x - ideal| / (upper - lower), lower is better; bounds (c, 2) and ideal (c,) are fixed beforehand.

    Dezert, Tchamova, Han and Tacnet 2020, FUSION: free of rank reversal by construction. ideal : the upper bound by
    default. On values with bounds 0 and 1 it is 1 - the weighted sum. Raises StudyError for numbers out of bounds.
    """
    given, ends = np.asarray(matrix, np.float64), np.asarray(bounds, np.float64)
    for column, (low, high) in enumerate(ends):
        if not low < high:
            raise StudyError(f"The bounds of column {column + 1} run from {low:g} to {high:g}; the lower comes first.")
        outside = (given[:, column] < low) | (given[:, column] > high)
        if outside.any():
            found = given[outside, column][0]
            raise StudyError(
                f"Column {column + 1} holds {found:g}, outside its bounds {low:g} to {high:g}; widen them."
            )
    point = ends[:, 1] if ideal is None else np.asarray(ideal, np.float64)
    parts = np.abs(given - point) / (ends[:, 1] - ends[:, 0])
    return weighted_sum(list(parts.T), [float(w) for w in weights])


def ideal_point(values: NDArray[Any], weights: NDArray[Any], *, p: float = 2.0) -> _Floats:
    """(n,) 1 - distance to the ideal (all values 1) over that of the anti-ideal (all 0), in [0, 1].

    The distance is L_p of w (1 - v): p = 1 is the weighted sum, p = inf the largest weighted regret (compromise
    programming; Zeleny 1973; Yu 1973, Management Science 19). The ideal is fixed, so nothing depends on the others.

    >>> ideal_point(np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0]]), np.array([0.5, 0.5])).round(4).tolist()
    [0.0, 1.0, 0.2929]
    """
    if not p >= 1:
        raise StudyError(f"The power 'p' of a distance is 1 or more, not {p:g}.")
    parts = [float(w) * (1 - column) for w, column in zip(weights, np.asarray(values, np.float64).T, strict=True)]
    whole = [float(w) for w in weights]
    if np.isinf(p):
        return np.asarray(1 - np.max(np.stack(parts), axis=0) / max(whole), np.float64)
    total = weighted_sum([part**p for part in parts], [1.0] * len(parts))
    return np.asarray(1 - (total / sum(w**p for w in whole)) ** (1 / p), np.float64)


def _up(rising: NDArray[np.bool_] | None, count: int) -> NDArray[np.bool_]:
    return np.ones(count, bool) if rising is None else np.asarray(rising, bool)


def _euclid(scaled: _Floats, point: _Floats) -> _Floats:
    columns = [(column - at) ** 2 for column, at in zip(scaled.T, point, strict=True)]
    return np.sqrt(weighted_sum(columns, [1.0] * len(columns)))


def _unit(x: _Floats) -> _Floats:
    """Brought to [0, 1]; 0 where all are alike."""
    span = float(x.max() - x.min())
    return (x - x.min()) / span if span > 0 else np.zeros_like(x)
