"""Curves with thresholds, scales and units: by hand, and as properties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.value import CURVES, Curve, parse_value

SAMPLES: dict[str, dict[str, Any]] = {
    "exponential": {"exponential": {"base_factor": 0.2}, "below": "0 km", "above": "20 km"},
    "gaussian": {"gaussian": {"midpoint": "5 km", "half_width": "3 km"}},
    "large": {"large": {"midpoint": "5 km", "spread": 3}},
    "linear": {"linear": {"minimum": "2 km", "maximum": "10 km"}},
    "logarithm": {"logarithm": {"shift": "0 km"}, "below": "1 km", "above": "20 km"},
    "logistic_decay": {"logistic_decay": {"minimum": "2 km", "maximum": "10 km"}},
    "logistic_growth": {"logistic_growth": {"minimum": "2 km", "maximum": "10 km", "y_intercept_percent": 5}},
    "near": {"near": {"midpoint": "5 km", "half_width": "3 km"}},
    "power": {"power": {"exponent": 2}, "below": "0 km", "above": "20 km"},
    "sigmoid": {"sigmoid": {"points": [["2 km", 0.9], ["8 km", 0.1]]}},
    "small": {"small": {"midpoint": "5 km"}},
    "symmetric_linear": {"symmetric_linear": {"minimum": "2 km", "maximum": "10 km"}},
}


def at(function: Any, *km: float) -> list[float]:
    out: list[float] = function.value(1000 * np.array(km, float)).tolist()
    return out


def curve(kind: str, **more: Any) -> Curve:
    function = parse_value({**SAMPLES[kind], **more})
    assert isinstance(function, Curve)
    return function


def test_every_curve_has_a_sample() -> None:
    assert list(SAMPLES) == sorted(CURVES)


def test_the_half_width_is_where_the_value_is_a_half() -> None:
    assert at(curve("gaussian"), 2, 5, 8) == at(curve("near"), 2, 5, 8) == [0.5, 1, 0.5]


def test_a_spread_is_per_squared_unit_of_the_midpoint() -> None:
    """exp(-0.25 (q - 5)^2) with q in km, as ArcGIS reckons in map units: exp(-1) at 3 km."""
    assert at(parse_value({"gaussian": {"midpoint": "5 km", "spread": 0.25}}), 3) == [round(math.exp(-1), 9)]
    assert at(parse_value({"near": {"midpoint": "5 km", "spread": 0.25}}), 3) == [0.5]


def test_stretched_curves_fill_their_scale() -> None:
    """ScaledY = from + (Y - min Y) (to - from) / (max Y - min Y) (Esri)."""
    assert at(curve("power"), -1, 0, 10, 20, 30) == [0, 0, 0.25, 1, 1]
    half = (math.exp(0.2 * 10) - 1) / (math.exp(0.2 * 20) - 1)
    assert at(curve("exponential"), 0, 10, 20) == [0, round(half, 9), 1]
    assert at(curve("exponential", scale=[1, 0.2]), 0, 10, 20) == [1, round(1 - 0.8 * half, 9), 0.2]
    assert at(curve("logarithm"), 1, math.sqrt(20), 20) == [0, 0.5, 1]
    large = curve("large", below="0 km", above="10 km", stretch=True)
    assert at(large, 0, 5, 10, 99) == [0, 0.5625, 1, 1]  # 0.5 / (8 / 9)
    peak = curve("gaussian", below="5 km", above="8 km", stretch=True)
    assert at(peak, 5, 8) == [1, 0]
    both = curve("gaussian", below="2 km", above="8 km", stretch=True)
    assert at(both, 2, 5, 8) == [0, 1, 0]


def test_values_beyond_the_thresholds() -> None:
    function = curve("linear", below=["3 km", 0.9], above=["8 km", 0.1])
    assert at(function, 0, 2.999, 3, 6, 8, 8.001, 99) == [0.9, 0.9, 0.125, 0.5, 0.75, 0.1, 0.1]
    assert function.bounds == (0.1, 0.9)
    assert function.direction == "mixed"
    assert at(curve("linear", above="6 km"), 5, 6, 7) == [0.375, 0.5, 0.5]


def test_sigmoid_goes_through_its_points() -> None:
    assert at(curve("sigmoid"), 2, 5, 8) == [0.9, 0.5, 0.1]


@pytest.mark.parametrize("kind", sorted(CURVES))
def test_directions(kind: str) -> None:
    falling, mixed = ("logistic_decay", "sigmoid", "small"), ("gaussian", "near", "symmetric_linear")
    expected = "falling" if kind in falling else "mixed" if kind in mixed else "rising"
    assert curve(kind).direction == expected
    turned = curve(kind, scale=[1, 0])
    assert turned.direction == {"falling": "rising", "rising": "falling", "mixed": "mixed"}[expected]


@pytest.mark.parametrize("kind", sorted(CURVES))
def test_inverse_gives_back_the_quantity(kind: str) -> None:
    for function in (curve(kind), curve(kind, scale=[1, 0])):
        if function.direction == "mixed":
            continue
        q = np.array([3000.0, 5000.0, 7500.0])
        np.testing.assert_allclose(function.inverse(function.value(q)), q, rtol=1e-5)
        assert np.isnan(function.inverse(np.array([1.01]))).all()
        assert np.isinf(function.inverse(np.array([function.bounds[0] - 0.01]))).all()


def test_inverse_of_small_by_hand() -> None:
    """1 / (1 + (q / 5)^5) = 0.2 where (q / 5)^5 = 4."""
    assert curve("small").inverse(np.array([0.5, 0.2])) == pytest.approx([5000, 5000 * 4**0.2], rel=1e-9)


def test_inverse_of_many_values_at_once() -> None:
    """Half a million values of one curve; what its ends give everywhere is infinite."""
    function = curve("logistic_decay", above=["12 km", 0])
    wanted = np.linspace(0, 0.9, 500_000)
    found = function.inverse(wanted)
    assert found[0] == np.inf
    inside = (found > 0) & (found < 12_000)
    np.testing.assert_allclose(function.value(found[inside]), wanted[inside], atol=2e-9)
    assert inside.mean() > 0.9


def test_inverse_of_a_peak_is_refused() -> None:
    with pytest.raises(StudyError) as error:
        curve("gaussian").inverse(np.array([0.5]))
    assert str(error.value) == (
        "The value function rises and falls: more than one quantity may give one value, so it has no inverse; ask for "
        "values instead."
    )


def test_where_a_tail_is_flat() -> None:
    """A Gaussian is under 5e-10 from sqrt(ln(2e9) / spread) beyond its midpoint; a threshold ends every tail."""
    spread = math.log(2) / 3000**2
    assert curve("gaussian").flat_beyond == pytest.approx(5000 + math.sqrt(math.log(2e9) / spread), rel=1e-6)
    assert curve("gaussian", above="9 km").flat_beyond == 9000
    assert curve("linear").flat_beyond == pytest.approx(10_000)
    assert curve("small").flat_beyond == pytest.approx(5000 * (2e9) ** 0.2, rel=1e-6)
    slow = parse_value({"small": {"midpoint": "5 km", "spread": 0.5}})
    assert (slow.flat_beyond, slow.last_si) == (math.inf, math.inf)
    far = curve("near")  # 1 / (1 + (d / 3 km)^2) is under 5e-10 from 3 km x sqrt(2e9) on
    assert far.flat_beyond == pytest.approx(5000 + 3000 * math.sqrt(2e9), rel=1e-6)
    assert far.last_si == math.inf
    assert curve("gaussian").last_si == curve("gaussian").flat_beyond
    assert [q.value for q, _ in curve("linear").anchors] == pytest.approx([2000, 6000, 10_000])


def test_bare_numbers_take_the_dimension_of_a_count() -> None:
    function = parse_value({"large": {"midpoint": 4}, "above": [20, 1]})
    counted = function.of_dimension("count")
    assert (function.dimension, counted.dimension) == ("number", "count")
    assert counted.value(np.array([4.0, 21.0])).tolist() == [0.5, 1]
    assert counted.of_dimension("count") is counted


@pytest.mark.parametrize(
    ("given_", "dimension", "message"),
    [
        (
            SAMPLES["small"],
            "area",
            "The quantity '5 km' is a length, but an area, such as '80 acre', is wanted.",
        ),
        (
            SAMPLES["small"],
            "text",
            "The curve 'small' is of quantities, but the measure gives classes; write {class: value, ...}.",
        ),
        ({"small": {"midpoint": 5}}, "length", "The quantity '5' has no unit: a length, such as '5 km', is wanted."),
    ],
)
def test_a_curve_of_another_dimension_is_refused(given_: Any, dimension: str, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_value(given_).of_dimension(dimension)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (
            {"exponential": {"base_factor": 0.2}, "below": "0 km"},
            "The curve 'exponential' is stretched between two thresholds, so it needs both; write {exponential: {...}, "
            "below: 0 km, above: 20 km}.",
        ),
        (
            {"gaussian": {"midpoint": "5 km", "half_width": "3 acre"}},
            "The quantities of the curve 'gaussian' must be of one dimension; '5 km' and '3 acre' are not.",
        ),
        (
            {"small": {"midpoint": "5 USD"}, "above": "8 USD(2025)"},
            "The curve 'small' mixes amounts of money of different years: '5 USD', '8 USD(2025)'. Write all in one "
            "year's dollars.",
        ),
        (
            {"small": {"midpoint": "5 km"}, "below": "9 km", "above": "8 km"},
            "The threshold 'below' ('9 km') must be less than 'above' ('8 km').",
        ),
        (
            {"small": {"midpoint": "5 km"}, "scale": [1, 1]},
            "The scale of the curve 'small' runs from 1 to itself.",
        ),
        (
            {"linear": {"minimum": "5 km", "maximum": "2 km"}},
            "'minimum' ('5 km') must be less than 'maximum' ('2 km').",
        ),
        (
            {"gaussian": {"midpoint": "5 km", "half_width": "0 km"}},
            "'half_width' of the curve 'gaussian' must be more than 0, not '0 km'.",
        ),
        (
            {"large": {"midpoint": "5 km", "spread": -1}},
            "'spread' of the curve 'large' must be more than 0, not -1.",
        ),
        ({"large": {"midpoint": "0 km"}}, "'midpoint' of the curve 'large' must be more than 0, not '0 km'."),
        (
            {"near": {"midpoint": "5 degrees", "spread": 1}},
            "A spread cannot be per square degree; give 'half_width' instead.",
        ),
        (
            {"power": {"exponent": 0}, "below": "0 km", "above": "2 km"},
            "'exponent' of the curve 'power' must not be 0: the curve would be flat.",
        ),
        (
            {"logistic_growth": {"minimum": "0 km", "maximum": "2 km", "y_intercept_percent": 50}},
            "'y_intercept_percent' of 'logistic_growth' lies between 0 and 50, both excluded, not 50.",
        ),
        (
            {"logistic_decay": {"minimum": "0 km", "maximum": "2 km", "y_intercept_percent": 5}},
            "'y_intercept_percent' of 'logistic_decay' lies between 50 and 100, both excluded, not 5.",
        ),
        (
            {"sigmoid": {"points": [["2 km", 1], ["8 km", 0.1]]}},
            "The value of a sigmoid at '2 km' lies between 0 and 1, both excluded, not 1.",
        ),
        (
            {"sigmoid": {"points": [["8 km", 0.9], ["2 km", 0.1]]}},
            "The two points of a sigmoid need rising quantities and different values, not '8 km', '2 km' with 0.9 and "
            "0.1.",
        ),
        (
            {"logarithm": {}, "below": "0 km", "above": "20 km"},
            "The threshold 'below' ('0 km') must be more than the shift (0) of the curve 'logarithm'.",
        ),
        (
            {"power": {"exponent": 2, "shift": "3 km"}, "below": "0 km", "above": "20 km"},
            "The threshold 'below' ('0 km') must be at least the shift ('3 km') of the curve 'power'.",
        ),
    ],
)
def test_refusals(given_: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_value(given_)
    assert str(error.value) == message


windows = st.tuples(st.floats(1000, 9000), st.floats(9500, 30_000))


@given(
    st.sampled_from(sorted(CURVES)), windows, st.booleans(), st.lists(st.floats(-5000, 60_000), min_size=2, max_size=20)
)
def test_values_stay_in_bounds_and_monotone(
    kind: str, window: tuple[float, float], turned: bool, q: list[float]
) -> None:
    low, high = window
    more: dict[str, Any] = {"below": f"{low} m", "above": f"{high} m"} | ({"scale": [1, 0]} if turned else {})
    function = curve(kind, **more)
    ordered = np.sort(np.array(q))
    values = function.value(ordered)
    assert ((values >= function.bounds[0]) & (values <= function.bounds[1])).all()
    assert 0 <= function.bounds[0] <= function.bounds[1] <= 1
    steps = np.diff(values)
    assert function.direction == "mixed" or (steps >= 0).all() or (steps <= 0).all()
    assert np.isnan(function.value(np.array([np.nan]))).all()


@given(st.sampled_from(sorted(CURVES)), st.floats(0, 20_000), st.floats(0, 20_000))
def test_interval_agrees_with_a_fine_search(kind: str, low: float, width: float) -> None:
    assume(width > 1)
    function = curve(kind, **{"below": ["2500 m", 0.3], "above": ["12 km", 0.6]})
    turns = [q for q in (2500, 5000, 6000, 12_000) if low <= q <= low + width]
    searched = function.value(np.concatenate([np.linspace(low, low + width, 400), turns]))
    lowest, highest = function.value_interval(np.array([low]), np.array([low + width]))
    assert lowest[0] <= searched.min() + 1e-9
    assert highest[0] >= searched.max() - 1e-9
    assert lowest[0] == pytest.approx(searched.min(), abs=0.02)
    assert highest[0] == pytest.approx(searched.max(), abs=0.02)
