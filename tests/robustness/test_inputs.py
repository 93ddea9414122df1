"""What a study says of weights and errors, as it is drawn; and its refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from siting.errors import StudyError
from siting.ranking import Ranking
from siting.robustness import RobustnessResult, announced_cost, robustness_of
from siting.study.sections import Robustness


def asked(ranked: Ranking, **given: Any) -> RobustnessResult:
    return robustness_of(ranked, Robustness.model_validate({"draws": 60, **given}))


def test_without_a_word_the_concentration_is_judgement(ranked: Ranking) -> None:
    result = asked(ranked)
    assert result.law == "weights around the stated ones (Dirichlet, concentration 50)"
    assert result.notes == ("The study does not say how sure its weights are; the concentration is judgement.",)


@pytest.mark.parametrize(
    ("weights", "law"),
    [
        ({"dirichlet": 20}, "weights around the stated ones (Dirichlet, concentration 20)"),
        ({"known": "order"}, "weights in the stated order"),
        ({"known": "nothing"}, "any weights, nothing known of them"),
    ],
)
def test_the_law_of_weights_is_said(ranked: Ranking, weights: dict[str, Any], law: str) -> None:
    assert asked(ranked, weights=weights).law == law


def test_with_errors_alone_the_weights_stay(ranked: Ranking) -> None:
    result = asked(ranked, errors={"station": {"normal": "500 m"}})
    assert result.law == "the data, with the weights as stated"
    assert (result.drawn.overall == result.drawn.overall[0]).all()
    values = 60 * int((~np.isnan(result.given.criteria[2].quantity)).sum())  # type: ignore[arg-type]
    assert result.notes == (
        f"Errors of 'station' over 60 draws of 35 parcels: at most {values:,} values are drawn (about 1 s); "
        "screening leaves out most of them.",
    )
    spec = Robustness.model_validate({"draws": 60, "errors": {"station": {"normal": "500 m"}}})
    assert announced_cost(ranked, spec) == result.notes[0]
    assert announced_cost(ranked) == ""


def test_a_misplaced_station_moves_all_that_are_measured_to_it(ranked: Ranking) -> None:
    """Shared by the feature or the layer, B3 and C3 stay 1 km apart in every draw."""
    for given, together in (({"shared_by": "feature"}, True), ({"shared_by": "layer"}, True), ({}, False)):
        result = asked(ranked, errors={"station": {"uniform": "400 m", **given}})
        station = result.given.criteria[2]
        rows = np.flatnonzero(np.isin(result.ids.astype(str), ["B3", "C3"]))
        draws = np.arange(60)
        one, other = (station.values(result.given.keys, 3, np.full(60, row), draws) for row in rows)
        assert bool(np.ptp(np.round(one - other, 6)) == 0) is together


def test_a_field_of_the_parcels_can_share_an_error(ranked: Ranking) -> None:
    result = asked(ranked, errors={"station": {"lognormal": 0.1, "shared_by": "field", "field": "USE"}})
    error = result.given.criteria[2].error
    assert error is not None
    assert error.law == "lognormal"
    assert len(np.unique(error.group)) == len(set(ranked.parcels.table["USE"].iloc[result.rows]))


def test_what_an_analyst_has_set_does_not_err(ranked: Ranking) -> None:
    result = asked(ranked, errors={"hazard": {"uniform": "900 m"}})
    row = int(np.flatnonzero(result.ids == "D5")[0])
    values = result.given.criteria[3].values(result.given.keys, 3, np.full(60, row), np.arange(60))
    assert (values == 0.5).all()


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        (
            {"zone": {"lognormal": 0.2}},
            "The error of 'zone' is of a quantity, but its measure gives classes. Leave it out.",
        ),
        (
            {"flat": {"lognormal": 0.2, "shared_by": "feature"}},
            "The error of 'flat' is shared by feature, but the measure 'slope' does not say which feature it comes "
            "from. Write 'shared_by: parcel', 'layer' or 'field'.",
        ),
    ],
)
def test_errors_that_a_quantity_cannot_have_are_refused(ranked: Ranking, errors: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as e:
        asked(ranked, errors=errors)
    assert str(e.value) == message


def test_a_field_that_the_parcels_do_not_have_is_refused(ranked: Ranking) -> None:
    with pytest.raises(StudyError) as e:
        asked(ranked, errors={"station": {"normal": "5 m", "shared_by": "field", "field": "USES"}})
    fields = ", ".join(repr(name) for name in ranked.parcels.table.columns)
    assert str(e.value) == (
        "The error of 'station' is shared by the field 'USES', which the parcels do not have. "
        f"Their fields are {fields}. Did you mean 'USE'?"
    )
