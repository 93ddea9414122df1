"""Statistics of cells: by hand, against the cells, exactextract and real parcels, and several in one pass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.kernels import coverage
from siting.kernels.coverage import Transform, cell_coverage, over_cells
from siting.kernels.zonal import ClassWeights, Numeric, Quantile, zonal_classes, zonal_numeric, zonal_quantile
from siting.shapes import Shapes
from tests.kernels.drawing import areas, shapes_of
from tests.kernels.test_coverage import ALL, MIDDLE, NINE, UPRIGHT, grid_of, scattered


def test_statistics_by_hand() -> None:
    found = zonal_numeric(shapes_of(MIDDLE, shapely.box(0.5, 0.5, 1, 1)), NINE, ALL, UPRIGHT)
    assert found.weight.tolist() == found.valid_weight.tolist() == [4.0, 0.25]
    assert found.mean.tolist() == [5.0, 7.0]
    assert found.sum.tolist() == [20.0, 1.75]
    assert found.min.tolist() == [1.0, 7.0]
    assert found.max.tolist() == [9.0, 7.0]


def test_extremes_leave_out_cells_that_are_hardly_covered() -> None:
    found = zonal_numeric(shapes_of(MIDDLE), NINE, ALL, UPRIGHT, min_coverage=0.49)
    assert (found.min.tolist(), found.max.tolist(), found.mean.tolist()) == ([2.0], [8.0], [5.0])
    assert zonal_numeric(shapes_of(MIDDLE), NINE, ALL, UPRIGHT, min_coverage=0.5).max.tolist() == [8.0]
    assert zonal_numeric(shapes_of(MIDDLE), NINE, ALL, UPRIGHT, min_coverage=1.0).max.tolist() == [5.0]
    corner = zonal_numeric(shapes_of(shapely.box(0.5, 0.5, 1, 1)), NINE, ALL, UPRIGHT, min_coverage=0.5)
    assert np.isnan(corner.max[0])
    assert corner.mean.tolist() == [7.0]


def test_cells_without_data_are_left_out_and_told() -> None:
    values = np.array([[1.0, 2, 3], [4, 5, 6], [0, -99, 7]])
    found = zonal_numeric(shapes_of(MIDDLE), values, values >= 0, UPRIGHT)
    assert (found.weight[0], found.valid_weight[0], found.sum[0]) == (4.0, 3.5, 13.75)
    assert found.mean[0] == pytest.approx(3.92857, abs=1e-5)
    assert found.min[0] == 0.0


def test_without_any_data_there_is_no_statistic() -> None:
    found = zonal_numeric(shapes_of(MIDDLE, shapely.Polygon()), NINE, ~ALL, UPRIGHT)
    assert found.weight.tolist() == [4.0, 0.0]
    assert found.valid_weight.tolist() == [0.0, 0.0]
    for column in (found.mean, found.min, found.max):
        assert np.isnan(column).all()
    assert found.sum.tolist() == [0.0, 0.0]
    assert np.isnan(zonal_quantile(shapes_of(MIDDLE), NINE, ~ALL, UPRIGHT, None, 0.5)).all()
    assert zonal_classes(shapes_of(MIDDLE), NINE.astype(int), ~ALL, UPRIGHT, None, 10).sum() == 0


@pytest.mark.parametrize(("q", "value"), [(0.0, 1.0), (0.25, 3.0), (0.5, 5.0), (0.75, 6.0), (1.0, 9.0)])
def test_quantiles_by_hand(q: float, value: float) -> None:
    assert zonal_quantile(shapes_of(MIDDLE), NINE, ALL, UPRIGHT, None, q).tolist() == [value]


def test_classes_by_hand() -> None:
    codes = np.repeat([[0], [1], [2]], 3, axis=1)
    assert zonal_classes(shapes_of(MIDDLE), codes, ALL, UPRIGHT, None, 3).tolist() == [[1, 2, 1]]
    weighted = zonal_classes(shapes_of(MIDDLE), codes, ALL, UPRIGHT, np.array([3.0, 2, 1]), 3)
    assert (weighted / weighted.sum()).tolist() == [[0.375, 0.5, 0.125]]
    assert zonal_classes(shapes_of(MIDDLE), codes - 1, ALL, UPRIGHT, None, 1).tolist() == [[2]]


def test_rows_weigh_by_their_true_area() -> None:
    found = zonal_numeric(shapes_of(MIDDLE), NINE, ALL, UPRIGHT, np.array([0.0, 0, 1]))
    assert (found.mean[0], found.sum[0], found.weight[0]) == (8.0, 8.0, 1.0)
    assert zonal_quantile(shapes_of(MIDDLE), NINE, ALL, UPRIGHT, np.array([0.0, 0, 1]), 0.25).tolist() == [7.0]


def test_a_zone_of_whole_cells() -> None:  # MapSmith issue 4
    found = zonal_numeric(
        shapes_of(shapely.box(0, 5, 5, 10)),
        np.arange(100.0).reshape(10, 10),
        np.ones((10, 10), bool),
        (1, 0, 0, 0, -1, 10),
    )
    assert (found.weight[0], found.mean[0], found.sum[0]) == (25.0, 22.0, 550.0)


@settings(max_examples=40)
@given(
    shapes=st.lists(areas(), min_size=1, max_size=3), seed=st.integers(0, 99), share=st.sampled_from([0.0, 0.3, 0.9])
)
def test_statistics_are_those_of_the_cells(shapes: list[Any], seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    values, valid, weight = rng.normal(size=(9, 7)), rng.random((9, 7)) < 0.8, rng.uniform(0.5, 2, 9)
    transform: Transform = (1.25, 0, -0.5, 0, -1, 8.5)
    s = Shapes.from_geometries(shapes, "polygon")
    cover = cell_coverage(s, transform, 7, 9)
    found = zonal_numeric(s, values, valid, transform, weight, share)
    median = zonal_quantile(s, values, valid, transform, weight, 0.5)
    codes = zonal_classes(s, (values > 0).astype(np.int64), valid, transform, weight, 2)
    for i in range(len(shapes)):
        fraction = grid_of(cover, i, 9, 7)
        cell = fraction * weight[:, None]
        kept = valid & (fraction > 0)
        assert found.weight[i] == pytest.approx(cell.sum())
        assert found.valid_weight[i] == pytest.approx(cell[kept].sum())
        assert found.sum[i] == pytest.approx((cell * values)[kept].sum())
        assert codes[i].tolist() == [
            pytest.approx(cell[kept & (values <= 0)].sum()),
            pytest.approx(cell[kept & (values > 0)].sum()),
        ]
        large = kept & (fraction + 1e-10 >= share)
        np.testing.assert_equal(found.max[i], values[large].max() if large.any() else np.nan)
        np.testing.assert_equal(found.min[i], values[large].min() if large.any() else np.nan)
        if kept.any():
            assert median[i] == np.quantile(values[kept], 0.5, weights=cell[kept], method="inverted_cdf")
        else:
            assert np.isnan(median[i])


def test_read_only_and_strided_windows_are_accepted() -> None:
    values, valid = NINE.T.copy().T, ALL.copy()
    for array in (values, valid):
        array.flags.writeable = False
    assert zonal_numeric(shapes_of(MIDDLE), values.astype(np.float32), valid, UPRIGHT).mean.tolist() == [5.0]
    assert zonal_numeric(shapes_of(MIDDLE), values, valid, UPRIGHT).max.tolist() == [9.0]
    assert zonal_classes(shapes_of(MIDDLE), values.astype(np.uint8), valid, UPRIGHT, None, 10)[0, 5] == 1.0


@pytest.mark.data
def test_real_parcels_have_the_statistics_of_exactextract(data_folder: Path) -> None:
    import rasterio
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    folder = data_folder / "rhode-island"
    with rasterio.open(folder / "ri_srtm_slope.tif") as raster:
        values, transform, nodata, crs = raster.read(1), raster.transform, raster.nodata, raster.crs
    parcels = gpd.read_file(folder / "parcels.gpkg").set_crs(4326, allow_override=True).to_crs(crs)
    valid = np.isfinite(values) & (values != np.float32(nodata))
    found = zonal_numeric(Shapes.from_geometries(parcels.geometry.values), values, valid, tuple(transform)[:6])
    height, width = values.shape
    west, south, east, north = rasterio.transform.array_bounds(height, width, transform)
    source = NumPyRasterSource(
        values, xmin=west, ymin=south, xmax=east, ymax=north, nodata=nodata, srs_wkt=crs.to_wkt()
    )
    expected = exact_extract(source, parcels[["geometry"]], ["count", "mean", "min", "max"], output="pandas")
    np.testing.assert_allclose(found.valid_weight, expected["count"], rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(found.mean, expected["mean"], rtol=1e-4, atol=1e-5)
    # a sliver of a cell may be there in one and not in the other: exactextract rounds coordinates of cells
    assert np.mean(found.max == expected["max"]) > 0.99
    assert np.mean(found.min == expected["min"]) > 0.99


def test_threads_give_the_same_bits() -> None:
    shapes, values, transform = scattered()
    with ThreadPoolExecutor(2) as pool:
        means = list(pool.map(lambda _: zonal_numeric(shapes, values, values > -2, transform).mean.tobytes(), range(6)))
    assert len(set(means)) == 1


def test_several_rasters_and_statistics_cost_one_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes, values, transform = scattered()
    n, valid, weight, codes = len(shapes), values > -1, np.linspace(1, 2, 50), (values > 0).astype(np.int32)
    covered: list[int] = []
    plain = coverage._fill

    def counting(*arguments: Any) -> None:
        covered.append(len(arguments[5]))
        plain(*arguments)

    monkeypatch.setattr(coverage, "_fill", counting)
    one = Numeric.of(n, values, valid, weight, 0.5)
    other = Numeric.of(n, values * values, ~valid, None, 0.0)
    median = Quantile.of(n, values, valid, weight, 0.5)
    classes = ClassWeights.of(n, codes, valid, weight, 2)
    outside = over_cells(shapes, transform, values.shape, [one, other, median, classes])
    assert sum(covered) == n
    alone = zonal_numeric(shapes, values, valid, transform, weight, 0.5)
    beside = zonal_numeric(shapes, values * values, ~valid, transform)
    for name in ("weight", "valid_weight", "mean", "min", "max", "sum", "outside", "lowest", "highest"):
        assert getattr(one.result(outside), name).tobytes() == getattr(alone, name).tobytes()
        assert getattr(other.result(outside), name).tobytes() == getattr(beside, name).tobytes()
    assert median.out.tobytes() == zonal_quantile(shapes, values, valid, transform, weight, 0.5).tobytes()
    assert classes.out.tobytes() == zonal_classes(shapes, codes, valid, transform, weight, 2).tobytes()
    assert sum(covered) == 5 * n


def test_the_size_of_the_parts_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes, values, transform = scattered()
    one = zonal_numeric(shapes, values, values > -1, transform)
    for chunk, band in ((1, 1), (50, 20), (1 << 30, 1 << 30)):
        monkeypatch.setattr(coverage, "_CHUNK", chunk)
        monkeypatch.setattr(coverage, "_BAND", band)
        again = zonal_numeric(shapes, values, values > -1, transform)
        for name in ("weight", "valid_weight", "mean", "min", "max", "sum", "outside"):
            assert getattr(again, name).tobytes() == getattr(one, name).tobytes()


def test_touched_cells_have_their_own_extremes() -> None:
    found = zonal_numeric(shapes_of(MIDDLE, shapely.box(0.5, 0.5, 1, 1)), NINE, ALL, UPRIGHT, min_coverage=0.9)
    assert (found.lowest.tolist(), found.highest.tolist()) == ([1.0, 7.0], [9.0, 7.0])
    assert found.max[0] == 5.0
    assert np.isnan(found.max[1])


@pytest.mark.data
@pytest.mark.parametrize("file", ["parcels_pima.parquet", "parcels_phx_metro.parquet"])
def test_parcels_of_two_cities_have_the_statistics_of_exactextract(data_folder: Path, file: str) -> None:
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    parcels = gpd.read_parquet(data_folder / "arizona" / file, columns=["geometry"]).to_crs(26912)
    parcels = parcels[parcels.geometry.notna() & parcels.geometry.is_valid].iloc[::10].reset_index(drop=True)
    west, south, east, north = parcels.total_bounds
    size = 97.3  # cells of the made-up ground (SYNTHETIC)
    height, width = int((north - south) // size) + 2, int((east - west) // size) + 2
    values = 900 + 50 * np.sin(np.arange(width) / 7.0) + 30 * np.cos(np.arange(height) / 5.0)[:, None]
    left, top = west - 31.7, north + 28.9
    found = zonal_numeric(
        Shapes.from_geometries(parcels.geometry.to_numpy()), values, values > 0, (size, 0, left, 0, -size, top)
    )
    source = NumPyRasterSource(
        values, xmin=left, ymin=top - size * height, xmax=left + size * width, ymax=top, srs_wkt=parcels.crs.to_wkt()
    )
    expected = exact_extract(source, parcels, ["count", "mean"], output="pandas")
    area = parcels.area.to_numpy() / size**2
    np.testing.assert_allclose(found.weight, area, rtol=1e-9, atol=1e-9)  # slivers under 1e-10 of a cell are none
    # exactextract 0.3 keeps fractions in single precision, and errs by 2 % of the area of one of these parcels
    sound = np.abs(expected["count"] - area) < 1e-5 * (1 + area)
    assert (~sound).sum() <= 1
    large = sound & (area > 1e-3)
    np.testing.assert_allclose(found.mean[large], expected["mean"][large], rtol=1e-5)
