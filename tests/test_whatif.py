"""What keeps a parcel of the drawn world off the shortlist, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from siting.errors import DataError
from siting.ranking import Ranking
from siting.whatif import changeable


def test_the_station_that_would_bring_a_parcel_in(ranked: Ranking) -> None:
    """C4 needs what A1, the tenth, has; a point of value of the station is worth a third of 100 points."""
    told = ranked.why_not("C4", 10)
    score = {name: ranked.explain(name).score or 0 for name in ("A1", "C4")}
    assert told.target == score["A1"]
    assert told.gap == pytest.approx(score["A1"] - score["C4"])
    station = next(line for line in told.criteria if line.criterion == "station")
    rise = told.gap / (100 / 3)
    assert station.needed_value == pytest.approx(station.value + rise, abs=1e-6)
    metres = 3041.381 - rise * 4000  # the value falls by 1 in 4 km
    assert f"{metres / 1000:.2f}" == "2.30"
    assert station.needed == "within 2.3 km"
    assert told.changes[0][0] == "station within 2.3 km instead of 3.04 km"
    assert told.changes[0][1] == pytest.approx(rise, abs=1e-6)
    assert "6.2 are missing" in str(told)


def test_an_excluded_parcel_hears_its_reasons_first(ranked: Ranking) -> None:
    told = ranked.why_not("H5")
    assert told.reasons == ranked.explain("H5").reasons
    assert "tribal land" in told.reasons
    assert told.standing in str(told)


def test_one_that_is_on_the_shortlist_needs_nothing(ranked: Ranking) -> None:
    told = ranked.why_not("A3", 3)
    assert told.gap <= 0
    assert told.changes == told.unchangeable == ()
    assert str(told).endswith(
        f"Its score reaches the shortlist of 3, as long as it stays at {told.target:.1f} points or more."
    )


def test_what_is_not_known_is_said(ranked: Ranking) -> None:
    told = ranked.why_not("D3", 10)
    hazard = next(line for line in told.criteria if line.criterion == "hazard")
    assert (hazard.quantity, hazard.missing) == ("no data", True)
    assert len(told.table()) == len(ranked.study.criteria())


def test_what_can_change_and_what_cannot(ranked: Ranking) -> None:
    """Nearer stations can be built, farther rails and fissures cannot; slope cannot; zoning and size can."""
    expected = {"usable_land": True, "flat": False, "station": True, "hazard": False, "quiet": False, "zone": True}
    criteria = {criterion.name: criterion for criterion in ranked.study.criteria()}
    assert {name: changeable(criterion) for name, criterion in criteria.items()} == expected
    station = criteria["station"]
    fixed = replace(station, spec=station.spec.model_copy(update={"changeable": False}))
    assert not changeable(fixed)


def test_a_criterion_may_say_that_it_cannot_change(ranked: Ranking) -> None:
    study: dict[str, Any] = {"blocks.power.criteria.station.changeable": False}
    told = ranked.reweight(study).why_not("C4", 10)
    assert all("station" not in text for text, _ in told.changes)
    assert told.unchangeable[0][0].startswith("station within")


def test_an_unknown_parcel_is_refused(ranked: Ranking) -> None:
    with pytest.raises(DataError) as e:
        ranked.why_not("C44")
    assert str(e.value).startswith("There is no parcel 'C44' among the 40 of this ranking.")
