"""What the report says of the drawn world, against what is known of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.ranking import Ranking
from siting.report.content import (
    best_section,
    counts_of,
    effective_weights,
    exclusions_section,
    findings_section,
    layers_section,
    summary,
    weights_section,
)
from tests.world import RECORDS


def test_the_counts_add_up_to_the_records(ranked: Ranking) -> None:
    parts, read = counts_of(ranked)
    assert read == str(RECORDS)
    assert sum(count for _, count in parts) == RECORDS
    assert ("admitted only as part of a larger site", ranked.counts["site only"]) in parts


def test_the_best_are_those_of_the_ranking(ranked: Ranking) -> None:
    (table,) = best_section(ranked).tables
    assert [row[1] for row in table.rows] == ranked.top(20)["id"].tolist()
    assert table.rows[0][:3] == ("1", "A3", "83.3")
    assert [column.title for column in table.columns][-2:] == ["in best 10", "rank in 90 %"]
    assert {len(row) for row in table.rows} == {len(table.columns)}
    (plain,) = best_section(ranked.reweight({"robustness": None})).tables
    assert {len(row) for row in plain.rows} == {len(plain.columns)} == {len(table.columns) - 2}


def test_a_score_with_missing_data_has_its_half_width(ranked: Ranking) -> None:
    (table,) = best_section(ranked).tables
    d3 = next(row for row in table.rows if row[1] == "D3")
    low, high = ranked.explain("D3").score_range
    assert d3[2] == f"{(low + high) / 2:.1f} ± {(high - low) / 2:.1f}"


def test_the_summary_names_the_first(ranked: Ranking) -> None:
    said = summary(ranked)
    assert said[0] == f"A3 is first of {ranked.counts['admitted']} admitted parcels, with 83.3 of 100 points."
    assert "of the 10 on the shortlist make it in at least 90 % of the draws" in said[1]


def test_exclusions_have_their_hits_and_why(ranked: Ranking) -> None:
    (table,) = exclusions_section(ranked).tables
    hits = ranked.hits().set_index("reason")
    for row in table.rows:
        assert (row[2], row[5]) == (str(hits["hits"][row[0]]), str(hits["alone"][row[0]]))
    said = {row[0]: (row[1], row[-1]) for row in table.rows}
    assert said["tribal land"] == ("always", "needs the nation's consent")
    assert said["too small"] == ("unless in a site", "judgement")
    assert said["override"] == ("", "")
    free = ranked.reweight({"exclusions": [], "overrides": None})
    assert exclusions_section(free).said == ("The study excludes nothing.",)


def test_weights_as_stated_as_shares_and_as_they_act(ranked: Ranking) -> None:
    (table,) = weights_section(ranked).tables
    rows = {str(row[0]).strip(): row for row in table.rows}
    assert rows["land"][1:4] == ("2", "33.3 %", "33.3 %")
    assert rows["usable land"][1:4] == ("3", "75.0 %", "25.0 %")
    assert rows["hazard"][1:4] == ("-", "worst", "8.3 %")
    assert rows["Zoning"][3] == "16.7 %"
    admitted = ranked.judgement.admitted
    low, high = ranked.judgement.values["station"]
    p5, p95 = np.percentile((low + high)[admitted] / 2, [5, 95])
    assert effective_weights(ranked)["station"] == pytest.approx((p95 - p5) / 3)


def test_findings_and_layers_are_all_there(ranked: Ranking) -> None:
    (table,) = findings_section(ranked).tables
    assert len(table.rows) == len(ranked.findings())
    (layers,) = layers_section(ranked).tables
    assert [row[0] for row in layers.rows] == ["parcels", *ranked.layers]
    hashes = ranked.layers["rail"].provenance["sha256"]
    assert next(row[-1] for row in layers.rows if row[0] == "rail") == next(iter(hashes.values()))[:12]


def test_a_layer_is_from_whom_its_licence_wants_named(ranked: Ranking) -> None:
    rail = ranked.layers["rail"]
    for said, whose in (
        ({"publisher": "Compilers", "attribution": "© contributors"}, "© contributors"),
        ({"publisher": "Survey", "attribution": None}, "Survey"),
        ({}, ""),
    ):
        known = replace(rail, provenance={"title": "Rails", **said, "licence": "ODbL 1.0"})
        (table,) = layers_section(replace(ranked, layers={"rail": known})).tables
        assert table.rows[1] == ("rail", "Rails", whose, "", "ODbL 1.0", "")


def test_nobody_admitted(ranked: Ranking) -> None:
    rules = [{"name": "land", "shape": "area", "above": "0 acre"}]
    nobody = ranked.reweight({"exclusions": rules, "overrides": None})
    assert best_section(nobody).said == ("No parcel is admitted.",)
    assert summary(nobody) == ()
