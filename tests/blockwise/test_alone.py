"""Blocks by themselves: what they add to the whole, and that nothing finished is done again."""

from __future__ import annotations

import numpy as np
import pytest

from siting.blockwise.alone import judged_blocks, summed
from siting.blockwise.setting import Setting
from siting.blockwise.together import Together
from siting.blockwise.whole import whole_of
from siting.engine.scattered import PLACE, read_part
from siting.errors import RunError
from siting.ranking import Ranking


def test_counts_add_up_to_those_of_the_ranking(together: Together, ranked: Ranking) -> None:
    about = [block.about for block in together.blocks]
    became = summed(about, "became")
    assert {name: ranked.counts[name] for name in became} == became
    tables = [found[0] for block in together.blocks if (found := read_part(block.path))]
    places, scores = (np.concatenate([table.column(name) for table in tables]) for name in (PLACE, "score"))
    assert sorted(places.tolist()) == list(range(len(ranked)))
    assert np.array_equal(scores[np.argsort(places)], ranked.judgement.scores.score, equal_nan=True)


def test_a_damaged_block_alone_is_judged_again(setting: Setting, together: Together) -> None:
    path = together.blocks[1].path
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    for left in setting.folder.glob("*-*.numbers"):
        left.unlink()
    with pytest.raises(RunError) as e:
        whole_of(setting, together.blocks)
    assert str(e.value) == (f"The block {path.name!r} cannot be read. Start again: only that block is made anew.")
    again = judged_blocks(setting, {}, "")
    assert [block.judged for block in again] == [block.number == 1 for block in again]
    assert [block.measured for block in again] == [0] * len(again)
    assert path.read_bytes() == whole
