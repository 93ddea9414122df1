"""Cells of raster files in tiles, each decoded once while it is in use.

Windows under neighbouring parcels overlap, and the cells of a file come in compressed blocks, so that reading window by
window would decode most blocks several times. The tiles read last are kept, up to a stated number of bytes for all
files together, and shared by threads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["KEPT_BYTES", "Decode", "TileCache"]

KEPT_BYTES = 96 << 20  #: two rows of tiles of a raster of 20,000 columns
SIDE = 512  #: cells along a tile, where the blocks of the file are not larger

Cells = tuple[NDArray[Any], NDArray[np.bool_]]
#: top, left, rows, columns -> (bands, rows, columns) values, (rows, columns) where they are data
Decode = Callable[[int, int, int, int], Cells]


class TileCache:
    """The tiles decoded last, of any files."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self.most_bytes, self._bytes = most_bytes, 0
        self._tiles: OrderedDict[Hashable, Cells] = OrderedDict()
        self._lock = threading.Lock()

    def read(
        self,
        file: Hashable,
        size: tuple[int, int],
        block: tuple[int, int],
        window: tuple[int, int, int, int],
        decode: Decode,
    ) -> Cells:
        """The cells of a window of a file, put together from tiles.

        file : what tells this file from others and from its own other versions
        size, block : rows and columns of the file, and of its blocks
        window : top, left, rows, columns inside the file, at least one of each
        """
        top, left, rows, columns = window
        high, wide = tile_shape(size, block)
        parts = []
        for row in range(top // high, (top + rows - 1) // high + 1):
            for column in range(left // wide, (left + columns - 1) // wide + 1):
                at = row * high, column * wide, min(high, size[0] - row * high), min(wide, size[1] - column * wide)
                parts.append((at, self._tile((file, row, column), at, decode)))
        bands, dtype = len(parts[0][1][0]), np.result_type(*(values for _, (values, _) in parts))
        values, valid = np.empty((bands, rows, columns), dtype), np.empty((rows, columns), np.bool_)
        for (r, c, h, w), (cells, good) in parts:
            r0, r1, c0, c1 = max(r, top), min(r + h, top + rows), max(c, left), min(c + w, left + columns)
            here = slice(r0 - top, r1 - top), slice(c0 - left, c1 - left)
            there = slice(r0 - r, r1 - r), slice(c0 - c, c1 - c)
            values[:, *here], valid[here] = cells[:, *there], good[there]
        return values, valid

    def _tile(self, key: Hashable, at: tuple[int, int, int, int], decode: Decode) -> Cells:
        """A tile that is kept, or is decoded now; two threads may decode the same one."""
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
                return found
        tile = decode(*at)
        with self._lock:
            if key not in self._tiles:
                self._tiles[key] = tile
                self._bytes += _bytes(tile)
            while self._bytes > self.most_bytes and self._tiles:
                self._bytes -= _bytes(self._tiles.popitem(last=False)[1])
        return tile


def tile_shape(size: tuple[int, int], block: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of a tile: whole blocks, about 512 x 512 cells; of a file in strips, some whole rows.

    >>> tile_shape((10_000, 10_000), (256, 256)), tile_shape((10_000, 10_000), (1, 10_000))
    ((512, 512), (26, 10000))
    """
    wide = min(max(SIDE // block[1], 1) * block[1], size[1])
    high = max(SIDE * SIDE // wide // block[0], 1) * block[0]
    return min(high, max(SIDE, block[0]), size[0]), wide


def _bytes(tile: Cells) -> int:
    return tile[0].nbytes + tile[1].nbytes
