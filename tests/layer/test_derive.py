"""Layers made from others, against drawings and closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from siting.errors import StudyError
from siting.layer.derive import buffered, difference, dissolved, quarter_segments
from tests.layer.parts import part

ITEM = "The layer 'x' (dissolve of a)"


@given(st.floats(0.01, 50_000))
def test_a_buffer_lies_within_five_centimetres_of_the_true_one(by_m: float) -> None:
    """The middle of a chord lies r (1 - cos(90 degrees / 2 n)) inside the circle; from 8 segments on."""
    n = quarter_segments(by_m)
    assert by_m * (1 - math.cos(math.pi / 4 / n)) <= 0.05 + 1e-9
    assert n == 8 or by_m * (1 - math.cos(math.pi / 4 / (n - 1))) > 0.05 - 1e-6


def test_a_buffer_of_a_point_and_of_a_line() -> None:
    """A disc has pi r2; a line of length l with round ends pi r2 + 2 r l; a polygon is inside the true shape."""
    points = buffered(part([Point(0, 0)], {"K": [1]}, coverage=box(-500, -500, 500, 500)), 150.0)
    assert points.shapes.kind == "polygon"
    assert math.pi * 149.95**2 <= points.shapes.area_m2[0] <= math.pi * 150**2
    assert points.table["K"].tolist() == [1]
    assert points.coverage is not None
    assert points.coverage.equals(box(-350, -350, 350, 350)), "150 m inside the edge the buffers may come from outside"
    lines = buffered(part([LineString([(0, 0), (1000, 0)])]), 30.0)
    assert lines.shapes.area_m2[0] == pytest.approx(math.pi * 30**2 + 2 * 30 * 1000, rel=1e-3)
    assert lines.coverage is None


def test_dissolved_by_a_field() -> None:
    """Two squares of A meet, one of A lies apart, two of B overlap by half; a null is a value."""
    squares = [box(0, 0, 1, 1), box(1, 0, 2, 1), box(9, 9, 10, 10), box(0, 5, 2, 6), box(1, 5, 3, 6), box(7, 7, 8, 8)]
    layer = dissolved(part(squares, {"Z": ["A", "A", "A", "B", "B", None], "n": range(6)}), ("Z",), item=ITEM)
    assert layer.ids.tolist() == ["all", "A", "B"]
    assert layer.shapes.area_m2.tolist() == [1.0, 3.0, 3.0]
    assert list(layer.table.columns) == ["Z"]


def test_dissolved_into_one_and_the_uncertain_by_themselves() -> None:
    squares = [box(0, 0, 1, 1), box(0.5, 0, 2, 1), box(3, 0, 4, 1)]
    layer = dissolved(part(squares, {"n": range(3)}), (), item=ITEM)
    assert (layer.ids.tolist(), layer.shapes.area_m2.tolist()) == (["all"], [3.0])
    doubtful = dissolved(part(squares, {"n": range(3)}, certain=[True, False, True]), (), item=ITEM)
    assert doubtful.shapes.area_m2.tolist() == [2.0, 1.5]
    assert doubtful.certain.tolist() == [True, False]


def test_nothing_dissolves_into_nothing() -> None:
    assert len(dissolved(part([], {"Z": []}, kind="polygon"), ("Z",), item=ITEM)) == 0


def test_dissolving_by_a_field_that_is_not_there() -> None:
    with pytest.raises(StudyError) as error:
        dissolved(part([box(0, 0, 1, 1)], {"ZONE": ["A"]}), ("ZON",), item=ITEM)
    assert str(error.value) == (
        f"{ITEM} has by: 'ZON', which is no field of it. Did you mean 'ZONE'? Its fields are 'ZONE'."
    )


def test_the_difference_of_squares() -> None:
    """From three squares of 4 m2: half of one, nothing of another, all of the third."""
    squares = part([box(0, 0, 2, 2), box(5, 0, 7, 2), box(9, 0, 11, 2)], {"n": [0, 1, 2]})
    minus = part([box(1, -1, 3, 5), box(8, -1, 12, 3)])
    left = difference(squares, minus, item=ITEM)
    assert left.table["n"].tolist() == [0, 1]
    assert left.shapes.area_m2.tolist() == [2.0, 4.0]
    assert left.certain.all()


def test_what_an_uncertain_polygon_takes_away_may_still_be_there() -> None:
    """Of a square of 4 m2 a sure polygon takes the left half, a doubtful one the lower half: 1 m2 each stays."""
    left = difference(
        part([box(0, 0, 2, 2)]), part([box(0, 0, 1, 2), box(0, 0, 2, 1)], certain=[True, False]), item=ITEM
    )
    assert left.shapes.area_m2.tolist() == [1.0, 1.0]
    assert left.certain.tolist() == [True, False]
    assert left.ids.tolist() == ["0", "0"]
    assert shapely.equals(left.shapes.geometries[0], box(1, 1, 2, 2))
    assert shapely.equals(left.shapes.geometries[1], box(1, 0, 2, 1))


def test_lines_and_points_lose_what_is_covered() -> None:
    minus = part([box(0, -1, 1, 1)])
    line = difference(part([LineString([(0, 0), (4, 0)])]), minus, item=ITEM)
    assert shapely.length(line.shapes.geometries).tolist() == [3.0]
    points = difference(part([Point(0.5, 0), Point(3, 0)]), minus, item=ITEM)
    assert points.ids.tolist() == ["1"]


def test_only_polygons_cover_land() -> None:
    with pytest.raises(StudyError) as error:
        difference(part([box(0, 0, 1, 1)]), part([Point(0, 0)]), item=ITEM)
    assert str(error.value) == (
        f"{ITEM} takes away points, which cover no land. Name polygons under minus:, or make some: "
        "minus: {buffer: {of: ..., by: 10 m}}."
    )


def test_where_a_difference_is_known() -> None:
    def known(one: Any, two: Any) -> Any:
        return difference(
            part([box(0, 0, 1, 1)], coverage=one), part([box(5, 5, 6, 6)], coverage=two), item=ITEM
        ).coverage

    assert known(None, None) is None
    assert known(box(0, 0, 4, 4), None).equals(box(0, 0, 4, 4))
    assert known(None, box(2, 2, 6, 6)).equals(box(2, 2, 6, 6))
    assert known(box(0, 0, 4, 4), box(2, 2, 6, 6)).equals(box(2, 2, 4, 4))


squares = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5)), max_size=6)


@given(of=squares, minus=squares)
def test_the_difference_covers_what_is_left(of: list[Any], minus: list[Any]) -> None:
    """The union of what is left is the union of the features without the union of what is taken away."""
    drawn = [[box(x, y, x + s, y + s) for x, y, s in rows] for rows in (of, minus)]
    left = difference(part(drawn[0], kind="polygon"), part(drawn[1], kind="polygon"), item=ITEM)
    expected = shapely.difference(shapely.union_all(drawn[0]), shapely.union_all(drawn[1]))
    union: Any = shapely.union_all(left.shapes.geometries)
    assert shapely.area(shapely.symmetric_difference(union, expected)) <= 1e-9
    assert np.all(shapely.area(left.shapes.geometries) > 0)
