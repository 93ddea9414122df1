"""The Hilbert curve: an order of places in which neighbours on the curve are neighbours on the ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.kernels.curve import places

__all__ = ["along", "centres", "hilbert_distance", "places_on_curve"]

_BITS = 16


def along(bounds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows in the order of the Hilbert curve of their box centres; those without a box (NaN) last.

    bounds : (n, 4) west, south, east, north; boxes at one place keep their order

    >>> along(np.array([[0, 0, 1, 1], [9, 9, 10, 10], [np.nan] * 4, [0, 1, 1, 2]])).tolist()
    [0, 3, 1, 2]
    """
    x, y = centres(bounds)
    there = ~(np.isnan(x) | np.isnan(y))
    if not there.any():
        return np.arange(len(bounds))
    box = (float(x[there].min()), float(y[there].min()), float(x[there].max()), float(y[there].max()))
    return np.argsort(places_on_curve(x, y, box), kind="stable")


def centres(bounds: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The middle, x and y, of each box (n, 4)."""
    return (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2


def places_on_curve(
    x: NDArray[np.float64], y: NDArray[np.float64], box: tuple[float, float, float, float]
) -> NDArray[np.int64]:
    """(n,) the place on the curve that fills the square on a box of all points; the largest number where x is NaN."""
    scale = (2**_BITS - 1) / max(box[2] - box[0], box[3] - box[1], 1e-9)
    place = np.full(len(x), np.iinfo(np.int64).max, np.int64)
    there = ~(np.isnan(x) | np.isnan(y))
    column, row = (
        np.floor((axis[there] - least) * scale).astype(np.int64) for axis, least in ((x, box[0]), (y, box[1]))
    )
    place[there] = hilbert_distance(column, row)
    return place


def hilbert_distance(column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position along the Hilbert curve of 16 bits an axis (Skilling's turns).

    >>> hilbert_distance(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0])).tolist()
    [0, 3, 2, 1]
    """
    out = np.empty(len(column), np.int64)
    places(np.ascontiguousarray(column), np.ascontiguousarray(row), _BITS, out)
    return out
