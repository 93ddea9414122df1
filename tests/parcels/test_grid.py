"""Grids, squares and circles against their closed forms."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.parcels.grid import around_points, grid_cells


def test_squares_lie_on_whole_multiples_of_their_size() -> None:
    cells, ids, table = grid_cells("square", 500.0, (1000.0, 2000.0, 2000.0, 2500.0), None)
    assert ids.tolist() == ["x2y4", "x3y4"]
    assert cells[0].equals(shapely.box(1000, 2000, 1500, 2500))
    assert table.to_dict("list") == {"column": [2, 3], "row": [4, 4]}


def test_a_hexagon_has_its_closed_form() -> None:
    """Opposite sides s apart: area s^2 sqrt(3) / 2, width s, height 2 s / sqrt(3)."""
    cells, _, _ = grid_cells("hexagon", 100.0, (0.0, 0.0, 1000.0, 1000.0), None)
    np.testing.assert_allclose(shapely.area(cells), 100.0**2 * math.sqrt(3) / 2)
    west, south, east, north = shapely.bounds(cells).T
    np.testing.assert_allclose(east - west, 100.0)
    np.testing.assert_allclose(north - south, 200 / math.sqrt(3))


@settings(max_examples=30)
@given(
    st.sampled_from(["square", "hexagon"]),
    st.floats(30, 90),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.floats(200, 600), st.floats(200, 600)),
)
def test_cells_neither_overlap_nor_leave_gaps(
    shape: Literal["square", "hexagon"], size: float, place: tuple[float, float, float, float]
) -> None:
    west, south, width, height = place
    bounds = (west, south, west + width, south + height)
    cells, ids, _ = grid_cells(shape, size, bounds, None)
    assert len(set(ids)) == len(ids)
    union = shapely.union_all(cells, grid_size=1e-6)
    assert union.area == pytest.approx(shapely.area(cells).sum(), rel=1e-6)
    inner = shapely.box(west + size, south + size, west + width - size, south + height - size)
    assert union.buffer(1e-3).contains(inner)


def test_a_cell_belongs_to_the_area_that_holds_its_centre() -> None:
    area = shapely.Polygon([(0, 0), (300, 0), (0, 300)])
    cells, _, _ = grid_cells("square", 100.0, area.bounds, area)
    centres = sorted((c.centroid.x, c.centroid.y) for c in cells)
    assert centres == [(50.0, 50.0), (50.0, 150.0), (150.0, 50.0)], "(50, 250) lies on the edge"


def test_two_studies_share_their_cells() -> None:
    _, one, _ = grid_cells("hexagon", 70.0, (0, 0, 1000, 1000), None)
    _, other, _ = grid_cells("hexagon", 70.0, (300, 300, 1300, 1300), None)
    cells = dict(zip(one, grid_cells("hexagon", 70.0, (0, 0, 1000, 1000), None)[0], strict=True))
    again = dict(zip(other, grid_cells("hexagon", 70.0, (300, 300, 1300, 1300), None)[0], strict=True))
    shared = set(one) & set(other)
    assert len(shared) > 50
    assert all(cells[item].equals(again[item]) for item in shared)


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(StudyError) as error:
        grid_cells("square", 1.0, (0, 0, 9998, 9998), None)
    assert str(error.value) == (
        "The grid would have about 99,960,004 cells of 1 m; at most 5,000,000 are possible. "
        "Write a larger size: or a smaller area: under parcels: grid:."
    )


def test_squares_and_circles_around_points() -> None:
    xy = np.array([[10.0, 20.0], [1000.0, 0.0]])
    squares = around_points(xy, 6.0, None)
    assert squares[0].equals(shapely.box(7, 17, 13, 23))
    circles = around_points(xy, None, 50.0)
    np.testing.assert_allclose(shapely.area(circles), math.pi * 50**2)
    np.testing.assert_allclose(shapely.get_coordinates(shapely.centroid(circles)), xy, atol=1e-9)
    farthest = shapely.hausdorff_distance(shapely.boundary(circles[0]), shapely.Point(10, 20).buffer(50, 256).boundary)
    assert farthest < 0.1
