"""Ways to colour: what the classes are, how they are named, and which colour each has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import colormaps

from siting.maps import MapView
from siting.maps.colours import TINTS, equal_cuts, steps, ways_of
from siting.maps.view import MapReason

View = Callable[..., MapView]


def test_classes_hold_equal_numbers() -> None:
    score = np.random.default_rng(1).random(7_000) * 100
    cuts = equal_cuts(score)
    assert len(cuts) == 6
    assert np.abs(np.bincount(np.searchsorted(cuts, score, side="right")) - 1_000).max() < 20


@pytest.mark.parametrize(
    ("scores", "cuts"),
    [([], []), ([np.nan], []), ([50.0, 50.0], []), ([0.0, 100.0], [14.3, 28.6, 42.9, 57.1, 71.4, 85.7])],
)
def test_classes_of_few_scores(scores: list[float], cuts: list[float]) -> None:
    assert np.allclose(equal_cuts(np.array(scores)), cuts, atol=0.1)


@pytest.mark.parametrize("number", [1, 2, 5, 7])
def test_steps_are_those_of_viridis(number: int) -> None:
    """Between ten colours of matplotlib's table; a channel is out by at most 6 of 255."""
    at = np.linspace(0, 1, number) if number > 1 else np.array([0.6])
    true = np.round(255 * colormaps["viridis"](at)[:, :3])
    ours = [[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in steps(number)]
    assert np.abs(true - ours).max() <= 6


def test_every_class_has_a_name_and_a_colour(view: View) -> None:
    given = view(tier_cuts={"high": 70.0}, p_top_k=np.full(6, 0.5), shortlist=3, cuts=[50.0, 70.0])
    ways = {way["key"]: way for way in ways_of(given, [MapReason(name="flood")], [2])}
    assert list(ways) == ["score", "rank", "p_top_k", "reason", ":Substation", ":Usable land"]
    assert all(len(way["names"]) == len(way["colours"]) for way in ways.values())
    assert ways["score"]["names"] == ["under 50.0", "50.0 – 70.0", "70.0 or more"]
    assert ways["score"]["note"] == "Tiers: high from 70; low below."
    assert ways["p_top_k"]["names"][:2] == ["never", "under 20 %"]
    assert ways["p_top_k"]["label"] == "chance to be among the best 3"
    assert ways[":Substation"]["names"] == [
        "no data",
        "under 0.2",
        "0.2 – 0.4",
        "0.4 – 0.6",
        "0.6 – 0.8",
        "0.8 or more",
    ]


def test_without_reasons_and_chances_there_are_no_ways_for_them(view: View) -> None:
    one = replace(view().criteria[0], name="station", note="distance")
    ways = ways_of(view(criteria=[one], score=np.full(6, np.nan)), [], [])
    assert [way["key"] for way in ways] == ["score", "rank", ":station"]
    assert ways[0]["names"] == ["ranked"]
    assert ways[2]["note"] == "Value: 0 is worst, 1 is best. distance"


def test_the_reasons_that_take_most_have_colours(view: View) -> None:
    """Nine reasons: seven colours; one that takes nothing has none, equal ones come in order."""
    reasons, hits = [MapReason(name=f"r{k}") for k in range(9)], [1, 0, 9, 3, 3, 2, 5, 8, 7]
    way = next(way for way in ways_of(view(), reasons, hits) if way["key"] == "reason")
    assert way["names"] == ["r2", "r7", "r8", "r6", "r3", "r4", "r5", "another reason", "ranked"]
    assert way["classes"] == [7, 7, 0, 4, 5, 6, 3, 1, 2]
    assert way["colours"][-2] == TINTS["grey"]
    assert len(set(way["colours"])) == 9
