"""Aggregation: values become a score from 0 to 100, and contributions that add up to it.

Inside a block: ``weighted_sum``, ``worst`` (the lowest member is the block) or ``product``. Across blocks:
``arithmetic`` (a weighted sum) or ``geometric`` with a floor, exp(sum over b of w_b log(max(v_b, floor))), so that
one block cannot buy off another. All of them rise with every value: the lowest score comes from the lowest values,
the highest from the highest. Sums run criterion by criterion in study order, never through BLAS, so that the bytes
repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from siting.errors import StudyError
from siting.mcda.value import round_values
from siting.mcda.weights import Across, Block, Leaf, global_weights, leaves

__all__ = [
    "Aggregate",
    "Contributions",
    "Missing",
    "Scores",
    "aggregate",
    "contributions",
    "fill_missing",
    "geometric",
    "product",
    "strongest_weakest",
    "weighted_sum",
    "worst",
]

Missing = Literal["interval", "exclude", "worst"]
_Floats = NDArray[np.float64]
_Values = Mapping[str, _Floats]
_PIECE = 8_192  #: columns whose values stay near while the greatest are looked for


class Aggregate(BaseModel):
    """How block values make the score.

    across : "arithmetic" (weighted sum) or "geometric" (weighted geometric mean)
    floor : a block under it counts as it (geometric only; default 0.05, judgement); rejecting is the work of
        exclusions
    veto : criterion -> the least value that a parcel may have, whatever its other values are; a parcel that is
        certainly under it is excluded with the reason "veto: criterion"
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    across: Across = "arithmetic"
    floor: float | None = Field(default=None)
    veto: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _floor_fits(self) -> Self:
        if self.floor is not None and self.across != "geometric":
            raise StudyError(
                "'floor' belongs to 'across: geometric'; a weighted sum needs none. Leave one of them out."
            )
        if self.floor is not None and not 0 < self.floor < 1:
            raise StudyError(f"'floor' must lie between 0 and 1, such as 0.05, not {self.floor:g}.")
        for name, least in self.veto.items():
            if not 0 < least <= 1:
                raise StudyError(f"The veto of {name!r} is a value above 0 and up to 1, such as 0.2, not {least:g}.")
        return self

    @property
    def floor_value(self) -> float:
        """The floor in force."""
        return 0.05 if self.floor is None else self.floor


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """Scores of n parcels, in points rounded to 1e-6.

    low, high : the interval of the score; equal where nothing is uncertain
    score : the midpoint of low and high - a judgement where they differ, never a silent zero
    blocks : path of a block ("power", "power.lines") -> its value (low, high) in [0, 1]
    """

    low: _Floats
    high: _Floats
    score: _Floats
    blocks: Mapping[str, tuple[_Floats, _Floats]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Contributions:
    """What each criterion adds, relative to the median parcel.

    names : the c criteria in study order
    values : (c, n); points for sums, natural logarithms of the score's ratio for the geometric mean. For every
        parcel they add up to ``total``.
    total : (n,) score - reference, or log(score / reference), of the central values
    reference : the score, in points, of a parcel made of the medians
    unit : "points" or "log ratio"
    """

    names: tuple[str, ...]
    values: _Floats
    total: _Floats
    reference: float
    unit: Literal["points", "log ratio"]


def weighted_sum(values: Sequence[_Floats], weights: Sequence[float]) -> _Floats:
    """Sum of w_i v_i, in the given order.

    >>> weighted_sum([np.array([1.0, 0.0]), np.array([0.5, 0.5])], [0.75, 0.25]).tolist()
    [0.875, 0.125]
    """
    total = np.zeros_like(values[0])
    for value, weight in zip(values, weights, strict=True):
        total = total + weight * value
    return total


def worst(values: Sequence[_Floats]) -> _Floats:
    """The lowest of the values; NaN where one is."""
    lowest = values[0]
    for value in values[1:]:
        lowest = np.minimum(lowest, value)
    return lowest


def product(values: Sequence[_Floats]) -> _Floats:
    """The product of the values, in the given order."""
    out = values[0]
    for value in values[1:]:
        out = out * value
    return out


def geometric(values: Sequence[_Floats], weights: Sequence[float], floor: float) -> _Floats:
    """exp(sum of w_i log(max(v_i, floor))), in the given order.

    >>> round(float(geometric([np.array([0.0]), np.array([1.0])], [0.5, 0.5], 0.04)[0]), 12)
    0.2
    """
    return np.exp(weighted_sum([np.log(np.maximum(value, floor)) for value in values], weights))


def fill_missing(
    low: _Floats, high: _Floats, bounds: tuple[float, float], policy: Missing
) -> tuple[_Floats, _Floats, NDArray[np.bool_]]:
    """Values with the gaps closed as the study says, and which were missing.

    bounds : the lowest and highest value that the value function can give
    policy : "interval" takes both bounds, "worst" the lower one twice, "exclude" leaves NaN (such parcels are to be
        excluded with the reason "no data")

    >>> low, high, missing = fill_missing(np.array([np.nan]), np.array([np.nan]), (0.2, 1.0), "interval")
    >>> low.tolist(), high.tolist(), missing.tolist()
    ([0.2], [1.0], [True])
    """
    missing = np.isnan(low) | np.isnan(high)
    if policy == "exclude":
        return low, high, missing
    top = bounds[1] if policy == "interval" else bounds[0]
    return np.where(missing, bounds[0], low), np.where(missing, top, high), missing


def aggregate(root: Block, low: _Values, high: _Values | None = None, *, floor: float = 0.05) -> Scores:
    """The scores of n parcels from the values of their criteria.

    root : the tree of blocks; its ``combine`` is "arithmetic" or "geometric"
    low, high : criterion -> (n,) values; without ``high`` nothing is uncertain. NaN gives a score of NaN.
    """
    low_blocks: dict[str, _Floats] = {}
    score_low = _points(_combine(root, low, floor, "", low_blocks))
    if high is None:
        high_blocks, score_high = low_blocks, score_low
    else:
        high_blocks = {}
        score_high = _points(_combine(root, high, floor, "", high_blocks))
    middle = np.round((score_low + score_high) / 2, 6)
    blocks = {path: (round_values(low_blocks[path]), round_values(high_blocks[path])) for path in low_blocks}
    return Scores(low=score_low, high=score_high, score=middle, blocks=blocks)


def contributions(
    root: Block, low: _Values, high: _Values, medians: Mapping[str, float], *, floor: float = 0.05
) -> Contributions:
    """What each criterion adds to the score, relative to a parcel made of the medians of the admitted.

    The central value of a criterion is the midpoint of its interval. Then, from the leaves up:
    a criterion has value - median; a weighted sum weighs the parts of its members; in ``worst`` the lowest member of
    the parcel (the first in study order, if several are) takes all; ``product`` splits by the mean of telescoping
    forwards and backwards, exact also at 0. Across blocks a sum gives 100 x weight x part (points); the geometric
    mean gives weight x log(value / median) a block, both raised to the floor, split among its criteria in
    proportion to their parts.
    """
    central = {leaf.name: (low[leaf.name] + high[leaf.name]) / 2 for leaf in leaves(root)}
    middle = {name: np.full_like(central[name], medians[name]) for name in central}
    names = tuple(central)
    reference = float(aggregate(root, {name: np.array([medians[name]]) for name in names}, floor=floor).score[0])
    parts: dict[str, _Floats] = {}
    if root.combine == "geometric":
        total = np.zeros_like(next(iter(central.values())))
        for member, share in zip(root.members, root.shares, strict=True):
            value, median, inside = _parts(member, central, middle)
            ratio, whole = _log_ratio(value, median, share, floor)
            parts |= {name: ratio * part for name, part in inside.items()}
            total = total + whole
    else:
        value, median, inside = _parts(root, central, middle)
        parts, total = {name: 100 * part for name, part in inside.items()}, 100 * (value - median)
    unit: Literal["points", "log ratio"] = "log ratio" if root.combine == "geometric" else "points"
    stacked = np.stack([round_values(parts[name]) for name in names])
    return Contributions(names=names, values=stacked, total=round_values(total), reference=reference, unit=unit)


def strongest_weakest(values: _Floats, count: int = 2) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n, count) the criteria that add most and those that take most, as rows of ``values``; -1 where there is none.

    values : (c, n) contributions. Only what adds (more than 0) is strong, only what takes is weak; equal ones in
    study order.

    >>> strong, weak = strongest_weakest(np.array([[3.0], [-1.0], [0.0], [5.0]]))
    >>> strong.tolist(), weak.tolist()
    ([[3, 0]], [[1, -1]])
    """
    pieces = [values[:, start : start + _PIECE] for start in range(0, max(values.shape[1], 1), _PIECE)]
    strong, weak = (np.concatenate([_greatest(sign * piece, count) for piece in pieces]) for sign in (1.0, -1.0))
    return strong, weak


def _greatest(values: _Floats, count: int) -> NDArray[np.int64]:
    """(n, count) the rows of (c, n) values that are greatest in each column, if above 0; -1 where there is none."""
    left = np.fmax(values, 0.0)
    chosen = np.full((values.shape[1], count), -1, np.int64)
    for place in range(count):
        best = left.max(axis=0, initial=0.0)
        first = np.full(len(best), -1, np.int16)
        for row in reversed(range(len(left))):
            first = np.where(left[row] == best, np.int16(row), first)
        first[best <= 0] = -1
        chosen[:, place] = first
        for row, value in enumerate(left):
            left[row] = np.where(first == row, 0.0, value)
    return chosen


def _points(value: _Floats) -> _Floats:
    return np.round(100 * value, 6) + 0.0


def _combine(node: Block | Leaf, values: _Values, floor: float, path: str, blocks: dict[str, _Floats]) -> _Floats:
    """The value of a node; the values of blocks below it are put into ``blocks``."""
    if isinstance(node, Leaf):
        return values[node.name]
    inside = [_combine(member, values, floor, f"{path}.{member.name}".lstrip("."), blocks) for member in node.members]
    if node.combine == "worst":
        value = worst(inside)
    elif node.combine == "product":
        value = product(inside)
    elif node.combine == "geometric":
        value = geometric(inside, node.shares, floor)
    else:
        value = weighted_sum(inside, node.shares)
    if path:
        blocks[path] = value
    return value


def _parts(node: Block | Leaf, values: _Values, medians: _Values) -> tuple[_Floats, _Floats, dict[str, _Floats]]:
    """(value, value of the medians, criterion -> part) of a node; the parts add up to value - median."""
    if isinstance(node, Leaf):
        value, median = values[node.name], medians[node.name]
        return value, median, {node.name: value - median}
    inside = [_parts(member, values, medians) for member in node.members]
    member_values, member_medians = [item[0] for item in inside], [item[1] for item in inside]
    if node.combine == "worst":
        value, median = worst(member_values), worst(member_medians)
        binding = np.argmin(np.stack(member_values), axis=0)
        return value, median, _binding_parts(node, inside, value - median, binding)
    if node.combine == "product":
        value, median = product(member_values), product(member_medians)
        factors = _telescope(member_values, member_medians)
    else:
        value, median = weighted_sum(member_values, node.shares), weighted_sum(member_medians, node.shares)
        factors = [np.full_like(value, share) for share in node.shares]
    parts = {
        name: factor * part for item, factor in zip(inside, factors, strict=True) for name, part in item[2].items()
    }
    return value, median, parts


def _binding_parts(
    node: Block,
    inside: Sequence[tuple[_Floats, _Floats, dict[str, _Floats]]],
    whole: _Floats,
    binding: NDArray[np.int64],
) -> dict[str, _Floats]:
    """All of ``whole`` to the binding member; in a binding block, its own parts and the rest by weight."""
    parts: dict[str, _Floats] = {}
    for row, (member, (value, median, own)) in enumerate(zip(node.members, inside, strict=True)):
        weights = {member.name: 1.0} if isinstance(member, Leaf) else global_weights(member)
        rest = whole - (value - median)
        parts |= {name: np.where(binding == row, part + weights[name] * rest, 0.0) for name, part in own.items()}
    return parts


def _telescope(values: Sequence[_Floats], medians: Sequence[_Floats]) -> list[_Floats]:
    """Factors f_i with sum of f_i (v_i - m_i) = product of v - product of m: the mean of both telescoping orders."""
    out = []
    for i in range(len(values)):
        forwards = backwards = np.ones_like(values[0])
        for j in range(len(values)):
            if j != i:
                forwards = forwards * (medians[j] if j < i else values[j])
                backwards = backwards * (values[j] if j < i else medians[j])
        out.append((forwards + backwards) / 2)
    return out


def _log_ratio(value: _Floats, median: _Floats, share: float, floor: float) -> tuple[_Floats, _Floats]:
    """(factor a unit of difference, whole) of a block's weighted logarithm; the factor's limit where value = median."""
    raised, base = np.maximum(value, floor), np.maximum(median, floor)
    whole = share * np.log(raised / base)
    difference = value - median
    same = np.abs(difference) < 1e-12
    limit = np.where(median >= floor, share / base, 0.0)
    return np.where(same, limit, whole / np.where(same, 1.0, difference)), np.where(same, 0.0, whole)
