"""Live scores: the integer arithmetic with which the page scores other weights, once more in Python.

A value is a whole number of 65535ths (``siting.maps.codes``). A weighted sum adds whole weights (2^30 to the unit)
times values, exactly: 2^30 x 65535 x 2 is less than 2^47. Across blocks, a geometric mean adds whole weights (2^17)
times a table of logarithms rounded to 2^-32, exactly: 2^17 x 11.1 x 2^32 is less than 2^53; the value of a block is
rounded to 65535ths. What is not a whole number (a share, a division, the table, the exponential) uses + - x / of
doubles in a fixed order, which IEEE 754 makes the same everywhere; there is no library logarithm or power in it. Scores
are rounded to millionths of a point, as those of ``siting.mcda`` are; equal ones keep the order of the study.

Intervals: a score is the middle of the score of all low and that of all high values, as in ``siting.judgement``. A
parcel without a value in any criterion has no score. Below the root only sums are scored anew: a block that takes the
worst of its members or their product is one value, made here, and its inner weights stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.maps.codes import FULL, Codes
from siting.mcda.weights import Block, Leaf, leaves

if TYPE_CHECKING:
    from siting.maps.view import MapView

__all__ = [
    "NO_SCORE", "LiveLeaf", "LiveTree", "Planes", "exponential", "hundredths_of", "live_order", "live_scores",
    "logarithm", "logarithms", "made_of", "planes_of", "shares_of", "why_not_live",
]  # fmt: skip

NO_SCORE = -1
_SHARE, _POWER, _LOG = 2.0**30, 2.0**17, 2.0**32
_LN2 = 0.6931471805599453
_MICRO = 100_000_000  #: scores are whole numbers of 1e-6 points of 100
_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Weights = Mapping[str, float]
_Groups = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True)
class LiveLeaf:
    """What has one value and one weight: a criterion, or a block that is no weighted sum; path: from outside in."""

    path: str
    node: Leaf | Block

    @property
    def criteria(self) -> tuple[str, ...]:
        """The names of its criteria, in study order."""
        return (self.node.name,) if isinstance(self.node, Leaf) else tuple(leaf.name for leaf in leaves(self.node))


@dataclass(frozen=True)
class LiveTree:
    """A tree as the page scores it.

    groups : path of each weighted block, the root ("") first, and the paths of its members
    blocks : path of each member of the root, and the leaves in it
    """

    geometric: bool
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    blocks: tuple[tuple[str, tuple[LiveLeaf, ...]], ...]

    @classmethod
    def of(cls, root: Block) -> LiveTree:
        """The tree of a study.

        >>> ground = Block("ground", (Leaf("flood"), Leaf("slope")), combine="worst")
        >>> tree = LiveTree.of(Block("", (Block("land", (Leaf("size"), ground)), Leaf("water"))))
        >>> tree.groups
        (('', ('land', 'water')), ('land', ('land.size', 'land.ground')))
        >>> [leaf.criteria for leaf in tree.leaves]
        [('size',), ('flood', 'slope'), ('water',)]
        """
        groups = [("", tuple(member.name for member in root.members))]

        def walk(node: Leaf | Block, path: str) -> tuple[LiveLeaf, ...]:
            if isinstance(node, Leaf) or node.combine != "weighted_sum":
                return (LiveLeaf(path, node),)
            groups.append((path, tuple(f"{path}.{member.name}" for member in node.members)))
            return tuple(leaf for member in node.members for leaf in walk(member, f"{path}.{member.name}"))

        blocks = tuple((member.name, walk(member, member.name)) for member in root.members)
        return cls(root.combine == "geometric", tuple(groups), blocks)

    @property
    def leaves(self) -> tuple[LiveLeaf, ...]:
        """All leaves, in study order."""
        return tuple(leaf for _, inside in self.blocks for leaf in inside)


@dataclass(frozen=True, eq=False)
class Planes:
    """(n,) low and high values of each leaf in 65535ths by its path; known: whether no criterion lacks a value."""

    ends: Mapping[str, tuple[_Ints, _Ints]]
    known: NDArray[np.bool_]


def why_not_live(view: MapView) -> str:
    """Why the page cannot score other weights; "" where it can."""
    if view.why_not_live or view.tree is None:
        return view.why_not_live or "The map was made without the study's weights."
    names = {criterion.name for criterion in view.criteria}
    if any(leaf.name not in names for leaf in leaves(view.tree)):
        return "The map does not carry every criterion of the study."
    return ""


def planes_of(tree: LiveTree, names: Sequence[str], codes: Sequence[Codes]) -> Planes:
    """The values of each leaf, from the codes of the criteria."""
    low, high = (
        {name: one.values(side).astype(np.float64) for name, one in zip(names, codes, strict=True)}
        for side in ("low", "high")
    )
    known = np.logical_and.reduce([values >= 0 for values in low.values()])
    ends = {leaf.path: (_whole(leaf.node, low), _whole(leaf.node, high)) for leaf in tree.leaves}
    return Planes(ends, known)


def made_of(node: Leaf | Block, values: Mapping[str, _Floats]) -> _Floats:
    """The values of a node in 65535ths from those of its criteria, by the weights of the study; unknown ones are 0."""
    if isinstance(node, Leaf):
        return np.maximum(values[node.name], 0.0)
    inside = np.stack([made_of(member, values) for member in node.members])
    if node.combine == "worst":
        return np.asarray(inside.min(axis=0), np.float64)
    together = (inside / FULL).prod(axis=0) * FULL if node.combine == "product" else np.array(node.shares) @ inside
    return np.floor(np.asarray(together, np.float64) + 0.5)


def shares_of(groups: _Groups, weights: _Weights) -> dict[str, float]:
    """Path -> its share of the whole, or of a block whose own group is left out; weights added up in study order.

    The members of a group in which none weighs anything share alike.
    """
    out: dict[str, float] = {}
    for path, members in groups:
        total = 0.0
        for member in members:
            total = total + weights[member]
        shares = {member: weights[member] / total if total else 1 / len(members) for member in members}
        out |= {member: out.get(path, 1.0) * share for member, share in shares.items()}
    return out


def hundredths_of(tree: LiveTree, weights: _Weights) -> dict[str, float]:
    """Path of each member of a group -> its weight in hundredths of those of the group, as a slider has it.

    >>> hundredths_of(LiveTree.of(Block("", (Leaf("water", 3), Leaf("land", 1)))), {"water": 3, "land": 1})
    {'water': 75.0, 'land': 25.0}
    """
    out: dict[str, float] = {}
    for _, members in tree.groups:
        total = sum(weights[member] for member in members)
        out |= {member: 100 * weights[member] / total for member in members}
    return out


def live_scores(tree: LiveTree, planes: Planes, weights: _Weights, floor: float = 0.05) -> _Ints:
    """(n,) scores in millionths of a point, -1 where a value is unknown.

    weights : path of a block or criterion -> weight relative to its neighbours; all of ``tree.groups``
    """
    shares = shares_of(tree.groups, weights)
    if tree.geometric:
        low, high = (_geometric(tree, planes, shares, weights, floor, side) for side in (0, 1))
        middle = (low + high) / 2
    else:
        middle = _mean(tree.leaves, shares, planes, (0, 1))
    return np.where(planes.known, np.floor(middle * _MICRO + 0.5).astype(np.int64), NO_SCORE)


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
    """e^x for -12 < x < 12, to about 1e-12."""
    y = np.asarray(x, np.float64) / 64
    total = np.ones(y.shape)
    for k in range(9, 0, -1):
        total = 1 + (total * y) / k
    for _ in range(6):
        total = total * total
    return total


def _whole(node: Leaf | Block, values: Mapping[str, _Floats]) -> _Ints:
    return made_of(node, values).astype(np.int64)


def _geometric(tree: LiveTree, planes: Planes, shares: _Weights, weights: _Weights, floor: float, side: int) -> _Floats:
    """(n,) 0 to 1: the geometric mean of blocks with all values low (0), or all high (1)."""
    logs, total, whole = logarithms(floor), np.zeros(len(planes.known)), 0.0
    inside = shares_of(tree.groups[1:], weights)
    for path, some in tree.blocks:
        weight = np.floor(shares[path] * _POWER + 0.5)
        whole += weight
        values = np.floor(_mean(some, inside, planes, (side, side)) * FULL + 0.5).astype(np.int64)
        total = total + weight * logs[values]
    return exponential(total / (whole * _LOG))


def _mean(some: Sequence[LiveLeaf], shares: _Weights, planes: Planes, sides: tuple[int, int]) -> _Floats:
    """(n,) 0 to 1: the weighted mean of two ends by exact sums of whole weights x values."""
    total, whole = np.zeros(len(planes.known)), 0.0
    for leaf in some:
        weight = np.floor(shares.get(leaf.path, 1.0) * _SHARE + 0.5)
        whole += 2 * FULL * weight
        low, high = (planes.ends[leaf.path][side] for side in sides)
        total = total + weight * (low + high)
    return total / whole
