"""Judgement of fabricated quantities: who is admitted, why not, with which value and rank."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.errors import RunError
from siting.judgement import (
    ADMITTED,
    EXCLUDED,
    SITE_ONLY,
    STATUSES,
    Judgement,
    _check_reasons,
    disagreement_of,
    judge,
    survivors_of,
)
from siting.measure import Measured, State
from siting.overrides import read_overrides
from siting.plan import plan_of
from siting.quantities import Quantities
from siting.study import Study, parse_study

NAN, INF = np.nan, np.inf
STUDY: dict[str, Any] = {
    "crs": "EPSG:26912", "parcels": {"source": "p.gpkg", "id": "APN"},
    "layers": {name: {"source": f"{name}.gpkg"} for name in ("rail", "tribal", "city", "zoning")},
    "exclusions": [
        {"name": "tribal", "share": "tribal", "above": "30 %"},
        {"name": "small", "applies_to": "site", "shape": "area", "below": "2 ha"},
        {"name": "opted in", "lifts": ["tribal"], "share": "city", "above": "50 %"},
    ],
    "blocks": {"all": {"criteria": {
        "rail": {"weight": 3, "measure": {"distance": "rail"}, "value": [["0 m", 1], ["1 km", 0]]},
        "zone": {"weight": 1, "measure": {"class": "zoning", "field": "Z"}, "value": {"good": 1, "bad": 0.2}},
    }}},
    "tiers": {"good": 60},
}  # fmt: skip


def judged(
    n: int, *, study: Study | None = None, tribal: Any = 0.0, area: Any = 1e5, city: Any = 0.0, rail: Any = 500.0,
    low: Any = None, high: Any = None, zone: Any = "good", overrides: Any = None, rail_state: Any = None,
) -> Judgement:  # fmt: skip
    """The judgement of n parcels with these quantities, one number for all or one for each."""
    study = study or parse_study(STUDY)
    if overrides is not None:
        study = study.with_({"overrides": overrides})
    plan = plan_of(study)

    def of(values: Any, dtype: Any = np.float64) -> Any:
        return np.array([values] * n if np.isscalar(values) else values, dtype=dtype)

    known = np.full(n, State.KNOWN, np.uint8)
    tribal_rule, small_rule, lifting = plan.rules
    measured = {
        tribal_rule.measures[0].key: Measured(columns={"share": of(tribal)}, state=known),
        small_rule.measures[0].key: Measured(columns={"area": of(area)}, state=known),
        lifting.measures[0].key: Measured(columns={"share": of(city)}, state=known),
        plan.criteria["rail"].key: Measured(
            columns={"distance": of(rail)}, state=known if rail_state is None else of(rail_state, np.uint8),
            low=None if low is None else of(low),
            high=None if high is None else of(high),
        ),
        plan.criteria["zone"].key: Measured(columns={"class": of(zone, object)}, state=known),
    }  # fmt: skip
    ids = np.array([f"p{i}" for i in range(n)], dtype=object)
    return judge(study, plan, Quantities(measured=measured), ids, read_overrides(study, ids))


def test_every_parcel_has_one_status_and_every_exclusion_a_reason() -> None:
    found = judged(4, tribal=[0.0, 0.4, 0.0, 0.4], area=[1e5, 1e5, 1e4, 1e4])
    assert found.status.tolist() == [ADMITTED, EXCLUDED, SITE_ONLY, EXCLUDED]
    assert found.reasons == ("tribal", "small")
    assert found.excluded_by.tolist() == [[False, False], [True, False], [False, True], [True, True]]
    assert found.admitted.tolist() == [True, False, False, False]


def test_hits_and_hits_alone() -> None:
    found = judged(5, tribal=[0.0, 0.4, 0.0, 0.4, 0.4], area=[1e5, 1e5, 1e4, 1e4, 1e5])
    assert found.hits().to_dict("records") == [
        {"reason": "tribal", "hits": 3, "alone": 2},
        {"reason": "small", "hits": 2, "alone": 1},
    ]


def test_the_excluded_keep_the_score_they_would_have() -> None:
    """0.75 x value of the distance + 0.25 x 1, whatever the status; ranks and tiers only among the admitted."""
    found = judged(3, tribal=[0.4, 0.0, 0.0], rail=[0.0, 500.0, 1000.0])
    np.testing.assert_allclose(found.scores.score, [100.0, 62.5, 25.0])
    assert found.rank.tolist() == [0, 1, 2]
    assert found.tier.tolist() == [None, "good", "low"]


def test_a_lifting_rule_excludes_nobody_and_frees_those_it_holds_for() -> None:
    found = judged(3, tribal=[0.4, 0.4, 0.0], city=[0.9, 0.0, 0.9])
    assert found.status.tolist() == [ADMITTED, EXCLUDED, ADMITTED]
    assert "opted in" not in found.reasons
    assert found.verdicts["tribal"].met.tolist() == [False, True, False]


def test_beyond_the_reach_is_the_last_value_and_an_interval_has_two() -> None:
    found = judged(4, rail=[INF, 250.0, NAN, NAN], low=[INF, 250.0, 200.0, NAN], high=[INF, 250.0, 600.0, NAN])
    low, high = found.values["rail"]
    np.testing.assert_allclose(low, [0.0, 0.75, 0.4, 0.0])
    np.testing.assert_allclose(high, [0.0, 0.75, 0.8, 1.0])
    assert found.missing["rail"].tolist() == [False, False, False, True]
    np.testing.assert_allclose(found.scores.low, [25.0, 81.25, 55.0, 25.0])
    np.testing.assert_allclose(found.scores.high, [25.0, 81.25, 85.0, 100.0])


def test_where_no_pad_fits_the_value_is_the_worst_and_nothing_is_missing() -> None:
    """No place is an answer, unlike no data, which might be anything; a rule cannot judge it."""
    state = np.array([State.KNOWN, State.NO_PLACE, State.NO_DATA], np.uint8)
    found = judged(3, rail=[500.0, NAN, NAN], rail_state=state)
    low, high = found.values["rail"]
    np.testing.assert_allclose([low, high], [[0.5, 0.0, 0.0], [0.5, 0.0, 1.0]])
    assert found.missing["rail"].tolist() == [False, False, True]
    bounded = judged(2, rail=[NAN, NAN], low=[100.0, NAN], high=[200.0, NAN], rail_state=[State.UNKNOWN, 5])
    np.testing.assert_allclose(bounded.values["rail"], [[0.8, 0.0], [0.9, 0.0]])


def test_ranks_are_intervals_where_scores_are() -> None:
    """Scores 81.25, [55, 85] and [25, 100] (midpoints 70 and 62.5), and 25."""
    found = judged(4, rail=[250.0, NAN, NAN, INF], low=[250.0, 200.0, NAN, INF], high=[250.0, 600.0, NAN, INF])
    assert found.rank.tolist() == [1, 2, 3, 4]
    assert found.rank_best.tolist() == [1, 1, 1, 3]
    assert found.rank_worst.tolist() == [3, 3, 3, 4]  # the third ties with the fourth at worst


@pytest.mark.parametrize(("policy", "value"), [("interval", (0.2, 1.0)), ("worst", (0.2, 0.2))])
def test_what_a_missing_class_does(policy: str, value: tuple[float, float]) -> None:
    found = judged(2, study=parse_study(STUDY | {"missing": policy}), zone=["good", None])
    assert (found.values["zone"][0][1], found.values["zone"][1][1]) == value
    assert found.missing["zone"].tolist() == [False, True]
    assert found.status.tolist() == [ADMITTED, ADMITTED]


def test_missing_data_may_exclude_with_the_reason() -> None:
    found = judged(2, study=parse_study(STUDY | {"missing": "exclude"}), zone=["good", None])
    assert found.status.tolist() == [ADMITTED, SITE_ONLY]
    assert found.reasons == ("tribal", "small", "no data: rail", "no data: zone")
    assert found.excluded_by[1].tolist() == [False, False, False, True]


def test_a_rule_that_cannot_judge_keeps_or_excludes() -> None:
    kept = judged(2, tribal=[NAN, 0.0])
    assert kept.status.tolist() == [ADMITTED, ADMITTED]
    assert kept.verdicts["tribal"].perhaps.tolist() == [True, False]
    strict = parse_study(STUDY).with_({"exclusions.tribal.unknown": "exclude"})
    out = judged(3, study=strict, tribal=[NAN, 0.0, 0.4])
    assert out.status.tolist() == [EXCLUDED, ADMITTED, EXCLUDED]
    assert out.reasons == ("tribal", "no data: tribal", "small")
    assert out.excluded_by.tolist() == [[False, True, False], [False, False, False], [True, False, False]]


def said(**keys: Any) -> dict[str, Any]:
    return {"id": "p0", "who": "A. Surveyor", "when": "2026-10-01", "why": "walked it", **keys}


def test_an_analyst_overrides_a_status_and_a_value() -> None:
    overrides = [
        said(id="p0", item="status", value="admitted"), said(id="p1", item="status", value="excluded"),
        said(id="p2", item="rail", value="250 m"), said(id="p3", item="zone", value=0.5),
        said(id="p2", item="zone", value="bad"),
    ]  # fmt: skip
    found = judged(
        5, tribal=[0.9, 0.0, 0.0, 0.0, 0.9], zone=["good", "good", "good", None, "good"], overrides=overrides
    )
    assert found.status.tolist() == [ADMITTED, EXCLUDED, ADMITTED, ADMITTED, EXCLUDED]
    assert found.reasons == ("tribal", "small", "override")
    assert found.excluded_by.tolist() == [
        [False] * 3, [False, False, True], [False] * 3, [False] * 3, [True, False, False],
    ]  # fmt: skip
    assert found.values["rail"][0].tolist() == found.values["rail"][1].tolist() == [0.5, 0.5, 0.75, 0.5, 0.5]
    assert found.values["zone"][0].tolist() == [1.0, 1.0, 0.2, 0.5, 1.0]
    assert not found.missing["zone"].any()
    assert found.hits()["hits"].tolist() == [1, 0, 1]


def test_contributions_add_up_and_are_relative_to_the_median_of_the_admitted() -> None:
    """Of the admitted distances 0, 500 and 1000 m the median value is 0.5: 75 points x (value - 0.5)."""
    found = judged(4, rail=[0.0, 500.0, 1000.0, 0.0], tribal=[0.0, 0.0, 0.0, 0.9])
    np.testing.assert_allclose(found.contributions.values[0], [37.5, 0.0, -37.5, 37.5])
    np.testing.assert_allclose(found.contributions.values.sum(axis=0), found.contributions.total)
    assert found.contributions.reference == pytest.approx(62.5)


def test_nobody_admitted_and_no_parcels() -> None:
    nobody = judged(2, tribal=0.9)
    assert nobody.rank.tolist() == [0, 0]
    np.testing.assert_allclose(nobody.contributions.values, 0.0)
    assert len(judged(0).status) == 0


def test_a_status_without_a_reason_is_a_fault_of_ours() -> None:
    ids = np.array(["a", "b"], dtype=object)
    status = np.array([STATUSES.index(ADMITTED), STATUSES.index(EXCLUDED)], np.uint8)
    _check_reasons(status, np.array([[False], [True]]), ids)
    with pytest.raises(RunError) as caught:
        _check_reasons(status, np.array([[False], [False]]), ids)
    assert str(caught.value) == (
        "1 parcels are neither admitted nor excluded with a reason; the first is 'b' ('excluded'). This is a fault of "
        "siting, not of the study; please report it."
    )


def test_reading_no_overrides() -> None:
    assert read_overrides(parse_study(STUDY), np.array(["p0"], dtype=object)) is None
    assert isinstance(judged(1).hits(), pd.DataFrame)


def test_a_fitted_function_is_fitted_to_all_that_were_measured() -> None:
    """100 m to 900 m: the excluded parcel sets the far end, what has no quantity or lies beyond the reach does not."""
    study = parse_study(STUDY).with_({"blocks.all.criteria.rail.value": {"min_max": {"direction": "falling"}}})
    found = judged(5, study=study, tribal=[0, 0, 0.9, 0, 0], rail=[100, 300, 900, NAN, INF])
    low, high = found.values["rail"]
    np.testing.assert_allclose(low, [1, 0.75, 0, 0, 0])
    np.testing.assert_allclose(high, [1, 0.75, 0, 1, 0])
    assert found.status.tolist() == [ADMITTED, ADMITTED, EXCLUDED, ADMITTED, ADMITTED]


def test_a_veto_excludes_whatever_the_other_values_are() -> None:
    """900 m has 0.1, under the veto of 0.2; 800 m has 0.2 and passes; 700 to 900 m is not certainly under."""
    study = parse_study(STUDY).with_({"aggregate": {"veto": {"rail": 0.2}}})
    found = judged(4, study=study, rail=[900, 800, NAN, NAN], low=[900, 800, 700, NAN], high=[900, 800, 900, NAN])
    assert found.status.tolist() == [EXCLUDED, ADMITTED, ADMITTED, ADMITTED]
    assert found.excluded_by[:, found.reasons.index("veto: rail")].tolist() == [True, False, False, False]


def test_who_survives_all_weight_sets() -> None:
    """Values (rail, zone): (1, .2), (.5, 1), (0, 1); the study weighs 3 to 1, the town 0 to 1."""
    sets = {"town": {"all.rail": 0, "all.zone": 1}}
    study = parse_study({**STUDY, "weight_sets": sets})
    found = judged(3, study=study, rail=[0, 500, 1000], zone=["bad", "good", "good"])
    kept = survivors_of(study, found, 2)
    assert {name: ranks.tolist() for name, ranks in kept.ranks.items()} == {"study": [1, 2, 3], "town": [3, 1, 1]}
    assert kept.shortlist.tolist() == [False, True, False]
    assert kept.ranks["study"].tolist() == found.rank.tolist()


def test_where_methods_disagree_only_the_admitted_are_ranked() -> None:
    """Values (rail, zone): (1, .2), (.5, 1) and an excluded (1, 1); the weighted sum is the study's own ranking."""
    study = parse_study(STUDY)
    found = judged(3, study=study, tribal=[0, 0, 0.9], rail=[0, 500, 0], zone=["bad", "good", "good"])
    told = disagreement_of(study, found, 1)
    assert told.ranks[told.names.index("weighted_sum")].tolist() == found.rank.tolist() == [1, 2, 0]
    assert told.ranks[told.names.index("worst")].tolist() == [2, 1, 0]
    assert told.shortlist.tolist() == [False, False, False]
