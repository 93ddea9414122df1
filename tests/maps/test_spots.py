"""The point in a parcel: the middle where there is room, else well inside."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.maps.grid import grid_shapes, steps_of
from siting.maps.spots import spots_of
from siting.shapes import Shapes

SIDE = 0.01


def spots(shapes: list[shapely.Geometry]) -> tuple[np.ndarray, list[shapely.Geometry]]:
    """Where the points lie, in steps, and the shapes in steps."""
    given = Shapes.from_geometries(np.array(shapes, dtype=object), "polygon")
    grid = grid_shapes(given)
    right, down = spots_of(given, grid)
    west, north, east, south = grid.boxes().T
    flat = given.with_coords(steps_of(given.coords, grid)).geometries
    return np.stack([(west + east) // 2 + right, (north + south) // 2 + down], axis=1), list(flat)


def test_the_middle_of_a_square_needs_no_steps() -> None:
    square = Shapes.from_geometries([shapely.box(0, 0, SIDE, SIDE)])
    assert [steps.tolist() for steps in spots_of(square, grid_shapes(square))] == [[0], [0]]


def test_the_corner_of_an_l_is_left() -> None:
    """Of a square without a quarter, the greatest circle has a radius of 0.293 sides: 1 - 1 / sqrt(2)."""
    square = shapely.box(0, 0, SIDE, SIDE)
    for x, y in ((0, 0), (0, SIDE / 2), (SIDE / 2, 0), (SIDE / 2, SIDE / 2)):
        (point,), (shape,) = spots([square - shapely.box(x, y, x + SIDE / 2, y + SIDE / 2)])
        room = shapely.distance(shapely.boundary(shape), shapely.Point(point))
        side = np.sqrt(shape.area / 0.75)
        assert shape.contains(shapely.Point(point))
        assert 0.15 * side < room <= 0.2935 * side


def test_rings_arms_and_parts_hold_their_points() -> None:
    ring = shapely.Point(0.1, 0).buffer(SIDE) - shapely.Point(0.1, 0).buffer(0.9 * SIDE)
    arc = shapely.LineString([(0.2, 0), (0.2, 3 * SIDE), (0.2 + 3 * SIDE, 3 * SIDE)]).buffer(SIDE / 20)
    parts = shapely.box(0.3, 0, 0.3 + SIDE, SIDE) | shapely.box(0.4, 0, 0.4 + SIDE / 2, SIDE)
    bow = shapely.Polygon([(0.5, 0), (0.5 + SIDE, SIDE), (0.5 + SIDE, 0), (0.5, SIDE)])
    found, flat = spots([ring, arc, parts, bow])
    for point, shape in zip(found[:3], flat[:3], strict=True):
        assert shape.contains(shapely.Point(point))
    assert shapely.make_valid(flat[3]).distance(shapely.Point(found[3])) < 1


def test_what_has_no_outline_has_no_steps() -> None:
    nothing = Shapes.from_geometries(np.array([shapely.Polygon()], dtype=object), "polygon")
    assert [steps.tolist() for steps in spots_of(nothing, grid_shapes(nothing))] == [[0], [0]]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_circle_around_the_point_is_no_smaller_than_area_over_outline(seed: int) -> None:
    """Every shape holds a circle of that radius; 0.9 of it is asked for, less a step for the grid."""
    random = np.random.default_rng(seed)
    stars = []
    for k in range(40):
        angles = np.sort(random.uniform(0, 2 * np.pi, 12))
        reach = random.uniform(0.1, 1, 12)[:, None] * SIDE
        stars.append(shapely.Polygon(np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach + [k * 0.05, 0]))
    stars = [star for star in stars if star.is_valid]
    found, flat = spots(stars)
    for point, shape in zip(found, flat, strict=True):
        room = shapely.distance(shapely.boundary(shape), shapely.Point(point))
        assert shape.contains(shapely.Point(point))
        assert room >= 0.7 * 0.9 * shape.area / shape.length - 1
