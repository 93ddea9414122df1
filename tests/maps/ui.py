"""A view whose weights can be moved, with hand-made scores: 0.75 x substation + 0.25 x usable land."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from siting.maps import MapView
from siting.maps.view import MapReason, Scenario
from siting.mcda.weights import Block, Leaf

TREE = Block(
    "",
    (Block("power", (Leaf("station", 1.0),), 75.0), Block("land", (Leaf("usable", 1.0),), 25.0)),
    combine="weighted_sum",
)

#: kilometres and acres of the six squares of conftest.py; the fifth lies beyond the reach, the sixth is not known
KM = np.array([4.0, 1.0, 4.0, 9.0, np.inf, np.nan])
ACRE = np.array([200.0, 90.0, 200.0, 12.0, 0.0, np.nan])


def live(view: Callable[..., MapView], **changes: Any) -> MapView:
    """The six squares with their tree of weights, rules that can be moved, a weight set and a scenario."""
    station, usable = view().criteria
    given: dict[str, Any] = {
        "criteria": [
            replace(station, name="station", number=KM, unit="km", weight=0.75),
            replace(usable, name="usable", number=ACRE, unit="acre", weight=0.25),
        ],
        "tree": TREE,
        "rules": [
            MapReason(name="too small: 12 acre is below 80 acre", site=True, criterion="usable", below=80.0),
            MapReason(name="tribal land"),
            MapReason(name="flood"),
            MapReason(name="no outline"),
        ],
        "score": np.array([60.0, 80.0, 60.0, 17.5, 0.0, np.nan]),
        "weight_sets": [Scenario(name="land_first", weights={"power": 10.0, "land": 90.0})],
        "scenarios": [Scenario(name="no_power", why_not="it changes more than weights")],
        "tier_cuts": {"high": 70.0, "medium": 50.0},
    }
    return view(**(given | changes))
