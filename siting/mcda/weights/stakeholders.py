"""Named weight sets - board, utility, community - and the shortlist that survives all of them.

A set names members of blocks by path ("power", "power.lines.circuits") and gives their weights relative to their
neighbours. It weighs a whole group of neighbours or leaves it alone: half a group would mix two scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, did_you_mean, named
from siting.mcda.rank import competition_ranks
from siting.mcda.weights.tree import Block, Leaf

__all__ = ["Survivors", "paths", "reweighted", "survivors"]

_Floats: TypeAlias = NDArray[np.float64]


def reweighted(root: Block, weights: Mapping[str, float], name: str = "weights") -> Block:
    """The tree with the weights of one set; what it does not name keeps its own.

    name : what to call the set in refusals

    >>> tree = Block("", (Block("power", (Leaf("station"), Leaf("lines"))), Leaf("land")))
    >>> new = reweighted(tree, {"power": 3, "land": 1})
    >>> new.shares, new.members[0].shares
    ((0.75, 0.25), (0.5, 0.5))
    """
    known = paths(root)
    for path, weight in weights.items():
        if path not in known:
            near = did_you_mean(path, known)
            raise StudyError(f"The weight set {name!r} names {path!r}. The study has {named(known)}.{near}")
        if not (np.isfinite(weight) and weight >= 0):
            raise StudyError(f"The weight set {name!r} gives {path!r} {weight:g}; a weight is a number of 0 or more.")
    out = _reweighted(root, weights, name, "")
    for block in _blocks(out):
        if block.combine not in ("worst", "product") and not any(member.weight > 0 for member in block.members):
            inside = named(member.name for member in block.members)
            raise StudyError(f"The weight set {name!r} gives all of {inside} 0; at least one must be more.")
    return out


def paths(root: Block) -> tuple[str, ...]:
    """The paths of all members of a tree, in study order.

    >>> paths(Block("", (Block("power", (Leaf("station"), Leaf("lines"))), Leaf("land"))))
    ('power', 'power.station', 'power.lines', 'land')
    """
    out: list[str] = []
    for member in root.members:
        out.append(member.name)
        if isinstance(member, Block):
            out += [f"{member.name}.{path}" for path in paths(member)]
    return tuple(out)


@dataclass(frozen=True, eq=False, kw_only=True)
class Survivors:
    """What several weight sets say of n parcels.

    ranks : set -> (n,) ranks, 0 where not admitted
    shortlist : (n,) whether a parcel is among the best k under every set
    sets_in : (n,) under how many sets it is
    worst_rank : (n,) its worst rank under any set, 0 where not admitted
    """

    ranks: Mapping[str, NDArray[np.int64]]
    shortlist: NDArray[np.bool_]
    sets_in: NDArray[np.int64]
    worst_rank: NDArray[np.int64]


def survivors(scores: Mapping[str, _Floats], k: int, admitted: NDArray[np.bool_] | None = None) -> Survivors:
    """The parcels that are among the best k whoever weighs (ties at the k-th place included).

    scores : weight set -> (n,) scores, higher is better; NaN has no rank

    >>> found = survivors({"board": np.array([9.0, 8.0, 1.0]), "town": np.array([3.0, 8.0, 9.0])}, 2)
    >>> found.shortlist.tolist(), found.worst_rank.tolist()
    ([False, True, False], [3, 2, 3])
    """
    if not scores:
        raise StudyError("There is no weight set to compare; give at least one.")
    if k < 1:
        raise StudyError(f"A shortlist has at least 1 place, not {k}.")
    ranks = {name: competition_ranks(score, admitted) for name, score in scores.items()}
    stacked = np.stack(list(ranks.values()))
    inside = (stacked > 0) & (stacked <= k)
    ranked = (stacked > 0).all(axis=0)
    return Survivors(
        ranks=ranks,
        shortlist=np.asarray(inside.all(axis=0)),
        sets_in=inside.sum(axis=0).astype(np.int64),
        worst_rank=np.where(ranked, stacked.max(axis=0), 0).astype(np.int64),
    )


def _reweighted(block: Block, weights: Mapping[str, float], name: str, path: str) -> Block:
    at = [f"{path}{member.name}" for member in block.members]
    given = [one in weights for one in at]
    if any(given) and not all(given):
        said, left = at[given.index(True)], at[given.index(False)]
        raise StudyError(
            f"The weight set {name!r} weighs {said!r} but not its neighbour {left!r}; weigh the whole group, "
            f"{named(at)}, or none of it."
        )
    members: list[Leaf | Block] = []
    for member, one in zip(block.members, at, strict=True):
        new: Leaf | Block = _reweighted(member, weights, name, f"{one}.") if isinstance(member, Block) else member
        members.append(replace(new, weight=float(weights[one])) if one in weights else new)
    return replace(block, members=tuple(members))


def _blocks(block: Block) -> list[Block]:
    return [block, *(below for member in block.members if isinstance(member, Block) for below in _blocks(member))]
