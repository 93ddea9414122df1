"""The best-worst method: Rezaei's examples solved by hand, and properties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.weights import best_worst


def test_rezaei_2015_car_is_fully_consistent() -> None:
    """Rezaei 2015, Omega 53: every a_Bj a_jW is 8, so w_j = a_jW / sum: 4, 8, 2, 4, 1 of 19 and xi = 0."""
    found = best_worst(
        {"quality": 2, "price": 1, "comfort": 4, "safety": 2, "style": 8},
        {"quality": 4, "price": 8, "comfort": 2, "safety": 4, "style": 1},
    )
    assert found.weights == pytest.approx(
        {"quality": 0.2105, "price": 0.4211, "comfort": 0.1053, "safety": 0.2105, "style": 0.0526}, abs=5e-5
    )
    assert (found.xi, found.consistency_ratio, found.worst) == (pytest.approx(0, abs=1e-9), 0, None)


def test_rezaei_2016_transport_mode() -> None:
    """Rezaei 2016, Omega 64: load 8/1, access 2/5, cost 1/8. By hand w = (2, 9, 17)/28, xi = 1/28."""
    found = best_worst({"load": 8, "access": 2, "cost": 1}, {"load": 1, "access": 5, "cost": 8})
    assert found.weights == pytest.approx({"load": 2 / 28, "access": 9 / 28, "cost": 17 / 28}, abs=1e-9)
    assert found.xi == pytest.approx(1 / 28, abs=1e-9)
    assert found.consistency_ratio == pytest.approx(2 / 56)  # |2 x 5 - 8| / (64 - 8)
    assert found.worst == "access"


@given(st.lists(st.integers(1, 3), min_size=2, max_size=6))
def test_consistent_comparisons_give_back_their_weights(steps: list[int]) -> None:
    sizes = np.array([1, *steps, 3], float)
    names = [chr(97 + i) for i in range(len(sizes))]
    over = {name: 3 / size for name, size in zip(names, sizes, strict=True)}
    under = dict(zip(names, sizes, strict=True))
    found = best_worst(over, under)
    assert list(found.weights.values()) == pytest.approx((sizes / sizes.sum()).tolist(), abs=1e-7)
    assert found.xi == pytest.approx(0, abs=1e-7)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=5), st.integers(2, 9))
def test_weights_sum_to_one_and_keep_their_bounds(middle: list[tuple[int, int]], whole: int) -> None:
    pairs = [(1, whole), *middle, (whole, 1)]
    names = [chr(97 + i) for i in range(len(pairs))]
    over = {name: max(pair[0], 1 + (i not in (0,))) for i, (name, pair) in enumerate(zip(names, pairs, strict=True))}
    under = {
        name: max(pair[1], 1 + (i != len(pairs) - 1)) for i, (name, pair) in enumerate(zip(names, pairs, strict=True))
    }
    found = best_worst(over, under)
    weights = found.weights
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) >= 0
    for name in names:
        assert abs(weights["a"] - over[name] * weights[name]) <= found.xi + 1e-7
        assert abs(weights[name] - under[name] * weights[names[-1]]) <= found.xi + 1e-7


@pytest.mark.parametrize(
    ("over", "under", "message"),
    [
        ({"a": 1}, {"a": 1}, "The best-worst method needs at least two names."),
        (
            {"a": 1, "b": 2},
            {"b": 1, "a": 2},
            "Both lists compare the same names in the same order: 'a', 'b' against 'b', 'a'.",
        ),
        ({"a": 1, "b": 12}, {"a": 9, "b": 1}, "The comparison of 'b' is 12; comparisons are from 1 to 9."),
        (
            {"a": 1, "b": 4},
            {"a": 5, "b": 1},
            "The best 'a' over the worst 'b' is 4 in one list and 5 in the other; they are the same comparison.",
        ),
        (
            {"a": 2, "b": 4},
            {"a": 4, "b": 1},
            "One name in 'best_to_others' must have 1, being compared with itself; none of 'a', 'b' has.",
        ),
        (
            {"a": 1, "b": 2},
            {"a": 1, "b": 2},
            "'a' cannot be both the best and the worst; compare at least two names that differ.",
        ),
    ],
)
def test_refusals(over: Any, under: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        best_worst(over, under)
    assert str(error.value) == message
