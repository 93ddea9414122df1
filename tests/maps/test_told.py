"""What a card says beside the numbers, compared with the drawn world's study."""

from __future__ import annotations

from siting.exclusions import parse_rule
from siting.maps.ranking_view import view_of
from siting.maps.told import measure_words, scale_words
from siting.mcda.value import parse_value
from siting.metrics import parse_measure
from siting.ranking import Ranking


def test_measures_in_words() -> None:
    said = {"distance": "substations", "of": "pad", "within": "25 km"}
    assert measure_words(parse_measure(said, "it")) == "distance to substations, from the pad, within 25 km"
    assert measure_words(parse_measure({"usable": "largest_piece"}, "it")) == "usable land, largest piece"
    share = {"share": "flood_zones", "of": "usable", "where": "SFHA_TF == 'T'"}
    assert measure_words(parse_measure(share, "it")) == (
        "share under flood zones, from the usable land, where SFHA_TF == 'T'"
    )


def test_scales_in_words() -> None:
    assert scale_words(parse_value([["2 km", 1], ["8 km", 0.5], ["25 km", 0]])) == "2 km = 1, 8 km = 0.5, 25 km = 0"
    assert scale_words(parse_value({"designated": 1, "none": 0})) == "designated = 1, none = 0"
    assert scale_words(parse_value({"step": [["0 km", 1], ["2 km", 0.5]]})) == "in steps: 0 km = 1, 2 km = 0.5"
    assert scale_words(parse_value({"min_max": {"direction": "falling"}})) == "fitted to the candidates"


def test_a_limit_of_several_steps(ranked: Ranking) -> None:
    steps = {"name": "near", "distance": "stations", "below": "1 km", "why": "noise."}
    assert parse_rule(steps).why == "noise."
    assert view_of(ranked.reweight({"exclusions": [steps]})).why["near"] == "Noise. Excluded below 1 km."


def test_criteria_lead_back_to_their_source(ranked: Ranking) -> None:
    drawn = view_of(ranked)
    notes = {criterion.label: criterion.note for criterion in drawn.criteria}
    assert notes["station"] == "distance to stations, within 5 km; 1 km = 1, 5 km = 0; layer: stations"
    assert notes["quiet"] == "distance to rail, from the pad, within 500 m; 100 m = 0, 500 m = 1; layer: rail"
    assert notes["Zoning"] == "class of zoning; by_right = 1, conditional = 0.5, none = 0; layer: zoning"
    nearest = {criterion.label: criterion.nearest for criterion in drawn.criteria}
    assert nearest["station"] == [item or "" for item in ranked.table["station_nearest_id"]]
    assert nearest["Zoning"] is None


def test_reasons_have_their_why_and_their_number(ranked: Ranking) -> None:
    drawn = view_of(ranked)
    assert drawn.why["tribal land"] == "Needs the nation's consent. Excluded above 50 %."
    assert drawn.why["too small"] == "Judgement. Excluded below 20 ha."
    row = list(drawn.ids).index("H5")
    assert drawn.measured["tribal land"][row] == "100 %"
    assert drawn.measured["tribal land"][list(drawn.ids).index("G5")] == ""  # 40 %: it does not hold there
    assert (
        drawn.measured["too small"][list(drawn.ids).index("C1")] == "at most 9 ha"
    )  # 300 m x 300 m; no piece is measured
    assert "public owner" not in drawn.measured  # a field that is not published
