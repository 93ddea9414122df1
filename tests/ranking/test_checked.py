"""What a ranking's quantities say against its study."""

from __future__ import annotations

from dataclasses import replace

from siting.ranking import Ranking


def said(ranking: Ranking) -> dict[str, str]:
    return {f"{finding.item}: {finding.message}": finding.level for finding in ranking.findings()}


def test_the_drawn_world_has_two_idle_criteria_and_few_sources(ranked: Ranking) -> None:
    found = list(said(ranked))
    assert [text for text in found if text.startswith("criterion flat: Its weight is 8.3%")]
    assert (
        "criterion station: All its quantities come from 2 features (east, west): an error in one moves many ranks."
        in found
    )
    assert (
        "criterion hazard: 22 of the 35 admitted parcels have no data: a nearer feature might lie outside the area "
        "that 'fissures' covers ('mapped.gpkg'). If the layer is complete here, write coverage: under layers: "
        "fissures:." in found
    )


def test_a_rule_without_effect_and_a_coarse_layer(ranked: Ranking) -> None:
    rules = [{"name": "at the station", "distance": "stations", "below": "1 m"}]
    anew = ranked.reweight({"exclusions": rules})
    assert said(anew)["exclusions.at the station: It excludes none of the 40 parcels."] == "warning"
    zoning = replace(anew.layers["zoning"], provenance={"grain": "city"})
    coarse = replace(anew, layers={**anew.layers, "zoning": zoning})
    text = "criterion zone: Its layer tells no parcels apart within one city: neighbours get the same quantity."
    assert said(coarse)[text] == "note"


def test_findings_are_a_list_of_ones_own(ranked: Ranking) -> None:
    ranked.findings().clear()
    assert ranked.findings()


def test_the_box_around_the_features_is_named(ranked: Ranking) -> None:
    record = {"coverage": {"source": "extent"}}
    fissures = replace(ranked.layers["fissures"], provenance=record)
    boxed = replace(ranked, layers={**ranked.layers, "fissures": fissures})
    (text,) = [text for text in said(boxed) if "have no data" in text and "hazard" in text]
    assert "outside the area that 'fissures' covers (the box around its features). If the layer is" in text
