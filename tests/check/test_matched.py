"""Conditions without a match, in the drawn world (SYNTHETIC)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from siting.evaluate import evaluate
from siting.ranking import Ranking
from siting.study import read_study

NONE = "\"ZONE == 'ae'\" holds for none of the 1 features of 'flood'. Values of ZONE: 'AE'."


def matched(ranking: Ranking) -> dict[str, str]:
    return {finding.item: finding.message for finding in ranking.findings() if "holds for none" in finding.message}


def test_the_drawn_world_matches(ranked: Ranking) -> None:
    assert matched(ranked) == {}


@pytest.mark.parametrize(
    ("patch", "item"),
    [
        ({"usable": [{"name": "wet", "layer": "flood", "where": "ZONE == 'ae'"}]}, "usable.wet"),
        (
            {"exclusions": [{"name": "wet", "share": "flood", "where": "ZONE == 'ae'", "above": "5 %"}]},
            "exclusions.wet",
        ),
        (
            {
                "blocks.ground.criteria.hazard.measure": {"share": "flood", "where": "ZONE == 'ae'"},
                "blocks.ground.criteria.hazard.value": [["0 %", 1], ["20 %", 0]],
            },
            "criterion hazard",
        ),
    ],
)
def test_a_condition_without_a_match(ranked: Ranking, patch: dict[str, Any], item: str) -> None:
    assert matched(ranked.reweight(patch)) == {item: NONE}


def test_one_step_of_a_rule_is_enough(ranked: Ranking) -> None:
    steps = {"field": "MAX_VOLT", "500 kV": "50 m", "230 kV": "40 m"}
    rules = [{"name": "lines", "distance": "stations", "below_by": steps}]
    assert matched(ranked.reweight({"exclusions": rules})) == {}


def test_the_condition_of_a_layer(world: Path) -> None:
    study = read_study(world).with_({"layers.flood.where": "ZONE == 'ae'"})
    assert matched(evaluate(study)) == {"layers.flood": NONE}
