from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.kernels.length import length_inside, length_within
from siting.shapes import Shapes
from tests.kernels.drawing import FRAMES, areas, framed, lines, shapes_of

FOUR = shapely.box(0, 0, 4, 4)
RING = shapely.Polygon(FOUR.exterior, [shapely.box(1, 1, 3, 3).exterior])


def inside(parcel: Any, *roads: Any) -> float:
    return float(length_inside(shapes_of(parcel), shapes_of(*roads, kind="line"))[0])


def reached(parcel: Any, road: Any, radius: float) -> float:
    return float(length_within(shapes_of(parcel), shapes_of(road), radius)[0])


def test_lengths_inside_by_hand() -> None:
    across = shapely.LineString([(-1, 2), (9, 2)])
    assert inside(FOUR, across) == 4.0
    assert inside(RING, across) == 2.0
    assert inside(FOUR, shapely.LineString([(1, 1), (1, 3), (2, 3)])) == 3.0
    assert inside(FOUR, shapely.LineString([(5, 0), (5, 9)])) == 0.0
    assert inside(shapely.MultiPolygon([FOUR, shapely.box(6, 0, 7, 4)]), across) == 5.0


def test_lines_that_coincide_count_each() -> None:
    across = shapely.LineString([(-1, 2), (9, 2)])
    assert inside(FOUR, across, across) == 8.0


def test_the_border_belongs_to_the_parcel() -> None:
    assert inside(FOUR, shapely.LineString([(-1, 4), (9, 4)])) == 4.0
    assert inside(FOUR, shapely.LineString([(0, 1), (0, 2)])) == 1.0
    triangle = shapely.Polygon([(0.1, 0.7), (3.3, 1.9), (1.1, 5.3)])
    assert inside(triangle, triangle.exterior) == pytest.approx(triangle.length, rel=1e-12)


def test_lines_through_a_vertex_are_counted_once() -> None:
    assert inside(FOUR, shapely.LineString([(-1, -1), (5, 5)])) == pytest.approx(4 * np.sqrt(2), rel=1e-12)
    diamond = shapely.Polygon([(0, -1), (1, 0), (0, 1), (-1, 0)])
    assert inside(diamond, shapely.LineString([(-9, 0), (9, 0)])) == 2.0
    assert inside(diamond, shapely.LineString([(-9, 1), (9, 1)])) == 0.0


def test_lengths_within_a_radius_by_hand() -> None:
    assert reached(FOUR, shapely.LineString([(-9, 2), (9, 2)]), 2.0) == 8.0
    assert reached(FOUR, shapely.LineString([(5, -9), (5, 9)]), np.sqrt(2)) == pytest.approx(6.0)
    assert reached(shapely.Point(0, 0), shapely.LineString([(-9, 3), (9, 3)]), 5.0) == 8.0
    assert reached(shapely.Point(0, 0), shapely.LineString([(-9, 3), (9, 3)]), 3.0) == 0.0
    assert reached(RING, shapely.LineString([(0, 2), (4, 2)]), 0.25) == 2.5


def test_the_corner_of_a_parcel_reaches_in_a_circle() -> None:
    diagonal = shapely.LineString([(4, 4), (14, 14)])
    assert reached(FOUR, diagonal, 3.0) == pytest.approx(3.0)


def test_nothing_and_empty_shapes_have_no_length() -> None:
    road = shapely.LineString([(0, 0), (1, 1)])
    assert inside(FOUR) == 0.0
    assert length_inside(shapes_of(shapely.Polygon(), kind="polygon"), shapes_of(road)).tolist() == [0.0]
    assert inside(FOUR, shapely.LineString([(1, 1), (1, 1)])) == 0.0


def segments_of(line: Any) -> Any:
    coords = shapely.get_coordinates(line)
    return shapely.linestrings(np.stack([coords[:-1], coords[1:]], axis=1))


@settings(max_examples=60)
@given(parcels=st.lists(areas(), min_size=1, max_size=3), roads=st.lists(lines, min_size=1, max_size=4))
def test_lengths_inside_are_those_of_shapely(parcels: list[Any], roads: list[Any]) -> None:
    length = length_inside(Shapes.from_geometries(parcels, "polygon"), Shapes.from_geometries(roads))
    for i, parcel in enumerate(parcels):
        # a line along a slanting border lies inside or outside by rounding, so the answer has two bounds
        segments = np.concatenate([segments_of(road) for road in roads])
        border = shapely.buffer(shapely.boundary(parcel), 1e-7)
        least = shapely.length(shapely.difference(shapely.intersection(parcel, segments), border)).sum()
        most = shapely.length(shapely.intersection(shapely.union(parcel, border), segments)).sum()
        assert least - 1e-9 <= length[i] <= most + 1e-9
        if shapely.length(shapely.intersection(border, segments)).sum() < 1e-4:
            expected = shapely.length(shapely.intersection(parcel, segments)).sum()
            assert length[i] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(parcel=areas() | st.just(shapely.Point(4, 4)), road=lines, radius=st.sampled_from([0.3, 1.7, 20.0]))
def test_lengths_within_a_radius_are_the_share_of_near_points(parcel: Any, road: Any, radius: float) -> None:
    if parcel.is_empty:
        return
    expected = 0.0
    for segment in segments_of(road):
        along = shapely.line_interpolate_point(segment, (np.arange(2000) + 0.5) / 2000, normalized=True)
        expected += segment.length * np.mean(shapely.distance(parcel, along) <= radius)
    assert reached(parcel, road, radius) == pytest.approx(expected, abs=0.002 * (road.length + 1))


@settings(max_examples=30)
@given(
    parcels=st.lists(areas(), min_size=2, max_size=4),
    roads=st.lists(lines, min_size=1, max_size=4),
    frame=st.sampled_from(FRAMES),
)
def test_moving_scaling_and_splitting(parcels: list[Any], roads: list[Any], frame: Any) -> None:
    unit, corner, _ = frame
    p, r = Shapes.from_geometries(parcels, "polygon"), Shapes.from_geometries(roads)
    length = length_within(p, r, 1.25)
    parts = [length_within(p.take(rows), r, 1.25) for rows in (np.arange(1), np.arange(1, len(parcels)))]
    assert np.concatenate(parts).tobytes() == length.tobytes()
    moved = length_within(
        Shapes.from_geometries(framed(parcels, unit, corner), "polygon"),
        Shapes.from_geometries(framed(roads, unit, corner)),
        1.25 * unit,
    )
    np.testing.assert_allclose(moved, length * unit, atol=1e-3)
