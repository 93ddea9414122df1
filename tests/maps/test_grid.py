from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.maps.grid import grid_shapes, hilbert, put_shapes, steps_of, world
from siting.maps.segment import Segment
from siting.shapes import Shapes

from .reading import Read

EQUATOR_M = 2 * np.pi * 6_378_137


def read_back(shapes: Shapes) -> tuple[list[Any], float]:
    """Polygons from the columns of a segment, in the Web Mercator square; and the grid's step."""
    made = Segment()
    corner = put_shapes(made, "p", grid_shapes(shapes))
    read = Read(made.text())
    steps = np.stack([read.ints(f"p.{axis}") for axis in "xy"], axis=1).astype(float)
    at = steps * corner["step"] + [corner["west"], corner["north"]]
    rings = [at[first:last] for first, last in pairwise(read.ints("p.ring").tolist())]
    out = []
    for first, last in pairwise(read.ints("p.shape").tolist()):
        outer, *holes = rings[first:last] or [[]]
        out.append(shapely.Polygon(outer, holes))
    return out, corner["step"]


@given(st.lists(st.tuples(st.floats(-170, 170), st.floats(-70, 70), st.booleans()), max_size=6))
def test_outlines_come_back_within_half_a_step(corners: list[tuple[float, float, bool]]) -> None:
    boxes = [
        shapely.box(x, y, x + 0.4, y + 0.4)
        - (shapely.box(x + 0.1, y + 0.1, x + 0.3, y + 0.3) if hole else shapely.Point())
        for x, y, hole in corners
    ]
    shapes = Shapes.from_geometries(boxes, "polygon")
    found, step = read_back(shapes)
    for shape, made in zip(shapes.geometries, found, strict=True):
        wanted = shapely.transform(shape, world).geoms[0]
        assert made.normalize().equals_exact(wanted.normalize(), step * 0.75)


@pytest.mark.parametrize(("count", "metres"), [(3, 0.25), (50_001, 0.5)])
def test_a_step_is_a_quarter_or_half_a_metre_on_the_ground(count: int, metres: float) -> None:
    shapes = Shapes.from_geometries([shapely.box(-111, 33, -110.9, 33.1)] * count)
    grid = grid_shapes(shapes)
    assert grid.step * EQUATOR_M * np.cos(np.radians(shapes.coords[:, 1].mean())) == pytest.approx(metres, rel=1e-9)


def test_empty_outlines_have_no_rings_and_come_last() -> None:
    shapes = Shapes.from_geometries([shapely.Polygon(), shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])
    grid = grid_shapes(shapes)
    order = grid.hilbert_order()
    assert sorted(order.tolist()) == [0, 1, 2]
    assert order[-1] == 0
    assert grid.in_order(order).rings.tolist() == [1, 1, 0]
    assert len(grid_shapes(Shapes.from_geometries([], "polygon")).hilbert_order()) == 0


def test_the_curve_visits_every_cell_once_and_only_goes_to_neighbours() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(32), np.arange(32)))
    place = hilbert(x, y, 5)
    assert sorted(place.tolist()) == list(range(1024))
    order = np.argsort(place)
    assert (np.abs(np.diff(x[order])) + np.abs(np.diff(y[order])) == 1).all()


def test_boxes_hold_the_vertices_of_their_shapes_and_are_turned_round_where_there_are_none() -> None:
    shapes = [shapely.Polygon(), shapely.box(0, 0, 1, 1), shapely.box(5, 5, 7, 6) | shapely.box(9, 0, 10, 1)]
    grid = grid_shapes(Shapes.from_geometries(shapes))
    assert grid.boxes()[0].tolist() == [0, 0, -1, -1]
    degrees = grid.boxes()[1:, [0, 2]] * grid.step * 360
    assert degrees.ravel().tolist() == pytest.approx([0, 1, 5, 10], abs=1e-5)
    middle = round(float(steps_of(np.array([[0.0, 1.0]]), grid)[0, 1]))
    assert grid.boxes()[1].tolist()[1] == middle
    assert grid_shapes(Shapes.from_geometries(shapes[:1], "polygon")).boxes().tolist() == [[0, 0, -1, -1]]
