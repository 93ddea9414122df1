"""The ranking of the drawn world against answers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

import siting
from siting.errors import DataError, RunError, StudyError
from siting.overrides import read_overrides
from siting.ranking import Ranking
from tests.world import HOSTILE, RECORDS, square


def by_hand(name: str, *, hazard: float, land_ha: float = 100, permits: float = 1) -> float:
    """Points of a parcel west of column E: (2 land + 2 power + ground + permits) / 6."""
    outline = square(name)
    station_km = max(outline.bounds[0] - 399_000, 0) / 1000
    up = max(outline.bounds[1] - 3_702_500, 3_702_500 - outline.bounds[3], 0) / 1000
    power = (5 - round(math.hypot(station_km, up), 6)) / 4
    land = 0.75 * land_ha / 100 + 0.25
    return 100 * (2 * land + 2 * power + min(hazard, 1) + permits) / 6


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("A3", by_hand("A3", hazard=0)),  # the fissure runs through it
        ("B3", by_hand("B3", hazard=0.5)),  # 500 m from it
        ("C3", by_hand("C3", hazard=1)),  # 1,500 m: beyond the search
        ("C2", by_hand("C2", hazard=1)),
        ("A4", by_hand("A4", hazard=0, land_ha=50)),  # half of it floods
        ("D5", by_hand("D5", hazard=0.5)),  # an analyst's word
        ("B2", by_hand("B2", hazard=0.5)),  # three records on one outline
    ],
)
def test_scores_worked_out_by_hand(ranked: Ranking, name: str, points: float) -> None:
    explained = ranked.explain(name)
    assert explained.score == pytest.approx(points, abs=2e-6)
    assert explained.score_range == (explained.score, explained.score)


def test_the_first_three_tie_at_five_sixths(ranked: Ranking) -> None:
    top = ranked.top(5)
    assert top["id"].tolist() == ["A3", "B3", "C3", "C2", "B2"]
    assert top["rank"].tolist() == [1, 1, 1, 4, 5]
    assert top["score"].tolist()[:3] == [83.333333] * 3
    assert top["tier"].tolist() == ["high"] * 5
    assert top["acres"].tolist() == [247.105] * 5


def test_a_gap_gives_the_score_of_the_best_and_the_worst_case(ranked: Ranking) -> None:
    explained = ranked.explain("D3")  # 4 km from the station, and not mapped for fissures
    low, high = 100 * (2 + 0.5 + 0 + 1) / 6, 100 * (2 + 0.5 + 1 + 1) / 6
    assert explained.score_range == pytest.approx((low, high), abs=1e-6)
    assert explained.score == pytest.approx((low + high) / 2, abs=1e-6)


def test_every_record_is_accounted_for(ranked: Ranking) -> None:
    assert ranked.counts == {
        "read": RECORDS, "admitted": 35, "site only": 2, "excluded": 3, "dropped": 2, "merged": 2,
    }  # fmt: skip
    assert ranked.counts["admitted"] + len(ranked.excluded()) == RECORDS


def test_records_that_are_not_accounted_for_are_a_fault(ranked: Ranking) -> None:
    wrong = replace(ranked, quality=replace(ranked.quality, read=45))
    with pytest.raises(RunError) as e:
        _ = wrong.counts
    assert str(e.value) == (
        "45 records came in, but 44 are accounted for: {'admitted': 35, 'site only': 2, 'excluded': 3, 'dropped': 2, "
        "'merged': 2}. This is a fault of siting, not of the study; please report it with the manifest."
    )


def test_hits_and_hits_alone(ranked: Ranking) -> None:
    rows = ranked.hits().itertuples(index=False, name=None)
    assert list(rows) == [("tribal land", 1, 1), ("public owner", 1, 1), ("too small", 2, 2), ("override", 1, 1)]


def test_strongest_and_weakest_are_words(ranked: Ranking) -> None:
    row = ranked.top(40).set_index("id").loc["C4"]
    assert (row["strongest"], row["weakest"]) == ("hazard, station", "usable land")
    assert ranked.top(1)["weakest"].tolist() == ["hazard"]


def test_the_table_is_a_copy(ranked: Ranking) -> None:
    table = ranked.table
    assert isinstance(table, gpd.GeoDataFrame)
    assert str(table.crs) == "EPSG:26912"
    assert len(table) == len(ranked) == 40
    table.loc[:, "score_low"] = -1.0
    assert (ranked.columns["score_low"].values >= 0).all()


def test_other_weights_measure_nothing_again(ranked: Ranking, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("measured again")

    for measure in {type(measure) for measure in ranked.plan.measures}:
        monkeypatch.setattr(measure, "measure", refuse)
    anew = ranked.reweight({"blocks.power.weight": 8})
    assert anew.explain("A3").score == pytest.approx(100 * (2 + 8 + 0 + 1) / 12, abs=1e-6)
    assert anew.explain("B3").score == pytest.approx(100 * (2 + 6 + 0.5 + 1) / 12, abs=1e-6)
    assert ranked.explain("B3").score == pytest.approx(100 * 5 / 6, abs=1e-6)
    assert ranked.study.weights["station"] == pytest.approx(1 / 3)


def test_reweighting_gives_what_ranking_anew_gives(ranked: Ranking) -> None:
    patch = {"blocks.power.weight": 8, "blocks.ground.combine": "product", "aggregate.across": "geometric"}
    anew, again = ranked.reweight(patch), siting.rank(ranked.study.with_(patch), progress=None)
    assert list(anew.columns) == list(again.columns)
    for name, column in anew.columns.items():
        np.testing.assert_array_equal(column.values, again.columns[name].values, err_msg=name)


def test_an_override_given_as_a_quantity_follows_the_value_function(ranked: Ranking) -> None:
    said = {"id": "C2", "item": "station", "value": "2 km", "who": "A", "when": "2026", "why": "planned"}
    first = ranked.reweight({"overrides": [said]})
    assert first.judgement.values["station"][0][_row(ranked, "C2")] == 0.75
    second = first.reweight({"blocks.power.criteria.station.value": [["1 km", 1], ["3 km", 0]]})
    assert second.judgement.values["station"][0][_row(ranked, "C2")] == 0.5
    assert read_overrides(second.study, ranked.parcels.ids) is not None


def _row(ranking: Ranking, name: str) -> int:
    return int(np.flatnonzero(ranking.parcels.ids == name)[0])


def test_a_parcel_that_is_not_there(ranked: Ranking) -> None:
    with pytest.raises(DataError) as e:
        ranked.explain("a3")
    assert str(e.value) == "There is no parcel 'a3' among the 40 of this ranking. Did you mean 'A3'?"


def test_a_scenario_by_its_name(world: Any, ranked: Ranking) -> None:
    scenario = siting.rank(ranked.study, scenario="power_first", progress=None)
    assert scenario.explain("A3").score == pytest.approx(100 * 11 / 12, abs=1e-6)
    with pytest.raises(StudyError) as e:
        siting.rank(ranked.study, scenario="power_frist", progress=None)
    assert str(e.value) == (
        "The study has no scenario 'power_frist'. Its scenarios are 'power_first'. Did you mean 'power_first'?"
    )


def test_the_page_of_a_notebook_is_escaped(ranked: Ranking) -> None:
    shown = ranked.reweight({"title": "<b>hostile</b>", "marking": "<i>draft</i>"})._repr_html_()
    assert "&lt;b&gt;hostile&lt;/b&gt;" in shown
    assert "<b>hostile" not in shown
    assert "<i>" not in shown
    assert "35 of 40 parcels admitted, 2 only in a site, 3 excluded" in shown
    only = ranked.reweight({"exclusions": [{"name": "far", "distance": "stations", "below": "0.1 m"}]})
    hostile = only._repr_html_() + only.explain(HOSTILE)._repr_html_()
    assert "<img" not in hostile


@pytest.mark.parametrize(
    ("title", "marking", "provenance", "synthetic"),
    [
        ("A drawn world", "SYNTHETIC", {}, True),
        ("A drawn world (SYNTHETIC)", "", {}, True),
        ("A place", "", {}, False),
        ("A place", "", {"synthetic": True}, True),
        ("A place", "", {"coverage": {"synthetic": True}}, True),
    ],
)
def test_what_makes_a_result_synthetic(
    ranked: Ranking, title: str, marking: str, provenance: dict[str, Any], synthetic: bool
) -> None:
    layers = {name: replace(layer, provenance=provenance) for name, layer in ranked.layers.items()}
    study = ranked.study.with_(title=title, marking=marking)
    assert replace(ranked, study=study, layers=layers).synthetic is synthetic


def test_its_repr_is_one_line(ranked: Ranking) -> None:
    assert repr(ranked) == "<Ranking 'A drawn world' (SYNTHETIC): 35 of 40 parcels admitted>"


def test_contributions_that_are_too_small_are_not_named(ranked: Ranking) -> None:
    """D3's criteria move its score by less than 0.1 points or are named, whatever the unit."""
    given = ranked.judgement.contributions
    names = [name.replace("_", " ") for name in given.names]
    strong, weak = (words.values for words in ranked.strongest_weakest)
    for row in range(len(ranked)):
        for said, sign in ((strong[row], 1), (weak[row], -1)):
            for name in filter(None, said.split(", ")):
                assert sign * given.values[names.index(name), row] >= 0.1
    few = given.values.copy()
    few[:] = 0.0999
    few[1] = -0.1
    small = replace(ranked, judgement=replace(ranked.judgement, contributions=replace(given, values=few)))
    strong, weak = (words.values for words in small.strongest_weakest)
    assert set(strong) == {""}
    assert set(weak) == {names[1]}
