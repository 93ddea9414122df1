"""Parcels in blocks of neighbours: what a run takes one after the other, so that memory does not grow with the county.

A block holds parcels that follow each other on the Hilbert curve; inside a block they ascend by their row in the
result, whose order is by id.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from siting.hilbert import along
from siting.parcels.data import Parcels
from siting.parcels.read import ParcelQuality, ParcelsRead

__all__ = ["BLOCK_SIZE", "CutBlocks", "MemoryBlocks", "ParcelBlocks"]

BLOCK_SIZE = 65_536  #: parcels a block


class ParcelBlocks(Protocol):
    """Clean parcels in blocks, wherever they are kept.

    crs : of the study
    count : parcels in all
    bounds : west, south, east, north of all parcels, in ``crs``
    quality : what happened at the door
    """

    @property
    def crs(self) -> str:
        """The study's CRS."""

    @property
    def count(self) -> int:
        """Parcels in all."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all parcels."""

    @property
    def quality(self) -> ParcelQuality:
        """What happened at the door."""

    def __len__(self) -> int:
        """How many blocks there are."""

    def block(self, number: int) -> Parcels:
        """The parcels of a block: neighbours, ascending by id. Safe to call from several threads."""

    def places(self, number: int) -> NDArray[np.int64]:
        """The row of each parcel of a block in the result, whose order is that of all ids as text."""


@dataclass(frozen=True, eq=False)
class MemoryBlocks:
    """Blocks of parcels that are in memory.

    read : what ``read_parcels`` gives
    block_size : at most so many parcels a block
    """

    read: ParcelsRead
    block_size: int = BLOCK_SIZE

    @property
    def crs(self) -> str:
        """The study's CRS."""
        return self.read.parcels.crs

    @property
    def count(self) -> int:
        """Parcels in all."""
        return len(self.read.parcels)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all parcels."""
        return self.read.parcels.shapes.total_bounds

    @property
    def quality(self) -> ParcelQuality:
        """What happened at the door."""
        return self.read.quality

    @cached_property
    def _rows(self) -> list[NDArray[np.int64]]:
        count = -(-self.count // self.block_size)
        return [np.sort(rows) for rows in np.array_split(along(self.read.parcels.shapes.bounds), count)]

    def __len__(self) -> int:
        return len(self._rows)

    def block(self, number: int) -> Parcels:
        """The parcels of a block."""
        return self.read.parcels.take(self._rows[number])

    def places(self, number: int) -> NDArray[np.int64]:
        """The row of each parcel of a block in the result."""
        return self._rows[number]


@dataclass(frozen=True, eq=False)
class CutBlocks:
    """Blocks of which each is cut into pieces that follow each other in the order of their ids.

    pieces : of each block; where it has fewer parcels some pieces are left out
    """

    blocks: ParcelBlocks
    pieces: int

    @property
    def crs(self) -> str:
        """The study's CRS."""
        return self.blocks.crs

    @property
    def count(self) -> int:
        """Parcels in all."""
        return self.blocks.count

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all parcels."""
        return self.blocks.bounds

    @property
    def quality(self) -> ParcelQuality:
        """What happened at the door."""
        return self.blocks.quality

    @cached_property
    def _each(self) -> int:
        return min(self.pieces, self.count // len(self.blocks))  # blocks differ by one parcel at most

    def __len__(self) -> int:
        return len(self.blocks) * self._each

    def block(self, number: int) -> Parcels:
        """The parcels of a piece."""
        whole, piece = divmod(number, self._each)
        parcels = self.blocks.block(whole)
        return parcels.take(np.array_split(np.arange(len(parcels)), self._each)[piece])

    def places(self, number: int) -> NDArray[np.int64]:
        """The row of each parcel of a piece in the result."""
        whole, piece = divmod(number, self._each)
        return np.array_split(self.blocks.places(whole), self._each)[piece]
