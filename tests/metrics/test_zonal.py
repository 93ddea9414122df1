from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import Polygon, box

from siting.errors import StudyError, UnitError
from tests.metrics.drawing import layer_of, measured, parcels_of, raster_of, spec, states, usable_of, values

NAN = float("nan")
#: 4 x 4 cells of 10 m, the upper left corner at (0, 40)
FOUR = np.arange(16.0).reshape(4, 4)


def one(parcel: Any, cells: Any = FOUR, **keys: Any) -> tuple[float, str]:
    layer = cells if not isinstance(cells, np.ndarray) else raster_of(cells)
    result = measured(spec(raster="r", **keys), parcels_of([parcel]), r=layer)
    return values(result)[0], states(result)[0]


def test_a_drawing_with_half_cells() -> None:
    parcel = box(5, 30, 20, 40)  # half of cell 0, all of cell 1
    assert one(parcel) == (pytest.approx((0.5 * 0 + 1 * 1) / 1.5), "KNOWN")
    assert one(parcel, statistic="sum") == (pytest.approx(1.0), "KNOWN")
    assert one(parcel, statistic="max") == (1.0, "KNOWN")
    assert one(parcel, statistic="min") == (0.0, "KNOWN")
    assert one(parcel, statistic="min", min_coverage="60 %") == (1.0, "KNOWN")
    assert one(parcel, statistic="quantile", quantile="33 %") == (0.0, "KNOWN")
    assert one(parcel, statistic="quantile", quantile="34 %") == (1.0, "KNOWN")
    assert one(parcel, statistic="share", classes=[1, 7]) == (pytest.approx(1 / 1.5), "KNOWN")


def test_a_sliver_of_a_cell_is_no_maximum_but_land_smaller_than_half_a_cell_has_one() -> None:
    assert one(box(0, 30, 11, 40), statistic="max") == (0.0, "KNOWN")  # a tenth of cell 1
    assert one(box(9, 35, 11, 37), statistic="max") == (1.0, "KNOWN")  # 2 % of each of two cells


def test_no_data_under_more_than_a_hundredth_of_the_land() -> None:
    cells = FOUR.copy()
    cells[0, 0] = -9999
    raster = raster_of(cells, nodata=-9999.0)
    parcels = parcels_of([box(9.9, 30, 20, 40), box(9.8, 30, 20, 40), box(20, 0, 40, 40), Polygon()])
    result = measured(spec(raster="r"), parcels, r=raster)
    np.testing.assert_allclose(values(result), [1.0, NAN, 8.5, NAN])
    assert states(result) == ["KNOWN", "NO_DATA", "KNOWN", "NO_PLACE"]
    lenient = measured(spec(raster="r", min_valid="50 %"), parcels, r=raster)
    assert states(lenient) == ["KNOWN", "KNOWN", "KNOWN", "NO_PLACE"]


def test_land_that_leaves_the_raster() -> None:
    parcels = parcels_of([box(-20, 0, 20, 40), box(-0.05, 0, 20, 40), box(100, 100, 110, 110)])
    result = measured(spec(raster="r"), parcels, r=raster_of(FOUR))
    assert states(result) == ["NO_DATA", "KNOWN", "NO_DATA"]
    covered = measured(spec(raster="r"), parcels_of([box(0, 0, 20, 20)]), r=raster_of(FOUR, coverage=box(0, 0, 19, 40)))
    assert states(covered) == ["NO_DATA"]


def test_units_of_cells() -> None:
    assert one(box(0, 30, 20, 40), unit="cm") == (pytest.approx(0.005), "KNOWN")
    assert spec(raster="r", unit="cm").columns[0].dimension == "length"
    assert one(box(10, 30, 20, 40), unit="degrees") == (pytest.approx(np.tan(np.radians(1.0))), "KNOWN")


def test_of_usable_land() -> None:
    gross = [box(0, 0, 40, 40), box(0, 0, 40, 40)]
    usable = usable_of(gross, [box(0, 30, 10, 40), Polygon()])
    result = measured(spec(raster="r", of="usable"), parcels_of(gross, usable=usable), r=raster_of(FOUR))
    np.testing.assert_array_equal(values(result), [0.0, NAN])
    assert states(result) == ["KNOWN", "NO_PLACE"]


def test_a_rotated_grid() -> None:
    angle = np.radians(30)
    a, b, d, e = 10 * np.cos(angle), 10 * np.sin(angle), 10 * np.sin(angle), -10 * np.cos(angle)
    raster = raster_of(FOUR, transform=(a, b, 100.0, d, e, 200.0))

    def at(column: float, row: float) -> tuple[float, float]:
        return a * column + b * row + 100, d * column + e * row + 200

    parcel = Polygon([at(0.5, 0), at(2, 0), at(2, 1), at(0.5, 1)])
    assert one(parcel, raster) == (pytest.approx(1 / 1.5), "KNOWN")


