"""Random numbers that depend on what they are for, never on the order in which they are asked for.

A number is a function of (seed, purpose, group, draw): the SplitMix64 sequence (Steele, Lea and Flood 2014) whose
start is a hash of the first three and whose place is the draw. So chunks, screening, partitions and the order of
parcels change nothing, and one cell can be drawn anew without its neighbours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["TRUNCATED_AT", "keys_of", "mixed", "truncated_normal", "uniform"]

#: normal errors are cut off at so many standard deviations
TRUNCATED_AT = 3.0
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_Keys = NDArray[np.uint64]


def mixed(keys: _Keys) -> _Keys:
    """The finaliser of SplitMix64: a permutation of the 64-bit numbers whose bits all depend on all bits.

    >>> hex(int(mixed(np.array([0x9E3779B97F4A7C15], np.uint64))[0]))
    '0xe220a8397b1dcdaf'
    """
    out = (keys ^ (keys >> np.uint64(30))) * _FIRST
    out = (out ^ (out >> np.uint64(27))) * _SECOND
    return np.asarray(out ^ (out >> np.uint64(31)), np.uint64)


def keys_of(texts: Iterable[Any]) -> _Keys:
    """(n,) a 64-bit key of each text, equal for equal texts, on every machine and in every order.

    >>> keys_of(["A-1", "A-2", "A-1"]).tolist() == keys_of(["A-1", "A-2", "A-1"]).tolist()
    True
    """
    seen: dict[str, int] = {}
    out = []
    for text in texts:
        name = str(text)
        if name not in seen:
            seen[name] = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
        out.append(seen[name])
    return np.array(out, np.uint64)


def uniform(seed: int, purpose: str, group: _Keys, draw: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers between 0 and 1, both excluded; ``group`` and ``draw`` are broadcast against each other.

    purpose : what the number is for ("error station"); other purposes give independent numbers
    group : keys of what shares a number within a draw (``keys_of``)
    draw : the number of the draw, 0 or more

    >>> whole = uniform(1, "error", keys_of("ab")[:, None], np.arange(4)[None, :])
    >>> bool(whole[1, 2] == uniform(1, "error", keys_of("b"), np.array([2]))[0])
    True
    """
    start = mixed(np.array([seed % 2**64], np.uint64)) ^ keys_of([purpose])
    stream = mixed(mixed(start) + mixed(np.asarray(group, np.uint64)))
    bits = mixed(stream + (np.asarray(draw).astype(np.uint64) + np.uint64(1)) * _GOLDEN)
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def truncated_normal(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal numbers, cut off at 3 standard deviations, from uniform ones (by the inverse distribution).

    >>> truncated_normal(np.array([0.0, 0.5, 1.0])).round(9).tolist()
    [-3.0, 0.0, 3.0]
    """
    from scipy.special import ndtr, ndtri

    low = float(ndtr(-TRUNCATED_AT))
    return np.clip(ndtri(low + u * (1 - 2 * low)), -TRUNCATED_AT, TRUNCATED_AT)
