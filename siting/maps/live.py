"""Live scores: the integer arithmetic with which the page scores other weights, once more in Python.

A value is a whole number of 65535ths (``siting.maps.codes``). A weighted sum adds whole weights (2^30 to the unit)
times values, exactly: 2^30 x 65535 x 2 is less than 2^47. Across blocks, a geometric mean adds whole weights (2^17)
times a table of logarithms rounded to 2^-32, exactly: 2^17 x 11.1 x 2^32 is less than 2^53. What is not a whole number
(a share, one division, the table, the exponential) uses + - x / of doubles in a fixed order, which IEEE 754 makes the
same everywhere; there is no library logarithm or power in it. Scores are rounded to millionths of a point, as those of
``siting.mcda`` are; equal ones keep the order of the study.

Intervals: a score is the middle of the score of all low and that of all high values, as in ``siting.judgement``. A
parcel without a value in any criterion has no score. A block inside the tree has its value rounded to 65535ths where
its parent is not a sum; ``worst`` and ``product`` work on those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from siting.maps.codes import FULL, Codes
from siting.mcda.weights import Block, Leaf, leaves

if TYPE_CHECKING:
    from siting.maps.view import MapView

__all__ = [
    "NO_SCORE", "Planes", "exponential", "live_order", "live_scores", "logarithm", "logarithms", "planes_of",
    "shares_of", "why_not_live",
]  # fmt: skip

NO_SCORE = -1
_SHARE, _POWER, _LOG = 2.0**30, 2.0**17, 2.0**32
_LN2 = 0.6931471805599453
_MICRO = 100_000_000  #: scores are whole numbers of 1e-6 points of 100
_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
Side = Literal["low", "high"]
_SIDES: tuple[Side, Side] = ("low", "high")
Planes = Mapping[str, Mapping[Side, _Ints]]  #: criterion -> its lowest and highest values in 65535ths, -1 unknown


def why_not_live(view: MapView) -> str:
    """Why the page cannot score other weights; "" where it can."""
    if view.why_not_live or view.tree is None:
        return view.why_not_live or "The map was made without the study's weights."
    names = {criterion.name for criterion in view.criteria}
    if any(leaf.name not in names for leaf in leaves(view.tree)):
        return "The map does not carry every criterion of the study."
    return ""


def planes_of(names: Sequence[str], codes: Sequence[Codes]) -> Planes:
    """The values of each criterion as the page decodes them."""
    return {name: {side: one.values(side) for side in _SIDES} for name, one in zip(names, codes, strict=True)}


def live_scores(
    root: Block, planes: Planes, weights: Mapping[str, float], floor: float = 0.05, sides: Sequence[Side] = _SIDES
) -> _Ints:
    """(n,) scores in millionths of a point, -1 where a value is unknown.

    weights : path of a block or criterion -> weight relative to its neighbours; all of them
    sides : ``("low",)`` or ``("high",)`` for the end of the interval
    """
    known = np.logical_and.reduce([plane["low"] >= 0 for plane in planes.values()])
    if root.combine == "geometric":
        ends = [_geometric(root, planes, weights, floor, side) for side in sides]
        middle = ends[0] if len(ends) == 1 else (ends[0] + ends[1]) / 2
    else:
        sums = [_summed(root, "", planes, weights, side) for side in sides]
        middle = np.add.reduce([total for total, _ in sums]) / (len(sums) * FULL * sums[0][1])
    return np.where(known, np.floor(middle * _MICRO + 0.5).astype(np.int64), NO_SCORE)


def live_order(score: _Ints, admitted: NDArray[np.bool_], study_order: _Ints) -> _Ints:
    """The admitted rows, best first; equal scores in the order of the study."""
    rows = study_order[admitted[study_order]]
    return np.asarray(rows[np.argsort(-score[rows], kind="stable")], np.int64)


def logarithm(x: _Floats | float) -> _Floats:
    """The natural logarithm of numbers above 0, to about 1e-12."""
    x = np.asarray(x, np.float64)
    halvings = np.zeros(x.shape)
    while (small := x < 2 / 3).any():
        x = np.where(small, x * 2, x)
        halvings = halvings + small
    while (large := x > 4 / 3).any():
        x = np.where(large, x / 2, x)
        halvings = halvings - large
    t = (x - 1) / (x + 1)
    total = np.zeros(x.shape)
    for odd in range(23, 0, -2):
        total = total * (t * t) + 1 / odd
    return 2 * t * total - halvings * _LN2


def logarithms(floor: float) -> _Floats:
    """(65536,) log(max(k / 65535, floor)) in 2^-32, whole numbers."""
    return np.asarray(np.floor(logarithm(np.maximum(np.arange(FULL + 1) / FULL, floor)) * _LOG + 0.5), np.float64)


def exponential(x: _Floats | float) -> _Floats:
    """e^x for -12 < x <= 0, to about 1e-12."""
    y = np.asarray(x, np.float64) / 64
    total = np.ones(y.shape)
    for k in range(9, 0, -1):
        total = 1 + (total * y) / k
    for _ in range(6):
        total = total * total
    return total


def _geometric(root: Block, planes: Planes, weights: Mapping[str, float], floor: float, side: Side) -> _Floats:
    """(n,) 0 to 1: the geometric mean with all values low, or all high."""
    logs, out, power = logarithms(floor), np.zeros(_length(planes)), 0.0
    for member, share in zip(root.members, shares_of(root, "", weights), strict=True):
        own = np.floor(share * _POWER + 0.5)
        power += own
        out = out + own * logs[_values16(member, member.name, planes, weights, side)]
    return exponential(out / (power * _LOG))


def _summed(block: Block, path: str, planes: Planes, weights: Mapping[str, float], side: Side) -> tuple[_Floats, float]:
    """The exact sum of whole weights x values of a block, sums inside it unfolded; and the sum of its weights."""
    total, whole = np.zeros(_length(planes)), 0.0

    def add(node: Block, at: str, part: float) -> None:
        nonlocal total, whole
        for member, share in zip(node.members, shares_of(node, at, weights), strict=True):
            own = _path(at, member)
            if isinstance(member, Block) and member.combine == "weighted_sum":
                add(member, own, part * share)
                continue
            weight = np.floor(part * share * _SHARE + 0.5)
            whole += weight
            total = total + weight * _values16(member, own, planes, weights, side)

    add(block, path, 1.0)
    return total, whole


def _values16(node: Leaf | Block, path: str, planes: Planes, weights: Mapping[str, float], side: Side) -> _Ints:
    """The values of a node in 65535ths."""
    if isinstance(node, Leaf):
        return np.maximum(planes[node.name][side], 0)
    if node.combine in ("worst", "product"):
        inside = [_values16(member, _path(path, member), planes, weights, side) for member in node.members]
        out = inside[0]
        for values in inside[1:]:
            together = np.floor(out * values / FULL + 0.5).astype(np.int64)
            out = np.minimum(out, values) if node.combine == "worst" else together
        return out
    total, whole = _summed(node, path, planes, weights, side)
    return np.floor(total / whole + 0.5).astype(np.int64)


def shares_of(block: Block, path: str, weights: Mapping[str, float]) -> list[float]:
    """The normalised weights of a block's members, added up in study order; equal where all are 0."""
    own = [weights[_path(path, member)] for member in block.members]
    total = 0.0
    for weight in own:
        total = total + weight
    return [weight / total if total > 0 else 1 / len(own) for weight in own]


def _path(path: str, member: Leaf | Block) -> str:
    return f"{path}.{member.name}".lstrip(".")


def _length(planes: Planes) -> int:
    return len(next(iter(planes.values()))["low"])
