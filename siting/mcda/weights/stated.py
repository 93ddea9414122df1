"""Weights as people state them: shares, points out of a total, swings from worst to best."""

from __future__ import annotations

import math
from collections.abc import Mapping

from siting.errors import StudyError
from siting.mcda.weights.tree import normalise

__all__ = ["direct", "points", "swing"]


def direct(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares that already sum to 1, within 1e-6.

    >>> direct({"power": 0.6, "water": 0.4})
    {'power': 0.6, 'water': 0.4}
    """
    total = math.fsum(shares.values())
    if not abs(total - 1) <= 1e-6:
        raise StudyError(
            f"Direct weights must sum to 1; these sum to {total:g}. Correct them, or give points, which are normalised."
        )
    return _normalised(shares)


def points(given: Mapping[str, float], *, total: float = 100.0) -> dict[str, float]:
    """Points handed out from a fixed total (point allocation; Doyle, Green and Bottomley 1997, OBHDP 70).

    >>> points({"power": 60, "water": 40})
    {'power': 0.6, 'water': 0.4}
    """
    handed = math.fsum(given.values())
    if not abs(handed - total) <= 1e-6:
        what = f"{total - handed:g} are left" if handed < total else f"{handed - total:g} too many are given"
        raise StudyError(f"The points must sum to {total:g}; they sum to {handed:g}: {what}.")
    return _normalised(given)


def swing(given: Mapping[str, float]) -> dict[str, float]:
    """Swing weights (von Winterfeldt and Edwards 1986, Decision Analysis and Behavioral Research, ch. 8).

    Each number says what it is worth to raise that criterion from value 0 to value 1 - over the range of its anchors -
    where the swing that is worth most has 100 points.

    >>> swing({"power": 100, "water": 60, "rail": 40})
    {'power': 0.5, 'water': 0.3, 'rail': 0.2}
    """
    top = max(given.values(), default=math.nan)
    if top != 100:
        raise StudyError(f"The swing that is worth most has 100 points and sets the scale; the most here is {top:g}.")
    return _normalised(given)


def _normalised(given: Mapping[str, float]) -> dict[str, float]:
    names = list(given)
    return dict(zip(names, normalise([given[name] for name in names], names), strict=True))
