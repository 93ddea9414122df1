"""SMAA-2: how often a parcel takes which rank under all plausible weightings and data.

Lahdelma and Salminen (2001), "SMAA-2: Stochastic Multicriteria Acceptability Analysis for Group Decision Making".
The rank acceptability b_i^r is the share of draws in which parcel i has rank r, the central weights are the mean
weights of the draws in which it is first, the confidence factor is the share of data draws in which its own central
weights make it first. A share of draws is no probability.

Exact means: every rank up to ``depth`` equals that of the plain float64 loop over the same draws. In each draw some
pilot parcels are scored first; the depth-th best of them bounds the depth-th best of all from below. A parcel whose
bound (``Screen``) lies under it cannot be among the best ``depth`` of that draw and is not scored; a parcel is out
altogether only if that holds in every draw. Whatever is left is scored in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.errors import DataError, StudyError
from siting.mcda.robustness.data import CriterionData
from siting.mcda.robustness.trees import Screen, check_tree, scores
from siting.mcda.robustness.weighting import DrawnWeights, shares_of
from siting.mcda.weights import Block, leaves

__all__ = ["Acceptability", "Alternatives", "confidence_factor", "pairwise_winning", "share_interval", "smaa"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_CELLS = 8_000_000  #: numbers of a float32 bound in memory at once
_PAIRS = 500_000  #: exact scores worked out at once
_RIVALS = 64  #: rivals looked at together


@dataclass(frozen=True, eq=False, kw_only=True)
class Alternatives:
    """n parcels whose ranking is in question.

    criteria : those of the tree, in study order; keys : (n,) of the parcels (``keys_of``)
    """

    root: Block
    criteria: Sequence[CriterionData]
    keys: NDArray[np.uint64]
    seed: int
    floor: float = 0.05

    def __post_init__(self) -> None:
        check_tree(self.root)
        names = [leaf.name for leaf in leaves(self.root)]
        if names != [criterion.name for criterion in self.criteria]:
            raise StudyError(
                f"The data are of {[c.name for c in self.criteria]}, but the tree has the criteria {names}."
            )
        for criterion in self.criteria:
            if len(criterion.low) != len(self.keys):
                raise DataError(
                    f"The criterion {criterion.name!r} has {len(criterion.low):,} values for "
                    f"{len(self.keys):,} parcels."
                )

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def sure(self) -> bool:
        """Whether the data are the same in every draw."""
        return all(criterion.sure for criterion in self.criteria)

    def exact(self, weights: DrawnWeights, rows: _Ints, draw: _Ints) -> _Floats:
        """(m,) the scores of pairs of a row and a draw, in points."""
        out = np.empty(len(rows))
        for start in range(0, len(rows), _PAIRS):
            at, when = rows[start : start + _PAIRS], draw[start : start + _PAIRS]
            values = {c.name: c.values(self.keys, self.seed, at, when) for c in self.criteria}
            shares = {path: list(np.ascontiguousarray(drawn[when].T)) for path, drawn in weights.shares.items()}
            out[start : start + _PAIRS] = scores(self.root, values, shares, self.floor)
        return out

    def middle(self) -> _Floats:
        """(n,) the scores with the given weights and the middle of all intervals."""
        values = {c.name: c.middle() for c in self.criteria}
        return scores(self.root, values, _given(self.root), self.floor)


@dataclass(frozen=True, eq=False, kw_only=True)
class Acceptability:
    """How often which parcel took which rank.

    rows : (m,) the parcels that were among the best ``depth`` in any draw, ascending
    counts : (m, depth) in how many draws each had which rank, 1 first
    first_weights : (m, criteria) sum of the weights of the draws in which each was first
    scored : pairs of a parcel and a draw that needed an exact score; of n x draws
    """

    n: int
    draws: int
    depth: int
    rows: _Ints
    counts: _Ints
    first_weights: _Floats
    scored: int

    @property
    def acceptability(self) -> _Floats:
        """(m, depth) the rank acceptability indices."""
        return self.counts / self.draws

    def top(self, k: int) -> _Floats:
        """(n,) the share of draws in which a parcel is among the best k (its rank is k or better)."""
        if not 1 <= k <= self.depth:
            raise StudyError(f"Ranks were counted down to {self.depth}; a shortlist of {k} cannot be told from them.")
        out = np.zeros(self.n)
        out[self.rows] = self.counts[:, :k].sum(axis=1) / self.draws
        return out

    def rank_quantile(self, q: float) -> _Floats:
        """(n,) the lowest rank that a share q of the draws does not exceed; inf where it lies beyond ``depth``."""
        out = np.full(self.n, np.inf)
        reached = self.counts.cumsum(axis=1) >= math.ceil(q * self.draws - 1e-9)
        out[self.rows] = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)
        return out

    @property
    def first(self) -> _Ints:
        """The parcels that are first in any draw, the most frequent first (then by row)."""
        won = np.flatnonzero(self.counts[:, 0])
        return self.rows[won[np.argsort(-self.counts[won, 0], kind="stable")]]

    @property
    def central_weights(self) -> _Floats:
        """(n, criteria) the mean weights of the draws in which a parcel is first; NaN where it never is."""
        out = np.full((self.n, self.first_weights.shape[1]), np.nan)
        won = self.counts[:, 0] > 0
        out[self.rows[won]] = self.first_weights[won] / self.counts[won, :1]
        return out


@dataclass(eq=False)
class _Tally:
    """Counts that grow with the parcels seen."""

    n: int
    depth: int
    criteria: int
    slot: _Ints = field(init=False)
    counts: NDArray[np.int32] = field(init=False)
    first: _Floats = field(init=False)
    used: int = 0
    scored: int = 0

    def __post_init__(self) -> None:
        self.slot = np.full(self.n, -1)
        self.counts = np.zeros((0, self.depth), np.int32)
        self.first = np.zeros((0, self.criteria))

    def add(self, rows: _Ints, rank: _Ints, weights: _Floats) -> None:
        """Count these ranks; ``weights`` (m, criteria) are those of their draws."""
        fresh = np.unique(rows[self.slot[rows] < 0])
        self.slot[fresh] = self.used + np.arange(len(fresh))
        self.used += len(fresh)
        if self.used > len(self.counts):
            more = max(self.used, 2 * len(self.counts), 1024) - len(self.counts)
            self.counts = np.vstack([self.counts, np.zeros((more, self.depth), np.int32)])
            self.first = np.vstack([self.first, np.zeros((more, self.criteria))])
        np.add.at(self.counts.reshape(-1), self.slot[rows] * self.depth + rank - 1, 1)
        won = np.flatnonzero(rank == 1)
        np.add.at(self.first, self.slot[rows[won]], weights[won])


def smaa(given: Alternatives, weights: DrawnWeights, *, depth: int = 200, cells: int = _CELLS) -> Acceptability:
    """Rank acceptability of n parcels over all draws of ``weights``; draw d of the data goes with draw d of them.

    depth : ranks are counted down to this one
    cells : how many float32 numbers may be in memory at once (a chunk of draws); changes no result
    """
    n, draws = len(given), len(weights)
    depth = max(1, min(depth, n))
    tally = _Tally(n, depth, weights.overall.shape[1])
    if n:
        high = {c.name: c.bounds[1] for c in given.criteria}
        screen = Screen(given.root, high, given.floor)
        pilot = _best(given.middle(), 4 * depth)
        step = max(1, cells // n)
        for start in range(0, draws, step):
            block = np.arange(start, min(start + step, draws))
            rows, draw, score = _contenders(given, weights, screen, pilot, block, depth)
            tally.scored += len(rows)
            rows, draw, rank = _ranked(rows, draw, score, depth)
            tally.add(rows, rank, weights.overall[draw])
            done = start // step + 1
            if done & (done - 1) == 0:  # after 1, 2, 4, ... chunks: those seen most make the sharpest pilot
                seen = np.zeros(n)
                seen[tally.slot >= 0] = tally.counts[tally.slot[tally.slot >= 0]].sum(axis=1)
                pilot = _best(seen, 4 * depth)
    order = np.flatnonzero(tally.slot >= 0)
    slots = tally.slot[order]
    return Acceptability(
        n=n, draws=draws, depth=depth, rows=order, counts=tally.counts[slots].astype(np.int64),
        first_weights=tally.first[slots], scored=tally.scored,
    )  # fmt: skip


def pairwise_winning(given: Alternatives, weights: DrawnWeights, rows: _Ints) -> _Floats:
    """(m, m) the share of draws in which parcel i has a higher score than parcel j; ties are won by neither."""
    wins = np.zeros((len(rows), len(rows)), np.int64)
    for block in _draw_blocks(len(weights), len(rows) ** 2 + len(rows)):
        draw, at = np.repeat(block, len(rows)), np.tile(rows, len(block))
        score = given.exact(weights, at, draw).reshape(len(block), len(rows))
        wins += (score[:, :, None] > score[:, None, :]).sum(axis=0)
    return wins / max(len(weights), 1)


def confidence_factor(given: Alternatives, row: int, central: _Floats, draws: int) -> float:
    """The share of data draws in which a parcel is first with its own central weights.

    central : (criteria,) its central weights
    """
    shares = shares_of(given.root, central[None, :])
    single = {path: list(drawn[0]) for path, drawn in shares.items()}
    ends = [c.bounds for c in given.criteria]
    low, high = (
        scores(
            given.root, {c.name: end[side] for c, end in zip(given.criteria, ends, strict=True)}, single, given.floor
        )
        for side in (0, 1)
    )
    if high[row] < low.max():
        return 0.0
    if given.sure:
        return 1.0
    everything = np.arange(draws)
    drawn = DrawnWeights(
        {path: np.broadcast_to(s, (draws, s.shape[1])) for path, s in shares.items()}, central[None, :]
    )
    own = given.exact(drawn, np.full(draws, row), everything)
    rivals = np.setdiff1d(np.flatnonzero(high > own.min()), [row])
    rivals = rivals[np.argsort(-(low + high)[rivals], kind="stable")]
    first = np.ones(draws, bool)
    for start in range(0, len(rivals), _RIVALS):  # the likeliest to be ahead come first; a draw that is lost stays lost
        some = rivals[start : start + _RIVALS]
        draw, at = np.nonzero(first[:, None] & (high[some][None, :] > own[:, None]))
        first[draw[given.exact(drawn, some[at], draw) > own[draw]]] = False
    return float(first.mean())


def share_interval(share: _Floats, draws: int, z: float = 1.959964) -> tuple[_Floats, _Floats]:
    """The interval that the Monte-Carlo error leaves a share of so many draws (Wilson 1927), 95 % by default.

    >>> low, high = share_interval(np.array([0.0, 0.5]), 10_000)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.4902], [0.0004, 0.5098])
    """
    middle = (share + z * z / (2 * draws)) / (1 + z * z / draws)
    half = z / (1 + z * z / draws) * np.sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _given(root: Block, path: str = "") -> Mapping[str, Sequence[float]]:
    out: dict[str, Sequence[float]] = {path: root.shares}
    for member in root.members:
        if isinstance(member, Block):
            out |= _given(member, f"{path}.{member.name}".lstrip("."))
    return out


def _best(score: _Floats, count: int) -> _Ints:
    """The rows of the highest scores, ascending; the first of equal ones."""
    return np.sort(np.argsort(-score, kind="stable")[:count])


def _draw_blocks(draws: int, width: int) -> Iterator[_Ints]:
    step = max(1, _CELLS // max(width, 1))
    for start in range(0, draws, step):
        yield np.arange(start, min(start + step, draws))


_Pairs = tuple[_Ints, _Ints, _Floats]


def _contenders(
    given: Alternatives, weights: DrawnWeights, screen: Screen, pilot: _Ints, block: _Ints, depth: int
) -> _Pairs:
    """(rows, draws, scores) of every pair that can be among the best ``depth`` of its draw."""
    n, k = len(given), len(pilot) - depth
    bound = screen.bound({path: drawn[block] for path, drawn in weights.shares.items()})
    bound = np.repeat(bound, len(block), axis=0) if len(bound) != len(block) else bound
    found: list[_Pairs] = []
    if given.sure:  # the bound is the score, but for the margin: it bounds from below as well
        least = 100 * (np.partition(bound[:, pilot], k, axis=1)[:, k].astype(np.float64) - screen.margin)
    else:
        rows, draw = np.tile(pilot, len(block)), np.repeat(block, len(pilot))
        score = given.exact(weights, rows, draw)
        found.append((rows, draw, score))
        least = np.partition(score.reshape(len(block), len(pilot)), k, axis=1)[:, k]
        bound[:, pilot] = -1
    more = len(pilot) < n or given.sure
    while more:
        rows, draw, more = _next_pairs(bound, _limit(least, screen.margin), 2 * depth)
        found.append((rows, block[draw], given.exact(weights, rows, block[draw])))
        bound[draw, rows] = -1
        least = _raised(found, block, depth) if more else least
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))  # type: ignore[return-value]


def _limit(least: _Floats, margin: float) -> NDArray[np.float32]:
    """The float32 bound that a contender must reach, rounded down."""
    return np.nextafter((least / 100 - margin).astype(np.float32), np.float32(-np.inf))


def _next_pairs(bound: NDArray[np.float32], limit: NDArray[np.float32], most: int) -> tuple[_Ints, _Ints, bool]:
    """(rows, places in the block) of pairs that reach the limit; only the ``most`` highest of a draw at once."""
    n = bound.shape[1]
    flat = np.flatnonzero(bound >= limit[:, None])
    draw = flat // n
    counts = np.bincount(draw, minlength=len(bound))
    if not (counts > 2 * most).any():
        return flat - draw * n, draw, False
    ends = np.cumsum(counts)
    kept = []
    for d in range(len(bound)):
        own = flat[ends[d] - counts[d] : ends[d]]
        if len(own) > 2 * most:
            own = own[np.argpartition(bound.reshape(-1)[own], len(own) - most)[len(own) - most :]]
        kept.append(own)
    chosen = np.concatenate(kept)
    return chosen % n, chosen // n, True


def _raised(found: Sequence[_Pairs], block: _Ints, depth: int) -> _Floats:
    """The depth-th best score of each draw among all pairs so far."""
    draw, score = np.concatenate([pairs[1] for pairs in found]), np.concatenate([pairs[2] for pairs in found])
    order = np.lexsort((-score, draw))
    starts = np.searchsorted(draw[order], block)
    return score[order][starts + depth - 1]


def _ranked(rows: _Ints, draw: _Ints, score: _Floats, depth: int) -> tuple[_Ints, _Ints, _Ints]:
    """(rows, draws, ranks) of those whose competition rank is ``depth`` or better."""
    order = np.lexsort((-score, draw))
    rows, draw, score = rows[order], draw[order], score[order]
    place = np.arange(len(rows))
    new_draw = np.r_[True, draw[1:] != draw[:-1]]
    new_score = new_draw | np.r_[True, score[1:] != score[:-1]]
    begins = np.maximum.accumulate(np.where(new_draw, place, 0))
    rank = np.maximum.accumulate(np.where(new_score, place, 0)) - begins + 1
    kept = rank <= depth
    return rows[kept], draw[kept], rank[kept]
