"""Rasters on their own grid: windows by hand, "no data" in all its forms, units and mislabelled CRS."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.catalogue import catalogue
from siting.catalogue import data_folder as find_data_folder
from siting.crs import carry, study_crs
from siting.errors import CrsError, DataError, StudyError
from siting.layer import LayerUse, RasterLayer, open_raster, raster
from siting.layer.tiles import TileCache
from tests.layer.drawing import UTM, X, Y, finder, write, write_raster

GRID = (10.0, 0.0, X, 0.0, -10.0, Y)  # row 0 is the north; 5 x 4 cells of 10 m


def dem(tmp_path: Path, values: object = None, **entry: object) -> RasterLayer:
    array = np.arange(20.0).reshape(4, 5) if values is None else values
    write_raster(tmp_path / "dem.tif", array, GRID, "EPSG:26912")
    return open_raster("dem", LayerUse.model_validate({"source": "dem.tif"} | entry), finder=finder(tmp_path), crs=UTM)


def test_a_raster_stays_on_its_grid(tmp_path: Path) -> None:
    layer = dem(tmp_path, unit="m")
    assert (layer.crs, layer.width, layer.height, layer.unit) == ("EPSG:26912", 5, 4, "m")
    assert layer.transform == GRID
    assert layer.coverage is not None
    assert layer.coverage.equals(shapely.box(X, Y - 40, X + 50, Y))
    assert layer.provenance["file"] == "dem.tif"
    assert layer.provenance["operation"] == "none"


def test_a_window_holds_the_cells_that_touch_the_box(tmp_path: Path) -> None:
    """The box from column 1.5 to 2.5 and row 0.5 to 1.2 touches columns 1, 2 and rows 0, 1."""
    window = dem(tmp_path).window((X + 15, Y - 12, X + 25, Y - 5))
    assert window.values.tolist() == [[[1.0, 2.0], [6.0, 7.0]]]
    assert window.valid.all()
    assert window.transform == (10.0, 0.0, X + 10, 0.0, -10.0, Y)


def test_a_padded_window_ends_at_the_edge_of_the_raster(tmp_path: Path) -> None:
    layer = dem(tmp_path)
    padded = layer.window((X + 15, Y - 12, X + 25, Y - 5), pad_cells=2)
    assert padded.values.shape == (1, 4, 5)
    assert padded.transform == GRID


def test_a_box_beside_the_raster_gives_no_cells(tmp_path: Path) -> None:
    for box in [(X - 100, Y - 30, X - 50, Y), (X + 60, Y, X + 70, Y + 50), (X, Y - 900, X + 10, Y - 800)]:
        window = dem(tmp_path).window(box)
        assert window.values.size == 0
        assert window.valid.size == 0


def test_a_raster_in_memory_gives_the_same_windows(tmp_path: Path) -> None:
    layer = dem(tmp_path)
    twin = RasterLayer(
        name="dem", crs=layer.crs, transform=GRID, width=5, height=4, unit="m", array=np.arange(20.0).reshape(4, 5)
    )
    box = (X + 1, Y - 39, X + 31, Y - 11)
    ours, theirs = layer.window(box, 1), twin.window(box, 1)
    np.testing.assert_array_equal(ours.values, theirs.values)
    np.testing.assert_array_equal(ours.valid, theirs.valid)
    assert ours.transform == theirs.transform


@settings(max_examples=60)
@given(
    st.floats(-0.7, 0.7),
    st.tuples(st.floats(-60, 60), st.floats(-60, 60), st.floats(0.5, 40), st.floats(0.5, 40)),
)
def test_a_window_of_a_turned_grid_holds_every_cell_that_meets_the_box(
    turn: float, place: tuple[float, float, float, float]
) -> None:
    """The oracle is shapely: each cell as a polygon."""
    c, s = np.cos(turn) * 10, np.sin(turn) * 10
    grid = (c, s, -20.0, s, -c, 25.0)
    array = np.arange(20.0).reshape(4, 5)
    layer = RasterLayer(name="dem", crs="EPSG:26912", transform=grid, width=5, height=4, unit="m", array=array)
    x, y, width, height = place
    box = (x, y, x + width, y + height)
    window = layer.window(box)
    row, column = np.divmod(np.arange(20), 5)
    corners = [
        (grid[2] + c * (column + i) + s * (row + j), grid[5] + s * (column + i) - c * (row + j))
        for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]
    cells = shapely.polygons(np.stack([np.column_stack(corner) for corner in corners], axis=1))
    meets = shapely.area(shapely.intersection(cells, shapely.box(*box))) > 1e-9
    assert set(array.ravel()[meets]) <= set(window.values.ravel())
    if window.values.size:
        away = [window.transform[2] - grid[2], window.transform[5] - grid[5]]
        left, top = np.round(np.linalg.solve([[c, s], [s, -c]], away)).astype(int)
        assert window.values[0, 0, 0] == array[top, left]


def test_no_data_has_many_forms(tmp_path: Path) -> None:
    values = np.array([[1.0, np.nan, 3.4028234663852886e38, -9999.0, -3.4e38]], np.float32)
    write_raster(tmp_path / "a.tif", values, GRID, "EPSG:26912", nodata=3.4028234663852886e38)
    layer = open_raster("a", LayerUse(source="a.tif"), finder=finder(tmp_path), crs=UTM)
    window = layer.window((X, Y - 10, X + 50, Y))
    assert window.valid.tolist() == [[True, False, False, True, False]]
    own = LayerUse.model_validate({"source": "a.tif", "null": {"value": -9999}})
    window = open_raster("a", own, finder=finder(tmp_path), crs=UTM).window((X, Y - 10, X + 50, Y))
    assert window.valid.tolist() == [[True, False, False, False, False]]


def test_whole_centimetres_with_their_own_no_data(tmp_path: Path) -> None:
    values = np.array([[35_100, -2147483648, 0]], np.int32)
    write_raster(tmp_path / "a.tif", values, GRID, "EPSG:26912", nodata=-2147483648)
    layer = open_raster("a", LayerUse(source="a.tif", unit="cm"), finder=finder(tmp_path), crs=UTM)
    window = layer.window((X, Y - 10, X + 30, Y))
    assert window.values.dtype == np.int32
    assert window.valid.tolist() == [[True, False, True]]


def test_scaled_values_are_unscaled(tmp_path: Path) -> None:
    values = np.array([[100, 200, -1]], np.int16)
    write_raster(tmp_path / "a.tif", values, GRID, "EPSG:26912", nodata=-1, scales=(0.1,), offsets=(5.0,))
    window = open_raster("a", LayerUse(source="a.tif"), finder=finder(tmp_path), crs=UTM).window((X, Y - 10, X + 30, Y))
    np.testing.assert_allclose(window.values[0, 0, :2], [15.0, 25.0])
    assert window.valid.tolist() == [[True, True, False]]


def test_several_bands_are_valid_together(tmp_path: Path) -> None:
    values = np.array([[[1.0, 2.0]], [[np.nan, 2.0]]])
    write_raster(tmp_path / "a.tif", values, GRID, "EPSG:26912")
    window = open_raster("a", LayerUse(source="a.tif"), finder=finder(tmp_path), crs=UTM).window((X, Y - 10, X + 20, Y))
    assert window.values.shape == (2, 1, 2)
    assert window.valid.tolist() == [[False, True]]


def test_threads_may_read_one_raster(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 255, (300, 300)).astype(np.uint8)
    write_raster(tmp_path / "a.tif", values, GRID, "EPSG:26912")
    layer = open_raster("a", LayerUse(source="a.tif"), finder=finder(tmp_path), crs=UTM)

    def read(i: int) -> bool:
        window = layer.window((X + 10 * i, Y - 10 * i - 50, X + 10 * i + 50, Y - 10 * i))
        return bool((window.values[0] == values[i : i + 5, i : i + 5]).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, range(100)))


def test_a_raster_in_degrees_covers_its_true_extent(tmp_path: Path) -> None:
    """The northern edge is a parallel: in metres it is curved, so the extent needs vertices between its corners."""
    write_raster(tmp_path / "a.tif", np.zeros((20, 60)), (0.1, 0, -114.0, 0, -0.1, 34.0), "EPSG:4269")
    layer = open_raster("a", LayerUse(source="a.tif", unit="m"), finder=finder(tmp_path), crs=UTM)
    assert layer.coverage is not None
    middle = carry(np.array([[-111.0, 34.0]]), "EPSG:4269", "EPSG:26912")[0]
    assert layer.coverage.boundary.distance(shapely.Point(middle)) < 0.05
    assert layer.quality.added_vertices > 10
    assert layer.quality.read == 1200


def test_a_raster_without_a_crs_is_refused(tmp_path: Path) -> None:
    write_raster(tmp_path / "a.tif", np.zeros((2, 2)), GRID, None)
    with pytest.raises(CrsError) as error:
        open_raster("a", LayerUse(source="a.tif"), finder=finder(tmp_path), crs=UTM)
    assert str(error.value) == (
        "The layer 'a' (file 'a.tif') does not say which CRS it is in. Write crs: with its code under layers: a:."
    )
    corrected = open_raster("a", LayerUse(source="a.tif", crs="EPSG:26912"), finder=finder(tmp_path), crs=UTM)
    assert corrected.provenance["crs_of_file"] is None


def test_metres_labelled_as_degrees_are_refused(tmp_path: Path) -> None:
    write_raster(tmp_path / "a.tif", np.zeros((4, 5)), GRID, "EPSG:4269")
    with pytest.raises(CrsError) as error:
        open_raster("a", LayerUse(source="a.tif"), finder=finder(tmp_path), crs=UTM)
    assert str(error.value) == (
        "The layer 'a' (file 'a.tif') is in EPSG:4269 (NAD83), which is in degrees, but its cells run from "
        "400000 to 400050 and 3.69996e+06 to 3.7e+06: they look like metres or feet. "
        "Write crs: with the CRS that they are really in under layers: a:."
    )


def test_a_picture_without_a_place_is_refused(tmp_path: Path) -> None:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    with (
        pytest.warns(NotGeoreferencedWarning),
        rasterio.open(
            tmp_path / "a.tif", "w", driver="GTiff", count=1, width=2, height=2, dtype="uint8", crs="EPSG:26912"
        ) as target,
    ):
        target.write(np.zeros((1, 2, 2), np.uint8))
    with pytest.raises(CrsError) as error:
        open_raster("a", LayerUse(source="a.tif"), finder=finder(tmp_path), crs=UTM)
    assert str(error.value) == (
        "The layer 'a' (file 'a.tif') does not say where its cells lie (it has no geotransform). Georeference it first."
    )


def test_a_file_that_is_no_raster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_text("no", encoding="utf-8")
    with pytest.raises(DataError) as error:
        open_raster("a", LayerUse(source="a.tif"), finder=finder(tmp_path), crs=UTM)
    said = str(error.value)
    assert said.startswith("The layer 'a' (file 'a.tif') cannot be read as a raster: ")
    assert said.endswith(". Check the file, or download it again.")
    assert str(tmp_path) not in said


def test_a_raster_has_no_features_to_choose(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        dem(tmp_path, where="A > 1")
    assert str(error.value) == (
        "The layer 'dem' (file 'dem.tif') is a raster, which has no features to take where: from. Leave it out."
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"coverage": "mapped.gpkg"}, ", which covers its own extent but for its cells without data; "
         "it has coverage: 'mapped.gpkg'. Leave it out."),
        ({"units": {"value": "m"}}, ", for which units: means nothing. Write unit: with the unit of its cells."),
        ({"layer": "b"}, ", for which layer: means nothing. Save the layer that is meant as a file of its own."),
        ({"unknown": "exclude"}, ", for which unknown: means nothing. Leave it out."),
        ({"breaks_contiguity": False}, ", for which breaks_contiguity: means nothing. "
         "Write it at the cut, under usable:."),
        ({"null": {"band": -1}}, ", whose cells have one value that means 'no data', a number; it has null: "
         "{band: -1}. Write null: {value: -9999} with that number."),
        ({"null": {"value": [-1, 0]}}, ", whose cells have one value that means 'no data', a number; it has null: "
         "{value: -1, 0}. Write null: {value: -9999} with that number."),
        ({"null": {"value": "none"}}, ", whose cells have one value that means 'no data', a number; it has null: "
         "{value: none}. Write null: {value: -9999} with that number."),
    ],
)  # fmt: skip
def test_keys_that_mean_nothing_for_cells_are_refused(tmp_path: Path, entry: dict[str, object], said: str) -> None:
    with pytest.raises(StudyError) as error:
        dem(tmp_path, **entry)
    assert str(error.value) == f"The layer 'dem' (file 'dem.tif') is a raster{said}"
    assert dem(tmp_path, coverage="extent", null={"value": 7}).nodata == 7


def test_a_vector_layer_is_no_raster(tmp_path: Path) -> None:
    write(tmp_path / "ponds.gpkg", [shapely.Point(X, Y)])
    (tmp_path / "layers.csv").write_text("id,file\ncap_canal,ponds.gpkg\n", encoding="utf-8")
    place = finder(tmp_path, catalogue(), find_data_folder(tmp_path))
    with pytest.raises(StudyError) as error:
        open_raster("canal", LayerUse(source="cap_canal"), finder=place, crs=UTM)
    assert str(error.value) == (
        "The layer 'canal' has the source 'cap_canal', whose features are no cells; a raster is asked of it. "
        "Name a raster layer."
    )


def test_the_catalogue_knows_the_unit(tmp_path: Path) -> None:
    write_raster(tmp_path / "dem.tif", np.zeros((2, 2), np.int32), GRID, "EPSG:26912")
    (tmp_path / "layers.csv").write_text("id,file\nsample/dem,dem.tif\n", encoding="utf-8")
    place = finder(tmp_path, catalogue(), find_data_folder(tmp_path))
    layer = open_raster("dem", LayerUse(source="sample/dem"), finder=place, crs=UTM)
    assert layer.unit == "cm"
    assert layer.provenance["synthetic"] is True
    assert open_raster("dem", LayerUse(source="sample/dem", unit="m"), finder=place, crs=UTM).unit == "m"


@pytest.mark.data
def test_the_mislabelled_land_cover_of_rhode_island(data_folder: Path) -> None:
    """Labelled EPSG:3653, but metres of EPSG:32130: the table of the data folder corrects it, on the record."""
    place = finder(data_folder, catalogue(), find_data_folder(data_folder))
    crs = study_crs("EPSG:32130")
    layer = open_raster("cover", LayerUse(source="ri_land_cover"), finder=place, crs=crs)
    assert layer.crs == "EPSG:32130"
    assert layer.provenance["crs_of_file"] == "EPSG:3653"
    assert layer.provenance["operation"] == "none"
    west, south, east, north = layer.coverage.bounds  # type: ignore[union-attr]
    lon, lat = carry(np.array([[west, south], [east, north]]), "EPSG:32130", "EPSG:4326").T
    assert -72.0 < lon[0] < -71.8
    assert 41.9 < lat[1] < 42.1


@pytest.mark.data
def test_aachens_terrain_is_in_degrees(data_folder: Path) -> None:
    place = finder(data_folder, catalogue(), find_data_folder(data_folder))
    layer = open_raster("dem", LayerUse(source="aachen_elevation"), finder=place, crs=study_crs("EPSG:25832"))
    assert (layer.crs, layer.unit) == ("EPSG:4258", "m")
    window = layer.window((6.1, 50.7, 6.101, 50.701), 1)
    assert 4 <= window.valid.shape[0] <= 6
    assert window.valid.all()


def test_a_raster_that_says_that_it_is_invented(tmp_path: Path) -> None:
    import rasterio

    assert "synthetic" not in dem(tmp_path).provenance
    with rasterio.open(tmp_path / "dem.tif", "r+") as target:
        target.update_tags(note="SYNTHETIC: nothing here is real.")
    use = LayerUse.model_validate({"source": "dem.tif"})
    assert open_raster("dem", use, finder=finder(tmp_path), crs=UTM).provenance["synthetic"] is True


VRT = """<VRTDataset rasterXSize="5" rasterYSize="4"><SRS>EPSG:26912</SRS>
<GeoTransform>{x}, 10, 0, {y}, 0, -10</GeoTransform>
<VRTRasterBand dataType="Float64" band="1"><SimpleSource>
<SourceFilename relativeToVRT="1">{part}</SourceFilename><SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""


