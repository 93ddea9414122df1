from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod

from siting.errors import DataError
from siting.metrics.grid import CellGrid
from siting.shapes import Shapes
from tests.metrics.drawing import raster_of


def test_cell_sizes_of_a_geographic_grid() -> None:
    """Against short geodesics of pyproj."""
    grid = CellGrid.of(raster_of(np.zeros((60, 2)), transform=(0.01, 0, 5, 0, -1, 60), crs="EPSG:4258"))
    dx, dy = grid.cell_sizes_m(0, 60)
    geod = Geod(ellps="GRS80")
    for row in (0, 30, 59):
        lat = 60 - (row + 0.5)
        assert dx[row] == pytest.approx(geod.inv(5, lat, 5.01, lat)[2], rel=1e-7)
        assert dy[row] == pytest.approx(geod.inv(5, lat - 0.005, 5, lat + 0.005)[2] * 100, rel=1e-7)


def test_cell_areas_of_a_sphere_and_of_the_whole_ellipsoid() -> None:
    everything = CellGrid.of(raster_of(np.zeros((18, 36)), transform=(10, 0, -180, 0, -10, 90), crs="EPSG:4326"))
    surface = 510_065_621_724_089.0  # square metres of WGS 84, as published with its derived constants
    assert everything.row_weights(0, 18).sum() * 36 == pytest.approx(surface, rel=1e-9)
    sphere = CellGrid.of(
        raster_of(np.zeros((18, 36)), transform=(10, 0, -180, 0, -10, 90), crs="+proj=longlat +R=1000")
    )
    assert sphere.row_weights(0, 18).sum() * 36 == pytest.approx(4e6 * np.pi)


def test_projected_cells_weigh_alike_and_feet_become_metres() -> None:
    grid = CellGrid.of(raster_of(np.zeros((4, 4)), transform=(10, 0, 0, 0, -20, 40), crs="EPSG:2223"))
    assert grid.row_weights(2, 2).tolist() == [1.0, 1.0]
    dx, dy = grid.cell_sizes_m(0, 2)
    np.testing.assert_allclose(dx, 3.048)
    np.testing.assert_allclose(dy, 6.096)


def test_a_rotated_grid_keeps_its_cell_size() -> None:
    grid = CellGrid.of(raster_of(np.zeros((4, 4)), transform=(6, 8, 0, 8, -6, 40)))
    np.testing.assert_allclose(grid.cell_sizes_m(0, 1), 10.0)


def test_windows_start_at_tiles_whatever_else_is_measured() -> None:
    import shapely

    raster = raster_of(np.zeros((1200, 1200), np.uint8), transform=(1, 0, 0, 0, -1, 1200))
    shapes = Shapes.from_geometries(
        [shapely.box(600, 100, 610, 110), shapely.box(1000, 150, 1100, 170), shapely.box(-50, 0, -40, 9)]
    )
    grid = CellGrid.of(raster)
    windows, alone = list(grid.windows(shapes)), list(grid.windows(shapes.take(np.array([1]))))
    assert [(rows.tolist(), box) for rows, box in windows] == [([0, 1], (1024, 512, 1100, 1100))]
    assert [(rows.tolist(), box) for rows, box in alone] == [([0], (1024, 512, 1050, 1100))]
    assert grid.transform_at(1024, 512) == (1, 0, 512, 0, -1, 1200 - 1024)


def test_cells_come_with_those_around_them_and_without() -> None:
    values = np.arange(30.0).reshape(5, 6)
    raster = raster_of(values, transform=(2, 0, 100, 0, -3, 200))
    grid = CellGrid.of(raster)
    around = grid.cells(raster, (1, 2, 3, 4), None, halo=1)
    assert around.values.tolist() == values[0:4, 1:5].tolist()
    assert (around.first_row, around.first_column, around.transform) == (0, 1, (2, 0, 102, 0, -3, 200))
    inner = around.within((1, 2, 3, 4), grid.transform_at(1, 2))
    assert inner.values.tolist() == grid.cells(raster, (1, 2, 3, 4), None).values.tolist() == values[1:3, 2:4].tolist()
    assert inner.transform == grid.cells(raster, (1, 2, 3, 4), None).transform == (2, 0, 104, 0, -3, 197)
    edge = grid.cells(raster, (0, 0, 5, 6), None, halo=1)
    assert edge.values.shape == (5, 6)


def test_a_grid_holds_what_lies_in_it_and_has_an_area() -> None:
    import shapely

    grid = CellGrid.of(raster_of(np.zeros((4, 4)), transform=(10, 0, 0, 0, -10, 40)))
    shapes = Shapes.from_geometries(
        [shapely.box(0, 0, 40, 40), shapely.box(-1, 0, 5, 5), shapely.box(3, 3, 41, 9), shapely.box(3, 3, 4, 3 + 1e-9)]
    )
    assert grid.holds(shapes).tolist() == [True, False, False, False]


def test_refusals() -> None:
    with pytest.raises(DataError) as rotated:
        CellGrid.of(raster_of(np.zeros((2, 2)), transform=(0.6, 0.8, 0, 0.8, -0.6, 0), crs="EPSG:4326", name="dem"))
    assert str(rotated.value) == (
        "The raster 'dem' is rotated on a geographic grid (transform (0.6, 0.8, 0.0, 0.8, -0.6, 0.0)); cell sizes then "
        "differ along a row. Warp it to an unrotated grid before it is used."
    )
    with pytest.raises(DataError) as sheared:
        CellGrid.of(raster_of(np.zeros((2, 2)), transform=(10, 5, 0, 0, -10, 0), name="dem"))
    assert str(sheared.value) == (
        "The raster 'dem' has a sheared grid (transform (10.0, 5.0, 0.0, 0.0, -10.0, 0.0)). "
        "Warp it to a right-angled one before it is used."
    )
