from __future__ import annotations

import base64
import gzip
import json
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from siting.maps.context import ContextLayer, simplified
from siting.maps.view import ContextData
from siting.shapes import Shapes


def told(text: str) -> dict[str, Any]:
    """What a packed layer says of itself."""
    data = gzip.decompress(base64.b64decode(text))
    start = 4 + int.from_bytes(data[:4], "little")
    _, length, _, at = json.loads(data[4:start])["about"]
    found: dict[str, Any] = json.loads(data[start + at : start + at + length])
    return found


def test_a_simplified_line_lies_within_the_tolerance() -> None:
    x = np.linspace(-111, -110.5, 2_000)
    line = shapely.LineString(np.stack([x, 32 + 0.0002 * np.sin(200 * x)], axis=1))
    out = simplified(Shapes.from_geometries([line]), 10.0)
    assert 2 < len(out.coords) < 1_000
    metres = np.array([111_320 * np.cos(np.radians(32)), 111_320.0])
    true = shapely.LineString(shapely.get_coordinates(line) * metres)
    assert shapely.hausdorff_distance(shapely.LineString(out.coords * metres), true) < 10.5


def test_points_stay_and_specks_vanish() -> None:
    points = Shapes.from_geometries([shapely.Point(1, 2)])
    assert simplified(points, 1_000.0) is points
    areas = Shapes.from_geometries([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 2.00001, 2.00001)])
    out = simplified(areas, 10.0)
    assert np.diff(out.shape_offsets).tolist() == [1, 0]
    assert np.isclose(out.area_m2[0], 1.0)


def test_areas_are_outlined_above_the_parcels_or_tinted_below() -> None:
    area = Shapes.from_geometries([shapely.box(0, 0, 1, 1)])
    above, below = (told(ContextLayer(ContextData(name="x", shapes=area, below=under)).data) for under in (False, True))
    assert [(one["canvas"], one["style"]["fillStyle"]) for one in (above, below)] == [
        ("lines", ""),
        ("areas", "#0072b212"),
    ]
    assert above["style"]["closed"]
    assert [stroke["strokeStyle"] for stroke in above["style"]["strokes"]] == ["#0072b2"]


def test_dots_have_room() -> None:
    """Four in the corners of a square of 1 km: circles that cover a twentieth of it have a radius of 63 m."""
    side = 1000 / 111_319.49
    corners = [shapely.Point(x, y) for x in (0, side) for y in (0, side)]
    style = told(ContextLayer(ContextData(name="x", shapes=Shapes.from_geometries(corners))).data)["style"]
    assert np.isclose(style["room"] * 0.25, np.sqrt(0.05 * 1e6 / (4 * np.pi)), rtol=0.001)  # steps of 0.25 m
    assert [stroke["lineCap"] for stroke in style["strokes"]] == ["round", "round"]


def test_a_layer_says_what_it_is_and_takes_the_next_colour() -> None:
    point = Shapes.from_geometries([shapely.Point(1, 2)])
    data = ContextData(name="</script>", shapes=point, attribution="© Survey", vintage="2024", licence="CC0")
    made = [told(ContextLayer(data, k).data) for k in range(36)]
    assert made[0]["name"] == "</script>"
    assert made[0]["told"] == "© Survey · Vintage: 2024 · Licence: CC0"
    assert made[0]["tint"] != made[1]["tint"]
    assert len({layer["tint"] for layer in made[:12]}) == 12
    assert len({(layer["tint"], layer["stroke"]) for layer in made}) == 36  # a colour that comes again is dashed anew
    assert all(one["stroke"] != next_["stroke"] for one, next_ in pairwise(made[:12]))
