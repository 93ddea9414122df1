"""What a reader may change: weights by path, named sets, scenarios of weights only, thresholds of single numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import siting
from siting.maps.choices import reasons_for, scenarios_of, weighing, weight_sets_of, weights_by_path
from siting.maps.view import MapReason
from siting.mcda.weights import Block, Leaf
from siting.ranking import Ranking
from siting.study import read_study

Changed = Callable[[dict[str, Any]], Ranking]


@pytest.fixture(scope="module")
def changed(world: Path) -> Changed:
    """The ranking of the drawn world with some of its study changed."""
    study = read_study(world)
    return lambda patch: siting.rank(study.with_(patch), progress=None)


def told(reasons: list[MapReason]) -> dict[str, tuple[bool, str, float | None, float | None]]:
    return {one.name: (one.site, one.criterion, one.above, one.below) for one in reasons}


def test_paths_join_the_names_from_outside_in() -> None:
    inner = Block("b", (Leaf("c", 2.0), Block("d", (Leaf("c", 4.0),), 3.0)), 1.0)
    assert weights_by_path(Block("", (inner, Leaf("c", 5.0)))) == {
        "b": 1.0,
        "b.c": 2.0,
        "b.d": 3.0,
        "b.d.c": 4.0,
        "c": 5.0,
    }


def test_paths_of_a_study_are_those_it_writes(ranked: Ranking) -> None:
    assert weights_by_path(ranked.study.root) == {
        "land": 2, "land.usable_land": 3, "land.flat": 1, "power": 2, "power.station": 1, "ground": 1,
        "ground.hazard": 1, "ground.quiet": 1, "permits": 1, "permits.zone": 1,
    }  # fmt: skip


def test_a_threshold_can_be_moved_in_the_unit_of_its_criterion(ranked: Ranking) -> None:
    """Below 20 ha tests the largest piece of usable land, a criterion; a field and a layer test no criterion."""
    assert told(reasons_for(ranked)) == {
        "tribal land": (False, "", None, None),
        "public owner": (False, "", None, None),
        "too small": (True, "usable_land", None, 20.0),
        "override": (False, "", None, None),
    }


def test_a_threshold_of_another_unit_is_converted(changed: Changed) -> None:
    """0.5 km from a station is tested where the criterion counts in the unit of its own value curve."""
    rule = {"name": "close", "distance": "stations", "below": "500 m", "why": "judgement"}
    ranked = changed({"exclusions": [rule]})
    found = told(reasons_for(ranked))["close"]
    assert found == (False, "station", None, 0.5)
    assert next(one.unit for one in ranked.about.criteria if one.name == "station") == "km"


def test_a_threshold_stays_where_somebody_was_admitted_by_hand(changed: Changed) -> None:
    """The page cannot know whom a moved threshold would have taken; the rule itself can still be switched off."""
    hand = {
        "id": "H5",
        "item": "status",
        "value": "admitted",
        "who": "A. Surveyor",
        "when": "2026-10-01",
        "why": "seen",
    }
    assert told(reasons_for(changed({"overrides": [hand]})))["too small"] == (True, "", None, None)


def test_named_weight_sets_are_all_there(changed: Changed) -> None:
    others = {"power": 1.0, "ground": 1.0, "permits": 1.0}
    sets = {"land_first": {"land": 9.0, **others}, "even": {"land": 1.0, **others}}
    ranked = changed({"weight_sets": sets})
    assert [(one.name, dict(one.weights), one.why_not) for one in weight_sets_of(ranked)] == [
        ("land_first", sets["land_first"], ""),
        ("even", sets["even"], ""),
    ]


def test_a_scenario_of_weights_gives_what_differs(changed: Changed) -> None:
    """A weight that the scenario writes as the study has it is no difference."""
    ranked = changed({"scenarios": {"other": {"blocks.power.weight": 8, "blocks.land.weight": 2}}})
    found = {one.name: one for one in scenarios_of(ranked)}
    assert dict(found["other"].weights) == {"power": 8.0}
    assert found["other"].why_not == ""


def test_a_scenario_that_changes_more_needs_a_run(changed: Changed) -> None:
    ranked = changed({"scenarios": {"bigger": {"pad": "500 m x 400 m", "blocks.power.weight": 8}}})
    found = {one.name: one for one in scenarios_of(ranked)}["bigger"]
    assert dict(found.weights) == {}
    assert found.why_not == "It changes 'pad', which needs a run: siting run --scenario bigger."


def test_a_title_alone_changes_nothing(changed: Changed) -> None:
    ranked = changed({"scenarios": {"renamed": {"title": "Another name"}}})
    found = {one.name: one for one in scenarios_of(ranked)}["renamed"]
    assert (dict(found.weights), found.why_not) == ({}, "")


def test_weights_of_a_sum_inside_a_block_that_is_no_sum_need_a_run() -> None:
    """Those of the members of the worst say nothing, those of the sum in it do."""
    inner = Block("soil", (Leaf("clay"), Leaf("rock")))
    root = Block("", (Block("ground", (inner, Leaf("flood")), combine="worst"), Leaf("land")))
    assert weighing(root, "one", {"ground": 3.0, "land": 1.0, "ground.flood": 2.0}).why_not == ""
    found = weighing(root, "two", {"ground.soil.clay": 2.0, "ground.soil.rock": 1.0})
    said = "It weighs 'ground.soil.clay', 'ground.soil.rock' inside a block that is no sum, which needs a run."
    assert (found.why_not, dict(found.weights)) == (said, {})
