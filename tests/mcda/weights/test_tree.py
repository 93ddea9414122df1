"""Trees of blocks by hand, and normalised weights."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.weights import (
    Block,
    Leaf,
    global_weights,
    leaves,
    normalise,
)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40).filter(lambda w: sum(w) > 1e-3))
def test_normalised_weights_sum_to_one(numbers: list[float]) -> None:
    shares = normalise(numbers)
    assert math.fsum(shares) == pytest.approx(1, abs=1e-12)
    assert all(a == pytest.approx(b / sum(numbers)) for a, b in zip(shares, numbers, strict=True))


def test_a_tree_by_hand() -> None:
    quiet = Block("quiet", (Leaf("rail", 5), Leaf("freeway", 1)), weight=1, combine="worst")
    power = Block("power", (Leaf("station", 3), Leaf("circuits", 1), quiet), weight=3)
    root = Block("", (Leaf("land", 1), power), combine="geometric")
    assert [leaf.name for leaf in leaves(root)] == ["land", "station", "circuits", "rail", "freeway"]
    weights = global_weights(root)
    assert weights == pytest.approx(
        {"land": 0.25, "station": 0.45, "circuits": 0.15, "rail": 0.075, "freeway": 0.075}, abs=1e-12
    )
    assert math.fsum(weights.values()) == pytest.approx(1, abs=1e-12)


def test_the_fab_blocks_of_the_domain_table_sum_to_a_hundred() -> None:
    """Domain table: land 22, water 15, power 15, access 7, people 13, cluster 10, quiet 10, permits 8."""
    blocks = {"land": 22, "water": 15, "power": 15, "access": 7, "people": 13, "cluster": 10, "quiet": 10, "permits": 8}
    root = Block("", tuple(Leaf(name, weight) for name, weight in blocks.items()))
    assert global_weights(root) == pytest.approx({name: weight / 100 for name, weight in blocks.items()}, abs=1e-15)


@pytest.mark.parametrize(
    ("numbers", "names", "message"),
    [
        ([1, -2], ["a", "b"], "The weight of 'b' is -2; a weight is a number of 0 or more."),
        ([math.nan], ["a"], "The weight of 'a' is nan; a weight is a number of 0 or more."),
        ([math.inf, 1], None, "The weight of '1' is inf; a weight is a number of 0 or more."),
        ([0, 0], ["a", "b"], "The weights of 'a', 'b' are all 0; at least one must be more."),
        ([], [], "The weights of nothing are all 0; at least one must be more."),
    ],
)
def test_refusals(numbers: list[float], names: list[str] | None, message: str) -> None:
    with pytest.raises(StudyError) as error:
        normalise(numbers, names)
    assert str(error.value) == message
