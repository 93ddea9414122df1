"""The smallest change of weights that lets a rival overtake a parcel, or the proof that none exists.

Over global weights w (for a geometric mean: over the weights of the blocks, in logarithms) both scores are linear, so
the question is a linear programme: least sum |w' - w| over w' >= 0, sum w' = 1 with score(rival) >= score(parcel).
It has no solution exactly where the parcel is better on every term: then the rival is dominated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import SitingError
from siting.mcda.robustness.trees import block_values, check_tree
from siting.mcda.robustness.weighting import fixed_weights
from siting.mcda.weights import Block

__all__ = ["Overtaking", "Terms", "overtaking", "weighted_terms"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Terms:
    """What the weights weigh: scores are straight over them.

    names : paths of criteria, or of blocks combined otherwise (``worst``, ``product``, those of a geometric mean)
    weights : (t,) given, they sum to 1; values : (t, n), logarithms of values for a geometric mean
    """

    names: tuple[str, ...]
    weights: _Floats
    values: _Floats
    logarithmic: bool


@dataclass(frozen=True, kw_only=True)
class Overtaking:
    """What it takes for a rival to overtake a parcel.

    outcome : "possible" with the changed ``weights``; "ties at best", where some weights make both equal but none
        puts the rival ahead; "dominated", where the parcel is ahead with any weights - the proof is that it is better
        on every term
    moved : how much weight changes hands, in [0, 1]: half of sum |w' - w|; 0 where the rival is ahead already
    weights : term -> weight at which both are equal; any further and the rival is ahead
    """

    row: int
    rival: int
    outcome: Literal["possible", "ties at best", "dominated"]
    moved: float
    weights: Mapping[str, float]


def weighted_terms(root: Block, values: Mapping[str, _Floats], *, floor: float = 0.05) -> Terms:
    """The terms of a tree for n parcels."""
    check_tree(root)
    shares: Mapping[str, Any] = {path: list(drawn[0]) for path, drawn in fixed_weights(root).shares.items()}
    names: list[str] = []
    weights: list[float] = []
    columns: list[_Floats] = []

    def collect(block: Block, path: str, weight: float) -> None:
        inside = block_values_of(block, path)
        for member, share, column in zip(block.members, shares[path], inside, strict=True):
            below = f"{path}.{member.name}".lstrip(".")
            if isinstance(member, Block) and member.combine == "weighted_sum" and root.combine != "geometric":
                collect(member, below, weight * share)
                continue
            names.append(below)
            weights.append(weight * share)
            columns.append(np.log(np.maximum(column, floor)) if root.combine == "geometric" else column)

    def block_values_of(block: Block, path: str) -> list[_Floats]:
        inner = {own.removeprefix(f"{path}.") if path else own: s for own, s in shares.items()}
        return block_values(block, values, inner, floor)

    collect(root, "", 1.0)
    return Terms(
        names=tuple(names), weights=np.array(weights), values=np.stack(columns), logarithmic=root.combine == "geometric"
    )


def overtaking(terms: Terms, row: int, rival: int) -> Overtaking:
    """What it takes for a rival to overtake a parcel; solved by HiGHS."""
    gain = terms.values[:, rival] - terms.values[:, row]
    best = float(gain.max())
    if best < 0:
        return Overtaking(row=row, rival=rival, outcome="dominated", moved=float("inf"), weights={})
    outcome: Literal["possible", "ties at best"] = "possible" if best > 0 else "ties at best"
    if float(gain @ terms.weights) >= 0:
        given = dict(zip(terms.names, terms.weights.tolist(), strict=True))
        return Overtaking(row=row, rival=rival, outcome=outcome, moved=0.0, weights=given)
    changed = _least_change(gain, terms.weights)
    return Overtaking(
        row=row, rival=rival, outcome=outcome, moved=float(np.abs(changed - terms.weights).sum() / 2),
        weights=dict(zip(terms.names, changed.tolist(), strict=True)),
    )  # fmt: skip


def _least_change(gain: _Floats, weights: _Floats) -> _Floats:
    """The weights nearest to the given ones (in sum of absolute changes) with gain . w >= 0.

    Variables: what each weight gains and what it loses, both 0 or more, a weight losing no more than it has.
    """
    from scipy.optimize import linprog

    t = len(weights)
    solved = linprog(
        np.ones(2 * t),
        A_ub=-np.concatenate([gain, -gain])[None, :],
        b_ub=[float(gain @ weights)],
        A_eq=np.concatenate([np.ones(t), -np.ones(t)])[None, :],
        b_eq=[0.0],
        bounds=[(0, 1)] * t + [(0, float(weight)) for weight in weights],
        method="highs",
    )
    if solved.status != 0 or solved.x is None:
        raise SitingError(f"The least change of weights was not found, though there is one: {solved.message}")
    return np.asarray(weights + solved.x[:t] - solved.x[t:], np.float64)
