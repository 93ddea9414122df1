"""Functions by anchors against the smaa package's test, hand-drawn functions and properties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.value import Piecewise, Step, parse_value, round_values


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


def test_rounding_leaves_no_negative_zero() -> None:
    assert np.signbit(round_values(np.array([-1e-12]))).tolist() == [False]
    assert Piecewise((("1 m", 0.1), ("4 m", 0.2))).value(np.array([2.0])).tolist() == [0.133333333]  # type: ignore[arg-type]


def test_inverse_of_a_falling_function_by_hand() -> None:
    """Values 1, 0.5, 0 at 2, 8, 25 km: half way to 0.75 lies 5 km, half way to 0.25 16.5 km."""
    function = parse_value([["2 km", 1], ["8 km", 0.5], ["25 km", 0]])
    np.testing.assert_allclose(function.inverse(np.array([1, 0.75, 0.5, 0.25, 0])), [2000, 5000, 8000, 16_500, np.inf])
    rising = parse_value([["1 km", 0.2], ["3 km", 0.6], ["5 km", 0.6], ["6 km", 1]])
    np.testing.assert_allclose(
        rising.inverse(np.array([0.1, 0.2, 0.4, 0.6, 0.8, 1])), [-np.inf, -np.inf, 2000, 3000, 5500, 6000]
    )


def test_inverse_smaa_pvf() -> None:
    """smaa (R), tests/pvf.R backwards: f(60) = 0.92 and f(90) = 0.5."""
    function = parse_value([[50, 1], [75, 0.8], [90, 0.5], [100, 0]])
    np.testing.assert_allclose(function.inverse(np.array([0.92, 0.5])), [60, 90])


def test_inverse_of_steps_is_the_edge() -> None:
    """Falling: 1 up to 2 km, 0.5 up to 8 km; rising: 0.4 from 2 circuits on, 1 from 4 on."""
    falling = parse_value({"step": [["0 km", 1], ["2 km", 0.5], ["8 km", 0]]})
    np.testing.assert_array_equal(
        falling.inverse(np.array([1, 0.7, 0.5, 0.1, 0, np.nan])), [2000, 2000, 8000, 8000, np.inf, np.nan]
    )
    rising = parse_value({"step": [[0, 0], [2, 0.4], [4, 1]]})
    np.testing.assert_array_equal(rising.inverse(np.array([0, 0.3, 0.4, 0.5, 1])), [-np.inf, 2, 2, 4, 4])


def test_no_quantity_gives_more_than_the_highest_value() -> None:
    function = parse_value([["2 km", 0.8], ["8 km", 0.1]])
    np.testing.assert_array_equal(function.inverse(np.array([0.9, np.nan, 0.05])), [np.nan, np.nan, np.inf])


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (
            [[0, 0], [1, 1], [2, 0]],
            "The value function rises and falls: more than one quantity may give one value, so it has no inverse; ask "
            "for values instead.",
        ),
        (
            [[0, 0.5], [1, 0.5]],
            "The value function is flat: every quantity may give one value, so it has no inverse; ask for values "
            "instead.",
        ),
    ],
)
def test_no_inverse(given_: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_value(given_).inverse(np.array([0.5]))
    assert str(error.value) == message


@given(anchors, st.floats(0, 1))
def test_the_inverse_is_the_edge_of_what_reaches_a_value(pairs: list[tuple[int, float]], wanted: float) -> None:
    levels = sorted(value for _, value in pairs)
    rising = parse_value([[q, v] for (q, _), v in zip(sorted(pairs), levels, strict=True)])
    if rising.direction != "rising":
        return
    found = float(rising.inverse(np.array([wanted]))[0])
    if np.isnan(found):
        assert wanted > rising.bounds[1]
    elif np.isinf(found):
        assert wanted <= rising.bounds[0] + 1e-9
    else:
        assert rising.value(np.array([found]))[0] >= wanted - 2e-9
        assert rising.value(np.array([found - 1e-3]))[0] <= wanted + 2e-9