def test_bands() -> None:
    two = raster_of(np.stack([FOUR, FOUR + 100]))
    with pytest.raises(StudyError) as which:
        one(box(0, 0, 10, 10), two)
    assert str(which.value) == "The raster 'cells' has 2 bands. Say which one is meant: band: 1."
    assert one(box(0, 30, 10, 40), two, band=2) == (100.0, "KNOWN")
    with pytest.raises(StudyError) as third:
        one(box(0, 0, 10, 10), two, band=3)
    assert str(third.value) == "The raster 'cells' has 2 bands, so there is no band 3."


def test_cells_of_a_geographic_grid_weigh_by_their_true_area() -> None:
    """Two rows of 10 degrees: the mean is weighted by the areas that pyproj's geodesic polygons have."""
    cells = np.array([[1.0], [0.0]])
    raster = raster_of(cells, transform=(1, 0, 10, 0, -10, 60), crs="EPSG:4326")
    parcels = parcels_of([box(10, 40, 11, 60)], crs="EPSG:4326")
    got = values(measured(spec(raster="r"), parcels, r=raster))[0]
    geod = Geod(ellps="WGS84")

    def area(south: float) -> float:
        north = south + 10
        lats = np.linspace(south, north, 400)
        ring = [(10.0, lat) for lat in lats] + [(11.0, lat) for lat in lats[::-1]]
        # parallels, not geodesics: 2,000 pieces of each
        lons = np.linspace(10, 11, 2000)
        ring = [(lon, south) for lon in lons] + [(lon, north) for lon in lons[::-1]]
        return abs(geod.polygon_area_perimeter(*zip(*ring, strict=True))[0])

    assert got == pytest.approx(area(50) / (area(50) + area(40)), rel=1e-6)


def test_a_raster_in_another_crs() -> None:
    """A plane z = longitude, sampled finely: the mean over a small parcel is the longitude of its centroid."""
    from pyproj import Transformer

    back = Transformer.from_crs("EPSG:26912", "EPSG:4269", always_xy=True)
    parcel = box(400_000, 3_700_000, 403_000, 3_703_000)
    lon, lat = back.transform(401_500, 3_701_500)
    step = 0.0005
    west, north = lon - 0.05, lat + 0.05
    columns = west + (np.arange(200) + 0.5) * step
    raster = raster_of(np.tile(columns, (200, 1)), transform=(step, 0, west, 0, -step, north), crs="EPSG:4269")
    got = values(measured(spec(raster="r"), parcels_of([parcel]), r=raster))[0]
    assert got == pytest.approx(lon, abs=2e-6)


@given(
    corners=st.lists(
        st.tuples(st.floats(0, 1000), st.floats(0, 1000), st.floats(1, 60), st.floats(1, 60)), min_size=1, max_size=6
    ),
    seed=st.integers(0, 99),
)
@settings(max_examples=25)
def test_exactextract_agrees(corners: Any, seed: int) -> None:
    import geopandas as gpd
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    cells = np.random.default_rng(seed).normal(size=(120, 110))
    raster = raster_of(cells, transform=(10, 0, 0, 0, -10, 1200))
    parcels = [Polygon([(x, y), (x + w, y + h / 3), (x + w / 2, y + h)]) for x, y, w, h in corners]
    frame = gpd.GeoDataFrame(geometry=parcels, crs="EPSG:26912")
    source = NumPyRasterSource(cells, xmin=0, ymin=0, xmax=1100, ymax=1200, srs_wkt=frame.crs.to_wkt())
    reference = exact_extract(source, frame, ["mean", "sum"], output="pandas")
    for statistic in ("mean", "sum"):
        got = values(measured(spec(raster="r", statistic=statistic), parcels_of(parcels), r=raster))
        np.testing.assert_allclose(got, reference[statistic], rtol=1e-5, atol=1e-5)


def test_quantile_is_the_lowest_value_whose_cumulative_share_reaches_it() -> None:
    cells = np.random.default_rng(5).normal(size=(20, 20))
    parcel = Polygon([(13, 22), (171, 40), (90, 188)])
    raster = raster_of(cells, transform=(10, 0, 0, 0, -10, 200))
    squares = [
        (cells[r, c], box(10 * c, 190 - 10 * r, 10 * c + 10, 200 - 10 * r)) for r in range(20) for c in range(20)
    ]
    shares = sorted((value, parcel.intersection(square).area / parcel.area) for value, square in squares)
    for q in (0.05, 0.5, 0.9):
        reached = np.cumsum([share for _, share in shares])
        expected = shares[int(np.searchsorted(reached, q))][0]
        got = values(
            measured(spec(raster="r", statistic="quantile", quantile=f"{q * 100} %"), parcels_of([parcel]), r=raster)
        )
        assert got == [expected]


