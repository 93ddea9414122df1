from __future__ import annotations

import base64
import gzip
import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.maps.encode import number_column, packed, shape_columns, shown_column, text_column
from siting.shapes import Shapes


@given(st.text())
def test_packed_text_holds_any_text_and_is_harmless(text: str) -> None:
    made = packed({"id": text})
    assert not set(made) & set("<>&{}'\"`$\\\u2028")
    assert json.loads(gzip.decompress(base64.b64decode(made))) == {"id": text}


def test_a_lone_surrogate_does_not_stop_a_map() -> None:
    assert json.loads(gzip.decompress(base64.b64decode(packed(["\ud800"])))) == ["?"]


@given(st.lists(st.tuples(st.floats(-170, 170), st.floats(-80, 80), st.booleans()), max_size=6))
def test_shapes_come_back_within_half_a_step_of_longitude_and_of_latitude(
    corners: list[tuple[float, float, bool]],
) -> None:
    boxes = [
        shapely.box(x, y, x + 0.4, y + 0.4)
        - (shapely.box(x + 0.1, y + 0.1, x + 0.3, y + 0.3) if hole else shapely.Point())
        for x, y, hole in corners
    ]
    shapes = Shapes.from_geometries(boxes, "polygon")
    columns = shape_columns(shapes)
    xy = np.cumsum(np.stack([columns["x"], columns["y"]], axis=1), axis=0) / columns["steps"]
    rings = iter(np.split(xy, np.cumsum(columns["counts"])[:-1]) if corners else [])
    for shape, count in zip(shapes.geometries, columns["rings"], strict=True):
        outer, *holes = [next(rings) for _ in range(count)]
        assert shapely.Polygon(outer, holes).normalize().equals_exact(shape.normalize().geoms[0], 0.75e-6)


def test_points_and_lines_keep_all_vertices() -> None:
    line = shape_columns(Shapes.from_geometries([shapely.LineString([(0, 0), (1, 1), (0, 0)])]))
    assert (line["counts"], line["x"]) == ([3], [0, 1_000_000, -1_000_000])
    assert shape_columns(Shapes.from_geometries([shapely.Point(1, 2)]))["y"] == [2_000_000]


def test_columns() -> None:
    assert text_column(["x", "", "x"]) == {"table": ["x", ""], "index": [0, 1, 0]}
    assert number_column(np.array([1.006, -0.0, np.inf]), 2) == [1.01, 0.0, None]
    assert [type(x) for x in number_column(np.array([3.4, np.nan]), 0)] == [int, type(None)]
    with pytest.raises(ValueError, match="JSON"):
        packed(float("nan"))


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.945, 0.125, 79.948648, 0.25]))), st.integers(1, 3))
def test_numbers_are_rounded_once(numbers: list[float], places: int) -> None:
    shown = shown_column(np.array(numbers, np.float64), places)
    assert [f"{int(x) / 10**places:.{places}f}".replace("-0", "0") for x in shown if x is not None] == [
        f"{x:.{places}f}".replace("-0", "0") for x in numbers
    ]