def test_every_file_of_a_mosaic_is_hashed(tmp_path: Path) -> None:
    """A mosaic of a mosaic of a tile: the tile's content is in the record, and a new tile changes it."""
    (tmp_path / "tiles").mkdir()
    for name, part in (("dem.vrt", "inner.vrt"), ("inner.vrt", "tiles/a.tif")):
        (tmp_path / name).write_text(VRT.format(x=X, y=Y, part=part))
    hashes = []
    for value in (1.0, 2.0):
        tile = write_raster(tmp_path / "tiles" / "a.tif", np.full((4, 5), value), GRID, "EPSG:26912")
        layer = open_raster("dem", LayerUse(source="dem.vrt"), finder=finder(tmp_path), crs=UTM)
        found = layer.provenance["sha256"]
        assert list(found) == ["dem.vrt", "inner.vrt", "tiles/a.tif"]
        assert found["tiles/a.tif"] == hashlib.sha256(tile.read_bytes()).hexdigest()
        assert layer.provenance["grid"] == {"transform": list(GRID), "size": [5, 4], "nodata": "None"}
        hashes.append(found)
    assert hashes[0]["inner.vrt"] == hashes[1]["inner.vrt"]
    assert hashes[0]["tiles/a.tif"] != hashes[1]["tiles/a.tif"]


