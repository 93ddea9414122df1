"""Value functions against the smaa package's test, hand-drawn functions and properties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from siting.errors import StudyError
from siting.mcda.value import Classes, Piecewise, Step, ValueFunction, dump_value, parse_value, round_values


def at(function: Any, *quantities: float) -> list[float]:
    out: list[float] = function.value(np.array(quantities, float)).tolist()
    return out


def test_piecewise_smaa_pvf() -> None:
    """smaa (R), tests/pvf.R: cutoffs 50, 75, 90, 100 with values 1, .8, .5, 0; clipped outside."""
    function = parse_value([[50, 1], [75, 0.8], [90, 0.5], [100, 0]])
    assert at(function, 60, 90) == [0.92, 0.5]
    assert at(function, 10, 40, 101, 120) == [1, 1, 0, 0]


def test_the_anchors_of_the_fab_case() -> None:
    """Domain table: km to a station 2, 8, 25 with values 1, 0.5, 0."""
    function = parse_value([["2 km", 1], ["8 km", 0.5], ["25 km", 0]])
    assert at(function, 0, 2000, 5000, 8000, 16_500, 25_000, 1e9, np.inf) == [1, 1, 0.75, 0.5, 0.25, 0, 0, 0]
    assert np.isnan(function.value(np.array([np.nan]))).all()
    assert (function.direction, function.last_si, function.flat_beyond, function.bounds) == (
        "falling", 25_000, 25_000, (0, 1),
    )  # fmt: skip
    assert (function.dimension, function.unit.name) == ("length", "km")


@pytest.mark.parametrize(
    ("values", "direction", "flat_beyond"),
    [
        ([0, 0.5, 1], "rising", 3),
        ([1, 0.5, 0.5], "falling", 2),
        ([0, 1, 0], "mixed", 3),
        ([0.5, 0.5, 0.5], "mixed", -np.inf),
        ([0, 0, 1], "rising", 3),
    ],
)
def test_direction_and_where_it_is_flat(values: list[float], direction: str, flat_beyond: float) -> None:
    for function in (
        parse_value([[i + 1, v] for i, v in enumerate(values)]),
        parse_value({"step": [[i + 1, v] for i, v in enumerate(values)]}),
    ):
        assert (function.direction, function.flat_beyond) == (direction, flat_beyond)


def test_step_holds_from_its_anchor_on() -> None:
    function = parse_value({"step": [["0 km", 1], ["2 km", 0.5], ["8 km", 0]]})
    assert isinstance(function, Step)
    assert at(function, -5, 0, 1999.999, 2000, 7999, 8000, np.inf) == [1, 1, 1, 0.5, 0.5, 0, 0]
    assert np.isnan(function.value(np.array([np.nan]))).all()


def test_classes_by_name() -> None:
    function = parse_value({"designated": 1, "undesignated": 0.4, "none": 0})
    assert isinstance(function, Classes)
    given_ = np.array(["none", "designated", None, np.nan, "unknown", "undesignated"], dtype=object)
    np.testing.assert_array_equal(function.value(given_), [0, 1, np.nan, np.nan, np.nan, 0.4])
    assert (function.dimension, function.direction, function.bounds) == ("text", "mixed", (0, 1))
    assert parse_value({"unknown": 0.3, "a": 1}).value(np.array(["unknown"], object)).tolist() == [0.3]


def test_interval_of_a_rising_and_falling_function_holds_its_peak() -> None:
    """Distance to rail has an optimum from 1.5 to 8 km."""
    function = parse_value([["0 km", 0], ["1.5 km", 1], ["8 km", 1], ["60 km", 0]])
    low, high = function.value_interval(np.array([0, 750, 2000, np.nan]), np.array([34_000, 750, np.inf, 5.0]))
    np.testing.assert_allclose(low, [0, 0.5, 0, np.nan], atol=1e-9)
    np.testing.assert_allclose(high, [1, 0.5, 1, np.nan], atol=1e-9)


anchors = st.lists(
    st.tuples(st.integers(-1000, 1000), st.floats(0, 1)), min_size=2, max_size=6, unique_by=lambda a: a[0]
)


@given(anchors, st.booleans(), st.lists(st.floats(-1500, 1500), min_size=1, max_size=20))
def test_values_stay_between_the_anchors(pairs: list[tuple[int, float]], step: bool, quantities: list[float]) -> None:
    given_ = sorted(pairs)
    function = parse_value({"step": given_} if step else given_)
    values = function.value(np.array(quantities))
    assert (values >= function.bounds[0] - 1e-9).all()
    assert (values <= function.bounds[1] + 1e-9).all()
    if function.direction != "mixed":
        ordered = function.value(np.sort(quantities))
        steps = np.diff(ordered) if function.direction == "rising" else -np.diff(ordered)
        assert (steps >= 0).all()


@given(anchors, st.booleans(), st.floats(-1500, 1500), st.floats(0, 1000))
def test_interval_agrees_with_a_fine_search(
    pairs: list[tuple[int, float]], step: bool, low: float, width: float
) -> None:
    given_ = sorted(pairs)
    function = parse_value({"step": given_} if step else given_)
    high = low + width
    inside = [float(q) for q, _ in given_ if low <= q <= high]
    searched = function.value(np.concatenate([np.linspace(low, high, 50), [low, high], inside]))
    lowest, highest = function.value_interval(np.array([low]), np.array([high]))
    assert lowest[0] == pytest.approx(searched.min(), abs=1e-9)
    assert highest[0] == pytest.approx(searched.max(), abs=1e-9)


def test_bare_anchors_take_the_dimension_of_a_count() -> None:
    function = parse_value([[0, 0], [1, 0.2], [4, 1]])
    assert function.dimension == "number"
    counted = function.of_dimension("count")
    assert counted.dimension == "count"
    assert at(counted, 1) == [0.2]
    assert counted.of_dimension("count") is counted


@pytest.mark.parametrize(
    ("given_", "dimension", "message"),
    [
        (
            [["2 acre", 1], ["8 acre", 0]],
            "length",
            "The quantity '2 acre' is an area, but a length, such as '5 km', is wanted.",
        ),
        ([[2, 1], [8, 0]], "length", "The quantity '2' has no unit: a length, such as '5 km', is wanted."),
        (
            [["2 km", 1], ["8 km", 0]],
            "text",
            "The anchor '2 km' is a quantity, but the measure gives classes; write {class: value, ...}.",
        ),
        (
            {"a": 1},
            "length",
            "The value function lists classes ('a'), but the measure gives a length, such as '5 km'; "
            "write [[quantity, value], ...].",
        ),
    ],
)
def test_a_function_of_another_dimension_is_refused(given_: Any, dimension: str, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_value(given_).of_dimension(dimension)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (
            "near",
            "A value function is [[quantity, value], ...], {class: value, ...} or {step: [[quantity, value], ...]}, "
            "not 'near'.",
        ),
        ([["2 km", 1]], "A value function needs at least two anchors [quantity, value]; found 1."),
        ([], "A value function needs at least two anchors [quantity, value]; found 0."),
        (
            [["2 km", 1], "8 km"],
            "An anchor of a value function is a pair [quantity, value], such as [5 km, 0.5], not '8 km'.",
        ),
        ([["2 km", 1], ["8 km", 1.5]], "The value of '8 km' must be a number from 0 to 1, not 1.5."),
        ([["2 km", 1], ["8 km", True]], "The value of '8 km' must be a number from 0 to 1, not True."),
        ([["2 km", 1], ["8 km", "0.5"]], "The value of '8 km' must be a number from 0 to 1, not '0.5'."),
        (
            [["8 km", 1], ["2 km", 0]],
            "The quantities of a value function must rise from anchor to anchor; '2 km' follows '8 km'.",
        ),
        (
            [["2 km", 1], ["2000 m", 0]],
            "The quantities of a value function must rise from anchor to anchor; '2000 m' follows '2 km'.",
        ),
        (
            [["2 km", 1], ["8 acre", 0]],
            "The anchors of a value function must be of one dimension; '2 km' and '8 acre' are not.",
        ),
        (
            [["2 USD", 1], ["8 USD(2025)", 0]],
            "The value function mixes amounts of money of different years: '2 USD', '8 USD(2025)'. "
            "Write all in one year's dollars.",
        ),
        ([["2", 1], ["8 km", 0]], "The quantity '2' has no unit: write one behind it, such as '5 km' or '80 acre'."),
        ({}, "A value function of classes needs at least one class, such as {designated: 1, none: 0}."),
        ({"a": 2}, "The value of 'a' must be a number from 0 to 1, not 2."),
        ({"classes": {"a": 1}, "unlisted": "zero"}, "'unlisted' is 'refuse' or 'no_data', not 'zero'."),
        (
            {"classes": {"a": 1}, "unlist": "refuse"},
            "'unlist' is not a key of a value function. Its keys are 'classes', 'unlisted'. Did you mean 'unlisted'?",
        ),
        ({"step": [[1, 0], [2, 1]], "by": 2}, "'by' is not a key of a value function. Its keys are 'step'."),
    ],
)
def test_refusals(given_: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_value(given_)
    assert str(error.value) == message


def test_an_unlisted_class_is_refused_or_no_data() -> None:
    given_ = np.array(["by_rigth", "by_right", "by_rigth"], object)
    with pytest.raises(StudyError) as error:
        parse_value({"by_right": 1, "prohibited": 0}).value(given_)
    assert str(error.value) == (
        "The class 'by_rigth' has no value; 2 parcels have it. Did you mean 'by_right'? Classes with a value: "
        "'by_right', 'prohibited'. Give it a value, or write {classes: {...}, unlisted: no_data}."
    )
    tolerant = parse_value({"classes": {"by_right": 1, "prohibited": 0}, "unlisted": "no_data"})
    np.testing.assert_array_equal(tolerant.value(given_), [np.nan, 1, np.nan])


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    value: ValueFunction


@pytest.mark.parametrize(
    "given_",
    [
        [["2 km", 1.0], ["8 km", 0.0]],
        [[0, 0.0], [1, 0.2]],
        {"a": 1.0, "b": 0.0},
        {"step": [["2 km", 1.0], ["8 km", 0.0]]},
        {"classes": {"a": 1.0}, "unlisted": "no_data"},
    ],
)
def test_the_study_form_survives_a_model(given_: Any) -> None:
    spec = Spec.model_validate({"value": given_})
    dumped = spec.model_dump(mode="json")["value"]
    assert dumped == given_ == dump_value(spec.value)
    assert Spec.model_validate(spec.model_dump()) == spec
    assert Spec(value=spec.value) == spec
    assert "anyOf" in Spec.model_json_schema()["properties"]["value"]


def test_rounding_leaves_no_negative_zero() -> None:
    assert np.signbit(round_values(np.array([-1e-12]))).tolist() == [False]
    assert Piecewise((("1 m", 0.1), ("4 m", 0.2))).value(np.array([2.0])).tolist() == [0.133333333]  # type: ignore[arg-type]
