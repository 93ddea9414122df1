"""Weights that are not known exactly: drawn around the given ones, in their order only, or with nothing known.

The weights of a tree are drawn block by block. Around the given ones, the weights of all criteria together have a
Dirichlet distribution with parameters a w_j (a is the concentration): its aggregation property makes the shares
within a block Dirichlet too, with the concentration a times the block's weight. Nothing known is the uniform
distribution on all weights that sum to 1; the order alone is the uniform one on those shares of neighbours that
keep the order of the given ones. A weight of 0 stays 0, and in blocks combined by ``worst`` and ``product`` weights
say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError
from siting.mcda.robustness.chance import keys_of, uniform
from siting.mcda.weights import Block, Leaf, leaves

__all__ = ["DrawnWeights", "WeightLaw", "draw_weights", "fixed_weights", "global_of", "implied_spread", "shares_of"]

Knowledge = Literal["around", "order", "nothing"]
_Floats = NDArray[np.float64]
_Shares = Mapping[str, _Floats]


@dataclass(frozen=True)
class WeightLaw:
    """What is known of the weights.

    knowledge : "around" the given ones, their "order" among neighbours, or "nothing"
    concentration : of the Dirichlet distribution around the given ones; the larger, the closer
    """

    knowledge: Knowledge = "nothing"
    concentration: float = math.nan

    def __post_init__(self) -> None:
        if self.knowledge == "around" and not (math.isfinite(self.concentration) and self.concentration > 0):
            raise StudyError(
                f"Weights around the given ones need a concentration above 0, such as 50, not {self.concentration:g}."
            )


@dataclass(frozen=True, eq=False)
class DrawnWeights:
    """Many weightings of one tree.

    shares : path of a block ("" for the root) -> (draws, members), each row sums to 1
    overall : (draws, criteria) the global weights in study order, each row sums to 1
    """

    shares: _Shares
    overall: _Floats

    def __len__(self) -> int:
        return len(self.overall)


def draw_weights(root: Block, law: WeightLaw, draws: int, seed: int) -> DrawnWeights:
    """Weights of a tree, drawn ``draws`` times; draw d is the same however many are drawn."""
    shares: dict[str, _Floats] = {}
    for path, block, weight in _blocks(root, "", 1.0):
        given = np.array(block.shares)
        if block.combine in ("worst", "product"):
            shares[path] = np.tile(given, (draws, 1))
            continue
        alpha = _alpha(block, law, weight)
        logs = np.stack(
            [
                _log_gamma_variate(a, f"weight {path}", m.name, draws, seed)
                for a, m in zip(alpha, block.members, strict=True)
            ],
            axis=1,
        )
        drawn = np.exp(logs - logs.max(axis=1, keepdims=True))
        drawn = drawn / drawn.sum(axis=1, keepdims=True)
        shares[path] = np.round(_ordered(drawn, given) if law.knowledge == "order" else drawn, 12)
    return DrawnWeights(shares, global_of(root, shares))


def fixed_weights(root: Block, draws: int = 1) -> DrawnWeights:
    """The given weights, as if they had been drawn."""
    shares = {path: np.tile(np.array(block.shares), (draws, 1)) for path, block, _ in _blocks(root, "", 1.0)}
    return DrawnWeights(shares, global_of(root, shares))


def implied_spread(weights: _Floats, concentration: float) -> _Floats:
    """The standard deviation of weights drawn around the given ones: sqrt(w (1 - w) / (a + 1)).

    >>> implied_spread(np.array([0.5, 0.2]), 24).tolist()
    [0.1, 0.08]
    """
    return np.sqrt(weights * (1 - weights) / (concentration + 1))


def global_of(root: Block, shares: _Shares) -> _Floats:
    """(draws, criteria) the product of the shares on the way to each criterion, in study order."""
    columns: list[_Floats] = []

    def walk(block: Block, path: str, weight: _Floats | float) -> None:
        for j, member in enumerate(block.members):
            own = weight * shares[path][:, j]
            if isinstance(member, Leaf):
                columns.append(own)
            else:
                walk(member, f"{path}.{member.name}".lstrip("."), own)

    walk(root, "", 1.0)
    return np.stack(columns, axis=1)


def shares_of(root: Block, overall: _Floats) -> dict[str, _Floats]:
    """Path of a block -> (k, members) the shares that k rows of global weights imply.

    A block whose weights are all 0 shares as the study says.
    """
    at = {leaf.name: column for column, leaf in enumerate(leaves(root))}
    out: dict[str, _Floats] = {}
    for path, block, _ in _blocks(root, "", 1.0):
        if block.combine in ("worst", "product"):
            out[path] = np.tile(np.array(block.shares), (len(overall), 1))
            continue
        own = [
            overall[:, [at[leaf.name] for leaf in ([m] if isinstance(m, Leaf) else leaves(m))]].sum(axis=1)
            for m in block.members
        ]
        parts = np.stack(own, axis=1)
        total = parts.sum(axis=1, keepdims=True)
        out[path] = np.where(total > 0, parts / np.where(total > 0, total, 1.0), np.array(block.shares))
    return out


def _blocks(block: Block, path: str, weight: float) -> list[tuple[str, Block, float]]:
    """(path, block, its global weight) of a tree, the root first."""
    out = [(path, block, weight)]
    for member, share in zip(block.members, block.shares, strict=True):
        if isinstance(member, Block):
            out += _blocks(member, f"{path}.{member.name}".lstrip("."), weight * share)
    return out


def _alpha(block: Block, law: WeightLaw, weight: float) -> list[float]:
    """The Dirichlet parameters of a block's members; 0 where a weight stays 0."""
    if law.knowledge == "around":
        return [law.concentration * weight * share for share in block.shares]
    each = [1.0 if law.knowledge == "order" else float(_terms(member)) for member in block.members]
    return [number if share > 0 else 0.0 for number, share in zip(each, block.shares, strict=True)]


def _terms(member: Leaf | Block) -> int:
    """How many weighted things a member holds: those between which a sum weighs."""
    if isinstance(member, Leaf) or member.combine in ("worst", "product"):
        return 1
    return sum(_terms(inner) for inner, share in zip(member.members, member.shares, strict=True) if share > 0)


def _log_gamma_variate(alpha: float, purpose: str, name: str, draws: int, seed: int) -> _Floats:
    """(draws,) logarithms of gamma variates, by G(a) = G(a + 1) U^(1/a), which does not vanish for small a."""
    from scipy.special import gammaincinv

    if alpha == 0:
        return np.full(draws, -np.inf)
    at, key = np.arange(draws), keys_of([name])
    body = gammaincinv(alpha + 1, uniform(seed, purpose, key, at))
    return np.log(body) + np.log(uniform(seed, f"{purpose} tail", key, at)) / alpha


def _ordered(drawn: _Floats, given: _Floats) -> _Floats:
    """The drawn shares, dealt out in the order of the given ones; equal ones keep that in which they were drawn."""
    out = np.zeros_like(drawn)
    falling = -np.sort(-drawn, axis=1)
    place = 0
    for weight in -np.unique(-given):
        members = np.flatnonzero(given == weight)
        mine = falling[:, place : place + len(members)]
        order = np.argsort(np.argsort(-drawn[:, members], axis=1, kind="stable"), axis=1)
        out[:, members] = np.take_along_axis(mine, order, axis=1)
        place += len(members)
    return out
