"""The streaming door must give what ``read_parcels`` gives: ids, polygons bit for bit, tables, the cleaning."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siting.catalogue import Finder
from siting.crs import StudyCrs
from siting.parcels import MemoryBlocks, Parcels, ParcelsUse, StoredBlocks, read_parcels, stream_parcels

_COUNTS = ("read", "parcels", "dropped", "merged", "repaired", "renamed", "flagged", "added_vertices")
_ARRAYS = ("coords", "ring_offsets", "shape_offsets", "part_starts")


def agree(
    use: ParcelsUse, finder: Finder, crs: StudyCrs, folder: Path, *, chunk: int, block: int, memory: int = 1 << 30
) -> StoredBlocks:
    """Read both ways, compare everything, and give the streamed blocks."""
    whole = MemoryBlocks(read_parcels(use, finder=finder, crs=crs), block)
    streamed = stream_parcels(
        use, finder=finder, crs=crs, folder=folder, block_size=block, chunk_size=chunk, memory_bytes=memory
    )
    assert (len(streamed), streamed.count, streamed.crs) == (len(whole), whole.count, whole.crs)
    assert streamed.bounds == whole.bounds
    ours, theirs = streamed.quality, whole.quality
    assert [getattr(ours, name) for name in _COUNTS] == [getattr(theirs, name) for name in _COUNTS]
    assert ours.members == theirs.members
    assert ours.notes == theirs.notes
    assert ours.provenance == theirs.provenance
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    for number in range(len(whole)):
        assert streamed.places(number).tolist() == whole.places(number).tolist()
        same_parcels(streamed.block(number), whole.block(number))
    return streamed


def same_parcels(ours: Parcels, theirs: Parcels) -> None:
    """Compare two blocks."""
    assert ours.ids.tolist() == theirs.ids.tolist()
    assert ours.ids.dtype == theirs.ids.dtype == object
    assert ours.crs == theirs.crs
    for name in _ARRAYS:
        one, other = getattr(ours.shapes, name), getattr(theirs.shapes, name)
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes(), f"{name} differ"
    pd.testing.assert_frame_equal(ours.table, theirs.table)