@given(cut=st.floats(1.0, 399.0))
@settings(max_examples=25)
def test_splitting_a_parcel_conserves_its_sum(cut: float) -> None:
    raster = raster_of(np.arange(1600.0).reshape(40, 40), transform=(10, 0, 0, 0, -10, 400))
    measure = spec(raster="r", statistic="sum")
    whole = values(measured(measure, parcels_of([box(3, 5, 399.5, 390)]), r=raster))[0]
    line = shapely.LineString([(0, cut), (400, 400 - cut)])
    parts = list(shapely.get_parts(shapely.ops.split(box(3, 5, 399.5, 390), line)))
    assert sum(values(measured(measure, parcels_of(parts), r=raster))) == pytest.approx(whole)


def test_far_tiles_are_read_apart() -> None:
    """Parcels in the corners of a raster of 1,100 x 1,100 cells: four windows, none of them the whole raster."""
    from siting.metrics.grid import CellGrid

    cells = np.arange(1100 * 1100.0).reshape(1100, 1100)
    raster = raster_of(cells, transform=(1, 0, 0, 0, -1, 1100))
    corners = [(0, 1099), (1099, 1099), (0, 0), (1099, 0)]
    parcels = parcels_of([box(x, y, x + 1, y + 1) for x, y in corners])
    assert values(measured(spec(raster="r"), parcels, r=raster)) == [0.0, 1099.0, 1099 * 1100.0, 1100 * 1100 - 1.0]
    sizes = [(r1 - r0, c1 - c0) for _, (r0, c0, r1, c1) in CellGrid.of(raster).windows(parcels.shapes)]
    assert sizes == [(1, 1), (1, 76), (76, 1), (76, 76)]


# slope


def plane(east: float, north: float) -> np.ndarray:
    """Elevations of a plane on 20 x 20 cells of 10 m; rise per metre to the east and to the north."""
    column, row = np.meshgrid(np.arange(20) + 0.5, np.arange(20) + 0.5)
    return east * column * 10 - north * row * 10 + 500


def slope_of(parcel: Any, dem: Any, **keys: Any) -> tuple[float, str]:
    result = measured(spec(slope="dem", **keys), parcels_of([parcel]), dem=dem)
    return values(result)[0], states(result)[0]


SQUARE = box(35, 33, 150, 155)


def test_a_plane_has_its_slope() -> None:
    dem = raster_of(plane(0.03, 0.04), transform=(10, 0, 0, 0, -10, 200), unit="m")
    assert slope_of(SQUARE, dem) == (pytest.approx(0.05), "KNOWN")
    assert slope_of(SQUARE, dem, statistic="max") == (pytest.approx(0.05), "KNOWN")
    assert slope_of(SQUARE, dem, statistic="quantile", quantile="50 %") == (pytest.approx(0.05), "KNOWN")
    assert slope_of(SQUARE, dem, statistic="share", above="4.9 % slope") == (1.0, "KNOWN")
    assert slope_of(SQUARE, dem, statistic="share", above="5.1 % slope") == (0.0, "KNOWN")


def test_the_vertical_unit_counts() -> None:
    dem = raster_of(np.rint(plane(0.03, 0.04) * 100).astype(np.int32), transform=(10, 0, 0, 0, -10, 200), unit="cm")
    assert slope_of(SQUARE, dem) == (pytest.approx(0.05), "KNOWN")
    feet = raster_of(plane(0.03, 0.04), transform=(10, 0, 0, 0, -10, 200), unit="ft")
    assert slope_of(SQUARE, feet) == (pytest.approx(0.05 * 0.3048), "KNOWN")


def test_a_grid_in_feet() -> None:
    """EPSG:2223 is in international feet: cells of 10 ft are 3.048 m."""
    dem = raster_of(plane(0.03, 0.04), transform=(10, 0, 0, 0, -10, 200), unit="ft", crs="EPSG:2223")
    result = measured(spec(slope="dem"), parcels_of([SQUARE], crs="EPSG:2223"), dem=dem)
    assert values(result) == [pytest.approx(0.05)]


