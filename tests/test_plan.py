"""The plan: each measure once, searches as far as they matter, placements by direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from siting.errors import StudyError
from siting.metrics import parse_measure
from siting.plan import Plan, plan_of
from siting.study import Study, parse_study
from siting.units import parse_quantity

FALLING = [["1 km", 1], ["8 km", 0.5], ["25 km", 0]]
RISING = [["150 m", 0], ["800 m", 1]]


def study(criteria: dict[str, Any], exclusions: Any = (), **more: Any) -> Study:
    used = {
        "stations": "s.gpkg",
        "rail": "r.gpkg",
        "wells": "w.gpkg",
        "tribal": "t.gpkg",
        "dem": "d.tif",
        "flood": "f.gpkg",
    }
    criteria = {name: {"weight": 1, **spec} for name, spec in criteria.items()}
    return parse_study({
        "crs": "EPSG:26912", "parcels": {"source": "p.gpkg", "id": "APN"}, "pad": "600 m x 700 m",
        "layers": {name: {"source": source} for name, source in used.items()},
        "blocks": {"all": {"criteria": criteria}}, "exclusions": list(exclusions), **more,
    })  # fmt: skip


def planned(criteria: dict[str, Any], exclusions: Any = (), **more: Any) -> Plan:
    return plan_of(study(criteria, exclusions, **more))


def distance(value: Any = FALLING, **keys: Any) -> dict[str, Any]:
    return {"measure": {"distance": "stations", **keys}, "value": value}


def test_one_measure_for_all_that_name_it() -> None:
    plan = planned(
        {"near": distance(), "again": distance([["1 km", 0], ["5 km", 1]])},
        [{"name": "too near", "distance": "stations", "below": "100 m"}],
    )
    assert len(plan.measures) == 1
    assert plan.criteria["near"].key == plan.criteria["again"].key == plan.rules[0].measures[0].key


def test_a_search_ends_at_the_last_anchor_or_threshold_of_all_its_uses() -> None:
    assert planned({"near": distance()}).reach_m == {"stations": 25_000.0}
    far = planned({"near": distance()}, [{"name": "r", "distance": "stations", "above": "40 km"}])
    assert far.reach_m == {"stations": 40_000.0}
    given = planned({"near": distance(within="30 km")})
    assert given.reach_m == {"stations": 30_000.0}


def test_a_layer_is_needed_as_far_as_its_farthest_use() -> None:
    plan = planned(
        {"rail": {"measure": {"distance": "rail", "of": "pad"}, "value": RISING},
         "count": {"measure": {"count": "rail", "within": "2 km"}, "value": [[0, 0], [5, 1]]}},
        [{"name": "tribal", "inside": "tribal"}],
        usable=[{"name": "line", "layer": "stations", "buffer": "150 m"}, {"name": "edge", "setback": "5 m"}],
    )  # fmt: skip
    assert plan.reach_m == {"rail": 2000.0, "tribal": 0.0, "stations": 150.0}


def test_a_depth_is_no_search() -> None:
    """An attribute in feet is a length, but the search for the well has its own radius."""
    criterion = {
        "measure": {"attribute": "wells", "field": "WL_DTW", "unit": "ft", "relation": "nearest", "within": "100 m"},
        "value": [["100 ft", 1], ["800 ft", 0]],
    }
    assert planned({"depth": criterion}).reach_m == {"wells": 100.0}
    del criterion["measure"]["within"]  # type: ignore[attr-defined]
    assert planned({"depth": criterion}).reach_m == {"wells": np.inf}


@pytest.mark.parametrize(
    ("value", "keys", "placement"),
    [(RISING, {}, "farthest"), (FALLING, {}, "nearest"), (FALLING, {"placement": "farthest"}, "farthest")],
)
def test_the_placement_of_a_pad_follows_the_value_function(value: Any, keys: Any, placement: str) -> None:
    assert planned({"c": distance(value, of="pad", **keys)}).criteria["c"].placement == placement  # type: ignore[attr-defined]


def test_a_rule_holds_only_where_every_placement_breaks_it() -> None:
    """Too near: even the farthest placement is. Too far: even the nearest is."""
    plan = planned(
        {"c": distance(of="pad")},
        [{"name": "near", "distance": "rail", "of": "pad", "below": "100 m"},
         {"name": "far", "distance": "rail", "of": "pad", "above": "9 km"}],
    )  # fmt: skip
    placements = [rule.measures[0].placement for rule in plan.rules]  # type: ignore[attr-defined]
    assert placements == ["farthest", "nearest"]
    assert [rule.measures[0].reach_m for rule in plan.rules] == [9000.0, 9000.0]


def test_whole_parcels_come_first_and_usable_land_only_where_it_is_wanted() -> None:
    plain = planned({"c": distance()})
    assert (plain.wants_usable, plain.later, plain.pad_m) == (False, (), None)
    usable = planned({"c": distance(), "u": {"measure": {"usable": "area"}, "value": [["1 ha", 0], ["9 ha", 1]]}})
    assert ([m.verb for m in usable.first], [m.verb for m in usable.later]) == (["distance"], ["usable"])
    assert (usable.wants_usable, usable.pad_m) == (True, None)
    assert planned({"c": distance(of="pad")}).pad_m == (600.0, 700.0)
    assert planned({"c": distance()}, usable=[{"name": "edge", "setback": "5 m"}]).wants_usable


def test_gates_are_rules_for_whole_parcels_that_nothing_lifts() -> None:
    plan = planned(
        {"c": distance()},
        [{"name": "tribal", "inside": "tribal"}, {"name": "flood", "inside": "flood"},
         {"name": "small", "applies_to": "site", "shape": "area", "below": "2 ha"},
         {"name": "wet", "share": "flood", "of": "usable", "above": "5 %"},
         {"name": "opted in", "lifts": ["tribal"], "inside": "rail"}],
    )  # fmt: skip
    assert [rule.name for rule in plan.gates] == ["flood"]


@pytest.mark.parametrize(
    ("rule", "minimum"),
    [
        ({"usable": "largest_piece", "below": "80 acre"}, 80 * 4046.8564224),
        ({"usable": "largest_piece", "above": "80 acre"}, 0.0),
        ({"usable": "area", "below": "80 acre"}, 0.0),
        ({"usable": "largest_piece", "below": "80 acre", "only_where": {"inside": "tribal"}}, 0.0),
        ({"usable": "largest_piece", "below": "80 acre", "name": "lifted"}, 0.0),
    ],
)
def test_the_least_usable_land_that_can_matter(rule: dict[str, Any], minimum: float) -> None:
    lifting = {"name": "lifting", "lifts": ["lifted"], "inside": "rail"}
    rules = [{"name": "rule", **rule}, *([lifting] if rule.get("name") else [])]
    assert planned({"c": distance()}, rules).minimum_m2 == pytest.approx(minimum)


def test_setbacks_by_place_need_the_layer_of_places() -> None:
    steps = {"layer": "tribal", "field": "NAME", "Mesa": "300 m", "other": "50 m"}
    plan = planned({"c": distance()}, [{"name": "r", "distance": "rail", "below_by": steps}])
    assert plan.reach_m == {"stations": 25_000.0, "rail": 300.0, "tribal": 0.0}
    assert [m.verb for m in plan.measures] == ["distance", "distance", "attribute"]


def test_a_search_of_before_is_kept_where_it_reaches_as_far() -> None:
    before = planned({"c": distance()})
    nearer = study({"c": distance([["1 km", 1], ["8 km", 0]])})
    assert plan_of(nearer).reach_m == {"stations": 8000.0}
    assert plan_of(nearer, wider=before).criteria["c"].key == before.criteria["c"].key
    farther = study({"c": distance([["1 km", 1], ["30 km", 0]])})
    assert plan_of(farther, wider=before).reach_m == {"stations": 30_000.0}


def test_refusals() -> None:
    with pytest.raises(StudyError) as value:
        planned({"near": distance(within="10 km")})
    assert str(value.value) == (
        "Criterion 'near' searches within 10 km, but its value still changes up to 25 km. Search at least that far, or "
        "end the value function there: beyond the search the distance is only '> within'."
    )
    with pytest.raises(StudyError) as rule:
        planned({"near": distance()}, [{"name": "r", "distance": "rail", "within": "50 m", "below": "100 m"}])
    assert str(rule.value) == (
        "Exclusion 'r' searches within 50 m, but its threshold is below 100 m. Search at least that far, or leave "
        "'within' out: beyond the search the distance is only '> within'."
    )


def test_a_flat_end_of_the_value_function_needs_no_search() -> None:
    plan = planned({"near": distance([["1 km", 1], ["8 km", 0], ["25 km", 0]], within="8 km")})
    expected = parse_measure({"distance": "stations", "within": "8 km"}, "c").within  # type: ignore[attr-defined]
    assert plan.criteria["near"].within == expected == parse_quantity("8 km")  # type: ignore[attr-defined]
