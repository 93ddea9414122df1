"""Shapes: a round trip through shapely, and areas and boxes against it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from siting.errors import DataError
from siting.shapes import Shapes

SQUARE = shapely.box(0, 0, 10, 10)
PIERCED = SQUARE.difference(shapely.box(2, 2, 4, 5))
PARTS = shapely.MultiPolygon([PIERCED, shapely.box(20, 20, 21, 23)])


@st.composite
def polygons(draw: st.DrawFn) -> BaseGeometry:
    """A multi-part polygon with holes, or an empty one."""
    corner = st.integers(-10_000, 10_000)
    made: BaseGeometry = shapely.Polygon()
    for _ in range(draw(st.integers(0, 4))):
        x, y = draw(corner), draw(corner)
        box = shapely.box(x, y, x + draw(st.integers(1, 5_000)), y + draw(st.integers(1, 5_000)))
        made = shapely.union(made, box) if draw(st.booleans()) else shapely.symmetric_difference(made, box)
    return made


@given(st.lists(polygons(), max_size=6))
def test_polygons_go_through_unchanged(made: list[BaseGeometry]) -> None:
    shapes = Shapes.from_geometries(made, "polygon")
    assert len(shapes) == len(made)
    assert all(shapely.equals(a, b) for a, b in zip(shapes.geometries, made, strict=True))
    np.testing.assert_allclose(shapes.area_m2, shapely.area(made) if made else [], rtol=1e-12)
    np.testing.assert_array_equal(shapes.bounds, shapely.bounds(made).reshape(-1, 4) if made else np.empty((0, 4)))


@given(st.lists(polygons(), min_size=1, max_size=6), st.data())
def test_take_gives_those_rows(made: list[BaseGeometry], data: st.DataObject) -> None:
    rows = np.array(data.draw(st.lists(st.integers(0, len(made) - 1), max_size=8)), np.int64)
    taken = Shapes.from_geometries(made, "polygon").take(rows)
    assert len(taken) == len(rows)
    assert all(shapely.equals(taken.geometries[i], made[row]) for i, row in enumerate(rows))


@given(st.lists(polygons(), min_size=1, max_size=6), st.data())
def test_those_between_are_those_that_take_gives(made: list[BaseGeometry], data: st.DataObject) -> None:
    shapes = Shapes.from_geometries(made, "polygon")
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(made))] * 2)))
    if data.draw(st.booleans()):
        assert len(shapes.bounds) == len(made)  # what is known is known of those between
    between, taken = shapes.between(start, stop), shapes.take(np.arange(start, stop))
    for name in ("coords", "ring_offsets", "shape_offsets", "part_starts", "bounds", "area_m2"):
        np.testing.assert_array_equal(getattr(between, name), getattr(taken, name))
    assert np.shares_memory(between.coords, shapes.coords) or not len(between.coords)


def test_exteriors_turn_left_and_holes_right() -> None:
    clockwise = shapely.reverse(PARTS)
    shapes = Shapes.from_geometries([clockwise])
    rings = np.split(shapes.coords, shapes.ring_offsets[1:-1])
    assert [bool(shapely.is_ccw(shapely.LinearRing(ring))) for ring in rings] == [True, False, True]
    assert shapes.part_starts.tolist() == [True, False, True]
    assert shapes.area_m2.tolist() == [100 - 6 + 3]


def test_a_ring_that_doubles_back_is_turned_by_its_area() -> None:
    """The lowest vertex is the tip of a spike: a library that looks there alone may turn the ring the wrong way."""
    for spike in ([(4, 0), (3, -5), (4, 0)], [(0, 0), (-3, -5), (0, 0)], [(2, 0), (2, -5), (2, 0)]):
        ring = [*spike, (4, 0), (4, 4), (0, 4), (0, 0)]
        for drawn in (ring, ring[::-1]):
            assert Shapes.from_geometries([shapely.Polygon(drawn)]).area_m2.tolist() == [16.0]
    holed = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 2), (1, 1), (1, 2), (3, 2), (3, 4), (1, 4)]])
    assert Shapes.from_geometries([holed]).area_m2.tolist() == [81.0 - 4.0]


def test_long_rings_are_turned_as_short_ones_are() -> None:
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    disc = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    shapes = Shapes.from_geometries([shapely.Polygon(disc), shapely.Polygon(disc[::-1])])
    np.testing.assert_allclose(shapes.area_m2, shapely.Polygon(disc).area)
    back = shapes.take(np.array([1, 0, 1]))
    np.testing.assert_array_equal(back.coords[:401], shapes.coords[401:])
    np.testing.assert_array_equal(back.ring_offsets, [0, 401, 802, 1203])
    assert shapes.take(np.array([0, 1])) is shapes


def test_large_coordinates_cost_no_digits_of_area() -> None:
    moved = shapely.transform(SQUARE, lambda xy: xy / 1000 + [4e7, 1e7])
    exact = (moved.bounds[2] - moved.bounds[0]) * (moved.bounds[3] - moved.bounds[1])
    assert Shapes.from_geometries([moved]).area_m2[0] == pytest.approx(exact, rel=1e-12)


def test_points_and_lines_go_through() -> None:
    points = Shapes.from_geometries([shapely.Point(1, 2), None, shapely.MultiPoint([(3, 4), (5, 6)])])
    assert points.kind == "point"
    assert [g.wkt for g in points.geometries] == ["MULTIPOINT ((1 2))", "MULTIPOINT EMPTY", "MULTIPOINT ((3 4), (5 6))"]
    lines = Shapes.from_geometries(
        [shapely.LineString([(0, 0), (1, 1)]), shapely.MultiLineString([[(0, 0), (2, 2)], [(3, 3), (4, 4)]])]
    )
    assert lines.kind == "line"
    assert [len(g.geoms) for g in lines.geometries] == [1, 2]
    assert lines.area_m2.tolist() == [0.0, 0.0]


EMPTY_HOLE = shapely.from_wkb(
    bytes.fromhex("010300000002000000") + shapely.to_wkb(shapely.box(0, 0, 4, 4), byte_order=1)[9:] + bytes(4)
)


@pytest.mark.parametrize(
    ("drawn", "plain"),
    [
        (shapely.multipoints([shapely.Point(), shapely.Point(1, 2), shapely.Point()]), shapely.Point(1, 2)),
        (
            shapely.multilinestrings([shapely.LineString([(0, 0), (1, 1)]), shapely.LineString()]),
            shapely.LineString([(0, 0), (1, 1)]),
        ),
        (shapely.multipolygons([shapely.Polygon(), shapely.box(0, 0, 4, 4)]), shapely.box(0, 0, 4, 4)),
        (EMPTY_HOLE, shapely.box(0, 0, 4, 4)),
    ],
)
def test_parts_and_holes_that_are_empty_are_not_there(drawn: BaseGeometry, plain: BaseGeometry) -> None:
    found, expected = (Shapes.from_geometries([shape, None, plain]) for shape in (drawn, plain))
    for name in ("coords", "ring_offsets", "shape_offsets", "part_starts"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    assert shapely.equals(found.geometries[0], plain)


def test_nothing_has_no_box() -> None:
    empty = Shapes.from_geometries([None, shapely.Polygon()], "polygon")
    assert len(empty) == 2
    assert np.isnan(empty.bounds).all()
    assert np.isnan(empty.total_bounds).all()
    assert all(shapely.is_empty(empty.geometries))


def test_arrays_are_read_only() -> None:
    shapes = Shapes.from_geometries([SQUARE])
    with pytest.raises(ValueError, match="read-only"):
        shapes.coords[0, 0] = 1.0


def test_with_coords_keeps_the_rings() -> None:
    shapes = Shapes.from_geometries([PARTS])
    moved = shapes.with_coords(shapes.coords + 5)
    assert shapely.equals(moved.geometries[0], shapely.transform(PARTS, lambda xy: xy + 5))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([SQUARE, shapely.Point(0, 0)], "point, polygon"),
        ([shapely.GeometryCollection([SQUARE])], "geometry collection"),
        ([None], "only empty geometries"),
    ],
)
def test_mixed_kinds_are_refused(given: list[BaseGeometry], found: str) -> None:
    with pytest.raises(DataError) as error:
        Shapes.from_geometries(given)
    assert str(error.value) == (
        f"Shapes must all be points, all lines or all polygons; found {found}. "
        "Split the layer by geometry type, or say which kind is meant."
    )


def test_another_kind_than_asked_is_refused() -> None:
    with pytest.raises(DataError) as error:
        Shapes.from_geometries([SQUARE], "line")
    assert str(error.value) == (
        "Shapes must all be points, all lines or all polygons; found line, polygon. "
        "Split the layer by geometry type, or say which kind is meant."
    )


def test_rows_need_not_lie_beside_one_another() -> None:
    shapes = Shapes.from_geometries([shapely.box(i, 0, i + 1, 1) for i in range(6)])
    assert shapes.take(np.arange(6)[::-2]).bounds[:, 0].tolist() == [5, 3, 1]
