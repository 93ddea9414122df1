"""What each criterion does to a live score: the arithmetic of the page's card, once more in Python.

As ``siting.mcda.aggregate.contributions`` says, against a parcel of the study's medians; with + - x / of doubles alone,
in a fixed order, so that the page has the same numbers to the last bit. What a block does that takes the worst of its
members, or their product, is told of the weakest of its criteria.
"""

from __future__ import annotations

from collections.abc import Mapping

from siting.maps.live import LiveTree, exponential, logarithm, shares_of

__all__ = ["live_contributions"]

_Weights = Mapping[str, float]
_Both = Mapping[str, tuple[float, float]]


def live_contributions(tree: LiveTree, both: _Both, weights: _Weights, floor: float = 0.05) -> dict[str, float]:
    """Path of each leaf -> points for sums, a change in % for a geometric mean, of one parcel.

    both : path of each leaf -> its value, the middle of low and high from 0 to 1, and that of the medians
    weights : path of a block or criterion -> weight relative to its neighbours; all of ``tree.groups``

    >>> from siting.mcda.weights import Block, Leaf
    >>> tree = LiveTree.of(Block("", (Leaf("a", 1.0), Leaf("b", 3.0))))
    >>> live_contributions(tree, {"a": (1, 0), "b": (0, 0.5)}, {"a": 1.0, "b": 3.0})
    {'a': 25.0, 'b': -37.5}
    """
    whole, inside = shares_of(tree.groups, weights), shares_of(tree.groups[1:], weights)
    out: dict[str, float] = {}
    for path, leaves in tree.blocks:
        shares = {leaf.path: inside.get(leaf.path, 1.0) for leaf in leaves}
        value = median = 0.0
        for name, share in shares.items():
            value, median = value + share * both[name][0], median + share * both[name][1]
        factor = whole[path] * (_slope(value, median, floor) if tree.geometric else 1.0)
        for name, share in shares.items():
            part = factor * (share * (both[name][0] - both[name][1]))
            out[name] = 100 * (float(exponential(part)) - 1 if tree.geometric else part)
    return out


def _slope(value: float, median: float, floor: float) -> float:
    """The logarithm a unit of difference, both raised to the floor; its limit where there is none."""
    if abs(value - median) < 1e-12:
        return 1 / median if median >= floor else 0.0
    return float(logarithm(max(value, floor) / max(median, floor))) / (value - median)
