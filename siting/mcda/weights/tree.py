"""The tree of blocks and criteria: relative numbers within each, normalised to a sum of 1.

A weight says what it is worth to go from value 0 to value 1 (a swing weight). Members of a block are compared with
each other, blocks with blocks; a criterion's global weight is the product of the normalised weights on the way
to it. In a block combined by ``worst`` or ``product`` weights say nothing: its members share the block's weight
equally, for show.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from siting.errors import StudyError

__all__ = [
    "Across",
    "Block",
    "Combine",
    "Leaf",
    "global_weights",
    "leaves",
    "normalise",
]

Combine = Literal["weighted_sum", "worst", "product"]
Across = Literal["arithmetic", "geometric"]


@dataclass(frozen=True)
class Leaf:
    """A criterion in the tree; ``weight`` relative to its neighbours."""

    name: str
    weight: float = 1.0


@dataclass(frozen=True)
class Block:
    """Criteria and blocks that are combined into one value.

    combine : how the members make the block's value; for the root of a tree "arithmetic" or "geometric"
    """

    name: str
    members: tuple[Leaf | Block, ...]
    weight: float = 1.0
    combine: Combine | Across = "weighted_sum"

    @property
    def shares(self) -> tuple[float, ...]:
        """The normalised weights of the members; equal where weights say nothing."""
        if self.combine in ("worst", "product"):
            return normalise([1.0] * len(self.members))
        return normalise([member.weight for member in self.members], [member.name for member in self.members])


def normalise(numbers: Sequence[float], names: Sequence[str] | None = None) -> tuple[float, ...]:
    """Relative numbers divided by their sum; the result sums to 1 within 1e-12.

    Raises StudyError where there is none, or one is negative or not finite, or all are 0.

    >>> normalise([10, 5, 5])
    (0.5, 0.25, 0.25)
    """
    labels = names or [str(i + 1) for i in range(len(numbers))]
    for name, number in zip(labels, numbers, strict=True):
        if not (math.isfinite(number) and number >= 0):
            raise StudyError(f"The weight of {name!r} is {number:g}; a weight is a number of 0 or more.")
    total = math.fsum(numbers)
    if not total > 0:
        items = ", ".join(repr(name) for name in labels) or "nothing"
        raise StudyError(f"The weights of {items} are all 0; at least one must be more.")
    return tuple(float(number) / total for number in numbers)


def leaves(block: Block) -> Iterator[Leaf]:
    """The criteria of a tree, in study order."""
    for member in block.members:
        if isinstance(member, Leaf):
            yield member
        else:
            yield from leaves(member)


def global_weights(root: Block) -> dict[str, float]:
    """Criterion -> its weight in the whole study, in study order; they sum to 1.

    >>> power = Block("power", (Leaf("station", 3), Leaf("lines", 1)), weight=1)
    >>> global_weights(Block("", (Leaf("land", 1), power)))
    {'land': 0.5, 'station': 0.375, 'lines': 0.125}
    """
    out: dict[str, float] = {}
    for member, share in zip(root.members, root.shares, strict=True):
        if isinstance(member, Leaf):
            out[member.name] = share
        else:
            out |= {name: share * weight for name, weight in global_weights(member).items()}
    return out
