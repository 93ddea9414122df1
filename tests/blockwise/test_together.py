"""Blocks as rankings among all: ranks and contributions are those of the ranking in memory."""

from __future__ import annotations

import numpy as np

from siting.blockwise.together import Together, rows_of_blocks
from siting.engine.scattered import Scattered
from siting.ranking import Ranking


def test_a_block_knows_its_ranks_among_all(together: Together, ranked: Ranking) -> None:
    for number in range(len(together.blocks)):
        block = together.ranking(number)
        rows = block.rows
        assert rows is not None
        for name in ("rank", "rank_best", "rank_worst", "tier", "status"):
            assert np.array_equal(getattr(block.judgement, name), getattr(ranked.judgement, name)[rows]), name
        given, asked = block.judgement.contributions, ranked.judgement.contributions
        assert np.array_equal(given.values, asked.values[:, rows], equal_nan=True)
        assert list(block.columns) == list(ranked.columns)


def test_rows_that_are_there_are_not_made_again(together: Together, ranked: Ranking) -> None:
    paths, made = rows_of_blocks(together)
    assert made == len(paths)
    assert rows_of_blocks(together) == (paths, 0)
    ids = Scattered(paths, len(ranked)).rows(0, len(ranked)).column("id").to_pylist()
    assert ids == ranked.parcels.ids.tolist()
