"""Who is in the ranking, who is not, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.ranking import Ranking, excluded_table, ranked_rows
from siting.ranking.tables import ranked_columns, synthetic_note
from tests.world import RECORDS


def test_the_admitted_come_by_rank_then_by_id(ranked: Ranking) -> None:
    names = ranked_columns(ranked.columns)
    assert names[:3] == ["rank", "id", "unclear"]
    assert not {"status", "excluded_by", "score_if_admitted"} & set(names)
    rows = ranked_rows(ranked)
    keys = list(zip(ranked.judgement.rank[rows], ranked.parcels.ids[rows], strict=True))
    assert keys == sorted(keys)
    assert sorted(rows) == np.flatnonzero(ranked.judgement.admitted).tolist()


@given(st.lists(st.tuples(st.sampled_from(["S1", "S2", "S10"]), st.integers(0, 3)), max_size=12))
def test_equal_ranks_follow_the_text_of_the_ids(ranked: Ranking, cells: list[tuple[str, int]]) -> None:
    admitted = ranked_rows(ranked)[: len(cells)]
    ids, rank = ranked.parcels.ids.copy(), np.zeros(len(ranked), np.int64)
    status = np.full(len(ranked), "excluded", object)
    ids[admitted], rank[admitted] = [f"{name}-{at}" for at, (name, _) in enumerate(cells)], [r for _, r in cells]
    status[admitted] = "admitted"
    judged = replace(ranked.judgement, rank=rank, status=status)
    rows = ranked_rows(replace(ranked, parcels=replace(ranked.parcels, ids=ids), judgement=judged))
    assert rows.tolist() == sorted(admitted.tolist(), key=lambda row: (rank[row], ids[row]))


def test_everybody_else_and_why(ranked: Ranking) -> None:
    table = excluded_table(ranked).set_index("id")
    assert len(table) + len(ranked_rows(ranked)) == RECORDS
    said = {name: (row["status"], row["excluded_by"], row["why"]) for name, row in table.iterrows()}
    assert said == {
        "A5": ("excluded", "override", "status = excluded (A. Surveyor, 2026-10-01: sold last week)"),
        "C1": ("site only", "too small", "too small: at most 9 ha (below 20 ha); judgement"),
        "F5": ("excluded", "public owner", "public owner: not for sale"),
        "H1": ("site only", "too small", "too small: at most 0 ha (below 20 ha); judgement"),
        "H5": ("excluded", "tribal land", "tribal land: 100 % (above 50 %); needs the nation's consent"),
        "B2-U1": ("merged", "", "stacked on the outline of 'B2'"),
        "B2-U2": ("merged", "", "stacked on the outline of 'B2'"),
        "Z1": ("dropped", "", "it has no polygon"),
        "Z2": ("dropped", "", "a sliver of 2.000 m2"),
    }
    assert table.loc["C1", "acres"] == 22.239  # 9 ha
    assert np.isnan(table.loc["Z1", "acres"])
    assert table.loc["C1", "USE"] == "0037"


def test_several_reasons_are_all_named(ranked: Ranking) -> None:
    rules = [
        {"name": "near", "distance": "stations", "below": "1.5 km", "why": "hum"},
        {"name": "flooded", "share": "flood", "above": "40 %"},
        {"name": "wet", "share": "flood", "above": "10 %", "applies_to": "site", "why": "cost"},
    ]
    anew = ranked.reweight({"exclusions": rules, "overrides": None})
    row = excluded_table(anew).set_index("id").loc["A4"]
    assert (row["excluded_by"], row["why"]) == (
        "near; flooded; wet",
        "near: 1.12 km (below 1.5 km); hum | flooded: 50 % (above 40 %) | wet: 50 % (above 10 %); cost",
    )


def test_nobody_dropped_and_nobody_excluded(ranked: Ranking) -> None:
    anew = ranked.reweight({"exclusions": [], "overrides": None})
    clean = replace(anew, quality=replace(anew.quality, table=anew.quality.table.iloc[:0]))
    assert excluded_table(clean).empty
    assert list(excluded_table(clean).columns) == list(excluded_table(anew).columns)


def test_what_is_invented_in_a_sentence(ranked: Ranking) -> None:
    """The drawn world is marked; its files say nothing."""
    assert synthetic_note(ranked) == "SYNTHETIC: some of its data are invented."
    layers = {name: _with(layer, synthetic=True) for name, layer in ranked.layers.items()}
    quality = _with(ranked.quality, synthetic=True)
    assert synthetic_note(replace(ranked, layers=layers)) == "SYNTHETIC: some of its data are invented."
    covered = {name: _with(layer, synthetic=True, coverage=None) for name, layer in ranked.layers.items()}
    every = replace(ranked, layers=covered, quality=quality)
    assert synthetic_note(every) == "SYNTHETIC: all of its data are invented; nothing here is real."
    plain = replace(ranked, study=ranked.study.model_copy(update={"marking": ""}))
    assert synthetic_note(plain) == ""


def _with(holder: Any, **said: Any) -> Any:
    return replace(holder, provenance={**holder.provenance, **said})
