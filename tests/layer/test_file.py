"""Reading files: formats, filters, and every way in which a file can be broken."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, box

from siting.errors import CrsError, DataError
from siting.layer.file import Box, Features, file_hashes, read_features
from tests.layer.drawing import X, Y, write

ITEM = "The layer 'lots' (file 'lots')"


def read(path: Path, box_: Box | None = None, layer: str | None = None, crs: str | None = None) -> Features:
    return read_features(path, item=ITEM, fix="under layers: lots:.", layer=layer, crs=crs, box_in=lambda _: box_)


def squares() -> list[Any]:
    return [box(X + 100 * i, Y, X + 100 * i + 50, Y + 50) for i in range(4)]


COLUMNS = {"APN": ["0014", "14", "007", " 8"], "VALUE": ["  118,650", "1", "", None], "ACRES": [1.5, 2.0, np.nan, 4.0]}


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".shp", ".fgb"])
def test_the_formats_give_the_same_features(tmp_path: Path, suffix: str) -> None:
    found = read(write(tmp_path / f"lots{suffix}", squares(), COLUMNS))
    assert found.total == 4
    assert found.crs == "EPSG:26912"
    assert found.bounds == pytest.approx((X, Y, X + 350, Y + 50))
    order = np.argsort(found.geometry.bounds[:, 0])
    assert found.table["APN"].str.strip().to_numpy()[order].tolist() == ["0014", "14", "007", "8"], "ids stay text"
    assert found.table["ACRES"].to_numpy()[order].tolist() == pytest.approx([1.5, 2.0, np.nan, 4.0], nan_ok=True)
    assert shapely.area(found.geometry.as_objects()).tolist() == [2500.0] * 4
    assert sorted(found.row.tolist()) == sorted(set(found.row.tolist()))


def test_numbers_in_text_stay_text(tmp_path: Path) -> None:
    found = read(write(tmp_path / "lots.gpkg", squares(), COLUMNS))
    assert found.table["VALUE"].tolist()[:3] == ["  118,650", "1", ""]
    assert pd.isna(found.table["VALUE"].iloc[3])


def test_a_zipped_shapefile_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "lots.shp", squares(), COLUMNS)
    with zipfile.ZipFile(tmp_path / "lots.zip", "w") as archive:
        for part in sorted(tmp_path.glob("lots.*")):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    assert read(tmp_path / "lots.zip").table.equals(read(path).table)


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_only_what_meets_the_box_is_read(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"lots{suffix}", squares(), COLUMNS)
    found = read(path, (X + 90, Y, X + 210, Y + 10))
    assert sorted(found.table["APN"]) == ["007", "14"]
    assert found.total == 4
    assert found.bounds == pytest.approx((X, Y, X + 350, Y + 50)), "of the whole file"


def test_a_record_without_geometry_is_read_so_that_it_can_be_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "lots.parquet", [*squares()[:3], None], COLUMNS)
    found = read(path, (X, Y, X + 10, Y + 10))
    assert found.table["APN"].tolist() == ["0014", " 8"]


def test_one_of_several_layers(tmp_path: Path) -> None:
    path = write(tmp_path / "lots.gpkg", squares(), layer="big")
    write(path, [Point(X, Y)], layer="small")
    assert len(read(path, layer="big").row) == 4
    with pytest.raises(DataError) as error:
        read(path)
    assert str(error.value) == (
        f"{ITEM} holds several layers: 'big', 'small'. Write layer: with one of them under layers: lots:."
    )
    with pytest.raises(DataError) as error:
        read(path, layer="bigg")
    assert str(error.value) == f"{ITEM} has no layer 'bigg'. Did you mean 'big'? It holds 'big', 'small'."


def test_a_file_that_does_not_name_its_crs_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "lots.shp", squares())
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError) as error:
        read(path)
    assert str(error.value) == (
        f"{ITEM} does not say which CRS its coordinates are in. Write crs: with its code under layers: lots:."
    )
    assert read(path, crs="EPSG:26912").crs == "EPSG:26912"
    assert read(path, crs="EPSG:26912").crs_of_file == ""


@pytest.mark.parametrize("suffix", [".geojson", ".parquet"])
def test_metres_labelled_as_degrees_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lots{suffix}"
    if suffix == ".geojson":
        feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(squares()[0]))}
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    else:
        write(path, squares()[:1], crs="EPSG:4326")
    with pytest.raises(CrsError) as error:
        read(path)
    assert str(error.value) == (
        f"{ITEM} is labelled EPSG:4326 (WGS 84), which is in degrees, but its coordinates run from "
        "400000 to 400050 and 3.7e+06 to 3.70005e+06: they look like metres or feet. "
        "Write crs: with the CRS that they are really in under layers: lots:."
    )
    corrected = read(path, crs="EPSG:26912")
    assert (corrected.crs, corrected.crs_of_file) == ("EPSG:26912", "EPSG:4326")


def test_a_geojson_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.geojson", [Point(-112 + i / 100, 33) for i in range(40)], crs="EPSG:4326")
    cut = tmp_path / "lots.geojson"
    text = whole.read_text(encoding="utf-8")
    cut.write_text(text[: text.index('"properties"', 2000) + 6], encoding="utf-8")
    with pytest.raises(DataError) as error:
        read(cut)
    said = str(error.value)
    assert said.startswith(f"{ITEM} is damaged or was cut off: at line ")
    assert said.endswith(": unterminated string. Download it again.")


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lots.gpkg"
    path.write_text("not a database", encoding="utf-8")
    with pytest.raises(DataError) as error:
        read(path)
    said = str(error.value)
    assert said.startswith(f"{ITEM} cannot be read: ")
    assert said.endswith(" Check that it is a vector file, or download it again.")


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"APN": ["1"]}).to_parquet(tmp_path / "lots.parquet")
    with pytest.raises(DataError) as error:
        read(tmp_path / "lots.parquet")
    assert str(error.value) == (
        f"{ITEM} is a Parquet file without geometry (no 'geo' metadata). Name a GeoParquet file."
    )
    (tmp_path / "lots.csv").write_text("APN,ACRES\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        read(tmp_path / "lots.csv", crs="EPSG:26912")
    assert str(error.value) == (
        f"{ITEM} has no geometry: it is a plain table. Name a layer with points, lines or polygons."
    )


def test_parquet_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lots.parquet").write_bytes(b"PAR1 or not")
    with pytest.raises(DataError) as error:
        read(tmp_path / "lots.parquet")
    said = str(error.value)
    assert said.startswith(f"{ITEM} cannot be read as Parquet: ")
    assert said.endswith(" Download it again.")


def test_hashes_cover_every_file_of_a_shapefile(tmp_path: Path) -> None:
    path = write(tmp_path / "lots.shp", [LineString([(X, Y), (X + 1, Y)])])
    hashes = file_hashes(path)
    assert set(hashes) == {"lots.shp", "lots.shx", "lots.dbf", "lots.prj", "lots.cpg"}
    assert hashes["lots.shp"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.data
def test_the_broken_files_as_they_were_found(data_folder: Path) -> None:
    traps = data_folder / "traps"
    with pytest.raises(DataError) as error:
        read(traps / "truncated_substations.geojson")
    assert str(error.value) == (
        f"{ITEM} is damaged or was cut off: at line 1, character 38575: unterminated string. Download it again."
    )
    with pytest.raises(CrsError) as crs_error:
        read(traps / "geojson_utm_coords_no_crs.geojson")
    assert str(crs_error.value) == (
        f"{ITEM} is labelled EPSG:4326 (WGS 84), which is in degrees, but its coordinates run from "
        "616267 to 1.47029e+06 and 3.44527e+06 to 4.83538e+06: they look like metres or feet. "
        "Write crs: with the CRS that they are really in under layers: lots:."
    )
    with pytest.raises(CrsError) as crs_error:
        read(data_folder / "rhode-island" / "parcels.gpkg")
    assert str(crs_error.value) == (
        f"{ITEM} has a CRS without a known name or datum: 'Undefined geographic SRS'. "
        "Write crs: with the code of the right one, such as EPSG:4326, under layers: lots:."
    )


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_a_file_that_says_that_it_is_invented(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"lots{suffix}", squares(), COLUMNS)
    assert not read(path).synthetic
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        metadata = {**table.schema.metadata, b"note": b"SYNTHETIC: nothing here is real."}
        pq.write_table(table.replace_schema_metadata(metadata), path)
    else:
        import geopandas as gpd

        path.unlink()
        frame = gpd.GeoDataFrame(COLUMNS, geometry=squares(), crs="EPSG:26912")
        frame.to_file(path, layer="lots_SYNTHETIC", engine="pyogrio")
    assert read(path).synthetic


def test_records_without_geometry_of_a_flatgeobuf_are_read(tmp_path: Path) -> None:
    """The driver's own Arrow stream ends the interpreter at such a record, which only a file without index may hold."""
    path = write(tmp_path / "lots.fgb", [squares()[0], None, *squares()[2:]], COLUMNS, SPATIAL_INDEX="NO")
    found = read(path)
    assert found.row.tolist() == [0, 1, 2, 3]
    assert found.table["APN"].tolist() == COLUMNS["APN"]
    assert [shape is None for shape in found.geometry.as_objects()] == [False, True, False, False]
