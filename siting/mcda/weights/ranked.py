"""Weights from an order of importance alone, the most important first."""

from __future__ import annotations

import math

from siting.mcda.weights.tree import normalise

__all__ = ["rank_order_centroid", "rank_reciprocal", "rank_sum"]


def rank_order_centroid(n: int) -> tuple[float, ...]:
    """Weights from an order of importance: w_j = 1/n sum of 1/k for k from j to n (Barron and Barrett 1996).

    >>> [round(w, 4) for w in rank_order_centroid(3)]
    [0.6111, 0.2778, 0.1111]
    """
    return tuple(math.fsum(1 / k for k in range(j, n + 1)) / n for j in range(1, n + 1))


def rank_sum(n: int) -> tuple[float, ...]:
    """Weights from an order of importance: n + 1 - j, normalised (Stillwell, Seaver and Edwards 1981).

    >>> rank_sum(4)
    (0.4, 0.3, 0.2, 0.1)
    """
    return normalise([n + 1 - j for j in range(1, n + 1)])


def rank_reciprocal(n: int) -> tuple[float, ...]:
    """Weights from an order of importance: 1 / j, normalised (Stillwell, Seaver and Edwards 1981).

    >>> [round(w, 2) for w in rank_reciprocal(4)]
    [0.48, 0.24, 0.16, 0.12]
    """
    return normalise([1 / j for j in range(1, n + 1)])