def test_the_rim_of_the_raster_has_no_slope() -> None:
    dem = raster_of(plane(0.03, 0.04), transform=(10, 0, 0, 0, -10, 200), unit="m")
    assert slope_of(box(0, 0, 50, 50), dem)[1] == "NO_DATA"
    assert slope_of(box(10, 10, 50, 50), dem) == (pytest.approx(0.05), "KNOWN")


def test_a_hole_in_the_dem_takes_the_slope_of_its_neighbours() -> None:
    cells = plane(0.03, 0.04)
    cells[10, 10] = NAN
    dem = raster_of(cells, transform=(10, 0, 0, 0, -10, 200), unit="m")
    assert slope_of(box(90, 80, 120, 110), dem)[1] == "NO_DATA"
    assert slope_of(box(30, 30, 80, 80), dem) == (pytest.approx(0.05), "KNOWN")


def test_a_dem_in_degrees() -> None:
    """A cone of constant slope to the north, in a model in degrees: metre sizes of each row make it right."""
    geod = Geod(ellps="GRS80")
    rows, columns, step = 40, 30, 1 / 1200
    north = 50.5
    lat = north - (np.arange(rows) + 0.5) * step
    metres = np.array([geod.inv(6.0, north, 6.0, phi)[2] for phi in lat])
    dem = raster_of(
        np.tile((0.08 * metres)[:, None], (1, columns)),
        transform=(step, 0, 6.0, 0, -step, north),
        unit="m",
        crs="EPSG:4258",
    )
    parcel = box(6.0 + 3 * step, north - 30 * step, 6.0 + 20 * step, north - 4 * step)
    result = measured(spec(slope="dem"), parcels_of([parcel], crs="EPSG:4258"), dem=dem)
    assert values(result)[0] == pytest.approx(0.08, rel=1e-6)
    east = np.array([geod.inv(6.0, phi, 6.0 + step, phi)[2] for phi in lat])
    ramp = raster_of(
        np.arange(columns) * 0.05 * east[:, None], transform=(step, 0, 6.0, 0, -step, north), unit="m", crs="EPSG:4258"
    )
    flat = box(6.0 + 1 * step, north - 20 * step, 6.0 + 2 * step, north - 19 * step)
    eastward = values(measured(spec(slope="dem"), parcels_of([flat], crs="EPSG:4258"), dem=ramp))[0]
    assert eastward == pytest.approx(0.05, rel=1e-4)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"raster": "r", "statistic": "quantile"},
            "The measure 'raster' with statistic: quantile needs 'quantile', such as quantile: 50 %.",
        ),
        (
            {"raster": "r", "statistic": "share"},
            "The measure 'raster' with statistic: share needs 'classes', such as classes: [21, 22].",
        ),
        (
            {"raster": "r", "classes": [1]},
            "The measure 'raster' takes 'classes' only with statistic: share, not mean.",
        ),
        (
            {"slope": "r", "statistic": "share"},
            "The measure 'slope' with statistic: share needs 'above', such as above: 15 % slope.",
        ),
        (
            {"slope": "r", "above": "15 % slope"},
            "The measure 'slope' takes 'above' only with statistic: share, not mean.",
        ),
    ],
)
def test_a_statistic_and_its_parameter(keys: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        spec(**keys)
    assert str(error.value) == f"criterion 'c': {message}"


def test_refusals_of_layers() -> None:
    parcels = parcels_of([box(0, 0, 10, 10)])
    with pytest.raises(StudyError) as vector:
        measured(spec(raster="r"), parcels, r=layer_of([box(0, 0, 1, 1)]))
    assert str(vector.value) == (
        "The measure 'raster' needs a raster, but the layer 'r' holds features. Use 'share', 'class' or 'area_mean'."
    )
    with pytest.raises(StudyError) as absent:
        measured(spec(slope="dam"), parcels, dem=raster_of(FOUR))
    assert str(absent.value) == (
        "The measure 'slope' names the layer 'dam', which the study does not have. Did you mean 'dem'? "
        "Its layers are 'dem'."
    )
    with pytest.raises(StudyError) as unit:
        measured(spec(slope="dem"), parcels, dem=raster_of(FOUR, name="dem"))
    assert str(unit.value) == (
        "The layer 'dem' has no unit, and slope needs one: the file does not say what its numbers are in. "
        "Write unit: m (or cm, ft, % slope ...) under layers: dem:."
    )
    with pytest.raises(UnitError) as percent:
        measured(spec(slope="dem"), parcels, dem=raster_of(FOUR, name="dem", unit="% slope"))
    assert str(percent.value) == "The unit '% slope' is of a slope, but a length, such as '5 km', is wanted."
    with pytest.raises(StudyError) as two_units:
        measured(spec(raster="r", unit="cm"), parcels, r=raster_of(FOUR, unit="m"))
    assert str(two_units.value) == (
        "The measure 'raster' says that the cells of the layer 'cells' are in 'cm', but the layer says 'm'. "
        "Leave out one of the two."
    )


@pytest.mark.data
def test_slope_of_the_aachen_model_in_degrees(data_folder: Path) -> None:
    """Against slopes from geodesic cell sizes and cell-by-cell GEOS intersections, independently."""
    import rasterio

    path = data_folder / "aachen" / "elevation.tif"
    with rasterio.open(path) as source:
        t, dem, nodata = source.transform, source.read(1).astype(float), source.nodata
        crs, size = source.crs.to_string(), (source.width, source.height)
    row, column = size[1] // 2, size[0] // 2
    west, north = t.c + t.a * column, t.f + t.e * row
    wide, high = t.a * 6.3, -t.e * 5.7
    parcel = Polygon(
        [(west, north), (west + wide, north - high * 0.2), (west + wide * 0.7, north - high), (west, north - high)]
    )
    layer = raster_of(dem, transform=tuple(t)[:6], crs=crs, unit="m", nodata=nodata)
    got = values(measured(spec(slope="dem"), parcels_of([parcel], crs=crs), dem=layer))[0]
    geod = Geod(ellps="GRS80")
    total = weight = 0.0
    for r in range(row - 1, row + 8):
        for c in range(column - 1, column + 9):
            cell = box(t.c + t.a * c, t.f + t.e * (r + 1), t.c + t.a * (c + 1), t.f + t.e * r)
            share = parcel.intersection(cell).area / cell.area
            lon, lat = t.c + t.a * (c + 0.5), t.f + t.e * (r + 0.5)
            dx = geod.inv(lon - t.a / 2, lat, lon + t.a / 2, lat)[2]
            dy = geod.inv(lon, lat + t.e / 2, lon, lat - t.e / 2)[2]
            z = dem[r - 1 : r + 2, c - 1 : c + 2]
            gx = ((z[:, 2] - z[:, 0]) * [1, 2, 1]).sum() / (8 * dx)
            gy = ((z[2] - z[0]) * [1, 2, 1]).sum() / (8 * dy)
            total += share * dx * dy * np.hypot(gx, gy)
            weight += share * dx * dy
    assert got == pytest.approx(total / weight, rel=1e-6)


@pytest.mark.data
def test_slope_raster_and_land_cover_of_rhode_island(data_folder: Path) -> None:
    """300 parcels against exactextract, in the CRS that the cells really are in (the file of the land cover errs)."""
    import geopandas as gpd
    import rasterio
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    folder = data_folder / "rhode-island"
    parcels = gpd.read_file(folder / "parcels.gpkg").iloc[::12]
    metres = gpd.GeoSeries(parcels.geometry.to_numpy(), crs="EPSG:4326").to_crs("EPSG:32130")
    geometries = shapely.make_valid(metres.to_numpy(), method="structure", keep_collapsed=False)
    frame = gpd.GeoDataFrame(geometry=geometries, crs="EPSG:32130")
    for name, keys, operation, cells_of in (
        ("ri_srtm_slope.tif", {"statistic": "mean"}, "mean", lambda cells: cells),
        (
            "ri_nlcd.tif",
            {"statistic": "share", "classes": [41, 42, 43]},
            "mean",
            lambda cells: np.isin(cells, [41, 42, 43]),
        ),
    ):
        with rasterio.open(folder / name) as source:
            cells, nodata, t = source.read(1).astype(float), source.nodata, source.transform
        layer = raster_of(cells, transform=tuple(t)[:6], crs="EPSG:32130", nodata=nodata)
        result = measured(spec(raster="r", min_valid="1 %", **keys), parcels_of(geometries, crs="EPSG:32130"), r=layer)
        wanted = np.where(cells == nodata, np.nan, cells_of(cells).astype(float))
        north, east = t.f, t.c + t.a * cells.shape[1]
        grid = NumPyRasterSource(
            wanted, xmin=t.c, ymin=north + t.e * cells.shape[0], xmax=east, ymax=north,
            nodata=np.nan, srs_wkt=frame.crs.to_wkt(),
        )  # fmt: skip
        reference = exact_extract(grid, frame, [operation], output="pandas")[operation].to_numpy(dtype=float)
        known = np.array([state == "KNOWN" for state in states(result)])
        assert known.mean() > 0.8
        np.testing.assert_allclose(np.array(values(result))[known], reference[known], rtol=1e-5, atol=1e-5)
