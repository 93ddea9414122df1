"""Rectangles in polygons, against drawings, a closed form, and an exact erosion by shapely at every angle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, affinity, box

from siting.kernels.rectangle import placements
from siting.shapes import Shapes
from tests.kernels.drawing import areas
from tests.kernels.erosion import fits_at


def fitted(polygon: Any, width: float, length: float, most: int = 16) -> list[Polygon]:
    """The rectangles found in one polygon, each checked against shapely."""
    offsets, corners = placements(Shapes.from_geometries([polygon], "polygon"), width, length, most=most)
    assert offsets.tolist() == [0, len(corners)]
    assert len(corners) <= most
    out = [Polygon(c) for c in corners]
    for rectangle in out:
        assert shapely.is_ccw(rectangle.exterior)
        assert shapely.difference(rectangle, polygon).area <= 2e-6 * rectangle.length
        sides = sorted(np.hypot(*np.diff(np.array(rectangle.exterior.coords), axis=0).T))
        np.testing.assert_allclose(sides, sorted([width, width, length, length]), rtol=1e-9)
    return out


def angles_of(polygon: Any) -> np.ndarray[Any, Any]:
    """Every degree, and the directions and quarter turns of all edges."""
    turns = [
        np.arctan2(*np.diff(shapely.get_coordinates(ring), axis=0).T[::-1])
        for part in shapely.get_parts(polygon)
        for ring in shapely.get_rings(part)
    ]
    edges = np.concatenate(turns) if turns else np.empty(0)
    return np.unique(np.concatenate([np.radians(np.arange(180)), edges % np.pi, (edges + np.pi / 2) % np.pi]))


@given(polygon=areas(), width=st.sampled_from([1.0, 1.7, 2.4, 3.3]), length=st.sampled_from([1.0, 2.9, 4.2, 5.5]))
@settings(max_examples=60)
def test_a_rectangle_is_found_at_every_tried_angle_where_one_fits(polygon: Any, width: float, length: float) -> None:
    found = fitted(polygon, width, length, most=1)
    if found:
        return
    grown = 1 + 1e-5  # the erosion drops places that are single points
    for part in shapely.get_parts(polygon):
        for angle in angles_of(polygon) if part.area >= width * length else ():
            assert not fits_at(part, float(angle), width * grown, length * grown), math.degrees(angle)


@given(
    polygon=areas(), width=st.sampled_from([1.0, 2.0]), length=st.sampled_from([1.0, 3.0]),
    dx=st.integers(-1000, 1000), k=st.sampled_from([0.25, 1.0, 64.0]),
)  # fmt: skip
@settings(max_examples=40)
def test_translation_and_scaling_change_nothing(polygon: Any, width: float, length: float, dx: int, k: float) -> None:
    moved = shapely.transform(polygon, lambda xy: xy * (100 * k) + [dx, 3_700_000.0])
    if not moved.is_valid:  # rounding has folded a spike
        return
    assert bool(fitted(moved, 100 * k * width, 100 * k * length)) == bool(
        fitted(shapely.transform(polygon, lambda xy: xy * 100), 100 * width, 100 * length)
    )


def test_the_polygon_itself_and_a_millimetre_more() -> None:
    field = affinity.rotate(box(0, 0, 700, 600), 27.3, origin=(0, 0))
    assert fitted(field, 600, 700)
    assert fitted(field, 700, 600)
    assert not fitted(field, 600.001, 700)
    assert not fitted(field, 600, 700.001)


def test_the_largest_square_in_a_circle_and_in_a_diamond() -> None:
    """The square in a circle has the diagonal for a side times root two; a chord polygon lies inside the circle."""
    disc = Point(0, 0).buffer(500, quad_segs=90)  # vertices at every degree
    side = 500 * math.sqrt(2)
    assert fitted(disc, side - 1e-3, side - 1e-3)
    assert not fitted(disc, side + 1e-3, side + 1e-3)
    diamond = Polygon([(-500, 0), (0, -500), (500, 0), (0, 500)])
    assert fitted(diamond, side, side)


def test_a_rectangle_wedged_between_slanting_sides() -> None:
    """In a triangle of base b and height h a box of width w on the base has the height h (1 - w / b)."""
    triangle = Polygon([(0, 0), (1000, 0), (500, 600)])
    assert fitted(triangle, 500, 300)
    assert not fitted(triangle, 500, 300.01)
    hexagon = Polygon([(0, 300), (400, 0), (800, 300), (800, 330), (400, 630), (0, 330)])
    # upright: over a step u from the left, the free height is 30 + 2 u 300/400, so that u = 100 leaves 600 x 180
    assert fits_at(hexagon, 0.0, 600 - 1e-6, 180 - 1e-6)
    assert fitted(hexagon, 600, 180)


def test_holes_and_parts() -> None:
    holed = box(0, 0, 1000, 1000) - box(400, 400, 600, 600)
    assert fitted(holed, 400, 1000)
    assert not fitted(holed, 401, 1000)
    assert not fitted(holed, 500, 500)
    two = MultiPolygon([box(0, 0, 300, 300), box(301, 0, 601, 300)])
    assert not fitted(two, 301, 300)
    assert len(fitted(two, 300, 300)) == 2
    corner_to_corner = MultiPolygon([box(0, 0, 300, 300), box(300, 300, 600, 600)])
    assert not fitted(corner_to_corner, 310, 250)


def test_short_edges_count_in_small_polygons() -> None:
    """Only a short edge has the direction at which the rectangle fits."""
    turned = affinity.rotate(box(0, 0, 1000, 10), 33.4567, origin=(0, 0))
    notched = turned.intersection(box(-2000, -2000, 2000, 500))
    assert fitted(turned, 10, 1000)
    assert fitted(notched, 10, 800)


def test_what_is_empty_or_too_small() -> None:
    shapes = Shapes.from_geometries([Polygon(), box(0, 0, 5, 5), box(0, 0, 30, 20), None], "polygon")
    offsets, corners = placements(shapes, 20.0, 30.0)
    assert offsets[:3].tolist() == [0, 0, 0]
    assert offsets[3] == offsets[4] == len(corners) >= 1
    nothing = placements(Shapes.from_geometries([], "polygon"), 20.0, 30.0)
    assert nothing[0].tolist() == [0]
    assert nothing[1].shape == (0, 4, 2)


def test_placements_are_spread_over_the_land() -> None:
    """From every point of a large square, some placement is near: 16 of them stand about a quarter of it apart."""
    found = fitted(box(0, 0, 4000, 4000), 600, 700)
    assert len(found) == 16
    centres = np.array([[r.centroid.x, r.centroid.y] for r in found])
    at = np.array([[x, y] for x in np.linspace(350, 3650, 20) for y in np.linspace(350, 3650, 20)])
    nearest = np.min(np.hypot(*(at[:, None] - centres[None]).transpose(2, 0, 1)), axis=1)
    assert nearest.max() < 1100


def test_a_polygon_is_answered_alone() -> None:
    fields = [box(0, 0, 900, 800), Point(50, 0).buffer(700) - box(0, 0, 50, 50), box(0, 0, 10, 10)]
    shapes = Shapes.from_geometries(fields)
    offsets, corners = placements(shapes, 500.0, 600.0)
    for row in range(len(fields)):
        _, alone = placements(shapes.take(np.array([row])), 500.0, 600.0)
        np.testing.assert_array_equal(alone, corners[offsets[row] : offsets[row + 1]])


@pytest.mark.parametrize("vertices", [300, 900])
def test_a_ragged_polygon_holds_nothing_where_there_is_no_room(vertices: int) -> None:
    """Area enough, but no room."""
    rng = np.random.default_rng(5)
    turn = np.sort(rng.uniform(0, 2 * np.pi, (40, vertices)), axis=1)
    radius = 420 * (1 + 0.2 * rng.uniform(-1, 1, turn.shape))
    fields = shapely.polygons(np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=2))
    assert (shapely.area(fields) > 420_000).all()
    shapes = Shapes.from_geometries(np.asarray(fields))
    offsets, _ = placements(shapes, 600.0, 700.0)
    assert offsets[-1] == 0
