"""Quantities that reach a value: closed forms, and the definition on random functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.mcda.robustness.reaching import classes_reaching, quantity_reaching
from siting.mcda.value import parse_value


@pytest.mark.parametrize(
    ("function", "wanted", "now", "expected"),
    [
        ([["2 km", 1], ["8 km", 0.5], ["25 km", 0]], 0.25, 20_000.0, 16_500.0),
        ([["2 km", 1], ["8 km", 0.5], ["25 km", 0]], 0.25, 3000.0, 3000.0),  # already there
        ([["2 km", 1], ["8 km", 0.5], ["25 km", 0]], 1.0, np.inf, 2000.0),
        ([["0 %", 0], ["50 %", 1]], 0.5, 0.1, 0.25),
        ({"step": [["0 km", 1], ["2 km", 0.5], ["8 km", 0]]}, 0.5, 9000.0, 8000.0),
        ([["0 km", 0], ["2 km", 1], ["6 km", 1], ["8 km", 0]], 0.5, 500.0, 1000.0),
        ([["0 km", 0], ["2 km", 1], ["6 km", 1], ["8 km", 0]], 0.5, 9000.0, 7000.0),
    ],
)
def test_the_nearest_quantity_that_is_good_enough(function: object, wanted: float, now: float, expected: float) -> None:
    assert quantity_reaching(parse_value(function), wanted, now) == pytest.approx(expected, rel=1e-6)


@given(st.integers(0, 2**31), st.floats(0.05, 0.95), st.floats(0, 10_000))
def test_what_is_found_is_good_enough_and_nothing_nearer_is(seed: int, wanted: float, now: float) -> None:
    chance = np.random.default_rng(seed)
    at = np.sort(chance.choice(np.arange(0, 100), 5, replace=False)) / 10
    function = parse_value([[f"{q} km", float(v)] for q, v in zip(at, chance.random(5).round(2), strict=True)])
    found = quantity_reaching(function, wanted, now)
    if np.isnan(found):
        assert function.bounds[1] < wanted
        return
    if np.isinf(found):
        return
    assert function.value(np.array([found]))[0] >= wanted - 1e-5
    between = np.linspace(now, found, 52)[1:-1]
    assert now == found or (function.value(between) < wanted + 1e-5).all()


def test_nothing_reaches_more_than_the_best() -> None:
    assert np.isnan(quantity_reaching(parse_value([["0 km", 0], ["2 km", 0.5], ["4 km", 0]]), 0.8, 1000.0))
    assert classes_reaching(parse_value({"a": 0.2, "b": 0.5}), 0.8) == ()
