"""The central interface: what every measure promises before anything is read."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from siting.measure import Column, Measured, State
from siting.metrics import MEASURES, parse_measure
from siting.units import DIMENSIONS

EXAMPLES = [
    {"distance": "a", "within": "5 km"}, {"count": "a", "within": "5 km"},
    {"count_distinct": "a", "field": "F", "within": "5 km"}, {"length": "a", "within": "5 km"},
    {"share": "a"}, {"area": "a"}, {"crossing": "a"}, {"class": "a", "field": "F"},
    {"class_share": "a", "field": "F", "classes": ["x"]}, {"attribute": "a", "field": "F"}, {"field": "F"},
    {"area_mean": "a", "field": "F"}, {"area_sum": "a", "field": "F", "within": "1 mi"},
    {"decay": "a", "within": "5 km", "half": "1 km"}, {"raster": "a"}, {"slope": "a"}, {"shape": "area"},
    {"fits": "10 m x 20 m"}, {"usable": "area"},
]  # fmt: skip


@pytest.mark.parametrize("given", EXAMPLES, ids=lambda given: next(iter(given)))
def test_a_measure_says_everything_before_anything_is_read(given: dict[str, object]) -> None:
    measure = parse_measure(given, "criterion 'x'")
    assert measure.reach_m >= 0
    assert measure.land in ("parcel", "usable", "pad")
    assert measure.columns
    assert all(column.dimension in (*DIMENSIONS, "text") for column in measure.columns)
    assert measure.doc
    assert json.loads(measure.key)[0] == measure.verb


def test_every_measure_has_an_example_here() -> None:
    assert {next(iter(given)) for given in EXAMPLES} == {measure.verb for measure in MEASURES}


def test_keys_tell_measures_apart_and_only_them() -> None:
    keys = [parse_measure(given, "x").key for given in EXAMPLES]
    assert len(set(keys)) == len(keys)
    assert parse_measure(dict(EXAMPLES[0]), "x").key == keys[0]
    assert parse_measure({**EXAMPLES[0], "within": "6 km"}, "x").key != keys[0]


def test_a_measure_is_frozen() -> None:
    measure = parse_measure({"share": "a"}, "x")
    with pytest.raises(ValueError, match="frozen"):
        measure.unknown = "exclude"  # type: ignore[attr-defined]


def test_states_are_what_the_files_keep() -> None:
    assert [(state.name, int(state)) for state in State] == [
        ("KNOWN", 0), ("NO_DATA", 1), ("BEYOND", 2), ("NOT_COMPUTED", 3), ("UNKNOWN", 4),
        ("NO_PLACE", 5),
    ]  # fmt: skip


def test_a_column_is_declared_with_its_missing_word() -> None:
    assert Column(name="distance", dimension="length", step=0.001).missing == "no data"


def test_texts_are_told_apart_once_for_as_long_as_the_column_is_the_same() -> None:
    column = np.array(["b", None, "a", "b", np.nan], object)
    first = Measured(columns={"class": column, "share": np.ones(5)}, state=np.zeros(5, np.uint8))
    code, texts = first.coded("class")
    assert (code.tolist(), texts.tolist()) == ([0, -1, 1, 0, -1], ["b", "a"])
    assert replace(first, notes=("noted",)).coded("class")[0] is code
    other = replace(first, columns={"class": column[2:4]}, state=first.state[2:4]).coded("class")
    assert (other[0].tolist(), other[1].tolist()) == ([0, 1], ["a", "b"])
