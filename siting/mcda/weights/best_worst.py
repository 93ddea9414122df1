"""The best-worst method: the best against all, all against the worst, solved as one linear programme.

Rezaei 2015, Omega 53; the linear model Rezaei 2016, Omega 64: minimise xi with |w_B - a_Bj w_j| <= xi,
|w_j - a_jW w_W| <= xi, sum of w = 1, w >= 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from siting.errors import RunError, StudyError, named

__all__ = ["BestWorst", "best_worst"]


@dataclass(frozen=True, kw_only=True)
class BestWorst:
    """Weights by the best-worst method.

    weights : name -> weight; they sum to 1
    xi : how far the best compromise misses a comparison, as a share of the sum of weights; 0 is fully consistent
    consistency_ratio : max over j of |a_Bj a_jW - a_BW| / (a_BW^2 - a_BW), from the comparisons alone (Liang, Brunelli
        and Rezaei 2020, Omega 96); 0 is fully consistent
    worst : the name whose two comparisons contradict a_BW most; None where none does
    """

    weights: Mapping[str, float]
    xi: float
    consistency_ratio: float
    worst: str | None


def best_worst(best_to_others: Mapping[str, float], others_to_worst: Mapping[str, float]) -> BestWorst:
    """Weights from the comparisons of the best with all, and of all with the worst, each from 1 to 9.

    The best is the name with 1 in ``best_to_others``, the worst that with 1 in ``others_to_worst``.

    >>> found = best_worst({"cost": 1, "access": 2, "load": 8}, {"cost": 8, "access": 5, "load": 1})
    >>> {name: round(w, 4) for name, w in found.weights.items()}, round(found.xi, 4)
    ({'cost': 0.6071, 'access': 0.3214, 'load': 0.0714}, 0.0357)
    """
    names = list(best_to_others)
    _check(best_to_others, others_to_worst)
    best = _end(best_to_others, "best_to_others", max(names, key=lambda name: others_to_worst[name]))
    worst = _end(others_to_worst, "others_to_worst", max(names, key=lambda name: best_to_others[name]))
    if best == worst:
        raise StudyError(f"{best!r} cannot be both the best and the worst; compare at least two names that differ.")
    if best_to_others[worst] != others_to_worst[best]:
        raise StudyError(
            f"The best {best!r} over the worst {worst!r} is {best_to_others[worst]:g} in one list and "
            f"{others_to_worst[best]:g} in the other; they are the same comparison."
        )
    weights, xi = _solved(names, names.index(best), names.index(worst), best_to_others, others_to_worst)
    whole = best_to_others[worst]
    misses = {name: abs(best_to_others[name] * others_to_worst[name] - whole) for name in names}
    ratio = max(misses.values()) / (whole**2 - whole) if whole > 1 else 0.0
    most = max(names, key=lambda name: misses[name])
    return BestWorst(weights=weights, xi=xi, consistency_ratio=ratio, worst=most if misses[most] > 0 else None)


def _solved(
    names: list[str], best: int, worst: int, over: Mapping[str, float], under: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    n = len(names)
    rows = []
    for j, name in enumerate(names):
        for plus, times, minus in ((best, over[name], j), (j, under[name], worst)):
            if plus == minus:
                continue
            row = np.zeros(n + 1)
            row[plus] += 1.0
            row[minus] -= times
            for sign in (1.0, -1.0):
                rows.append(np.append(sign * row[:n], -1.0))
    from scipy.optimize import linprog  # takes half a second to import

    found = linprog(
        np.append(np.zeros(n), 1.0), A_ub=np.array(rows), b_ub=np.zeros(len(rows)),
        A_eq=np.append(np.ones(n), 0.0)[None, :], b_eq=[1.0], bounds=[(0, None)] * (n + 1), method="highs",
    )  # fmt: skip
    if not found.success or found.x is None:
        raise RunError(f"The linear programme of the best-worst method was not solved: {found.message}")
    weights = np.maximum(found.x[:n], 0.0)
    weights = weights / math.fsum(weights)
    return dict(zip(names, weights.tolist(), strict=True)), max(float(found.x[n]), 0.0)


def _check(over: Mapping[str, float], under: Mapping[str, float]) -> None:
    if list(over) != list(under):
        raise StudyError(f"Both lists compare the same names in the same order: {named(over)} against {named(under)}.")
    if len(over) < 2:
        raise StudyError("The best-worst method needs at least two names.")
    for group in (over, under):
        for name, value in group.items():
            if not 1 <= value <= 9:
                raise StudyError(f"The comparison of {name!r} is {value:g}; comparisons are from 1 to 9.")


def _end(given: Mapping[str, float], what: str, likely: str) -> str:
    """The name that is compared with itself: the one with 1, the likeliest if several have it."""
    equal = [name for name, value in given.items() if value == 1]
    if not equal:
        raise StudyError(f"One name in {what!r} must have 1, being compared with itself; none of {named(given)} has.")
    return likely if likely in equal else equal[0]
