"""Who stays on the shortlist whoever weighs, and whichever method reckons, in the drawn world."""

from __future__ import annotations

import numpy as np
import pytest

from siting.errors import StudyError
from siting.judgement import disagreement_of, survivors_of
from siting.mcda.aggregate import METHODS
from siting.ranking import Ranking
from siting.ranking.agreement import DEFAULT_SHORTLIST, shortlist_length

SETS = {"weight_sets": {"board": {"land": 1, "power": 8, "ground": 1, "permits": 1}}}


def test_the_length_of_the_shortlist(ranked: Ranking) -> None:
    assert shortlist_length(ranked, 3) == 3
    assert shortlist_length(ranked) == 10
    assert shortlist_length(ranked.reweight({"robustness": {"shortlist": 4}})) == 4
    assert shortlist_length(ranked.reweight({"robustness": None})) == DEFAULT_SHORTLIST


def test_survivors_of_the_study_alone_are_its_best(ranked: Ranking) -> None:
    table = ranked.survivors(4)
    assert table["id"].tolist() == ["A3", "B3", "C3", "C2"]
    assert list(table) == ["id", "rank", "survives", "sets_in", "worst_rank"]
    assert table["survives"].all()


def test_survivors_are_among_the_best_under_every_set(ranked: Ranking) -> None:
    both = ranked.reweight(SETS)
    table = both.survivors(5)
    other = both.reweight({f"blocks.{name}.weight": weight for name, weight in SETS["weight_sets"]["board"].items()})
    rank_of = dict(zip(both.parcels.ids, other.judgement.rank, strict=True))
    assert table["rank_board"].tolist() == [rank_of[name] for name in table["id"]]
    assert (table["worst_rank"] == table[["rank", "rank_board"]].max(axis=1)).all()
    assert (table["survives"] == (table["worst_rank"] <= 5)).all()
    assert table["sets_in"].is_monotonic_decreasing
    assert int(table["survives"].sum()) == int(survivors_of(both.study, both.judgement, 5).shortlist.sum())


def test_those_that_no_method_keeps_off_come_first(ranked: Ranking) -> None:
    table = ranked.disagreement(3)
    found = disagreement_of(ranked.study, ranked.judgement, 3)
    assert list(table) == ["id", "rank", "survives", "methods_in", "best_rank", "worst_rank"]
    assert (table["survives"] == (table["methods_in"] == len(found.names))).all()
    assert (table["best_rank"] <= 3).all()
    assert table["methods_in"].is_monotonic_decreasing
    assert set(table["id"]) == set(ranked.parcels.ids[found.methods_in > 0])


def test_every_method_is_compared_with_the_study(ranked: Ranking) -> None:
    table = ranked.methods(3)
    assert len(table) == sum(len(method.variants) for method in METHODS.values())
    assert ((table["kept"] >= 0) & (table["kept"] <= table["best"])).all()
    assert (table["best"] >= 3).all()  # ties may make it more
    assert table["kendall"].dropna().between(-1, 1).all()


def test_a_study_that_is_a_weighted_sum_agrees_with_the_weighted_sum(ranked: Ranking) -> None:
    patch = {"blocks.ground.combine": "weighted_sum", "missing": "worst"}
    weights = {"blocks.ground.criteria.hazard.weight": 1, "blocks.ground.criteria.quiet.weight": 1}
    row = ranked.reweight({**patch, **weights}).methods(4).set_index("method").loc["weighted_sum"]
    assert row["kept"] == row["best"]
    assert row["kendall"] == pytest.approx(1, abs=2e-3)  # scores of a study are rounded more coarsely: a tie more


def test_no_place_on_a_shortlist_is_refused(ranked: Ranking) -> None:
    for ask in (ranked.survivors, ranked.disagreement, ranked.methods):
        with pytest.raises(StudyError) as e:
            ask(0)
        assert str(e.value) == "A shortlist has at least 1 place, not 0."


def test_with_nobody_admitted_the_tables_are_empty(ranked: Ranking) -> None:
    rules = [{"name": "land", "shape": "area", "above": "0 acre"}]
    nobody = ranked.reweight({"exclusions": rules, "overrides": None})
    assert nobody.survivors().empty
    assert nobody.disagreement().empty
    assert np.isnan(nobody.methods()["kendall"]).all()
