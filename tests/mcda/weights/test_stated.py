"""Stated weights: sums by hand, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from siting.errors import StudyError
from siting.mcda.weights import direct, points, swing


def test_by_hand() -> None:
    assert direct({"a": 0.25, "b": 0.75}) == {"a": 0.25, "b": 0.75}
    assert points({"a": 10, "b": 30, "c": 60}) == {"a": 0.1, "b": 0.3, "c": 0.6}
    assert points({"a": 1, "b": 3}, total=4) == {"a": 0.25, "b": 0.75}
    assert swing({"a": 100, "b": 100, "c": 50}) == {"a": 0.4, "b": 0.4, "c": 0.2}


@pytest.mark.parametrize(
    ("method", "given_", "message"),
    [
        (
            direct,
            {"a": 0.25, "b": 0.7},
            "Direct weights must sum to 1; these sum to 0.95. Correct them, or give points, which are normalised.",
        ),
        (points, {"a": 50, "b": 40}, "The points must sum to 100; they sum to 90: 10 are left."),
        (points, {"a": 70, "b": 40}, "The points must sum to 100; they sum to 110: 10 too many are given."),
        (
            swing,
            {"a": 90, "b": 40},
            "The swing that is worth most has 100 points and sets the scale; the most here is 90.",
        ),
        (swing, {}, "The swing that is worth most has 100 points and sets the scale; the most here is nan."),
        (swing, {"a": 100, "b": -1}, "The weight of 'b' is -1; a weight is a number of 0 or more."),
    ],
)
def test_refusals(method: Callable[[Any], Any], given_: dict[str, float], message: str) -> None:
    with pytest.raises(StudyError) as error:
        method(given_)
    assert str(error.value) == message
