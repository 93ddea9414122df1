"""What it takes to reach a score: for one criterion, and for two together.

All ways of combining rise with every value, so the least value that reaches a score is closed in on by halving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from siting.mcda.aggregate import aggregate
from siting.mcda.weights import Block

__all__ = ["Change", "Gap", "changes", "gaps"]

_Floats = NDArray[np.float64]
_HALVINGS = 45
_STEPS = 33


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One criterion of a parcel that is to reach a score.

    value : what it has; best : the highest that its value function gives
    gain : points that the parcel would gain with the best value
    needed : least value that alone reaches the score, NaN where even the best does not
    """

    criterion: str
    value: float
    best: float
    gain: float
    needed: float


@dataclass(frozen=True, kw_only=True)
class Change:
    """Values that together reach the score.

    effort : sum of the rises of the values; a rise of 1 goes through the whole range of anchors
    """

    criteria: tuple[str, ...]
    values: tuple[float, ...]
    effort: float


def gaps(
    root: Block, values: Mapping[str, float], best: Mapping[str, float], target: float, *, floor: float = 0.05
) -> list[Gap]:
    """What each criterion alone could do, in study order.

    values, best : criterion -> its value and its highest value; target : the score to reach, in points
    """
    names = list(values)
    now = _score(root, _table(values, 1), floor)[0]
    top = _table(values, len(names))
    for row, name in enumerate(names):
        top[name][row] = max(best[name], values[name])
    full = _score(root, top, floor)
    least = _least(
        root, _table(values, len(names)), names, np.array([top[n][i] for i, n in enumerate(names)]), target, floor
    )
    return [
        Gap(criterion=n, value=values[n], best=float(top[n][i]), gain=float(full[i] - now), needed=float(least[i]))
        for i, n in enumerate(names)
    ]


def changes(
    root: Block,
    values: Mapping[str, float],
    best: Mapping[str, float],
    target: float,
    names: Sequence[str],
    *,
    floor: float = 0.05,
) -> list[Change]:
    """The single and paired changes of these criteria that reach the target, the least effort first.

    Of a pair, the first value goes in 32 steps up to its best, and the second is closed in on; pairs that save less
    than a tenth of the effort of one of them alone are left out.
    """
    found = [
        Change(criteria=(gap.criterion,), values=(gap.needed,), effort=gap.needed - gap.value)
        for gap in gaps(root, values, best, target, floor=floor)
        if gap.criterion in names and not np.isnan(gap.needed)
    ]
    ways = [
        pair for pair in permutations(names, 2) if best[pair[0]] > values[pair[0]] and best[pair[1]] > values[pair[1]]
    ]
    if not ways:
        return _by_effort(found)
    table = _table(values, len(ways) * _STEPS)
    seconds, tops = [], []
    for number, (first, second) in enumerate(ways):
        rows = slice(number * _STEPS, (number + 1) * _STEPS)
        table[first][rows] = np.linspace(values[first], best[first], _STEPS)
        seconds += [second] * _STEPS
        tops += [best[second]] * _STEPS
    needed = _least(root, {k: v.copy() for k, v in table.items()}, seconds, np.array(tops), target, floor)
    cheapest: dict[frozenset[str], Change] = {}
    for number, (first, second) in enumerate(ways):
        rows = slice(number * _STEPS, (number + 1) * _STEPS)
        rise, other = table[first][rows] - values[first], needed[rows] - values[second]
        effort = np.where((rise > 1e-9) & (other > 1e-9), rise + other, np.inf)
        effort[np.isnan(effort)] = np.inf
        at = int(np.argmin(effort))
        key = frozenset((first, second))
        if effort[at] < (cheapest[key].effort if key in cheapest else np.inf):
            pair = sorted(
                ((first, float(table[first][rows][at])), (second, float(needed[rows][at]))),
                key=lambda p: names.index(p[0]),
            )
            cheapest[key] = Change(
                criteria=tuple(p[0] for p in pair), values=tuple(p[1] for p in pair), effort=float(effort[at])
            )
    single = {change.criteria[0]: change.effort for change in found}
    found += [c for c in cheapest.values() if c.effort < 0.9 * min(single.get(name, np.inf) for name in c.criteria)]
    return _by_effort(found)


def _by_effort(found: list[Change]) -> list[Change]:
    return sorted(found, key=lambda change: (round(change.effort, 9), len(change.criteria), change.criteria))


def _table(values: Mapping[str, float], rows: int) -> dict[str, _Floats]:
    return {name: np.full(rows, value, np.float64) for name, value in values.items()}


def _score(root: Block, table: Mapping[str, _Floats], floor: float) -> _Floats:
    return aggregate(root, table, floor=floor).score


def _least(
    root: Block, table: dict[str, _Floats], moving: Sequence[str], top: _Floats, target: float, floor: float
) -> _Floats:
    """(rows,) the least value of the moving criterion of each row that reaches the target; NaN where none does."""
    at = {name: np.flatnonzero(np.array([own == name for own in moving])) for name in set(moving)}

    def reached(guess: _Floats) -> NDArray[np.bool_]:
        for name, rows in at.items():
            table[name][rows] = guess[rows]
        return np.asarray(_score(root, table, floor) >= target)

    low = np.empty(len(top))
    for name, rows in at.items():
        low[rows] = table[name][rows]
    start, high = low.copy(), np.maximum(top, low)
    possible, already = reached(high), reached(start)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        enough = reached(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(possible, np.where(already, start, high), np.nan)
