"""Findings from measured arrays, each by a case made by hand."""

from __future__ import annotations

import numpy as np

from siting.check import Finding, check_measured
from siting.measure import State

ALL = np.ones(100, bool)
RAMP = np.linspace(0, 1, 100)


def test_nothing_is_said_of_sound_arrays() -> None:
    rng = np.random.default_rng(1)
    findings = check_measured(
        admitted=ALL,
        rules={"some": RAMP > 0.5},
        weights={"a": 0.5, "b": 0.5},
        values={"a": RAMP, "b": rng.permutation(RAMP)},
        states={"a": np.zeros(100, np.uint8)},
        features={"a": np.arange(100).astype(str).astype(object)},
        grains={"a": "parcel", "b": "30 m cell"},
    )
    assert findings == []


def test_an_exclusion_of_none_or_all_is_pointed_out() -> None:
    assert check_measured(admitted=ALL, rules={"a": ~ALL, "b": ALL, "c": RAMP > 0.5}) == [
        Finding("warning", "exclusions.a", "It excludes none of the 100 parcels."),
        Finding("warning", "exclusions.b", "It excludes every one of the 100 parcels."),
    ]


def test_an_effective_weight_under_a_quarter() -> None:
    """Values from 0.5 to 0.7 in even steps: p95 - p5 is 0.9 x 0.2 = 0.18, under a quarter."""
    values = {"a": 0.5 + 0.2 * RAMP, "b": RAMP[::-1] * np.resize([1, 0.1], 100)}
    (finding,) = check_measured(admitted=ALL, weights={"a": 0.5, "b": 0.5}, values={"a": values["a"]})
    assert finding == Finding(
        "warning",
        "criterion a",
        "Its weight is 50.0%, but its values differ so little among the admitted parcels (from the 5th to the 95th "
        "percentile) that it acts like 9.0%.",
    )
    assert check_measured(admitted=ALL, weights={"a": 0.5}, values={"a": 0.3 * RAMP}) == []
    assert check_measured(admitted=ALL, weights={"a": 0.0}, values={"a": 0 * RAMP}) == []


def test_only_the_admitted_count() -> None:
    admitted = RAMP < 0.2
    (finding,) = check_measured(admitted=admitted, weights={"a": 1.0}, values={"a": RAMP})
    assert finding.item == "criterion a"


def test_correlated_criteria() -> None:
    findings = check_measured(admitted=ALL, values={"a": RAMP, "b": RAMP**3, "c": 1 - RAMP, "d": np.full(100, np.nan)})
    assert findings == [
        Finding(
            "warning",
            "criterion b",
            "Its values and those of 'a' rise and fall together: they may count one thing twice (Spearman +1.00).",
        ),
        Finding("warning", "criterion c", "Its values and those of 'a' work against each other (Spearman -1.00)."),
        Finding("warning", "criterion c", "Its values and those of 'b' work against each other (Spearman -1.00)."),
    ]


def test_few_source_features() -> None:
    ids = np.array(["N", "S"] * 50, dtype=object)
    ids[0] = None
    findings = check_measured(
        admitted=ALL, features={"a": ids, "b": np.full(100, "S", object), "c": np.full(100, None, object)}
    )
    assert [finding.message for finding in findings] == [
        "All its quantities come from 2 features (N, S): an error in one moves many ranks.",
        "All its quantities come from 1 feature (S): an error in one moves many ranks.",
    ]


def test_a_coarse_grain() -> None:
    message = "Its layer tells no parcels apart within one block group: neighbours get the same quantity."
    assert check_measured(admitted=ALL, grains={"a": "block group"}) == [Finding("note", "criterion a", message)]


def test_parcels_outside_the_coverage() -> None:
    some, every = np.full(100, State.KNOWN, np.uint8), np.full(100, State.NO_DATA, np.uint8)
    some[:7] = State.NO_DATA
    some[7:9] = State.BEYOND
    findings = check_measured(admitted=ALL, states={"a": some, "b": every})
    tail = "have no data: they leave, with their reach, what its layer covers."
    assert [finding.message for finding in findings] == [
        f"7 of the 100 admitted parcels {tail}",
        f"All 100 admitted parcels {tail}",
    ]


def test_why_there_is_no_data_where_that_is_known() -> None:
    every = np.full(100, State.NO_DATA, np.uint8)
    (finding,) = check_measured(admitted=ALL, states={"a": every}, covers={"a": "a nearer one might lie outside."})
    assert finding.message == "All 100 admitted parcels have no data: a nearer one might lie outside."


def test_one_parcel_has_no_data() -> None:
    states = np.full(100, State.KNOWN, np.uint8)
    states[3] = State.NO_DATA
    (finding,) = check_measured(admitted=ALL, states={"a": states}, covers={"a": "a nearer one might lie outside."})
    assert finding.message == "1 of the 100 admitted parcels has no data: a nearer one might lie outside."


def test_no_parcels_give_no_findings() -> None:
    none = np.zeros(0, bool)
    empty = np.zeros(0)
    assert check_measured(admitted=none, rules={"a": none}, weights={"a": 1.0}, values={"a": empty}) == []
