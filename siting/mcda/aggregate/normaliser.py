"""Normalisers of columns, by name: the same data, another winner, so the name belongs to the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, did_you_mean, named

__all__ = ["NORMALISERS", "normalised"]

_Floats: TypeAlias = NDArray[np.float64]


def _vector(x: _Floats) -> _Floats:
    return x / _whole(np.sqrt((x * x).sum(axis=0)))


def _min_max(x: _Floats) -> _Floats:
    low = x.min(axis=0)
    return np.asarray((x - low) / _whole(x.max(axis=0) - low), np.float64)


def _sum(x: _Floats) -> _Floats:
    return x / _whole(x.sum(axis=0))


def _max(x: _Floats) -> _Floats:
    return x / _whole(x.max(axis=0))


def _none(x: _Floats) -> _Floats:
    return x


#: vector x / sqrt(sum x^2); min_max (x - min) / (max - min); sum x / sum x; max x / max x; none
NORMALISERS: Mapping[str, Callable[[_Floats], _Floats]] = {
    "vector": _vector,
    "min_max": _min_max,
    "sum": _sum,
    "max": _max,
    "none": _none,
}


def normalised(matrix: NDArray[Any], how: str) -> _Floats:
    """(n, c) columns brought to one scale by a named normaliser; all but "none" depend on every alternative.

    A column of zeros, or for "min_max" a constant one, becomes 0.

    >>> normalised(np.array([[3.0, 1.0], [4.0, 3.0]]), "vector").round(3).tolist()
    [[0.6, 0.316], [0.8, 0.949]]
    """
    if how not in NORMALISERS:
        near = did_you_mean(how, NORMALISERS)
        raise StudyError(f"There is no normaliser {how!r}. The normalisers are {named(NORMALISERS)}.{near}")
    return NORMALISERS[how](np.asarray(matrix, np.float64))


def _whole(divisor: _Floats) -> _Floats:
    return np.where(divisor == 0, 1.0, divisor)
