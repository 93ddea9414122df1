"""How far one weight may move before a parcel loses its rank.

The share of a member of a block moves, its neighbours keep their proportions and share the rest. Where only sums lie
above the block (and for the blocks of a geometric mean, in the logarithm of the score), every score is a straight
line over the share: the moves at which rivals pass are worked out in closed form and swept in order. Elsewhere the
rank is looked up on a grid and the end of the interval is closed in on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.mcda.robustness.trees import check_tree, log_scores, scores
from siting.mcda.robustness.weighting import fixed_weights
from siting.mcda.weights import Block

__all__ = ["WeightInterval", "weight_intervals"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
#: half a step of rounded scores, as a value: closer ones are equal
_EQUAL = 5e-9
_GRID = 81
_RIVALS = 500  #: where scores are not straight lines, this many of the best are looked at


@dataclass(frozen=True, kw_only=True)
class WeightInterval:
    """Between which shares of its block a weight may lie without the parcel losing its rank.

    row : the parcel; rank : what it has with the given weights
    member : path of the criterion or block; share : given, among its neighbours
    low, high : where the rank would be worse beyond; 0 and 1 where no share costs it
    passed_low, passed_high : the row of the parcel that passes there, -1 where none does
    exact : whether the ends are in closed form; else they are closed in on from a grid of 81 shares, among the 500
        best parcels, and a loss between two neighbouring shares that is made good again may be missed
    """

    row: int
    rank: int
    member: str
    share: float
    low: float
    high: float
    passed_low: int
    passed_high: int
    exact: bool


def weight_intervals(
    root: Block, values: Mapping[str, _Floats], rows: _Ints, *, floor: float = 0.05
) -> list[WeightInterval]:
    """The intervals of every weight for some parcels.

    values : criterion -> (n,); rows : the parcels asked about
    Members without a neighbour of weight, and those of ``worst`` and ``product``, have no weight to move.
    """
    check_tree(root)
    given = {path: list(drawn[0]) for path, drawn in fixed_weights(root).shares.items()}
    out = []
    for path, place, straight in _movable(root, "", True):
        block = _at(root, path)
        share = given[path][place]
        name = f"{path}.{block.members[place].name}".lstrip(".")
        move = _Move(root, values, given, path, place, floor)
        for row in rows:
            if straight:
                ends = _swept(move.line(0.0), move.line(1.0), int(row), share)
            else:
                ends = _closed_in(move, int(row), share)
            rank, low, high, below, above = ends
            out.append(
                WeightInterval(
                    row=int(row), rank=rank, member=name, share=share, low=low, high=high, passed_low=below,
                    passed_high=above, exact=straight,
                )
            )  # fmt: skip
    return out


@dataclass(eq=False)
class _Move:
    """Scores while one share moves."""

    root: Block
    values: Mapping[str, _Floats]
    given: Mapping[str, list[float]]
    path: str
    place: int
    floor: float

    def shares(self, share: float) -> dict[str, list[float]]:
        """All shares with this one moved and its neighbours in proportion."""
        own = self.given[self.path]
        rest = 1 - own[self.place]
        moved = [share if j == self.place else old / rest * (1 - share) for j, old in enumerate(own)]
        return {**self.given, self.path: moved}

    def line(self, share: float) -> _Floats:
        """(n,) what is straight over the share: the value, or its logarithm."""
        if self.root.combine == "geometric":
            return log_scores(self.root, self.values, self.shares(share), self.floor)
        return scores(self.root, self.values, self.shares(share), self.floor, rounded=False) / 100


def _movable(block: Block, path: str, straight: bool) -> Iterator[tuple[str, int, bool]]:
    """(path of the block, place of the member, whether scores are straight lines over its share)."""
    weighs = block.combine not in ("worst", "product")
    for place, member in enumerate(block.members):
        if weighs and block.shares[place] < 1:
            yield path, place, straight
        if isinstance(member, Block):
            below = straight and block.combine in ("weighted_sum", "arithmetic")
            yield from _movable(member, f"{path}.{member.name}".lstrip("."), below)


def _at(root: Block, path: str) -> Block:
    block = root
    for name in path.split(".") if path else ():
        block = next(member for member in block.members if isinstance(member, Block) and member.name == name)
    return block


_Ends = tuple[int, float, float, int, int]


def _swept(start: _Floats, end: _Floats, row: int, share: float) -> _Ends:
    """Sweep the crossings of straight lines on both sides of the share."""
    lead = start - start[row]
    slope = (end - end[row]) - lead
    above = lead + slope * share > _EQUAL
    high, passed_high = _first_loss(lead + slope * share, slope, above, 1 - share)
    low, passed_low = _first_loss(lead + slope * share, -slope, above, share)
    return int(above.sum()) + 1, share - low, share + high, passed_low, passed_high


def _first_loss(lead: _Floats, slope: _Floats, above: NDArray[np.bool_], most: float) -> tuple[float, int]:
    """How far to go until more rivals are above than at the start, and who is the last to pass; (most, -1) if never."""
    coming, going = ~above & (slope > 0), above & (slope < 0)
    moving = np.flatnonzero(coming | going)
    at = np.maximum((_EQUAL - lead[moving]) / slope[moving], 0.0)
    inside = at < most
    moving, at = moving[inside], at[inside]
    gain = np.where(coming[moving], 1, -1)
    order = np.lexsort((moving, gain, at))  # at one place those that fall behind come first
    lost = np.flatnonzero(np.cumsum(gain[order]) > 0)
    if not len(lost):
        return most, -1
    return float(at[order[lost[0]]]), int(moving[order[lost[0]]])


def _closed_in(move: _Move, row: int, share: float) -> _Ends:
    """Look for the first loss on a grid to both sides, then halve."""
    now = scores(move.root, move.values, move.given, move.floor)
    rivals = np.unique(np.append(np.argsort(-now, kind="stable")[:_RIVALS], row))
    small = _Move(
        move.root, {k: v[rivals] for k, v in move.values.items()}, move.given, move.path, move.place, move.floor
    )
    me = int(np.searchsorted(rivals, row))

    def above(at: float) -> NDArray[np.bool_]:
        score = scores(small.root, small.values, small.shares(at), small.floor)
        return np.asarray(score > score[me])

    before = int(above(share).sum())
    ends, passed = [], []
    for edge in (0.0, 1.0):
        good, bad = share, None
        for at in np.linspace(share, edge, _GRID)[1:]:
            if above(at).sum() > before:
                bad = float(at)
                break
            good = float(at)
        if bad is None:
            ends.append(edge)
            passed.append(-1)
            continue
        for _ in range(40):
            middle = (good + bad) / 2
            good, bad = (good, middle) if above(middle).sum() > before else (middle, bad)
        fresh = np.flatnonzero(above(bad) & ~above(good))
        ends.append(good)
        passed.append(int(rivals[fresh[0]]) if len(fresh) else -1)
    rank = int((now > now[row]).sum()) + 1
    return rank, ends[0], ends[1], passed[0], passed[1]