def test_a_mosaic_that_stays_as_it_is_is_read_with_its_new_parts(tmp_path: Path) -> None:
    (tmp_path / "dem.vrt").write_text(VRT.format(x=X, y=Y, part="a.tif"))
    for value in (1.0, 2.0):
        write_raster(tmp_path / "a.tif", np.full((4, 5), value), GRID, "EPSG:26912")
        layer = open_raster("dem", LayerUse(source="dem.vrt"), finder=finder(tmp_path), crs=UTM)
        assert np.unique(layer.window((X, Y - 40, X + 50, Y)).values).tolist() == [value]


def test_what_lies_beside_a_raster_is_hashed(tmp_path: Path) -> None:
    (tmp_path / "dem.tif.aux.xml").write_text("<PAMDataset><Metadata/></PAMDataset>")
    assert list(dem(tmp_path).provenance["sha256"]) == ["dem.tif", "dem.tif.aux.xml"]


def test_a_part_that_is_on_another_machine_is_named(tmp_path: Path) -> None:
    (tmp_path / "dem.vrt").write_text(VRT.format(x=X, y=Y, part="away.tif"))
    layer = open_raster("dem", LayerUse(source="dem.vrt"), finder=finder(tmp_path), crs=UTM)
    said = "'away.tif' of the raster cannot be compared between runs: only files on this machine are."
    assert layer.quality.notes in ((), (said,)), "GDAL lists a part only where it can look for it"


