"""From a ranking to its map: who is drawn, what is told, what stays hidden."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from siting.judgement import judge
from siting.maps.ranking_view import MOST_PARCELS, map_of, view_of
from siting.maps.segments import segments_of
from siting.maps.view import MapView
from siting.measure import Measured
from siting.ranking import Ranking
from siting.ranking.words import quantity_text
from tests.world import HOSTILE, SECRET

from .reading import Read


@pytest.fixture(scope="module")
def drawn(ranked: Ranking) -> MapView:
    return view_of(ranked)


def test_everybody_is_drawn_where_they_lie(drawn: MapView, ranked: Ranking) -> None:
    assert Counter(drawn.status) == {"admitted": 35, "site": 2, "excluded": 3}
    assert list(drawn.ids) == ranked.parcels.ids.tolist()
    west, south, east, north = drawn.shapes.total_bounds
    assert (round(west, 2), round(south, 2), round(east, 2), round(north, 2)) == (-112.08, 33.43, -111.99, 33.48)


def test_ranks_reasons_and_tiers(drawn: MapView) -> None:
    at = {name: row for row, name in enumerate(drawn.ids)}
    assert drawn.rank[at["A3"]] == 1
    assert drawn.tier[at["A3"]] == "high"
    assert drawn.reasons[at["A3"]] == []
    assert (drawn.rank[at["H5"]], drawn.tier[at["H5"]], drawn.reasons[at["H5"]]) == (0, "", ["tribal land"])
    assert drawn.score_low is not None


def test_criteria_read_as_in_the_explanation(drawn: MapView, ranked: Ranking) -> None:
    for row, name in enumerate(drawn.ids):
        lines = ranked.explain(name).criteria
        assert [criterion.quantity[row] for criterion in drawn.criteria] == [line.quantity for line in lines]
        assert [criterion.contribution[row] for criterion in drawn.criteria] == [line.contribution for line in lines]
    assert [criterion.label for criterion in drawn.criteria][-1] == "Zoning"
    assert sum(criterion.weight for criterion in drawn.criteria) == pytest.approx(1)


@pytest.mark.parametrize("across", ["arithmetic", "geometric"])
def test_the_page_shows_the_digits_of_the_explanation(ranked: Ranking, across: str) -> None:
    """Every parcel: score and range, rank and range, values, contributions, rounded once."""
    asked = ranked.reweight({"aggregate.across": across})
    base, standing, criteria, card = (Read(text) for text in segments_of(view_of(asked)).values())
    about, codes = base.json("about"), [criteria.ints(f"c{j}.code") for j in range(6)]
    for row, name in enumerate(base.texts("ids")):
        told = asked.explain(name)
        score, low, high = (int(standing.ints(column)[row]) for column in ("score", "low", "high"))
        known = told.score is not None
        assert (score, low, high) == (
            tuple(round(x * 1e6) for x in (told.score, *told.score_range)) if known else (-1, -1, -1)
        )
        best, worst = (int(standing.ints(column)[row]) or None for column in ("best", "worst"))
        assert (best, worst) == told.rank_range
        for j, (line, said) in enumerate(zip(told.criteria, told.rows(), strict=True)):
            text, low, high, middle = _decoded(criteria, about["criteria"][j], j, int(codes[j][row]))
            assert text == line.quantity
            exact = low == high  # an interval narrower than a hundredth reads as one value
            value = _digits(middle, 2) if exact else f"{_digits(low, 2)} to {_digits(high, 2)}"
            told_value = line.value.replace("not known", "no data")
            assert told_value in (value, f"{value} to {value}", f"{_digits(low, 2)} to {_digits(high, 2)}")
            against = said[-1].removesuffix(" %").replace("not known", "no data").removeprefix("+")
            shown, places = card.ints(f"by{j}")[row], about["decimals"]
            shown_against = "no data" if shown == -10_000_000 else f"{shown:.{places}f}"
            assert shown_against == (against if against.strip("-0.") else against.removeprefix("-"))


def _decoded(read: Read, criterion: dict[str, Any], j: int, code: int) -> tuple[str, Any, Any, Any]:
    """Words and values in hundredths of a code, as the page decodes them."""
    number = read.ints(f"c{j}.number")
    if code >= len(number):
        other = read.json(f"c{j}.others")[65_535 - code]
        text, (middle, low, high) = other["text"], other["shown"] or (None, None, None)
        return text, low, high, middle
    shown = int(read.ints(f"c{j}.shown")[code])
    return quantity_text(float(number[code]), None, None, "", unit=criterion["unit"], within=""), shown, shown, shown


def _digits(shown: int | None, places: int) -> str:
    return "no data" if shown is None else f"{shown / 10**places:.{places}f}"


def test_the_pad_lies_in_its_parcel(drawn: MapView, ranked: Ranking) -> None:
    assert drawn.pads is not None
    assert drawn.pad_label == "pad 400 m x 300 m, as for quiet"
    there = np.diff(drawn.pads.shape_offsets) > 0
    assert set(np.flatnonzero(there)) <= set(np.flatnonzero(ranked.judgement.admitted))
    assert there.sum() > 30
    areas = shapely.area(drawn.pads.geometries[there]) * 111_320**2 * np.cos(np.radians(33.45))
    assert areas == pytest.approx(120_000, rel=0.01)


def test_themes_without_data_are_one_line(ranked: Ranking) -> None:
    many = ranked.reweight({"partial": {"water": "none", "power": "none"}})
    assert view_of(many).notes[0] == "Partial: water, power are not in it, or only in part."


def test_the_waterfall_in_square_metres(drawn: MapView) -> None:
    row = list(drawn.ids).index("A4")
    fall = drawn.waterfall
    assert fall is not None
    assert (fall.gross_m2[row], fall.cut_m2["flood"][row], fall.usable_m2[row]) == pytest.approx((1e6, 5e5, 5e5))


def test_only_published_fields_and_hostile_text_as_it_is(drawn: MapView) -> None:
    assert list(drawn.published) == ["USE"]
    row = list(drawn.ids).index("A1")
    assert drawn.published["USE"][row] == "<script>alert(1)</script>"
    assert HOSTILE in drawn.ids
    assert SECRET not in repr(vars(drawn))


def test_sections_say_what_the_numbers_do_not(drawn: MapView, ranked: Ranking) -> None:
    lines = {section.title: dict(zip(drawn.ids, section.lines, strict=True)) for section in drawn.sections}
    assert list(lines) == [
        "Assembled site",
        "Overrides",
        "Records on this outline",
        "Not judged",
        "How sure is the rank",
    ]
    assert len(lines["How sure is the rank"]["A1"]) == 2
    assert lines["How sure is the rank"]["H5"] == []
    assert lines["Not judged"]["H5"] == ["too small"]  # excluded anyway: its largest piece is not worked out
    assert lines["Overrides"]["D5"] == ["hazard = 0.5 (A. Surveyor, 2026-10-02: walked the ground)"]
    assert lines["Overrides"]["A3"] == []
    assert lines["Records on this outline"]["B2"] == ["B2", "B2-U1", "B2-U2"]
    unclear = ranked.reweight({"exclusions": [{"name": "near", "distance": "fissures", "below": "1 km"}]})
    said = {section.title: section.lines for section in view_of(unclear).sections}
    assert said["Not judged"][list(drawn.ids).index("F3")] == ["near"]


def test_context_is_shown_where_it_may_be(drawn: MapView, ranked: Ranking) -> None:
    assert [layer.name for layer in drawn.context] == ["flood", "tribal", "assembled sites"]
    assert drawn.notes[-1] == "The layer 'dem' is not on the map: it is a raster."
    closed = replace(ranked.layers["flood"], provenance={"redistribute": "no"})
    view = view_of(replace(ranked, layers={**ranked.layers, "flood": closed}))
    assert [layer.name for layer in view.context] == ["tribal", "assembled sites"]
    assert "The layer 'flood' is not on the map: its licence does not allow it to be passed on." in view.notes


def test_context_says_whom_it_is_from_its_vintage_and_licence(ranked: Ranking) -> None:
    said = {"attribution": "© Survey", "vintage": "2024", "licence": "CC BY 4.0"}
    known = replace(ranked.layers["flood"], provenance=said)
    first = view_of(replace(ranked, layers={**ranked.layers, "flood": known})).context[0]
    assert (first.attribution, first.vintage, first.licence) == ("© Survey", "2024", "CC BY 4.0")


def test_the_parcels_say_whom_they_are_from(ranked: Ranking) -> None:
    said = {"title": "Lots", "attribution": "© Assessor", "vintage": None, "licence": "CC BY 4.0"}
    quality = replace(ranked.quality, provenance={**ranked.quality.provenance, **said})
    assert view_of(replace(ranked, quality=quality)).source == "Lots · © Assessor · Licence: CC BY 4.0"


def test_of_too_many_the_best_are_drawn(ranked: Ranking) -> None:
    view = view_of(ranked, most=6)
    assert sorted(view.rank.tolist()) == [1, 1, 1, 4, 5, 6]
    assert "The map shows 6 of 40 parcels, the best first; all are in ranking.parquet." in view.notes
    most = view_of(ranked, most=37)
    assert Counter(most.status)["admitted"] == 35
    assert MOST_PARCELS >= 50_000


def test_marks(ranked: Ranking, drawn: MapView) -> None:
    assert (drawn.synthetic, drawn.marking, drawn.title) == (True, "SYNTHETIC", "A drawn world")
    real = ranked.reweight({"marking": "draft"})
    assert (view_of(real).synthetic, view_of(real).marking) == (False, "draft")


def test_the_page_holds_no_owner_and_no_open_tag(ranked: Ranking, tmp_path: Path) -> None:
    map_of(ranked).save(tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert SECRET not in page
    assert HOSTILE not in page
    assert "<script>alert(1)" not in page


def test_fifty_thousand_parcels_are_viewed(ranked: Ranking) -> None:
    rows = np.tile(np.arange(len(ranked)), 1250)
    ids = np.array([str(number) for number in range(len(rows))], dtype=object)
    measured = {key: _many(value, rows) for key, value in ranked.quantities.measured.items()}
    quantities = replace(ranked.quantities, measured=measured)
    study = ranked.study.with_({"assemble": None})  # outlines that lie on each other make no sites
    judged = judge(study, ranked.plan, quantities, ids)
    parcels = replace(ranked.parcels.take(rows), ids=ids)
    quality = replace(ranked.quality, read=len(rows) + ranked.quality.dropped + ranked.quality.merged)
    large = replace(
        ranked, study=study, quality=quality, parcels=parcels, quantities=quantities, judgement=judged, overrides=None
    )
    view = view_of(large)
    assert len(view.ids) == 50_000
    assert len(set(view.criteria[2].quantity)) > 100


def _many(measured: Measured, rows: NDArray[np.int64]) -> Measured:
    """The same quantities many times over, each a little different."""
    noise = 1 + np.arange(len(rows)) * 5e-6
    columns = {name: values[rows] for name, values in measured.columns.items()}
    first = next(iter(columns))
    if columns[first].dtype.kind == "f":
        columns[first] = columns[first] * noise
    low, high = (None if side is None else side[rows] for side in (measured.low, measured.high))
    return replace(measured, columns=columns, state=measured.state[rows], low=low, high=high)


def test_log_ratios_are_told_in_percent_of_the_score(ranked: Ranking) -> None:
    geometric = ranked.reweight({"aggregate.across": "geometric"})
    drawn = view_of(geometric)
    assert drawn.contribution_label == "what it does to the score, in %, against the median parcel"
    given = geometric.judgement.contributions.values
    for number, criterion in enumerate(drawn.criteria):
        np.testing.assert_allclose(criterion.contribution, 100 * np.expm1(given[number]), atol=1e-9)


def test_the_others_are_cells_with_a_word_about_them(ranked: Ranking) -> None:
    view = view_of(ranked, most=6)
    with_ranked, without = view.context[:2]
    assert with_ranked.name == "other parcels, cells with ranked parcels"
    assert without.name == "other parcels, cells with none that is ranked"
    counts = [int(layer.title.rpartition(" ")[2]) for layer in (with_ranked, without)]
    empty = sum(shapely.is_empty(ranked.parcels.shapes.geometries))
    assert sum(counts) == 40 - 6 - empty
    assert f"The other {sum(counts)} parcels are drawn as cells of 1 km, not one by one." in view.notes
    assert not [layer for layer in view_of(ranked).context if layer.name.startswith("other parcels")]


def test_the_tree_the_rules_and_the_scenarios_are_those_of_the_study(drawn: MapView, ranked: Ranking) -> None:
    assert drawn.tree == ranked.study.root
    assert [(rule.name, rule.site) for rule in drawn.rules] == [
        ("tribal land", False), ("public owner", False), ("too small", True), ("override", False),
    ]  # fmt: skip
    assert (drawn.scenarios[0].name, dict(drawn.scenarios[0].weights)) == ("power_first", {"power": 8.0})
    assert drawn.p_top_k is not None
    assert drawn.shortlist == 10


def test_a_threshold_moves_where_a_criterion_measures_the_same(ranked: Ranking) -> None:
    rule = {"name": "far", "distance": "stations", "above": "4 km"}
    found = view_of(ranked.reweight({"exclusions": [rule]})).rules[0]
    assert (found.criterion, found.above, found.below) == ("station", 4.0, None)
    lifted = [rule, {"name": "opted in", "lifts": ["far"], "inside": "flood"}]
    assert view_of(ranked.reweight({"exclusions": lifted})).rules[0].criterion == ""


def test_a_scenario_that_changes_more_than_weights_says_so(ranked: Ranking) -> None:
    more = ranked.reweight({"scenarios": {"worst": {"missing": "worst"}}})
    told = {scenario.name: scenario.why_not for scenario in view_of(more).scenarios}
    assert told["worst"] == "It changes 'missing', which needs a run: siting run --scenario worst."


def test_weight_sets_are_passed_on(ranked: Ranking) -> None:
    board = view_of(
        ranked.reweight({"weight_sets": {"board": {"land": 1, "power": 5, "ground": 1, "permits": 1}}})
    ).weight_sets
    assert [(item.name, dict(item.weights)) for item in board] == [
        ("board", {"land": 1.0, "power": 5.0, "ground": 1.0, "permits": 1.0})
    ]
