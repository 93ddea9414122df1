from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
import shapely

from siting.errors import DataError
from siting.maps import CardSection, ContextData, MapView
from siting.shapes import Shapes

View = Callable[..., MapView]

METRES = Shapes.from_geometries([shapely.box(400_000, 3_600_000, 400_010, 3_600_010)] * 6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tier": ["high"]}, "A map of 6 parcels has 1 entries in 'tier'. Give one a parcel."),
        ({"score_low": np.zeros(5)}, "A map of 6 parcels has 5 entries in 'score_low'. Give one a parcel."),
        ({"published": {"Use": ["a"] * 7}}, "A map of 6 parcels has 7 entries in 'Use'. Give one a parcel."),
        (
            {"sections": [CardSection(title="Overrides", lines=[])]},
            "A map of 6 parcels has 0 entries in 'Overrides'. Give one a parcel.",
        ),
        (
            {"status": ["admited"] * 6},
            "A parcel on a map is 'admitted', 'site', 'excluded', not 'admited'. Did you mean 'admitted'?",
        ),
        (
            {"cuts": [70.0, 50.0]},
            "The cuts of the legend are [70.0, 50.0], but they separate colours from low to high. "
            "Give them ascending and each once.",
        ),
        (
            {"shapes": METRES},
            "A map takes longitudes and latitudes (EPSG:4326), but the parcels lie from "
            "(400000, 3600000) to (400010, 3600010). Reproject them first.",
        ),
        (
            {"context": [ContextData(name="roads", shapes=METRES)]},
            "A map takes longitudes and latitudes (EPSG:4326), but the features of 'roads' lie from "
            "(400000, 3600000) to (400010, 3600010). Reproject them first.",
        ),
    ],
)
def test_a_view_that_cannot_be_drawn_is_refused(view: View, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as e:
        view(**changes)
    assert str(e.value) == message


def test_a_criterion_needs_an_entry_for_each_parcel(view: View) -> None:
    short = replace(view().criteria[0], quantity=["1 km"])
    with pytest.raises(DataError) as e:
        view(criteria=[short])
    assert str(e.value) == "A map of 6 parcels has 1 entries in 'quantity of Substation'. Give one a parcel."


def test_a_view_is_frozen_and_may_be_empty(view: View) -> None:
    with pytest.raises(FrozenInstanceError):
        view().title = "another"  # type: ignore[misc]
    nothing = MapView(
        title="none",
        ids=[],
        shapes=Shapes.from_geometries([], "polygon"),
        status=[],
        score=np.empty(0),
        rank=np.empty(0, np.int64),
        tier=[],
        criteria=[],
        reasons=[],
    )
    assert nothing.ids == []
