"""How sure the ranking of the drawn world is, as the report tells it."""

from __future__ import annotations

import pytest

import siting.report.sure
from siting.ranking import Ranking
from siting.report.sure import agreement_section, sure_section
from siting.robustness import SHARE_MEANS


def test_shares_ranks_and_their_error_are_those_of_the_result(ranked: Ranking) -> None:
    section = sure_section(ranked)
    shares, weights, stability = section.tables
    result = ranked.robustness()
    table = result.shortlist()
    assert [row[0] for row in shares.rows] == table["id"].tolist()
    assert [row[2] for row in shares.rows] == [f"{100 * share:.1f} %" for share in table["p_top_k"]]
    assert SHARE_MEANS in section.said[0]
    assert "at most ±9.8 % (95 %)" in section.said[0]  # 0.98 / sqrt(100)
    assert [row[2] for row in weights.rows] == [f"± {100 * pm:.1f} %" for pm in result.weights()["plus_minus"]]
    held = result.stability()
    assert len(stability.rows) == int((held["id"] == "A3").sum())
    for section_table in section.tables:
        assert {len(row) for row in section_table.rows} == {len(section_table.columns)}


def test_the_interval_of_a_weight_is_that_of_the_result(ranked: Ranking) -> None:
    stability = sure_section(ranked).tables[2]
    held = ranked.robustness().stability().set_index(["id", "weight"])
    row = held.loc[("A3", "power")]
    shown = next(cells for cells in stability.rows if cells[0] == "power")
    assert shown[1] == f"{100 * row['share']:.1f} %"
    whole = row["low"] <= 0 and row["high"] >= 1
    between = "any" if whole else f"{100 * row['low']:.1f} % to {100 * row['high']:.1f} %"
    assert shown[2].removesuffix(" (by search)") == between


def test_a_study_that_does_not_ask_says_how(ranked: Ranking) -> None:
    section = sure_section(ranked.reweight({"robustness": None}))
    assert section.tables == ()
    assert section.said[0].startswith("The study does not ask for it.")


def test_methods_and_weight_sets(ranked: Ranking) -> None:
    anew = ranked.reweight({"weight_sets": {"board": {"land": 1, "power": 8, "ground": 1, "permits": 1}}})
    section = agreement_section(anew)
    assert [table.caption for table in section.tables] == [
        "The shortlist under every method",
        "Rank correlation of each method",
        "The shortlist of every weight set",
        "What the data alone would say of the weights",
    ]
    assert [row[0] for row in section.tables[2].rows] == anew.survivors()["id"].head(20).tolist()
    for table in section.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_many_parcels_do_not_go_through_every_method(ranked: Ranking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siting.report.sure, "MOST_THROUGH_METHODS", 20)
    section = agreement_section(ranked)
    assert [table.caption for table in section.tables] == ["What the data alone would say of the weights"]
    assert section.said == (
        f"{ranked.counts['admitted']} parcels are admitted; above 20 the other methods are not run.",
    )


def test_nobody_admitted(ranked: Ranking) -> None:
    rules = [{"name": "land", "shape": "area", "above": "0 acre"}]
    nobody = ranked.reweight({"exclusions": rules, "overrides": None})
    assert sure_section(nobody).said == ("No parcel is admitted, so there is nothing to be sure of.",)
    assert agreement_section(nobody).said == ("No parcel is admitted.",)
