"""How sure the ranking of the drawn world is: tables, columns and the card."""

from __future__ import annotations

import numpy as np
import pytest

from siting.ranking import Ranking
from siting.robustness import SHARE_MEANS, RobustnessResult


@pytest.fixture(scope="module")
def result(ranked: Ranking) -> RobustnessResult:
    return ranked.robustness()


def test_the_share_is_called_by_its_name(result: RobustnessResult) -> None:
    assert SHARE_MEANS == "share of plausible weightings and data in which it makes the shortlist"
    said = [meaning for _, meaning in result.columns().values()] + [str(result)]
    assert all("probab" not in text for text in said)
    assert result.columns()["p_top_k"][1] == f"{SHARE_MEANS} of 10"
    assert f"p_top_k: {SHARE_MEANS}; Monte-Carlo error at most +-9.8% (95 %)." in str(result)


def test_columns_are_of_all_parcels_and_null_for_those_not_admitted(ranked: Ranking, result: RobustnessResult) -> None:
    columns = result.columns()
    assert list(columns) == ["p_top_k", "rank_p05", "rank_p95", "confidence"]
    share, low, high = (columns[name][0] for name in ("p_top_k", "rank_p05", "rank_p95"))
    np.testing.assert_array_equal(np.isnan(share), ~ranked.judgement.admitted)
    known = ~np.isnan(low) & ~np.isnan(high)
    assert known.sum() == ranked.judgement.admitted.sum()
    assert (low[known] <= high[known]).all()
    for name in columns:
        assert ranked.columns[name].meaning == columns[name][1]


def test_in_every_draw_ten_are_on_the_shortlist_but_for_ties(result: RobustnessResult) -> None:
    assert result.shortlist_share.sum() == pytest.approx(10, abs=0.5)
    assert result.acceptability().groupby("id")["share"].sum().to_numpy() == pytest.approx(1)


def test_what_is_first_with_its_central_weights_is_confident(result: RobustnessResult) -> None:
    """No error but intervals: those without a gap are first for sure, or lose to a gap that turns out well."""
    central = result.central_weights()
    assert central["first"].sum() >= 1  # ties count for each
    weights = central.drop(columns=["id", "first"]).to_numpy()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    factor = dict(zip(result.ids, result.confidence_factors, strict=True))
    assert all(0 < factor[name] <= 1 for name in central["id"].head(2))


def test_every_table_is_there_and_tidy(result: RobustnessResult) -> None:
    tables = result.tables()
    assert list(tables) == [
        "shortlist", "weights", "acceptability", "central_weights", "pairwise", "stability", "overtaking", "swings",
        "pareto",
    ]  # fmt: skip
    assert all(len(table) for table in tables.values())
    pairwise = tables["pairwise"].set_index(["id", "over"])["share"]
    assert all(pairwise[a, b] + pairwise[b, a] <= 1 + 1e-12 for a, b in pairwise.index)
    stability = tables["stability"]
    assert (stability["low"] <= stability["share"]).all()
    assert (stability["share"] <= stability["high"]).all()
    overtaking = tables["overtaking"]
    assert ((overtaking["outcome"] == "dominated") == np.isinf(overtaking["moved"])).all()
    assert 0 < tables["pareto"].attrs["share"] <= 1


def test_the_spread_of_a_top_weight_is_that_of_its_distribution(result: RobustnessResult) -> None:
    """Power has a third of the weight: sqrt(1/3 2/3 / 51) = .066, of 100 draws."""
    weights = result.weights().set_index("criterion")
    assert weights.loc["station", "weight"] == pytest.approx(1 / 3)
    assert weights.loc["station", "plus_minus"] == pytest.approx(0.066, rel=0.25)


def test_the_card_says_share_and_ranks(ranked: Ranking, result: RobustnessResult) -> None:
    lines = result.card_lines()
    at = {str(name): row for row, name in enumerate(ranked.parcels.ids)}
    share = result.shortlist_share[np.flatnonzero(result.ids == "A1")[0]]
    assert lines[at["A1"]][0] == (
        f"Share of plausible weightings and data in which it makes the shortlist of 10: {share:.1%}"
    )
    assert lines[at["A1"]][1].startswith("Rank ")
    assert lines[at["A5"]] == []  # excluded


def test_where_nobody_is_admitted_there_is_nothing_to_be_sure_of(ranked: Ranking) -> None:
    rules = [{"name": "land", "shape": "area", "above": "0 acre"}]
    nobody = ranked.reweight({"exclusions": rules, "overrides": None}).robustness()
    assert all(np.isnan(values).all() for values, _ in nobody.columns().values())
    tables = nobody.tables()
    assert all(table.empty for name, table in tables.items() if name not in ("weights", "swings"))
