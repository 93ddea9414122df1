"""The slope of an elevation model as a raster: planes, the measure of slope, and windows that do not matter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from siting.errors import DataError, StudyError
from siting.kernels.slope import horn_slope
from siting.layer import LayerUse, RasterLayer, open_raster
from siting.layer.slope import cell_sizes_m, slope_raster
from siting.metrics.grid import CellGrid
from tests.layer.drawing import UTM, X, Y, finder, write_raster


def model(values: np.ndarray, unit: str = "m", crs: str = "EPSG:26912", **more: object) -> RasterLayer:
    transform = (30.0, 0.0, X, 0.0, -30.0, Y)
    height, width = values.shape
    return RasterLayer(
        name="dem", crs=crs, transform=transform, width=width, height=height, unit=unit, array=values,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_plane_has_one_slope() -> None:
    """Heights rise 3 m a cell of 30 m to the east: 10 %; in centimetres the same."""
    plane = np.tile(np.arange(6) * 3.0, (5, 1))
    layer = slope_raster("slope", model(plane))
    window = layer.window((X, Y - 150, X + 180, Y))
    assert layer.unit == "% slope"
    assert window.values.shape == (1, 5, 6)
    assert window.values[0, 1:-1, 1:-1] == pytest.approx(10.0)
    assert window.valid.sum() == 3 * 4, "no slope at the edge of the model"
    assert not window.valid[0].any()
    in_cm = slope_raster("slope", model(plane * 100, unit="cm")).window((X, Y - 150, X + 180, Y))
    assert in_cm.values[0, 1:-1, 1:-1] == pytest.approx(10.0)


def test_a_cell_without_data_takes_its_neighbours_slopes() -> None:
    plane = np.tile(np.arange(6) * 3.0, (6, 1))
    plane[2, 2] = -9999
    window = slope_raster("slope", model(plane, nodata=-9999.0)).window((X, Y - 180, X + 180, Y))
    assert window.valid.sum() == 16 - 9
    assert window.valid[4, 1:5].tolist() == [True] * 4


@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 5), st.integers(1, 5)))
@settings(max_examples=30)
def test_a_window_holds_what_the_whole_holds(seed: int, at: tuple[int, int, int, int]) -> None:
    heights = np.random.default_rng(seed).normal(size=(9, 11)) * 20
    layer = slope_raster("slope", model(heights))
    whole = layer.window((X, Y - 9 * 30, X + 11 * 30, Y))
    left, top, columns, rows = at
    box = (X + 30 * left + 1, Y - 30 * (top + rows) + 1, X + 30 * (left + columns) - 1, Y - 30 * top - 1)
    window = layer.window(box)
    part = (slice(top, top + rows), slice(left, left + columns))
    assert np.array_equal(window.valid, whole.valid[part])
    assert np.array_equal(window.values[0][window.valid], whole.values[0][part][window.valid])
    expected, known = horn_slope(heights, np.ones_like(heights, bool), 30.0, 30.0)
    assert np.array_equal(whole.valid, known)
    assert whole.values[0][known] == pytest.approx(expected[known] * 100)


def test_cells_in_degrees_have_metres() -> None:
    """Widths and heights of cells of 0.001 degree against geodesics, and against the measures' own grid."""
    transform = (0.001, 0.0, -112.0, 0.0, -0.001, 33.5)
    width, height = cell_sizes_m("EPSG:4269", transform, 10, 3)
    geod = Geod(ellps="GRS80")
    for row in range(3):
        latitude = 33.5 - (10 + row + 0.5) * 0.001
        assert width[row] == pytest.approx(geod.inv(-112, latitude, -111.999, latitude)[2], rel=1e-6)
        assert height[row] == pytest.approx(geod.inv(-112, latitude - 0.0005, -112, latitude + 0.0005)[2], rel=1e-6)
    layer = RasterLayer(name="d", crs="EPSG:4269", transform=transform, width=99, height=99, unit="m")
    own = CellGrid.of(layer).cell_sizes_m(10, 3)
    assert np.array_equal(width, own[0])
    assert np.array_equal(height, own[1])


def test_feet_and_rotated_grids() -> None:
    """EPSG:2223 is in international feet; a grid turned by 90 degrees has the same cells."""
    width, height = cell_sizes_m("EPSG:2223", (100.0, 0.0, 0.0, 0.0, -50.0, 0.0), 0, 1)
    assert (width[0], height[0]) == (pytest.approx(30.48), pytest.approx(15.24))
    assert cell_sizes_m("EPSG:26912", (0.0, 30.0, 0.0, 20.0, 0.0, 0.0), 0, 1)[0].tolist() == [20.0]


def test_a_model_needs_a_vertical_unit(tmp_path: Path) -> None:
    write_raster(tmp_path / "dem.tif", np.ones((4, 4)), (30.0, 0.0, X, 0.0, -30.0, Y), "EPSG:26912")
    dem = open_raster("dem", LayerUse(source="dem.tif"), finder=finder(tmp_path), crs=UTM)
    with pytest.raises(StudyError) as error:
        slope_raster("slope", dem)
    assert str(error.value).startswith("The layer 'dem' has no unit, and slope needs one")
    with pytest.raises(StudyError):
        slope_raster("slope", model(np.ones((3, 3)), unit="% slope"))


def test_a_grid_without_width_and_height() -> None:
    dem = RasterLayer(name="dem", crs="EPSG:4269", transform=(0.1, 0.1, 0, 0.1, -0.1, 0), width=9, height=9, unit="m")
    with pytest.raises(DataError) as error:
        slope_raster("steep", dem)
    assert str(error.value) == (
        "The layer 'steep' is the slope of 'dem', whose grid is rotated in degrees or sheared (transform "
        "(0.1, 0.1, 0, 0.1, -0.1, 0)); its cells have no width and height. Warp it to an unrotated grid first."
    )


def test_several_bands() -> None:
    stack = np.ones((2, 4, 4))
    layer = slope_raster("steep", model(np.ones((4, 4)), nodata=None))
    dem = RasterLayer(
        name="dem", crs="EPSG:26912", transform=layer.transform, width=4, height=4, unit="m", array=stack
    )  # fmt: skip
    with pytest.raises(DataError) as error:
        slope_raster("steep", dem).window((X, Y - 90, X + 90, Y))
    assert str(error.value) == (
        "The layer 'dem' has 2 bands, and slope is that of one. Save the band as a file of its own."
    )
