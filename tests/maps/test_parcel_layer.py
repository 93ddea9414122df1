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

from siting.maps import MapView, ParcelLayer
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
    assert made["criteria"][0]["value"] == [500, 1000, 500, 200, 0, None]


def test_it_also_works_in_an_ordinary_folium_map(view: View) -> None:
    page = folium.Map(tiles=None)
    ParcelLayer(view()).add_to(page)
    text = page.get_root().render()
    assert "siting.show(map_" in text
    assert text.count("window.siting = (function") == 1
