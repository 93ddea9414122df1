from __future__ import annotations

import pytest

from siting.bench.row import Measured, Row, agree, cpu_s
from siting.errors import RunError


def row(**options: object) -> Row:
    return Row("a", "b / c", 4, lambda _: Measured(1, "", ""), **options)  # type: ignore[arg-type]


def test_goals_are_reached_from_either_side() -> None:
    assert row().reached(4)
    assert not row().reached(3.9)
    assert row(at_least=False).reached(3.9)
    assert not row(at_least=False).reached(4.1)


def test_fewer_parcels_may_have_a_goal_of_their_own() -> None:
    assert row().with_parcels(1_000).goal == row(goal_of_few=2).with_parcels(100_000).goal == 4
    assert row(goal_of_few=2).with_parcels(99_999).reached(3)


def test_packages_that_are_missing_are_named() -> None:
    assert row(needs=("numpy", "no_such_package")).missing == ("no_such_package",)


def test_the_least_of_several_times_counts() -> None:
    calls: list[int] = []
    answer, seconds = cpu_s(lambda: calls.append(1) or len(calls), 3)  # type: ignore[func-returns-value]
    assert answer == 3
    assert 0 <= seconds < 1


def test_answers_that_differ_are_refused() -> None:
    assert agree("a", 1e-9, 1e-6) == "1.0e-09"
    for apart in (2e-6, float("nan")):
        with pytest.raises(RunError) as error:
            agree("a", apart, 1e-6)
        assert str(error.value) == (
            f"The answers of 'a' differ by {apart:.3g}, more than 1e-06: one of them is wrong, and their speeds mean "
            "nothing. Please report this with the versions of your packages."
        )
