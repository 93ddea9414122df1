"""Ranks: standard competition ranks, interval ranks, tiers by fixed cuts, and the checks that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError

__all__ = [
    "centred_ranks", "check_tiers", "competition_ranks", "correlation", "correlation_of", "effective_weight",
    "interval_ranks", "spearman", "tied_with", "tiers",
]  # fmt: skip

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def competition_ranks(score: _Floats, admitted: NDArray[np.bool_] | None = None) -> _Ints:
    """(n,) standard competition ranks, the highest score first: 1 + the number of higher scores; 0 if not admitted.

    A score of NaN has no rank (0). Equal scores have equal ranks, and the next rank is skipped.

    >>> competition_ranks(np.array([70.0, 90.0, 70.0, 50.0])).tolist()
    [2, 1, 2, 4]
    """
    counted = _counted(score, admitted)
    ordered = np.sort(score[counted])
    out = np.zeros(len(score), np.int64)
    out[counted] = len(ordered) - np.searchsorted(ordered, score[counted], side="right") + 1
    return out


def tied_with(ranks: _Ints) -> _Ints:
    """(n,) how many others have the same rank; 0 for those without a rank.

    >>> tied_with(np.array([2, 1, 2, 0, 0])).tolist()
    [1, 0, 1, 0, 0]
    """
    _, inverse, counts = np.unique(ranks, return_inverse=True, return_counts=True)
    return np.where(ranks > 0, counts[inverse] - 1, 0).astype(np.int64)


def interval_ranks(low: _Floats, high: _Floats, admitted: NDArray[np.bool_] | None = None) -> tuple[_Ints, _Ints]:
    """(n,) the best and the worst rank that score intervals allow; 0 if not admitted.

    The best sets a parcel's own high score against the low scores of the others, the worst its own low score
    against their high ones.

    >>> best, worst = interval_ranks(np.array([50.0, 40.0, 10.0]), np.array([50.0, 60.0, 20.0]))
    >>> best.tolist(), worst.tolist()
    ([1, 1, 3], [2, 2, 3])
    """
    counted = _counted(low, admitted) & ~np.isnan(high)
    lows, highs = low[counted], high[counted]
    best, worst = np.zeros(len(low), np.int64), np.zeros(len(low), np.int64)
    best[counted] = len(lows) - np.searchsorted(np.sort(lows), highs, side="right") + 1
    above = len(highs) - np.searchsorted(np.sort(highs), lows, side="right")
    worst[counted] = above - (highs > lows) + 1  # its own high score is not another's
    return best, worst


def check_tiers(cuts: Mapping[str, float]) -> None:
    """Refuse cuts that are not points from 0 to 100 in falling order; "low" is the rest and has no cut."""
    before: tuple[str, float] | None = None
    for name, cut in cuts.items():
        if name == "low":
            raise StudyError("The tier 'low' is the rest below the last cut; it takes no cut of its own.")
        if not 0 <= cut <= 100:
            raise StudyError(f"The cut of the tier {name!r} is {cut:g}; cuts are points from 0 to 100.")
        if before is not None and not cut < before[1]:
            raise StudyError(
                f"The cuts of tiers must fall: {name!r} ({cut:g}) follows {before[0]!r} ({before[1]:g}). "
                "Put the highest first."
            )
        before = (name, cut)


def tiers(score: _Floats, cuts: Mapping[str, float]) -> NDArray[Any]:
    """(n,) names of tiers: the first whose cut the score reaches, "low" below all; None without a score.

    >>> tiers(np.array([70.0, 69.9, 10.0, np.nan]), {"high": 70, "medium": 50}).tolist()
    ['high', 'medium', 'low', None]
    """
    check_tiers(cuts)
    reached = np.zeros(len(score), np.int64)
    for cut in cuts.values():
        reached += score >= cut
    reached[np.isnan(score)] = -1
    return np.array(["low", *reversed(list(cuts)), None], dtype=object)[reached]


def spearman(a: _Floats, b: _Floats) -> float:
    """Spearman's rank correlation over the pairs without NaN; NaN where one side is constant or pairs are under 3.

    Pearson's correlation of average ranks (ties share the mean of their places).

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0]))
    0.5
    """
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < 3:
        return float("nan")
    return correlation(centred_ranks(a[both]), centred_ranks(b[both]))


def centred_ranks(values: _Floats) -> _Floats:
    """(n,) average ranks (ties share the mean of their places) less their mean; no value may be NaN.

    >>> centred_ranks(np.array([5.0, 7.0, 7.0])).tolist()
    [-1.0, 0.5, 0.5]
    """
    ranks = _average_ranks(values)
    return ranks - (len(values) + 1) / 2


def correlation(x: _Floats, y: _Floats) -> float:
    """Pearson's correlation of two centred columns, to 12 places; NaN where one is constant.

    >>> correlation(np.array([-1.0, 0.0, 1.0]), np.array([-1.0, 1.0, 0.0]))
    0.5
    """
    return correlation_of(float((x * x).sum()), float((y * y).sum()), float((x * y).sum()))


def correlation_of(xx: float, yy: float, xy: float) -> float:
    """The same from the sums of squares and products.

    >>> correlation_of(2.0, 2.0, 1.0)
    0.5
    """
    spread = float(np.sqrt(xx * yy))
    return round(xy / spread, 12) if spread > 0 else float("nan")


def effective_weight(weight: float, values: _Floats) -> float:
    """Weight x (p95 - p5) of the values among the admitted: how much of its weight a criterion can use here.

    0 where no value is known. Percentiles interpolate linearly.

    >>> round(effective_weight(0.2, np.linspace(0, 1, 101)), 9)
    0.18
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0
    low, high = np.percentile(known, [5, 95])
    return float(weight * (high - low))


def _counted(score: _Floats, admitted: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    known = ~np.isnan(score)
    return known if admitted is None else known & admitted


def _average_ranks(values: _Floats) -> _Floats:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], np.float64)
