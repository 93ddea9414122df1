"""Functions fitted to the candidates: small cases by hand, and the rank reversal that they bring."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.value import FITTED, DataDriven, Fitted, Summary, parse_value

QUANTITIES = np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, np.nan, np.inf])  # mean 5, standard deviation 2


def fitted(given_: Any, quantities: Any = QUANTITIES) -> Fitted:
    spec = parse_value(given_)
    assert isinstance(spec, DataDriven)
    assert spec.needs_summary
    function = spec.fitted(Summary.of(np.asarray(quantities, float)))
    assert not function.needs_summary
    return function


def test_a_summary_leaves_out_what_is_not_known() -> None:
    summary = Summary.of(QUANTITIES)
    assert (summary.minimum, summary.maximum, summary.mean, summary.std, summary.count) == (2, 9, 5, 2, 8)
    nothing = Summary.of(np.array([np.nan]))
    assert all(math.isnan(x) for x in (nothing.minimum, nothing.maximum, nothing.mean, nothing.std))


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"min_max": {"direction": "rising"}}, [0, 0, 3 / 7, 1, 1]),
        ({"min_max": {"direction": "falling"}}, [1, 1, 4 / 7, 0, 0]),
        ({"z_score": {"direction": "rising"}}, [0, 1 / 4, 1 / 2, 5 / 6, 1]),  # from -1 to 11
        ({"z_score": {"direction": "falling", "within": 2}}, [1, 7 / 8, 1 / 2, 0, 0]),  # from 1 to 9
        ({"percentile": {"direction": "rising"}}, [1 / 16, 1 / 16, 10 / 16, 15 / 16, 15 / 16]),
        ({"ms_small": {}}, [1, 1, 1, 1 / 3, 0]),
        ({"ms_large": {}}, [0, 0, 0, 2 / 3, 1]),
        ({"ms_large": {"mean_multiplier": 0.6, "std_multiplier": 2}}, [0, 0, 1 / 3, 0.6, 1]),
    ],
)
def test_by_hand(given_: Any, expected: list[float]) -> None:
    """At -9 (z: -1 is the edge), 2, 5, 9 and infinity."""
    function = fitted(given_)
    np.testing.assert_allclose(function.value(np.array([-9, 2, 5, 9, np.inf])), expected, atol=1e-9)
    assert np.isnan(function.value(np.array([np.nan]))).all()


def test_percentile_is_the_mean_rank_of_equals() -> None:
    """Hazen: (below + half the equal) / n; 4 has one below and three equal of eight."""
    assert fitted({"percentile": {"direction": "rising"}}).value(np.array([4.0])).tolist() == [2.5 / 8]


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=20), st.lists(st.floats(-12, 12), max_size=9))
def test_shares_are_straight_between_the_mean_ranks(quantities: list[int], asked: list[float]) -> None:
    """numpy.interp between (below + half the equal) / n of each distinct quantity."""
    given_ = np.array(quantities, float)
    at = np.unique(given_)
    ranks = [((given_ < one).sum() + (given_ == one).sum() / 2) / len(given_) for one in at]
    wanted = np.array([*asked, *quantities, np.inf, -np.inf])
    found = Summary.of(given_).shares(wanted)
    np.testing.assert_allclose(found, np.interp(wanted, at, ranks), atol=1e-15)
    assert found[len(asked) : -2].tolist() == np.interp(given_, at, ranks).tolist(), (
        "exact at the quantities themselves"
    )


@pytest.mark.parametrize("kind", sorted(FITTED))
def test_candidates_that_are_all_alike_get_a_half(kind: str) -> None:
    given_ = {kind: {"direction": "rising"} if FITTED[kind][0] == "direction" else {}}
    for quantities in ([3.0, 3.0], [3.0]):
        assert fitted(given_, quantities).value(np.array([3.0, np.nan])).tolist()[0] == 0.5
    np.testing.assert_array_equal(fitted(given_, [np.nan]).value(np.array([np.nan])), [np.nan])


@pytest.mark.parametrize("kind", sorted(FITTED))
@given(quantities=st.lists(st.integers(-50, 50), min_size=2, max_size=20), falling=st.booleans())
def test_bounded_monotone_and_invertible(kind: str, quantities: list[int], falling: bool) -> None:
    given_ = {kind: {"direction": "falling" if falling else "rising"} if FITTED[kind][0] == "direction" else {}}
    function = fitted(given_, quantities)
    ordered = np.unique(np.array(quantities, float))
    values = function.value(ordered)
    assert ((values >= 0) & (values <= 1)).all()
    steps = np.diff(values)
    assert (steps >= 0).all() if function.direction == "rising" else (steps <= 0).all()
    if len(ordered) > 1:
        back = function.inverse(np.array([0.3, 0.5]))
        known = np.isfinite(back)
        np.testing.assert_allclose(function.value(back[known]), np.array([0.3, 0.5])[known], atol=1e-6)
    low, high = function.value_interval(np.array([-10.0]), np.array([10.0]))
    assert low[0] <= high[0]


def test_rank_reversal_pair() -> None:
    """P(2 km, 40), Q(6, 70), R(7, 400), weights .45/.55: min-max swaps P and Q when R is added; anchors do not."""

    def scores(distance: Any, amount: Any, rows: int) -> list[float]:
        d, a = np.array([2.0, 6.0, 7.0])[:rows], np.array([40.0, 70.0, 400.0])[:rows]
        if isinstance(distance, DataDriven):
            distance, amount = distance.fitted(Summary.of(d)), amount.fitted(Summary.of(a))
        return [round(float(x), 3) for x in 0.45 * distance.value(d) + 0.55 * amount.value(a)]

    near, much = parse_value({"min_max": {"direction": "falling"}}), parse_value({"min_max": {"direction": "rising"}})
    assert scores(near, much, 2) == [0.45, 0.55]
    assert scores(near, much, 3) == [0.45, 0.136, 0.55]
    near, much = parse_value([[0, 1], [20, 0]]), parse_value([[0, 0], [100, 1]])
    assert scores(near, much, 2) == scores(near, much, 3)[:2] == [0.625, 0.7]


def test_it_is_refused_before_it_is_fitted() -> None:
    spec = parse_value({"min_max": {"direction": "falling"}})
    for ask in (spec.value, spec.inverse):
        with pytest.raises(StudyError) as error:
            ask(np.array([1.0]))
        assert str(error.value) == (
            "The function 'min_max' depends on the candidates: fit it to a summary of their quantities before asking "
            "it for values, or write fixed anchors."
        )
    assert (spec.bounds, spec.last_si, spec.flat_beyond, spec.anchors) == ((0, 1), math.inf, -math.inf, ())
    assert spec.value_interval(np.array([1.0]), np.array([2.0])) == (np.array([0.0]), np.array([1.0]))


def test_dimensions() -> None:
    spec = parse_value({"min_max": {"direction": "falling"}}).of_dimension("length")
    assert (spec.dimension, spec.unit.name, spec.of_dimension("length") is spec) == ("length", "km", True)
    function = spec.fitted(Summary.of(np.array([2000.0, 6000.0])))
    assert [(str(q), v) for q, v in function.anchors] == [("2 km", 1), ("6 km", 0)]
    assert function.of_dimension("length").dimension == "length"
    with pytest.raises(StudyError) as error:
        spec.of_dimension("text")
    assert str(error.value) == (
        "The function 'min_max' is of quantities, but the measure gives classes; write {class: value, ...}."
    )
