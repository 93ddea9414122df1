"""Spatial partitions: rows that lie near each other are worked on together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.hilbert import along, hilbert_distance

__all__ = ["hilbert_distance", "partitions", "spread_sample"]


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
    return [np.sort(part) for part in np.array_split(along(bounds), -(-n // size))]


def spread_sample(bounds: NDArray[np.float64], count: int, seed: int) -> NDArray[np.int64]:
    """``count`` rows spread over the land: the Hilbert curve in equal stretches, one row drawn from each.

    >>> boxes = np.array([[i, 0, i + 1, 1] for i in range(100)], float)
    >>> len(spread_sample(boxes, 10, 1))
    10
    """
    chance = np.random.default_rng(seed)
    stretches = np.array_split(along(bounds), min(count, len(bounds)))
    return np.sort(np.array([stretch[chance.integers(len(stretch))] for stretch in stretches], np.int64))
