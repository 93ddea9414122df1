"""How the measured quantities of the parcels are spread: counts in bins, and what lies beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "Counts", "Histogram", "histogram", "span_of"]

BINS = 30
_NEAR_ZERO = 0.15  #: an axis that would begin at so small a share of its end begins at 0
_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Counts:
    """The parcels of one group: counts by bin, below the first, above the last, infinite, without a quantity."""

    inside: NDArray[np.int64]
    below: int
    above: int
    beyond: int
    missing: int

    @property
    def total(self) -> int:
        """All parcels of the group."""
        return int(self.inside.sum()) + self.below + self.above + self.beyond + self.missing

    @property
    def shares(self) -> _Floats:
        """The share of the group in each bin."""
        return self.inside / max(self.total, 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Histogram:
    """The quantities of the admitted and of all parcels in the same bins; edges has one more than the bins."""

    edges: _Floats
    admitted: Counts
    everyone: Counts


def histogram(quantity: _Floats, admitted: NDArray[np.bool_], low: float, high: float, bins: int = BINS) -> Histogram:
    """Counts of (n,) quantities in equal bins between low and high; NaN is missing, infinite is beyond.

    A bin holds its lower edge and not its upper one, the last bin both.

    >>> h = histogram(np.array([0, 1, 4, 9, np.inf, np.nan]), np.ones(6, bool), 0, 4, 2)
    >>> h.everyone.inside.tolist(), h.everyone.above, h.everyone.beyond, h.everyone.missing
    ([2, 1], 1, 1, 1)
    """
    edges = np.linspace(low, high, bins + 1)
    return Histogram(edges=edges, admitted=_counts(quantity[admitted], edges), everyone=_counts(quantity, edges))


def _counts(quantity: _Floats, edges: _Floats) -> Counts:
    finite = quantity[np.isfinite(quantity)]
    return Counts(
        inside=np.histogram(finite, edges)[0].astype(np.int64),
        below=int((finite < edges[0]).sum()),
        above=int((finite > edges[-1]).sum()),
        beyond=int(np.isinf(quantity).sum()),
        missing=int(np.isnan(quantity).sum()),
    )


def span_of(anchors: Sequence[float], quantity: _Floats) -> tuple[float, float]:
    """The stretch of the axis: all anchors, and the middle 98 % of the data, but at most one stretch of anchors beyond.

    anchors, quantity : in the same unit; infinite ones and NaN do not count. Never empty; below 0 only where any is.

    >>> [round(end, 3) for end in span_of([0, 10], np.array([2.0, 12.0]))]
    [0.0, 12.376]
    """
    known = [float(at) for at in anchors if np.isfinite(at)]
    finite = quantity[np.isfinite(quantity)]
    if not known:
        known = [float(finite.min()), float(finite.max())] if len(finite) else [0.0, 1.0]
    low, high = min(known), max(known)
    stretch = (high - low) or abs(high) or 1.0
    if len(finite):
        first, last = np.percentile(finite, [1, 99])
        low, high = min(low, max(float(first), low - stretch)), max(high, min(float(last), high + stretch))
    if not high > low:
        low, high = low - stretch / 2, high + stretch / 2
    if 0 < low < _NEAR_ZERO * high:
        low = 0.0
    pad = 0.04 * (high - low)
    below_zero = min(known) < 0 or (len(finite) > 0 and float(finite.min()) < 0)
    return (low - pad if below_zero else max(low - pad, 0.0)), high + pad
