"""The quantity nearest to the present one whose value is high enough."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

__all__ = ["classes_reaching", "quantity_reaching"]


def quantity_reaching(function: Any, wanted: float, now: float) -> float:
    """The SI quantity nearest to ``now`` that has the wanted value or more; NaN where none has.

    Monotone functions answer by their ``inverse``; those that rise and fall are searched on both sides, piece by
    piece between their anchors.

    >>> from siting.mcda.value import parse_value
    >>> quantity_reaching(parse_value([["2 km", 1], ["8 km", 0.5], ["25 km", 0]]), 0.75, 9400.0)
    5000.0
    >>> round(quantity_reaching(parse_value([["0 km", 0], ["4 km", 1], ["8 km", 0]]), 0.5, 9400.0), 3)
    6000.0
    """
    if function.value(np.array([now]))[0] >= wanted:
        return now
    if function.direction != "mixed":
        return float(function.inverse(np.array([wanted]))[0])
    at = np.array([quantity.value for quantity, _ in function.anchors])
    fine = np.unique(np.concatenate([np.linspace(a, b, 257) for a, b in pairwise(at)]))
    good = fine[function.value(fine) >= wanted - 1e-12]
    if not len(good):
        return float("nan")
    nearest = float(good[np.argmin(np.abs(good - now))])
    bad = now if np.isfinite(now) else float(at[-1])
    for _ in range(60):  # close in on the edge between the nearest good one and the present one
        middle = (nearest + bad) / 2
        nearest, bad = (middle, bad) if function.value(np.array([middle]))[0] >= wanted - 1e-12 else (nearest, middle)
    return round(nearest, 9)


def classes_reaching(function: Any, wanted: float) -> tuple[str, ...]:
    """The classes that have the wanted value or more, the least first.

    >>> from siting.mcda.value import parse_value
    >>> classes_reaching(parse_value({"by_right": 1, "conditional": 0.7, "rezone": 0.4}), 0.5)
    ('conditional', 'by_right')
    """
    good = [(value, name) for name, value in function.values.items() if value >= wanted - 1e-9]
    return tuple(name for _, name in sorted(good))
