"""Spatial partitions: rows that lie near each other are worked on together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["hilbert_distance", "partitions", "spread_sample"]

_BITS = 16


def partitions(bounds: NDArray[np.float64], size: int) -> list[NDArray[np.int64]]:
    """Rows in parts of at most ``size``, each part compact: cut along the Hilbert curve of the box centres.

    bounds : (n, 4) west, south, east, north; empty boxes (NaN) come last
    Inside a part the rows ascend.

    >>> boxes = np.array([[0, 0, 1, 1], [9, 9, 10, 10], [0, 1, 1, 2], [9, 8, 10, 9]], float)
    >>> [part.tolist() for part in partitions(boxes, 2)]
    [[0, 2], [1, 3]]
    """
    n = len(bounds)
    if n == 0:
        return []
    return [np.sort(part) for part in np.array_split(_along(bounds), -(-n // size))]


def spread_sample(bounds: NDArray[np.float64], count: int, seed: int) -> NDArray[np.int64]:
    """``count`` rows spread over the land: the Hilbert curve in equal stretches, one row drawn from each.

    >>> boxes = np.array([[i, 0, i + 1, 1] for i in range(100)], float)
    >>> len(spread_sample(boxes, 10, 1))
    10
    """
    chance = np.random.default_rng(seed)
    stretches = np.array_split(_along(bounds), min(count, len(bounds)))
    return np.sort(np.array([stretch[chance.integers(len(stretch))] for stretch in stretches], np.int64))


def _along(bounds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows in the order of the Hilbert curve; those without a box last."""
    n = len(bounds)
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    there = ~(np.isnan(x) | np.isnan(y))
    distance = np.full(n, np.iinfo(np.int64).max, np.int64)
    if there.any():
        span = max(np.ptp(x[there]), np.ptp(y[there]), 1e-9)
        scale = (2**_BITS - 1) / span
        column = np.floor((x[there] - x[there].min()) * scale).astype(np.int64)
        row = np.floor((y[there] - y[there].min()) * scale).astype(np.int64)
        distance[there] = hilbert_distance(column, row)
    return np.argsort(distance, kind="stable")


def hilbert_distance(column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position along the Hilbert curve of 16 bits an axis (Skilling's turns, in integers).

    >>> hilbert_distance(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0])).tolist()
    [0, 3, 2, 1]
    """
    x, y = column.copy(), row.copy()
    distance = np.zeros(len(x), np.int64)
    for bit in range(_BITS - 1, -1, -1):
        side = 1 << bit
        right, up = (x & side) > 0, (y & side) > 0
        distance += side * side * ((3 * right.astype(np.int64)) ^ up.astype(np.int64))
        flip = ~up & right
        x[flip], y[flip] = (2**_BITS - 1) - x[flip], (2**_BITS - 1) - y[flip]
        swap = ~up
        x[swap], y[swap] = y[swap], x[swap].copy()
    return distance
