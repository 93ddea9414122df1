"""What each criterion does to a live score: the arithmetic of the page's card, once more in Python.

As ``siting.mcda.aggregate.contributions`` says, against a parcel of the study's medians; with + - x / of doubles alone,
in a fixed order, so that the page has the same numbers to the last bit. Values are the 65535ths of
``siting.maps.codes``: the middle of low and high.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from siting.maps.codes import FULL
from siting.maps.live import exponential, logarithm, shares_of
from siting.mcda.weights import Block, Leaf

__all__ = ["live_contributions"]

_Weights = Mapping[str, float]
_Both = Mapping[str, tuple[float, float]]


def live_contributions(root: Block, both: _Both, weights: _Weights, floor: float = 0.05) -> dict[str, float]:
    """Criterion -> points for sums, a change in % for a geometric mean, of one parcel.

    both : criterion -> the sum of the parcel's low and high value in 65535ths, and the median of those sums
    weights : path of a block or criterion -> weight relative to its neighbours; all of them

    >>> root = Block("", (Leaf("a", 1.0), Leaf("b", 3.0)))
    >>> live_contributions(root, {"a": (131070, 0), "b": (0, 65535)}, {"a": 1.0, "b": 3.0})
    {'a': 25.0, 'b': -37.5}
    """
    if root.combine != "geometric":
        return {name: 100 * part for name, part in _parted(root, "", both, weights)[2].items()}
    out: dict[str, float] = {}
    for member, share in zip(root.members, shares_of(root, "", weights), strict=True):
        value, median, by = _parted(member, member.name, both, weights)
        own, middle = max(value, floor), max(median, floor)
        if abs(value - median) < 1e-12:
            factor = share / middle if median >= floor else 0.0
        else:
            factor = (share * float(logarithm(own / middle))) / (value - median)
        out |= {name: 100 * (_power(factor * part) - 1) for name, part in by.items()}
    return out


def _parted(node: Leaf | Block, path: str, both: _Both, weights: _Weights) -> tuple[float, float, dict[str, float]]:
    """(value, value of the medians, criterion -> part) of a node; the parts add up to value - median."""
    if isinstance(node, Leaf):
        value, median = (number / (2 * FULL) for number in both[node.name])
        return value, median, {node.name: value - median}
    shares = shares_of(node, path, weights)
    inside = [_parted(member, f"{path}.{member.name}".lstrip("."), both, weights) for member in node.members]
    values, medians = [item[0] for item in inside], [item[1] for item in inside]
    value, median = (_combined(node.combine, all_, shares) for all_ in (values, medians))
    out: dict[str, float] = {}
    for k, (member, (own, middle, by)) in enumerate(zip(node.members, inside, strict=True)):
        if node.combine == "worst":
            whole = _leaves(member, f"{path}.{member.name}".lstrip("."), weights)
            rest = value - median - (own - middle)
            bound = k == values.index(value)
            out |= {name: part + whole[name] * rest if bound else 0.0 for name, part in by.items()}
        else:
            factor = _telescoped(values, medians, k) if node.combine == "product" else shares[k]
            out |= {name: factor * part for name, part in by.items()}
    return value, median, out


def _combined(combine: str, values: Sequence[float], shares: Sequence[float]) -> float:
    if combine == "worst":
        return min(values)
    out = 1.0 if combine == "product" else 0.0
    for value, share in zip(values, shares, strict=True):
        out = out * value if combine == "product" else out + share * value
    return out


def _telescoped(values: Sequence[float], medians: Sequence[float], k: int) -> float:
    """The mean of the two factors by which member k makes a product of medians, one by one, that of the values."""
    forwards = backwards = 1.0
    for m, (value, median) in enumerate(zip(values, medians, strict=True)):
        if m != k:
            forwards, backwards = forwards * (median if m < k else value), backwards * (value if m < k else median)
    return (forwards + backwards) / 2


def _leaves(node: Leaf | Block, path: str, weights: _Weights, whole: float = 1.0) -> dict[str, float]:
    """Criterion -> its share of a node."""
    if isinstance(node, Leaf):
        return {node.name: whole}
    out: dict[str, float] = {}
    for member, share in zip(node.members, shares_of(node, path, weights), strict=True):
        out |= _leaves(member, f"{path}.{member.name}".lstrip("."), weights, whole * share)
    return out


def _power(x: float) -> float:
    """e^x for -12 < x < 12."""
    return 1 / float(exponential(-x)) if x > 0 else float(exponential(x))
