"""A tree of blocks with many weightings at once: exact scores of pairs, and upper bounds in float32.

The exact score goes criterion by criterion in study order, in float64, and is rounded as in ``mcda.aggregate``. The
bound is a matrix product in float32 plus what float32 can err by; it decides nothing but which pairs are worth an
exact score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, named
from siting.mcda.aggregate import geometric, product, weighted_sum, worst
from siting.mcda.weights import Block, Leaf

__all__ = ["Screen", "block_values", "check_tree", "log_scores", "points", "scores"]

_Floats = NDArray[np.float64]
_Singles = NDArray[np.float32]
_UNIT = 2.0**-24  #: the rounding error of float32, relative
_KNOWN = ("weighted_sum", "worst", "product", "arithmetic", "geometric")


def check_tree(root: Block) -> None:
    """Refuse a way of combining whose draws are not worked out here; raises StudyError."""
    for member in root.members:
        if isinstance(member, Block):
            check_tree(member)
    if root.combine not in _KNOWN:
        where = f"The block {root.name!r} is" if root.name else "The blocks are"
        raise StudyError(
            f"{where} combined by {root.combine!r}; how sure a ranking is can be told for {named(_KNOWN)}."
        )


def points(value: _Floats) -> _Floats:
    """Points from 0 to 100, rounded to 1e-6, as scores are everywhere."""
    return np.round(100 * value, 6) + 0.0


def scores(
    root: Block,
    values: Mapping[str, _Floats],
    shares: Mapping[str, Sequence[Any]],
    floor: float,
    *,
    rounded: bool = True,
) -> _Floats:
    """Points from values and the shares of each block.

    values : criterion -> array; shares : path of a block -> a number or array for each member; all are broadcast
    """
    value = _value(root, values, shares, floor, "")
    return points(value) if rounded else 100 * value


def block_values(
    root: Block, values: Mapping[str, _Floats], shares: Mapping[str, Sequence[Any]], floor: float
) -> list[_Floats]:
    """The values of the root's members: what the top level weighs."""
    return [_value(member, values, shares, floor, member.name) for member in root.members]


def log_scores(
    root: Block, values: Mapping[str, _Floats], shares: Mapping[str, Sequence[Any]], floor: float
) -> _Floats:
    """The logarithm of a geometric score in [0, 1]: straight over the weights of the blocks."""
    inside = block_values(root, values, shares, floor)
    return weighted_sum([np.log(np.maximum(value, floor)) for value in inside], shares[""])


def _value(
    node: Block | Leaf, values: Mapping[str, _Floats], shares: Mapping[str, Sequence[Any]], floor: float, path: str
) -> _Floats:
    if isinstance(node, Leaf):
        return values[node.name]
    inside = [_value(m, values, shares, floor, f"{path}.{m.name}".lstrip(".")) for m in node.members]
    if node.combine == "worst":
        return worst(inside)
    if node.combine == "product":
        return product(inside)
    if node.combine == "geometric":
        return geometric(inside, shares[path], floor)
    return weighted_sum(inside, shares[path])


class Screen:
    """Upper bounds of scores: (draws, n) float32 values in [0, 1] that miss the exact ones by ``margin`` at most.

    high : criterion -> (n,) the highest value of any draw

    The margin follows the tree: rounding a value costs u = 2^-24; a minimum keeps the largest error of its members,
    a product adds them, a sum of t terms adds (t + 4) u to the largest (gamma_t of Higham 2002, weights sum to 1),
    the geometric mean divides by the floor and adds the errors of logarithm and exponential (4 units each). Half a
    unit of the rounded score comes on top, and half of all again.
    """

    def __init__(self, root: Block, high: Mapping[str, _Floats], floor: float) -> None:
        self._root, self._floor = root, floor
        self._high = {name: values.astype(np.float32) for name, values in high.items()}
        self._stacks: dict[str, _Singles] = {}
        self.margin = 1.5 * self._margin(root) + 1e-8

    def bound(self, shares: Mapping[str, _Floats]) -> _Singles:
        """(draws, n) the bounds of these draws, still without the margin."""
        return np.atleast_2d(self._bound(self._root, shares, ""))

    def _bound(self, node: Block | Leaf, shares: Mapping[str, _Floats], path: str) -> _Singles:
        """(n,) where no weight matters below the node, else (draws, n)."""
        if isinstance(node, Leaf):
            return self._high[node.name]
        if node.combine in ("worst", "product"):
            join = np.minimum if node.combine == "worst" else np.multiply
            inside = [self._bound(m, shares, f"{path}.{m.name}".lstrip(".")) for m in node.members]
            out = inside[0]
            for other in inside[1:]:
                out = join(out, other)
            return out
        if node.combine == "geometric":
            return self._geometric(node, shares)
        return self._sum(node, shares, path)

    def _geometric(self, node: Block, shares: Mapping[str, _Floats]) -> _Singles:
        total: Any = np.float32(0)
        weights = shares[""].astype(np.float32)
        for j, member in enumerate(node.members):
            value = np.atleast_2d(self._bound(member, shares, member.name))
            total = total + weights[:, j : j + 1] * np.log(np.maximum(value, np.float32(self._floor)))
        return np.asarray(np.exp(total), np.float32)

    def _sum(self, node: Block, shares: Mapping[str, _Floats], path: str) -> _Singles:
        """One matrix product over all terms that no weight below changes, sums of sums included."""
        weights: list[_Floats] = []
        fixed: list[_Singles] = []
        moving: list[tuple[_Floats, _Singles]] = []

        def collect(block: Block, at: str, weight: Any) -> None:
            for j, member in enumerate(block.members):
                own, below = weight * shares[at][:, j], f"{at}.{member.name}".lstrip(".")
                if isinstance(member, Block) and member.combine in ("weighted_sum", "arithmetic"):
                    collect(member, below, own)
                    continue
                value = self._bound(member, shares, below)
                if value.ndim == 1:
                    weights.append(own)
                    fixed.append(value)
                else:
                    moving.append((own, value))

        collect(node, path, 1.0)
        if path not in self._stacks and fixed:
            self._stacks[path] = np.stack(fixed)
        out: Any = np.stack(weights, axis=1).astype(np.float32) @ self._stacks[path] if fixed else np.float32(0)
        for own, value in moving:
            out = out + own.astype(np.float32)[:, None] * value
        return np.asarray(out, np.float32)

    def _margin(self, node: Block | Leaf) -> float:
        if isinstance(node, Leaf):
            return _UNIT
        inside = [self._margin(member) for member in node.members]
        if node.combine == "worst":
            return max(inside)
        if node.combine == "product":
            return sum(inside) + len(inside) * _UNIT
        if node.combine == "geometric":
            return max(inside) / self._floor + (12 + (len(inside) + 12) * abs(math.log(self._floor))) * _UNIT
        return max(inside) + (_width(node) + 4) * _UNIT


def _width(node: Block) -> int:
    """How many terms a sum has, those of the sums inside it included."""
    return sum(
        _width(m) if isinstance(m, Block) and m.combine in ("weighted_sum", "arithmetic") else 1 for m in node.members
    )
