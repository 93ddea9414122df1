"""Small rankings for the tests, and the plain float64 loop that everything is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from siting.mcda.robustness.acceptability import Alternatives
from siting.mcda.robustness.chance import keys_of
from siting.mcda.robustness.data import CriterionData
from siting.mcda.robustness.weighting import DrawnWeights, fixed_weights
from siting.mcda.weights import Block, Leaf


def flat(*weights: float) -> Block:
    """A weighted sum of criteria a, b, c, ..."""
    return Block("", tuple(Leaf(chr(97 + j), weight) for j, weight in enumerate(weights)), combine="arithmetic")


def sure(root: Block, table: Sequence[Sequence[float]], seed: int = 1) -> Alternatives:
    """Alternatives (rows) with exact values of the criteria a, b, c, ... (columns)."""
    columns = np.array(table, float).T
    criteria = [CriterionData(name=chr(97 + j), low=column, high=column) for j, column in enumerate(columns)]
    return Alternatives(root=root, criteria=criteria, keys=keys_of(range(len(table))), seed=seed)


def given_weights(root: Block, rows: Sequence[Sequence[float]]) -> DrawnWeights:
    """These weights of a flat tree as draws."""
    drawn = np.array(rows, float)
    return DrawnWeights(dict.fromkeys(fixed_weights(root).shares, drawn), drawn)


def plain_value(
    node: Block | Leaf, values: dict[str, float], shares: dict[str, NDArray[np.float64]], floor: float, path: str = ""
) -> float:
    """The value of one alternative in one draw, number by number."""
    if isinstance(node, Leaf):
        return values[node.name]
    inside = [plain_value(m, values, shares, floor, f"{path}.{m.name}".lstrip(".")) for m in node.members]
    if node.combine == "worst":
        return min(inside)
    total = 0.0
    if node.combine == "product":
        total = 1.0
        for value in inside:
            total = total * value
        return total
    for value, share in zip(inside, shares[path], strict=True):
        total = total + float(share) * (float(np.log(max(value, floor))) if node.combine == "geometric" else value)
    return float(np.exp(total)) if node.combine == "geometric" else total


def plain_ranks(given: Alternatives, weights: DrawnWeights) -> NDArray[np.int64]:
    """(draws, n) ranks by the loop one would write: every alternative, every draw, no screening."""
    n, out = len(given), []
    for draw in range(len(weights)):
        shares = {path: drawn[draw] for path, drawn in weights.shares.items()}
        score = np.empty(n)
        for row in range(n):
            at, when = np.array([row]), np.array([draw])
            values = {c.name: float(c.values(given.keys, given.seed, at, when)[0]) for c in given.criteria}
            score[row] = round(100 * plain_value(given.root, values, shares, given.floor), 6)
        out.append([1 + int((score > own).sum()) for own in score])
    return np.array(out)
