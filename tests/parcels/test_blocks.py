"""Blocks: every parcel once, neighbours together, each with its row in the result."""

from __future__ import annotations

import numpy as np
import pytest

from siting.parcels import ParcelsRead, ParcelsUse, read_parcels
from siting.parcels.blocks import CutBlocks, MemoryBlocks
from tests.layer.drawing import UTM, X, Y, finder


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> ParcelsRead:
    use = ParcelsUse.model_validate({"grid": {"size": "100 m", "area": [X, Y, X + 1600, Y + 1600]}})
    return read_parcels(use, finder=finder(tmp_path_factory.mktemp("cells")), crs=UTM)


def test_four_quarters_of_a_square_are_four_blocks(cells: ParcelsRead) -> None:
    blocks = MemoryBlocks(cells, 64)
    assert (len(blocks), blocks.count, blocks.crs) == (4, 256, "EPSG:26912")
    assert blocks.bounds == (X, Y, X + 1600, Y + 1600)
    assert blocks.quality is cells.quality
    for number in range(4):
        west, south, east, north = blocks.block(number).shapes.total_bounds
        assert (east - west, north - south) == (800, 800)


@pytest.mark.parametrize("size", [1, 7, 100, 256, 1000])
def test_every_parcel_is_in_one_block_and_knows_its_row(cells: ParcelsRead, size: int) -> None:
    blocks = MemoryBlocks(cells, size)
    rows = np.concatenate([blocks.places(number) for number in range(len(blocks))])
    assert sorted(rows.tolist()) == list(range(256))
    for number in range(len(blocks)):
        block, places = blocks.block(number), blocks.places(number)
        assert len(block) == len(places) <= size
        assert block.ids.tolist() == cells.parcels.ids[places].tolist() == sorted(block.ids.tolist())


@pytest.mark.parametrize(("size", "pieces"), [(100, 3), (7, 2), (7, 50), (256, 256)])
def test_pieces_of_blocks_hold_every_parcel_once(cells: ParcelsRead, size: int, pieces: int) -> None:
    whole = MemoryBlocks(cells, size)
    blocks = CutBlocks(whole, pieces)
    assert (blocks.count, blocks.crs, blocks.bounds) == (256, "EPSG:26912", whole.bounds)
    assert blocks.quality is cells.quality
    assert len(blocks) == len(whole) * min(pieces, 256 // len(whole))
    rows = np.concatenate([blocks.places(number) for number in range(len(blocks))])
    assert sorted(rows.tolist()) == list(range(256))
    for number in range(len(blocks)):
        block, places = blocks.block(number), blocks.places(number)
        assert 0 < len(block) == len(places)
        assert block.ids.tolist() == cells.parcels.ids[places].tolist() == sorted(block.ids.tolist())


def test_the_order_along_the_curve_does_not_depend_on_the_size(cells: ParcelsRead) -> None:
    """A block of a coarser cut is the union of blocks of a finer one."""
    coarse, fine = MemoryBlocks(cells, 64), MemoryBlocks(cells, 16)
    for number in range(4):
        parts = [fine.places(4 * number + part) for part in range(4)]
        assert sorted(np.concatenate(parts).tolist()) == coarse.places(number).tolist()
