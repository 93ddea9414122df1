"""PROMETHEE II: net outranking flows, by sorting and prefix sums, n log n a criterion.

Brans and Vincke 1985, Management Science 31; Brans, Vincke and Mareschal 1986, EJOR 24. The net flow of a is the mean,
over all others b, of P(a - b) - P(b - a), weighted over the criteria. With d = a - b:

- usual: 1 where d > 0
- u: 1 where d > q
- v: d / p up to p, then 1
- level: 0 up to q, 1/2 up to p, then 1
- linear: 0 up to q, rising to 1 at p
- gaussian: 1 - exp(-d^2 / (2 s^2)) where d > 0; every pair has a part of its own, so refused above 20,000

Pairs decide, so every flow depends on the others, and two alternatives may change places when a third is added
(Mareschal, De Smet and Nemery 2008, IEEM).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, did_you_mean, named
from siting.mcda.aggregate.score import weighted_sum

__all__ = ["PREFERENCES", "Preference", "promethee_ii"]

_Floats: TypeAlias = NDArray[np.float64]
MOST_PAIRS = 20_000  #: alternatives above which the Gaussian is refused
_EDGE = 1e-12  #: differences that are nearer than this to a threshold are at it
_ROWS = 256

#: preference function -> the thresholds that it takes
PREFERENCES: Mapping[str, tuple[str, ...]] = {
    "usual": (),
    "u": ("q",),
    "v": ("p",),
    "level": ("q", "p"),
    "linear": ("q", "p"),
    "gaussian": ("s",),
}


@dataclass(frozen=True)
class Preference:
    """A preference function of differences.

    kind : one of ``PREFERENCES``
    q : up to which a difference is indifferent; p : from which it is strict; s : the Gaussian's turning point
    """

    kind: str = "usual"
    q: float | None = None
    p: float | None = None
    s: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in PREFERENCES:
            near = did_you_mean(self.kind, PREFERENCES)
            raise StudyError(f"There is no preference function {self.kind!r}. They are {named(PREFERENCES)}.{near}")
        for name in ("q", "p", "s"):
            given, wanted = getattr(self, name), name in PREFERENCES[self.kind]
            if (given is not None) != wanted:
                raise StudyError(f"The preference function {self.kind!r} {'needs' if wanted else 'takes no'} {name!r}.")
            if given is not None and not (given >= 0 if name == "q" else given > 0):
                raise StudyError(f"{name!r} of the preference function {self.kind!r} is {given:g}; it must be more.")
        if self.q is not None and self.p is not None and not self.q < self.p:
            raise StudyError(f"'q' ({self.q:g}) must be less than 'p' ({self.p:g}) in {self.kind!r}.")


def promethee_ii(
    matrix: NDArray[Any],
    weights: NDArray[Any],
    *,
    preferences: Preference | Sequence[Preference] | None = None,
    rising: NDArray[np.bool_] | None = None,
) -> _Floats:
    """(n,) net flows from -1 to 1, higher is better; they sum to 0.

    preferences : of each column, or one for all; "usual" by default

    >>> promethee_ii(np.array([[4.0, 3, 2], [3, 2, 4], [5, 1, 3]]), np.array([0.5, 0.3, 0.2])).round(9).tolist()
    [0.1, -0.3, 0.2]
    """
    given = np.asarray(matrix, np.float64)
    n, count = given.shape
    chosen = _each(preferences, count)
    if n < 2:
        return np.zeros(n)
    signs = np.ones(count) if rising is None else np.where(rising, 1.0, -1.0)
    flows = [_flow(sign * column, how) / (n - 1) for column, sign, how in zip(given.T, signs, chosen, strict=True)]
    return weighted_sum(flows, [float(w) for w in weights])


def _each(preferences: Preference | Sequence[Preference] | None, count: int) -> Sequence[Preference]:
    if preferences is None or isinstance(preferences, Preference):
        return [preferences or Preference()] * count
    if len(preferences) != count:
        raise StudyError(
            f"{count} columns need {count} preference functions, or one for all; found {len(preferences)}."
        )
    return preferences


def _flow(x: _Floats, how: Preference) -> _Floats:
    """(n,) sum over b of P(x - b) - P(b - x)."""
    if how.kind == "gaussian":
        return _gaussian(x, float(how.s or 0.0))
    ordered = np.sort(x)
    if how.kind in ("usual", "u"):
        return _strict(x, ordered, how.q or 0.0)
    if how.kind == "level":
        return (_strict(x, ordered, float(how.q or 0.0)) + _strict(x, ordered, float(how.p or 0.0))) / 2
    return _linear(x, ordered, how.q or 0.0, float(how.p or 0.0))


def _strict(x: _Floats, ordered: _Floats, q: float) -> _Floats:
    """How many are lower by more than q, less how many are higher by more than q."""
    edge = q + _EDGE if q > 0 else 0.0
    below = np.searchsorted(ordered, x - edge, side="left")
    above = len(ordered) - np.searchsorted(ordered, x + edge, side="right")
    return (below - above).astype(np.float64)


def _linear(x: _Floats, ordered: _Floats, q: float, p: float) -> _Floats:
    """Prefix sums give the sum of d - q over all whose difference lies between q and p."""
    middle = ordered[len(ordered) // 2]
    x, ordered = x - middle, ordered - middle
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    far, near = np.searchsorted(ordered, x - p, side="left"), np.searchsorted(ordered, x - q, side="left")
    lower = far + ((near - far) * (x - q) - (sums[near] - sums[far])) / (p - q)
    near, far = np.searchsorted(ordered, x + q, side="right"), np.searchsorted(ordered, x + p, side="right")
    higher = len(ordered) - far + ((sums[far] - sums[near]) - (far - near) * (x + q)) / (p - q)
    return np.asarray(lower - higher, np.float64)


def _gaussian(x: _Floats, s: float) -> _Floats:
    if len(x) > MOST_PAIRS:
        raise StudyError(
            f"The Gaussian preference function looks at every pair and is taken for up to {MOST_PAIRS:,} alternatives; "
            f"there are {len(x):,}. Use 'linear', which sorts instead, or score a shortlist."
        )
    out = np.empty(len(x))
    for start in range(0, len(x), _ROWS):
        difference = x[start : start + _ROWS, None] - x[None, :]
        out[start : start + _ROWS] = (np.sign(difference) * -np.expm1(-(difference**2) / (2 * s * s))).sum(axis=1)
    return out
