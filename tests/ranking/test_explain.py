"""Explaining a parcel: one renderer for a ranking at hand and one that is read back."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from siting.ranking import Ranking, explanation
from siting.stored import open_ranking
from tests.world import HOSTILE, SECRET


def test_an_admitted_parcel_as_text(ranked: Ranking) -> None:
    assert str(ranked.explain("G3")) == (
        "Parcel G3\n"
        "SYNTHETIC: some of its data are invented.\n"
        "Rank 19 (between 1 and 35) of 35, 62.5 points (41.7 to 83.3), tier medium.\n"
        "USE: 0037\n"
        "\n"
        "criterion    quantity                      value         weight  points vs median\n"
        "usable land  100 ha                        1.00           25.0%             +0.00\n"
        "flat         0 % slope                     1.00            8.3%             +0.00\n"
        "station      2 km or more (searched 5 km)  0.00 to 0.75   33.3%             +0.26\n"
        "hazard       no data                       0.00 to 1.00    8.3%             +0.00\n"
        "quiet        > 500 m                       1.00            8.3%             +0.00\n"
        "zone         conditional                   0.50           16.7%             -8.33\n"
        "A parcel of median values scores 70.6; all of these together make it 62.5 (-8.1).\n"
        "\n"
        "gross          247.1 acre\n"
        "- flood            0 acre\n"
        "- steep            0 acre\n"
        "= usable       247.1 acre\n"
        "largest piece  247.1 acre"
    )


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("A3", "Rank 1 (between 1 and 3) of 35, 83.3 points, tier high."),
        (
            "C1",
            "Admitted only in a site: too small: at most 9 ha (below 20 ha); judgement. "
            "On its own merits: 45.1 points (35.7 to 54.6).",
        ),
        (
            "H5",
            "Excluded: tribal land: 100 % (above 50 %); needs the nation's consent. "
            "On its own merits: 50.8 points (16.7 to 85.0).",
        ),
        ("A5", "Excluded: override. On its own merits: 76.6 points."),
    ],
)
def test_where_parcels_stand(ranked: Ranking, name: str, standing: str) -> None:
    assert ranked.explain(name).standing == standing


def test_remarks(ranked: Ranking) -> None:
    assert ranked.explain("D5").remarks == ("Override: hazard = 0.5 (A. Surveyor, 2026-10-02: walked the ground).",)
    assert ranked.explain("B2").remarks == ("3 records on one outline, counted once: B2, B2-U1, B2-U2.",)
    unclear = ranked.reweight({"exclusions": [{"name": "near a fissure", "distance": "fissures", "below": "1 km"}]})
    assert unclear.explain("F3").remarks == ("Not judged: near a fissure.",)


def test_without_a_score(ranked: Ranking) -> None:
    gaps = ranked.reweight({"missing": "exclude"}).explain("F3")
    assert gaps.standing == "Admitted only in a site: no data: hazard. On its own merits: no score, for want of data."
    lines = {line.name: line for line in gaps.criteria}
    assert (lines["hazard"].value, lines["hazard"].contribution) == ("not known", None)
    assert "not known" in str(gaps)
    assert gaps.together == ""


def test_a_geometric_mean_is_told_in_percent_of_the_score(ranked: Ranking) -> None:
    given = ranked.reweight({"aggregate.across": "geometric"}).explain("B3")
    assert given.contribution_unit == "log ratio"
    assert "score vs median" in str(given)
    assert given.reference is not None
    total = sum(line.contribution for line in given.criteria if line.contribution is not None)
    assert given.score == pytest.approx(given.reference * math.exp(total), abs=1e-3)
    assert given.together == (
        f"A parcel of median values scores {given.reference:.1f}; all of these together make it {given.score:.1f} "
        f"(x {math.exp(total):.2f})."
    )
    for line, row in zip(given.criteria, given.rows(), strict=True):
        assert line.contribution is not None
        assert row[4] == f"{100 * (math.exp(line.contribution) - 1):+.1f} %"


def test_where_no_land_is_mapped_by_a_cut(ranked: Ranking) -> None:
    about = ranked.about
    row = {name: column.values[0] for name, column in ranked.columns.items()}
    said = explanation({**row, "cut_flood_acre": float("nan")}, about).waterfall
    assert said[1] == ("- flood", "not mapped here")


def test_a_stored_ranking_says_the_same_of_every_parcel(ranked: Ranking, finished: Path) -> None:
    stored = open_ranking(finished)
    for name in ranked.parcels.ids:
        live, read = ranked.explain(name), stored.explain(name)
        assert live == read
        assert str(live) == str(read)
        assert live._repr_html_() == read._repr_html_()


def test_hostile_text_is_escaped_and_an_owner_never_shown(ranked: Ranking) -> None:
    for name in (HOSTILE, "A1", "F5"):
        shown = ranked.explain(name)._repr_html_()
        assert "<img" not in shown
        assert "<script" not in shown
        assert SECRET not in shown + str(ranked.explain(name))
    assert "&lt;img src=x onerror=alert(1)&gt;" in ranked.explain(HOSTILE)._repr_html_()
    assert "&lt;script&gt;" in ranked.explain("A1")._repr_html_()


def test_html_has_a_table_each(ranked: Ranking) -> None:
    explained = ranked.explain("A3")
    assert explained._repr_html_().count("<table") == 3
    assert replace(explained, waterfall=(), fields=())._repr_html_().count("<table") == 1
