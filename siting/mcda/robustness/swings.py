"""One weight at a time: halved, raised by half, left out; and what each does to scores and shortlist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.mcda.aggregate import aggregate
from siting.mcda.rank import competition_ranks, spearman
from siting.mcda.weights import Block, Leaf, leaves

__all__ = ["Swing", "swings", "with_weight", "without"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Swing:
    """What one change of one weight does.

    member : path of the criterion or block; factor : its weight times this, 0 for "left out"
    score, rank : (m,) of the parcels asked about, after the change
    kept : how many of the shortlist stay on it; correlation : Spearman's, of all scores before and after
    """

    member: str
    factor: float
    score: _Floats
    rank: _Ints
    kept: int
    correlation: float


def swings(
    root: Block,
    values: Mapping[str, _Floats],
    rows: _Ints,
    *,
    k: int,
    factors: tuple[float, ...] = (0.5, 1.5),
    floor: float = 0.05,
) -> list[Swing]:
    """Every weight times every factor, one at a time, and every criterion left out once.

    values : criterion -> (n,); rows : the parcels asked about; k : length of the shortlist
    The bars of a tornado are the scores of one parcel at the two factors. In blocks combined by ``worst`` and
    ``product`` weights say nothing, so their members are only left out.
    """
    before = aggregate(root, values, floor=floor).score
    listed = competition_ranks(before) <= k

    def swing(member: str, factor: float, tree: Block) -> Swing:
        score = aggregate(tree, values, floor=floor).score
        rank = competition_ranks(score)
        return Swing(
            member=member, factor=factor, score=score[rows], rank=rank[rows], kept=int((listed & (rank <= k)).sum()),
            correlation=spearman(before, score),
        )  # fmt: skip

    out = []
    for path, weight in _weights(root, ""):
        out += [swing(path, factor, with_weight(root, path, weight * factor)) for factor in factors]
    for leaf in leaves(root):
        left = without(root, leaf.name)
        if left is not None:
            out.append(swing(_path(root, leaf.name), 0.0, left))
    return out


def with_weight(root: Block, path: str, weight: float) -> Block:
    """The tree with another relative weight of one member.

    >>> with_weight(Block("", (Leaf("a", 1), Leaf("b", 1))), "a", 3.0).shares
    (0.75, 0.25)
    """
    head, _, rest = path.partition(".")
    members = tuple(
        member
        if member.name != head
        else (
            with_weight(member, rest, weight) if rest and isinstance(member, Block) else replace(member, weight=weight)
        )
        for member in root.members
    )
    return replace(root, members=members)


def without(root: Block, name: str) -> Block | None:
    """The tree without a criterion, nor the blocks that it leaves empty or without weight; None if nothing is left.

    >>> [leaf.name for leaf in leaves(without(Block("", (Leaf("a"), Block("x", (Leaf("b"),)))), "b"))]
    ['a']
    """
    members: list[Leaf | Block] = []
    for member in root.members:
        if isinstance(member, Leaf):
            if member.name != name:
                members.append(member)
            continue
        inner = without(member, name)
        if inner is not None:
            members.append(inner)
    weighs = root.combine not in ("worst", "product")
    if not members or (weighs and sum(member.weight for member in members) == 0):
        return None
    return replace(root, members=tuple(members))


def _weights(block: Block, path: str) -> Iterator[tuple[str, float]]:
    """(path, relative weight) of all members that have a weight to move."""
    for member, share in zip(block.members, block.shares, strict=True):
        below = f"{path}.{member.name}".lstrip(".")
        if block.combine not in ("worst", "product") and 0 < share < 1:
            yield below, member.weight
        if isinstance(member, Block):
            yield from _weights(member, below)


def _path(block: Block, name: str, path: str = "") -> str:
    for member in block.members:
        below = f"{path}.{member.name}".lstrip(".")
        if isinstance(member, Block):
            found = _path(member, name, below)
            if found:
                return found
        elif member.name == name:
            return below
    return ""
