from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.layer.tiles import TileCache, tile_shape

CELLS = np.arange(2 * 1100 * 1300, dtype=np.int32).reshape(2, 1100, 1300)
GOOD = CELLS[0] % 7 != 0


class File:
    """Cells that count how often each is decoded."""

    def __init__(self) -> None:
        self.decoded = np.zeros(GOOD.shape, int)

    def decode(self, top: int, left: int, rows: int, columns: int) -> Any:
        part = slice(top, top + rows), slice(left, left + columns)
        self.decoded[part] += 1
        return CELLS[:, *part], GOOD[part]


windows = st.tuples(st.integers(0, 1099), st.integers(0, 1299), st.integers(1, 1100), st.integers(1, 1300)).map(
    lambda w: (w[0], w[1], min(w[2], 1100 - w[0]), min(w[3], 1300 - w[1]))
)


def check(cache: TileCache, file: File, window: Any, block: tuple[int, int]) -> None:
    top, left, rows, columns = window
    values, good = cache.read("file", (1100, 1300), block, window, file.decode)
    part = slice(top, top + rows), slice(left, left + columns)
    assert (values == CELLS[:, *part]).all()
    assert (good == GOOD[part]).all()


@given(st.lists(windows, min_size=1, max_size=4), st.sampled_from([(256, 256), (1, 1300), (100, 1300), (600, 700)]))
def test_windows_are_the_cells_of_the_file(asked: list[Any], block: tuple[int, int]) -> None:
    cache, file = TileCache(), File()
    for window in asked:
        check(cache, file, window, block)
    assert file.decoded.max() == 1


def test_no_more_than_the_stated_bytes_are_kept() -> None:
    tile = 512 * 512 * (2 * 4 + 1)
    cache, file = TileCache(most_bytes=2 * tile), File()
    for _ in range(2):
        check(cache, file, (0, 0, 512, 1024), (256, 256))
    assert file.decoded.max() == 1
    check(cache, file, (512, 0, 512, 512), (256, 256))  # takes the place of the tile used first
    check(cache, file, (0, 512, 512, 512), (256, 256))
    assert file.decoded.max() == 1
    check(cache, file, (0, 0, 512, 512), (256, 256))
    assert file.decoded[0, 0] == 2
    nothing = TileCache(most_bytes=0)
    check(nothing, file, (0, 0, 9, 9), (256, 256))


def test_versions_of_a_file_are_told_apart() -> None:
    cache, file = TileCache(), File()
    first, _ = cache.read(("file", 1), (1100, 1300), (256, 256), (0, 0, 1, 1), file.decode)
    cache.read(("file", 2), (1100, 1300), (256, 256), (0, 0, 1, 1), file.decode)
    assert file.decoded[0, 0] == 2
    assert first.tolist() == [[[0]], [[1100 * 1300]]]


def test_threads_share_tiles() -> None:
    cache, file = TileCache(), File()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: check(cache, file, (i, 7 * i, 500, 600), (256, 256)), range(60)))
    assert file.decoded.max() <= 4


def test_tiles_are_whole_blocks() -> None:
    assert tile_shape((10_000, 10_000), (256, 256)) == (512, 512)
    assert tile_shape((10_000, 10_000), (1000, 1000)) == (1000, 1000)
    assert tile_shape((300, 200), (128, 128)) == (300, 200)
    assert tile_shape((50_000, 90_000), (1, 90_000)) == (2, 90_000)
