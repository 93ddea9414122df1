"""Keys of a few bytes a record: which records may be alike, and the order of ids, without the records in memory.

Outlines and ids are kept as 64-bit hashes (8 bytes each). Equal hashes only say who is to be compared: the rules of
the cleaning then look at the records themselves, so that a collision changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from siting.parcels.cleaning import repeated

__all__ = ["alike", "id_hashes", "places_by_text"]

_SORTING = 40  #: bytes that sorting takes for an id, beside its text
_SAMPLE = 256  #: ids a part that are looked at to cut all of them into parts


def id_hashes(ids: NDArray[np.object_]) -> NDArray[np.uint64]:
    """(n,) equal for equal ids."""
    return pd.util.hash_array(np.asarray(ids, dtype=object), categorize=False)


def alike(hashes: NDArray[np.uint64], most: int) -> Iterator[NDArray[np.int64]]:
    """Places whose hash another place has too, ascending, in parts of about ``most``; equal hashes stay together.

    >>> [part.tolist() for part in alike(np.array([7, 1, 7, 2, 1], np.uint64), 10)]
    [[0, 1, 2, 4]]
    """
    rows = repeated(hashes)
    parts = -(-len(rows) // max(most, 1))
    part = hashes[rows] % np.uint64(max(parts, 1))
    for number in range(parts):
        places = rows[part == number]
        if len(places):
            yield places


def places_by_text(ids: Callable[[], Iterator[pa.Array]], count: int, memory_bytes: int) -> NDArray[np.int64]:
    """(count,) the place of each id in the order of their UTF-8 bytes, which is that of their characters.

    ids : gives all ids, chunk by chunk, as often as it is asked: where sorting them at once would take more than
    ``memory_bytes`` they are sorted in parts, cut at ids of a sample.
    """
    places = np.empty(count, np.int64)
    done = 0
    cuts = [None, *_cuts(ids, count, memory_bytes), None]
    for least, below in pairwise(cuts):
        texts, rows, start = list[pa.Array](), list[NDArray[np.int64]](), 0
        for chunk in ids():
            inside = _between(chunk, least, below)
            texts.append(chunk.filter(inside))
            rows.append(start + np.flatnonzero(inside.to_numpy(zero_copy_only=False)))
            start += len(chunk)
        order = pc.sort_indices(pa.concat_arrays(texts)).to_numpy()
        places[np.concatenate(rows)[order]] = np.arange(done, done + len(order))
        done += len(order)
    return places


def _cuts(ids: Callable[[], Iterator[pa.Array]], count: int, memory_bytes: int) -> list[str]:
    """Ids at which all of them are cut into parts that can be sorted in memory."""
    size = sum(chunk.nbytes for chunk in ids())
    parts = -(-(size + _SORTING * count) // max(memory_bytes, 1))
    if parts <= 1:
        return []
    step = max(1, count // (_SAMPLE * parts))
    sample = [text for chunk in ids() for text in chunk.take(pa.array(np.arange(0, len(chunk), step))).to_pylist()]
    sample = sorted(sample, key=str.encode)
    return sorted({sample[len(sample) * part // parts] for part in range(1, parts)}, key=str.encode)


def _between(chunk: pa.Array, least: str | None, below: str | None) -> pa.Array:
    """Which ids are not less than one and less than another."""
    inside = pa.array(np.ones(len(chunk), bool))
    if least is not None:
        inside = pc.and_(inside, pc.greater_equal(chunk, pa.scalar(least, chunk.type)))
    if below is not None:
        inside = pc.and_(inside, pc.less(chunk, pa.scalar(below, chunk.type)))
    return inside
