"""What a rule says of quantities that are known, intervals, or missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.exclusions import Condition, Rule, Test, Verdict, parse_rule
from siting.measure import Measure, Measured, State
from tests.metrics.drawing import spec

NAN, INF = np.nan, np.inf
SHARE, DISTANCE = spec(share="tribal"), spec(distance="faults")


def known(quantity: list[Any], low: list[float] | None = None, high: list[float] | None = None) -> Measured:
    array = np.array(quantity, dtype=object if any(isinstance(item, str) for item in quantity) else np.float64)
    bounds = [None if side is None else np.array(side) for side in (low, high)]
    return Measured(
        columns={"q": array}, state=np.full(len(array), State.KNOWN, np.uint8), low=bounds[0], high=bounds[1]
    )


def said(verdict: Verdict) -> str:
    """One letter a parcel: excluded, perhaps, no."""
    assert not (verdict.met & verdict.perhaps).any()
    return "".join(
        "e" if met else "p" if perhaps else "-" for met, perhaps in zip(verdict.met, verdict.perhaps, strict=True)
    )


def test_thresholds_are_exclusive() -> None:
    quantities = known([0.0, 1.0, 1.5, 2.0, 3.0, INF, NAN])
    assert said(Test(above=1.0).verdict(quantities)) == "--eeeep"
    assert said(Test(below=2.0).verdict(quantities)) == "eee---p"
    assert said(Test(above=1.0, below=2.0).verdict(quantities)) == "--e---p"


def test_intervals_are_certain_where_both_ends_agree() -> None:
    """Intervals [0, 1], [0, 9], [5, 9], [5, inf), none at all, and an exact 5."""
    quantities = known([NAN, NAN, NAN, NAN, NAN, 5.0], [0.0, 0.0, 5.0, 5.0, NAN, 5.0], [1.0, 9.0, 9.0, INF, NAN, 5.0])
    assert said(Test(below=2.0).verdict(quantities)) == "ep--p-"
    assert said(Test(above=2.0).verdict(quantities)) == "-peepe"
    assert said(Test(above=4.0, below=8.0).verdict(quantities)) == "-pppp" + "e"


@given(
    low=st.floats(-10, 10), wide=st.floats(0, 10), above=st.none() | st.integers(-10, 10),
    below=st.none() | st.integers(-10, 10),
)  # fmt: skip
def test_an_interval_is_judged_as_all_of_its_points(
    low: float, wide: float, above: int | None, below: int | None
) -> None:
    """Certain: every point of a fine sample is excluded; impossible: no point is."""
    test = Test(above=above, below=below)
    points = np.unique(np.concatenate([np.linspace(low, low + wide, 41), [low + wide]]))
    inside = test.verdict(known(points.tolist())).met
    verdict = test.verdict(known([NAN], [low], [float(points[-1])]))
    if verdict.met[0]:
        assert inside.all()
    if inside.all():
        assert verdict.met[0]
    if inside.any():
        assert verdict.met[0] or verdict.perhaps[0]


def test_values_and_the_unknown() -> None:
    quantities = known(["prohibited", "by_right", "unknown", "none"])
    quantities.columns["q"][3] = None
    assert said(Test(values=("prohibited",)).verdict(quantities)) == "e-pp"
    assert said(Test(others=("prohibited",)).verdict(quantities)) == "-epp"
    assert said(Test(values=("unknown",)).verdict(quantities)) == "--ep"


def test_a_condition_is_met_where_any_part_is() -> None:
    near, wide = spec(distance="lines", where="KV >= 345"), spec(distance="lines", where="KV >= 69")
    condition = Condition(parts=((near, Test(below=150.0)), (wide, Test(below=50.0))))
    measured = {near.key: known([100.0, 200.0, 200.0, NAN, NAN]), wide.key: known([100.0, 40.0, 60.0, 40.0, 60.0])}
    assert said(condition.verdict(measured)) == "ee-ep"
    assert [m.key for m in condition.measures] == [near.key, wide.key]


def test_a_part_counts_only_where_what_is_given_holds() -> None:
    place = spec(attribute="cities", field="NAME", values="text")
    condition = Condition(
        parts=((DISTANCE, Test(below=100.0)), (DISTANCE, Test(below=30.0))),
        given=((place, Test(values=("Mesa",))), (place, Test(others=("Mesa",)))),
    )
    measured = {
        DISTANCE.key: known([50.0, 50.0, 20.0, 50.0, 20.0, 200.0]),
        place.key: known(["Mesa", "Gilbert", "Gilbert", "unknown", "unknown", "Mesa"]),
    }
    assert said(condition.verdict(measured)) == "e-epp-"
    assert [m.key for m in condition.measures] == [DISTANCE.key, place.key]


@pytest.mark.parametrize(
    ("own", "where", "verdict"),
    [
        (2.0, 1.0, "e"),
        (2.0, 0.0, "-"),
        (2.0, NAN, "p"),
        (0.0, 1.0, "-"),
        (NAN, 1.0, "p"),
        (NAN, 0.0, "-"),
        (NAN, NAN, "p"),
    ],
)
def test_only_where(own: float, where: float, verdict: str) -> None:
    rule = Rule(
        name="r", condition=Condition(parts=((SHARE, Test(above=1.0)),)),
        only_where=Condition(parts=((DISTANCE, Test(above=0.5)),)),
    )  # fmt: skip
    assert said(rule.verdict({SHARE.key: known([own]), DISTANCE.key: known([where])})) == verdict
    assert [m.key for m in rule.measures] == [SHARE.key, DISTANCE.key]


def test_a_rule_without_only_where_is_its_condition() -> None:
    rule = parse_rule({"name": "r", "share": "tribal", "above": "1 %"})
    measure: Measure = rule.measures[0]
    assert said(rule.verdict({measure.key: known([0.0, 0.01, 0.02])})) == "--e"
