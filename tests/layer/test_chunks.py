"""Reading in chunks: together the chunks are the file, whatever their size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import box

from siting.errors import DataError
from siting.layer.chunks import ChunkedFile, open_chunks
from siting.layer.file import read_features
from siting.shapes import Shapes
from tests.layer.drawing import X, Y, write

ITEM = "The layer 'lots' (file 'lots')"
FIX = "under layers: lots:."


def opened(path: Path, layer: str | None = None) -> ChunkedFile:
    return open_chunks(path, item=ITEM, fix=FIX, layer=layer)


def lots(path: Path, count: int = 11, **options: Any) -> Path:
    shapes = [box(X + 100 * i, Y, X + 100 * i + 50, Y + 50) for i in range(count)]
    return write(path, shapes, {"APN": [f"{i:03}" for i in range(count)], "N": range(count)}, **options)


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".fgb", ".shp", ".geojson"])
@pytest.mark.parametrize("size", [1, 4, 11, 1000])
def test_the_chunks_together_are_the_features_of_the_file(tmp_path: Path, suffix: str, size: int) -> None:
    path = lots(tmp_path / f"lots{suffix}")
    whole = read_features(path, item=ITEM, fix=FIX, layer=None, crs=None, box_in=lambda _: None)
    file = opened(path)
    chunks = list(file.chunks(size))
    assert [len(chunk.row) for chunk in chunks] == [size] * (11 // size) + [11 % size] * (11 % size > 0)
    assert (file.total, file.crs_of_file, file.names) == (whole.total, whole.crs_of_file, list(whole.table))
    assert file.synthetic == whole.synthetic
    assert np.concatenate([chunk.row for chunk in chunks]).tolist() == whole.row.tolist()
    shapes = Shapes.joined([chunk.geometries().shapes("polygon")[0] for chunk in chunks])
    assert shapes.coords.tolist() == whole.geometry.shapes("polygon")[0].coords.tolist()
    table = pa.concat_tables([chunk.table for chunk in chunks])
    pd.testing.assert_frame_equal(file.conversion.frame(table), whole.table)
    assert file.bounds is None or file.bounds == whole.bounds
    assert file.record_bytes > 50


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    for suffix in (".parquet", ".gpkg"):
        file = opened(lots(tmp_path / f"lots{suffix}"))
        chunk = next(file.chunks(5, ["N"], geometry=False))
        assert chunk.table.column_names == ["N"]
        assert len(chunk.geometries()) == 0
        assert len(next(file.chunks(5, ["N"])).geometries()) == 5


def test_one_of_several_layers(tmp_path: Path) -> None:
    path = lots(tmp_path / "lots.gpkg", layer="big")
    lots(path, 3, layer="small")
    assert opened(path, "small").total == 3
    with pytest.raises(DataError) as error:
        opened(path)
    assert str(error.value) == f"{ITEM} holds several layers: 'big', 'small'. Write layer: with one of them {FIX}"


def test_a_file_that_is_no_vector_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lots.gpkg"
    path.write_text("not a database", encoding="utf-8")
    with pytest.raises(DataError) as error:
        opened(path)
    assert str(error.value).startswith(f"{ITEM} cannot be read: ")
    assert str(error.value).endswith(" Check that it is a vector file, or download it again.")
    pd.DataFrame({"APN": ["1"]}).to_parquet(tmp_path / "lots.parquet")
    with pytest.raises(DataError) as error:
        opened(tmp_path / "lots.parquet")
    assert str(error.value) == (
        f"{ITEM} is a Parquet file without geometry (no 'geo' metadata). Name a GeoParquet file."
    )


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    import pyogrio

    pyogrio.write_dataframe(pd.DataFrame({"A": [1]}), tmp_path / "table.gpkg")
    with pytest.raises(DataError) as error:
        opened(tmp_path / "table.gpkg")
    assert str(error.value) == (
        f"{ITEM} has no geometry: it is a plain table. Name a layer with points, lines or polygons."
    )


def test_a_geometry_that_is_none_is_told_with_its_place(tmp_path: Path) -> None:
    path = lots(tmp_path / "lots.parquet")
    table = pq.read_table(path)
    at = table.column_names.index("geometry")
    broken = [*table.column("geometry").to_pylist()[:6], b"\x01\x09", *table.column("geometry").to_pylist()[7:]]
    pq.write_table(
        table.set_column(at, "geometry", pa.array(broken)).replace_schema_metadata(table.schema.metadata), path
    )
    chunks = list(opened(path).chunks(4))
    assert len(chunks[0].geometries()) == 4
    with pytest.raises(DataError) as error:
        chunks[1].geometries()
    said = str(error.value)
    assert said.startswith(f"{ITEM} has a geometry that cannot be read, between the records 4 and 7: ")
    assert said.endswith(" Download it again.")


def test_columns_of_pandas_own_types_come_back_as_such(tmp_path: Path) -> None:
    path = write(
        tmp_path / "lots.parquet", [box(X, Y, X + 1, Y + i + 1) for i in range(5)],
        {"GAPS": pd.array([1, None, 3, 4, 5], dtype="Int64"), "N": range(5)},
    )  # fmt: skip
    file = opened(path)
    table = pa.concat_tables([chunk.table for chunk in file.chunks(2)])
    assert file.conversion.frame(table)["GAPS"].dtype == "Int64"


def test_rows_are_the_numbers_of_the_file(tmp_path: Path) -> None:
    """A GeoPackage counts from 1, and leaves out what was deleted."""
    import sqlite3

    path = lots(tmp_path / "lots.gpkg")
    with sqlite3.connect(path) as base:
        for name in ("rtree_lots_geom_delete", "trigger_delete_feature_count_lots"):
            base.execute(f"DROP TRIGGER IF EXISTS {name}")
        triggers = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in triggers:
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute("DELETE FROM lots WHERE fid = 3")
    base.close()
    rows = np.concatenate([chunk.row for chunk in opened(path).chunks(4)])
    assert rows.tolist() == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]


def test_an_empty_file_has_no_chunks(tmp_path: Path) -> None:
    import geopandas

    frame = geopandas.GeoDataFrame({"APN": pd.Series([], dtype="str")}, geometry=[], crs="EPSG:26912")
    frame.to_parquet(tmp_path / "lots.parquet")
    file = opened(tmp_path / "lots.parquet")
    assert [len(chunk.row) for chunk in file.chunks(4)] in ([], [0])
    assert file.total == 0
