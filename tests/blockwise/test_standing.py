"""The admitted by rank and the best of all against sorting everything at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.blockwise.standing import Best, ByRank, ranks_of
from siting.mcda.rank import competition_ranks


def rows(scores: list[float | None]) -> pa.Table:
    """Rows in the order of their ids, ranked as a judgement ranks them; None has no rank."""
    score = np.array([np.nan if one is None else one for one in scores], float)
    rank = competition_ranks(score)
    ids = pa.array([f"{i:04}" for i in range(len(scores))], pa.string())
    return pa.table(
        {
            "id": ids,
            "rank": pa.array([int(r) or None for r in rank], pa.int64()),
            "score_if_admitted": pa.array(score, from_pandas=False),
            "note": pa.nulls(len(scores), pa.string()),
        }
    )


SCORES = st.lists(st.sampled_from([None, 10.0, 20.0, 20.5, 30.0]), max_size=40)


@given(SCORES, st.integers(1, 9))
def test_the_admitted_come_back_by_rank(
    tmp_path_factory: pytest.TempPathFactory, scores: list[float | None], size: int
) -> None:
    table = rows(scores)
    ranked = sum(one is not None for one in scores)
    others = pa.concat_tables([table, rows([None, 40.0])])  # the last two are not admitted
    by_rank = ByRank(tmp_path_factory.mktemp("ranked"), len(scores), ranked, ["id", "rank", "note"])
    for first in range(0, len(others), size):
        piece = others.slice(first, size)
        by_rank.add(piece, np.arange(min(len(piece), max(len(scores) - first, 0))))
    found = pa.concat_tables(by_rank.groups())
    order = np.lexsort((table.column("id").to_pylist(), np.maximum(ranks_of(table), 0)))
    assert found.column("id").to_pylist() == table.take(pa.array(order, pa.int64())).column("id").to_pylist()
    assert found.column_names == ["id", "rank", "note"]
    assert by_rank.is_empty("note")
    assert by_rank.is_empty("rank") == (not ranked)


@given(SCORES, st.integers(1, 9), st.integers(1, 5))
def test_the_best_are_those_of_all(scores: list[float | None], size: int, most: int) -> None:
    """Those without a rank follow by their score; equal ones in their order."""
    table = rows(scores)
    unranked = [i % 3 == 1 for i in range(len(scores))]
    rank = pa.array([None if out else r for out, r in zip(unranked, table.column("rank").to_pylist(), strict=True)])
    table = table.set_column(1, "rank", rank.cast(pa.int64()))
    best = Best(most)
    for first in range(0, len(scores), size):
        best.add(table.slice(first, size))
    score = table.column("score_if_admitted").to_numpy()
    first = np.where(ranks_of(table) < 0, np.inf, ranks_of(table))
    assert best.places().tolist() == np.sort(np.lexsort((-score, first))[:most]).tolist()


def test_nobody_is_ranked() -> None:
    assert ranks_of(pa.table({"rank": pa.nulls(2, pa.string())})).tolist() == [-1, -1]