def test_a_raster_that_changes_under_way_is_refused(tmp_path: Path) -> None:
    layer = dem(tmp_path)
    write_raster(tmp_path / "dem.tif", np.zeros((3, 5)), GRID, "EPSG:26912")
    with pytest.raises(DataError) as error:
        layer.window((X, Y - 40, X + 50, Y))
    assert str(error.value) == (
        "The layer 'dem' has changed since it was opened: its file 'dem.tif' had 5 x 4 cells and has 5 x 3 now, or "
        "lies elsewhere. Start again when nobody writes to it."
    )
    write_raster(tmp_path / "dem.tif", np.zeros((4, 5)), (10.0, 0.0, X + 10, 0.0, -10.0, Y), "EPSG:26912")
    with pytest.raises(DataError) as error:
        layer.window((X, Y - 40, X + 50, Y))
    assert str(error.value).startswith("The layer 'dem' has changed since it was opened")


def test_a_raster_that_is_written_again_on_its_grid_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one that was only touched or replaced by its copy: its content is the same."""
    monkeypatch.setattr(raster, "_TILES", TileCache(0))
    layer, path = dem(tmp_path), tmp_path / "dem.tif"
    before, content = path.stat(), path.read_bytes()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
    box = (X, Y - 40, X + 50, Y)
    values = layer.window(box).values
    path.unlink()
    path.write_bytes(content)
    np.testing.assert_array_equal(layer.window(box).values, values)
    write_raster(path, np.full((4, 5), 7.0), GRID, "EPSG:26912")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as some tools do
    with pytest.raises(DataError) as error:
        layer.window(box)
    assert str(error.value) == (
        "The layer 'dem' has changed since it was opened: its file 'dem.tif' was written again, and has other content "
        "now. Start again when nobody writes to it."
    )


def test_a_part_of_a_mosaic_that_is_written_again_is_refused(tmp_path: Path) -> None:
    write_raster(tmp_path / "a.tif", np.ones((4, 5)), GRID, "EPSG:26912")
    (tmp_path / "dem.vrt").write_text(VRT.format(x=X, y=Y, part="a.tif"))
    layer = open_raster("dem", LayerUse(source="dem.vrt"), finder=finder(tmp_path), crs=UTM)
    write_raster(tmp_path / "a.tif", np.full((4, 5), 2.0), GRID, "EPSG:26912")
    with pytest.raises(DataError) as error:
        layer.window((X, Y - 40, X + 50, Y))
    assert str(error.value) == (
        "The layer 'dem' has changed since it was opened: its file 'a.tif' was written again, and has other content "
        "now. Start again when nobody writes to it."
    )


def test_a_raster_that_goes_away_under_way_is_refused(tmp_path: Path) -> None:
    layer = dem(tmp_path)
    (tmp_path / "dem.tif").unlink()
    with pytest.raises(DataError) as error:
        layer.window((X, Y - 40, X + 50, Y))
    assert str(error.value) == (
        "The layer 'dem' cannot be read any more: its file 'dem.tif' went away, or was cut off, since it was opened. "
        "Put it back, and start again."
    )
