"""Ordered weighted averages and products: weights by place rather than by name, and products of powers.

OWA: Yager 1988, IEEE Trans. Systems, Man and Cybernetics 18. Place weights by a quantifier, with importances: Yager
1996, Int. J. of Intelligent Systems 11.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError
from siting.mcda.aggregate.score import weighted_sum
from siting.mcda.weights.tree import normalise

__all__ = ["orness", "owa", "owa_of_quantifier", "quantifier_weights", "weighted_product"]

_Floats: TypeAlias = NDArray[np.float64]


def owa(values: NDArray[Any], order_weights: Sequence[float]) -> _Floats:
    """(n,) sum of b_j times the j-th highest value of a row; the b sum to 1.

    >>> owa(np.array([[0.2, 0.9, 0.5]]), [0, 0, 1]).tolist()
    [0.2]
    """
    given = np.asarray(values, np.float64)
    if len(order_weights) != given.shape[1]:
        raise StudyError(
            f"{given.shape[1]} values need {given.shape[1]} order weights, from the highest value to the lowest; found "
            f"{len(order_weights)}."
        )
    shares = normalise(order_weights)
    falling = -np.sort(-given, axis=1)
    return weighted_sum(list(falling.T), shares)


def orness(order_weights: Sequence[float]) -> float:
    """How near order weights are to the maximum (1) rather than the minimum (0): sum of (n - j) b_j / (n - 1).

    >>> orness([1, 0, 0]), orness([0.25, 0.25, 0.25, 0.25])
    (1.0, 0.5)
    """
    n, shares = len(order_weights), normalise(order_weights)
    if n < 2:
        raise StudyError(f"Orness is of two order weights or more, not of {n}.")
    return math.fsum((n - j) * b for j, b in enumerate(shares, 1)) / (n - 1)


def quantifier_weights(n: int, alpha: float) -> tuple[float, ...]:
    """Order weights of the quantifier Q(p) = p^alpha: b_j = Q(j / n) - Q((j - 1) / n).

    alpha near 0: "at least one" (the maximum); 1: the mean; large: "all" (the minimum).

    >>> [round(b, 4) for b in quantifier_weights(3, 2)]
    [0.1111, 0.3333, 0.5556]
    """
    _check_alpha(alpha)
    return tuple((j / n) ** alpha - ((j - 1) / n) ** alpha for j in range(1, n + 1))


def owa_of_quantifier(values: NDArray[Any], weights: Sequence[float], *, alpha: float) -> _Floats:
    """(n,) OWA with importances: places get Q(importance so far) - Q(importance before), Q(p) = p^alpha.

    Equal importances give ``owa`` with ``quantifier_weights``; alpha = 1 the weighted sum; alpha > 1 leans to the
    lowest values, alpha < 1 to the highest. Equal values share their places, so their order does not matter.

    >>> owa_of_quantifier(np.array([[0.2, 0.8]]), [0.5, 0.5], alpha=2).round(3).tolist()
    [0.35]
    """
    _check_alpha(alpha)
    given = np.asarray(values, np.float64)
    shares = np.array(normalise([float(w) for w in weights]))
    order = np.argsort(-given, axis=1, kind="stable")
    reached = np.minimum(np.cumsum(shares[order], axis=1), 1.0)
    reached[:, -1] = 1.0
    places = np.diff(reached**alpha, axis=1, prepend=0.0)
    return _row_sums(places * np.take_along_axis(given, order, axis=1))


def weighted_product(values: NDArray[Any], weights: Sequence[float]) -> _Floats:
    """(n,) product of v^w: one value of 0 under a weight makes 0 (Bridgman 1922; Miller and Starr 1969).

    >>> weighted_product(np.array([[0.25, 1.0], [0.0, 1.0]]), [0.5, 0.5]).tolist()
    [0.5, 0.0]
    """
    given = np.asarray(values, np.float64)
    if (given < 0).any():
        raise StudyError(f"A weighted product needs values of 0 or more, not {given[given < 0][0]:g}.")
    out = np.ones(len(given))
    for column, weight in zip(given.T, weights, strict=True):
        out = out * column ** float(weight)
    return out


def _row_sums(matrix: _Floats) -> _Floats:
    return weighted_sum(list(matrix.T), [1.0] * matrix.shape[1])


def _check_alpha(alpha: float) -> None:
    if not (math.isfinite(alpha) and alpha > 0):
        raise StudyError(f"The power 'alpha' of a quantifier is more than 0, not {alpha:g}.")
