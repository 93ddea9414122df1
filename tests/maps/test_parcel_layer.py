from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import folium
import numpy as np
import pytest
import shapely

from siting.maps import MapView, ParcelLayer, Waterfall
from siting.maps.parcel_layer import equal_cuts

View = Callable[..., MapView]


def content(view: MapView) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(ParcelLayer(view).data)))
    return made


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


def test_only_the_admitted_decide_the_classes_and_given_cuts_win(view: View) -> None:
    assert content(view())["cuts"] == equal_cuts(np.array([60.0, 80.0, 60.0]))
    assert content(view(cuts=[50.0, 70.0]))["cuts"] == [50.0, 70.0]


def test_the_point_of_a_parcel_lies_in_it(view: View) -> None:
    given = view()
    points = content(given)["points"]
    inside = shapely.contains_xy(
        given.shapes.geometries[:5], np.array(points["x"][:5]) / 1e6, np.array(points["y"][:5]) / 1e6
    )
    assert inside.all()
    assert (points["x"][5], points["y"][5]) == (0, 0)


def test_only_what_the_view_names_is_in_the_page(view: View) -> None:
    made = content(view())
    assert [field["label"] for field in made["published"]] == ["Use code"]
    assert made["low"] is None
    assert made["criteria"][0]["value"] == [50, 100, 50, 20, 0, None]


def test_cuts_add_up_as_they_are_shown(view: View) -> None:
    acre = 4046.8564224
    fall = Waterfall(
        gross_m2=np.full(6, 10 * acre),
        cut_m2={"one": np.full(6, 0.06 * acre), "two": np.full(6, 0.06 * acre), "three": np.array([np.nan] * 6)},
        usable_m2=np.full(6, 9.88 * acre),
        largest_m2=np.array([5 * acre] + [np.nan] * 5),
    )
    made = content(view(waterfall=fall))["waterfall"]
    assert made["gross"][0] == 100
    assert [cut["area"][0] for cut in made["cuts"]] == [1, 0, None]  # 0.06 and 0.06 acre of 10.0: 9.9 and 9.9 are left
    assert made["usable"][0] == 99
    assert made["largest"][:2] == [50, None]


def test_what_the_contributions_make_of_the_median_parcel(view: View) -> None:
    given = {"median_score": 50.0, "central_score": np.array([60.0, 77.0, 60.0, 40.0, np.nan, np.nan])}
    added = content(view(**given))
    assert (added["median"], added["central"][:2], added["change"][:2]) == (500, [600, 770], [1000, 2700])
    multiplied = content(view(**given, contribution_label="in %"))
    assert (multiplied["decimals"], multiplied["change"][1], multiplied["change"][4]) == (1, 154, None)


def test_it_also_works_in_an_ordinary_folium_map(view: View) -> None:
    page = folium.Map(tiles=None)
    ParcelLayer(view()).add_to(page)
    text = page.get_root().render()
    assert "siting.show(map_" in text
    assert text.count("window.siting = (function") == 1
