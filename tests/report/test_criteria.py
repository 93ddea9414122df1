"""The cards of the criteria of the drawn world."""

from __future__ import annotations

from dataclasses import replace

from siting.ranking import Ranking
from siting.report.criteria import criterion_cards


def test_a_card_for_every_criterion(ranked: Ranking) -> None:
    cards = {card.title: card for card in criterion_cards(ranked)}
    assert list(cards) == [criterion.title for criterion in ranked.study.criteria()]
    station = cards["station"]
    assert (station.block, station.measured, station.anchors) == ("power", "distance: stations", "1 km → 1, 5 km → 0")
    assert (station.source, station.weight) == ("judgement", "33.3 %")
    assert cards["quiet"].measured == "distance: rail, from where the pad fits best"
    assert cards["usable land"].measured == "usable"
    zone = cards["Zoning"]
    assert zone.anchors == "by_right → 1, conditional → 0.5, none → 0"
    assert zone.source == "not stated"
    assert "conditional" in zone.drawn.figure


def test_a_curve_says_its_kind(ranked: Ranking) -> None:
    curve = {"sigmoid": {"points": [["2 km", 0.9], ["4 km", 0.1]]}, "above": ["5 km", 0]}
    anew = ranked.reweight({"blocks.power.criteria.station.value": curve})
    card = next(card for card in criterion_cards(anew) if card.title == "station")
    assert card.anchors.startswith("sigmoid curve; ")


def test_classes_of_a_field_that_is_not_published_are_not_counted(ranked: Ranking) -> None:
    classes = {"classes": {"STATE": 1}, "unlisted": "no_data"}
    zone = {"measure": {"field": "OWNER", "values": "text"}, "value": classes}
    hidden = ranked.reweight({"blocks.permits.criteria.zone": zone})
    card = next(card for card in criterion_cards(hidden) if card.block == "permits")
    assert card.drawn.notes == ("the parcels: their classes come from a field that the study does not publish",)
    shown = replace(hidden, study=hidden.study.with_({"parcels.publish": ["OWNER"]}))
    card = next(card for card in criterion_cards(shown) if card.block == "permits")
    assert card.drawn.notes == (f"{hidden.counts['admitted']} admitted with an unlisted class",)
