"""The Shapley split of a difference among the changes that made it (Shapley 1953), adding up exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

__all__ = ["shapley_split"]

_STEP = 2.0**-20


def shapley_split(
    players: Sequence[str], worth: Callable[[frozenset[str]], NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Player -> (n,) its share of worth(all) - worth(none).

    The mean over all orders of what a player adds to those before it. Shares are rounded to 2^-20 and the largest
    takes the remainder, so that for whole worths (ranks) they add up to the difference to the last bit.

    >>> split = shapley_split(["a", "b"], lambda s: np.array([6.0 * len(s) ** 2]))
    >>> [float(split[name][0]) for name in ("a", "b")]
    [12.0, 12.0]
    """
    known = {
        frozenset(group): np.asarray(worth(frozenset(group)), np.float64)
        for size in range(len(players) + 1)
        for group in combinations(players, size)
    }
    whole = known[frozenset(players)] - known[frozenset()]
    if not players:
        return {}
    orders = factorial(len(players))
    shares = []
    for player in players:
        total = np.zeros_like(whole)
        for group, before in known.items():
            if player not in group:
                times = factorial(len(group)) * factorial(len(players) - len(group) - 1)
                total = total + times * (known[group | {player}] - before)
        shares.append(np.round(total / orders / _STEP) * _STEP)
    table = np.stack(shares)
    largest = np.argmax(np.abs(table), axis=0)
    table[largest, np.arange(table.shape[1])] += whole - table.sum(axis=0)
    return dict(zip(players, table, strict=True))
