from __future__ import annotations

import csv
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import DataError, RunError
from siting.export import (
    GPKG_COLUMNS,
    ROWS_PER_GROUP,
    arrow_table,
    as_written,
    wkb_of,
    write_csv,
    write_gpkg,
    write_json,
    write_parquet,
    write_text,
)
from siting.shapes import Shapes

CRS = "EPSG:26912"


def squares(n: int) -> Shapes:
    x = 400_000.0 + 10 * np.arange(n)
    return Shapes.from_geometries(shapely.box(x, 3_600_000, x + 8, 3_600_008))


def ranking(n: int) -> pa.Table:
    return pa.table(
        {
            "id": [f"p{i}" for i in range(n)],
            "score": pa.array([None if i == 1 else i / 4 for i in range(n)], pa.float64()),
            "rank": pa.array([None if i == 1 else i for i in range(n)], pa.int32()),
            "reasons": pa.array([["flood", "too small"] if i == 1 else [] for i in range(n)], pa.list_(pa.string())),
            "tier": pa.array(["high"] * n).dictionary_encode(),
        }
    )


WRITERS = {
    "parquet": lambda path: write_parquet(path, ranking(5), squares(5), crs=CRS, units={"score": "points"}),
    "gpkg": lambda path: write_gpkg(path, ranking(5), squares(5), crs=CRS, layer="ranking"),
    "csv": lambda path: write_csv(path, ranking(5)),
    "json": lambda path: write_json(path, {"b": 1, "a": [np.int64(2), None]}),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_content_gives_the_same_bytes_on_another_day_and_leaves_nothing_beside(
    kind: str, tmp_path: Path
) -> None:
    first, second = tmp_path / f"first.{kind}", tmp_path / "below" / f"second.{kind}"
    WRITERS[kind](first)
    time.sleep(1.1 if kind == "gpkg" else 0)
    WRITERS[kind](second)
    WRITERS[kind](second)
    assert first.read_bytes() == second.read_bytes()
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [first.name]
    assert list(second.parent.iterdir()) == [second]


def test_parquet_is_geoparquet_with_units_in_study_order(tmp_path: Path) -> None:
    path = tmp_path / "ranking.parquet"
    write_parquet(path, ranking(5), squares(5), crs=CRS, units={"score": "points"}, metadata={"study": "SYNTHETIC"})
    schema = pq.read_schema(path)
    assert schema.names == ["id", "score", "rank", "reasons", "tier", "geometry"]
    assert schema.field("score").metadata[b"unit"] == b"points"
    assert schema.metadata[b"study"] == b"SYNTHETIC"
    assert b"pandas" not in schema.metadata
    frame = gpd.read_parquet(path)
    assert frame.crs == CRS
    assert frame.geometry.area.tolist() == [64.0] * 5
    assert frame.total_bounds.tolist() == [400_000.0, 3_600_000.0, 400_048.0, 3_600_008.0]
    assert frame["score"].isna().tolist() == [False, True, False, False, False]


def test_row_groups_do_not_depend_on_the_chunks_of_the_table(tmp_path: Path) -> None:
    n = ROWS_PER_GROUP + 10
    whole, shapes = pa.table({"id": np.arange(n)}), squares(n)
    pieces = pa.concat_tables([whole.slice(0, 7), whole.slice(7, 1_000), whole.slice(1_007)])
    write_parquet(tmp_path / "a.parquet", whole, shapes, crs=CRS)
    write_parquet(tmp_path / "b.parquet", pieces, shapes, crs=CRS)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    meta = pq.read_metadata(tmp_path / "a.parquet")
    assert [meta.row_group(i).num_rows for i in range(meta.num_row_groups)] == [ROWS_PER_GROUP, 10]


def test_nothing_to_write_is_still_a_file(tmp_path: Path) -> None:
    nothing = Shapes.from_geometries([], "polygon")
    write_parquet(tmp_path / "none.parquet", ranking(0), nothing, crs=CRS)
    write_gpkg(tmp_path / "none.gpkg", ranking(0), nothing, crs=CRS, layer="ranking")
    assert len(gpd.read_parquet(tmp_path / "none.parquet")) == 0
    assert pyogrio.read_info(tmp_path / "none.gpkg")["features"] == 0


def test_gpkg_has_its_layer_and_plain_columns(tmp_path: Path) -> None:
    path = tmp_path / "ranking.gpkg"
    write_gpkg(path, ranking(5), squares(5), crs=CRS, layer="ranking")
    assert pyogrio.list_layers(path).tolist() == [["ranking", "MultiPolygon"]]
    frame = gpd.read_file(path)
    assert frame.columns.tolist() == ["id", "score", "rank", "reasons", "tier", "geometry"]
    assert frame.crs == CRS
    assert frame["reasons"].tolist() == ["", "flood; too small", "", "", ""]
    assert frame["tier"].tolist() == ["high"] * 5
    assert frame.geometry.area.tolist() == [64.0] * 5


def test_csv_quotes_and_empties(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    table = pa.table({"id": ['a"b', "c,d"], "score": pa.array([1.5, None]), "why": pa.array([["x", "y"], None])})
    write_csv(path, table)
    assert path.read_text() == '"id","score","why"\n"a""b",1.5,"x; y"\n"c,d",,\n'


def test_json_is_sorted_and_refuses_what_json_lacks(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    write_json(path, {"ü": 1, "a": np.array([1.0, 2.0])})
    assert path.read_text(encoding="utf-8") == '{\n  "a": [\n    1.0,\n    2.0\n  ],\n  "ü": 1\n}\n'
    with pytest.raises(DataError) as e:
        write_json(path, {"a": float("nan")})
    assert str(e.value) == (
        "JSON has no NaN and no infinity, and the content to write holds one. Say null or a text instead."
    )
    assert json.loads(path.read_text(encoding="utf-8"))["ü"] == 1  # the old file is untouched


def test_rows_and_geometries_must_match(tmp_path: Path) -> None:
    with pytest.raises(DataError) as e:
        write_parquet(tmp_path / "x.parquet", ranking(3), squares(2), crs=CRS)
    assert str(e.value) == "A table of 3 rows and 2 geometries cannot be one file. Give one geometry a row."


def test_a_unit_needs_its_column(tmp_path: Path) -> None:
    with pytest.raises(DataError) as e:
        write_parquet(tmp_path / "x.parquet", ranking(3), squares(3), crs=CRS, units={"scor": "points"})
    assert str(e.value) == (
        "The unit 'points' is for the column 'scor', which the table does not have. Give units for its columns only."
    )
    assert not list(tmp_path.iterdir())


def test_a_failed_replacement_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "map.html"
    write_text(path, "old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(RunError) as e:
        write_text(path, "new")
    assert str(e.value) == (
        f"'map.html' could not be written to the folder '{tmp_path}': No space left on device. "
        "Free some space or choose another folder, then run again."
    )
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["parquet", "gpkg", "csv"])
def test_a_file_system_that_takes_no_more_is_a_clear_error(kind: str, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    shapes, table = squares(20_000), pa.table({"id": np.random.default_rng(1).random(20_000).astype(str)})
    path = tmp_path / f"big.{kind}"
    write = {
        "parquet": lambda: write_parquet(path, table, shapes, crs=CRS),
        "gpkg": lambda: write_gpkg(path, table, shapes, crs=CRS, layer="big"),
        "csv": lambda: write_csv(path, table),
    }[kind]
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, limit[1]))
    try:
        with pytest.raises(RunError) as e:
            write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert str(e.value).startswith(f"'big.{kind}' could not be written to the folder '{tmp_path}': ")
    assert not list(tmp_path.iterdir())


def test_csv_holds_no_formulas(tmp_path: Path) -> None:
    """Text that begins like a formula gets an apostrophe, numbers as text do not; the way back is exact."""
    texts = ["=HYPERLINK(1)", "+1-2", "-5", "-5.5e3", "- 5", "@x", "'=x", "'tis", "a=b", "", None, "\tx"]
    path = tmp_path / "t.csv"
    write_csv(path, pa.table({"=id": texts, "n": list(range(-6, 6))}))
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    written = [row[0] for row in rows]
    assert written == [
        "'=id", "'=HYPERLINK(1)", "'+1-2", "-5", "-5.5e3", "'- 5", "'@x", "''=x", "'tis", "a=b", "", "", "'\tx",
    ]  # fmt: skip
    assert [as_written(text) for text in written[1:]] == [text or "" for text in texts]
    assert [row[1] for row in rows[1:3]] == ["-6", "-5"]


def test_types_that_a_geopackage_does_not_have_are_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "t": pa.array([1, None], pa.duration("s")),
            "d": pa.array([Decimal("1.50"), None]),
            "s": pa.array([{"a": 1}, None]),
            "l": pa.array([[1, 2], None]),
        }
    )
    write_gpkg(tmp_path / "t.gpkg", table, np.array([shapely.Point(0, 0)] * 2), crs="EPSG:26912", layer="t")
    found = gpd.read_file(tmp_path / "t.gpkg")
    assert found.iloc[0][["t", "d", "s", "l"]].tolist() == ["0:00:01", "1.50", "{'a': 1}", "1; 2"]
    assert found.iloc[1][["t", "d", "s", "l"]].isna().all()


def test_a_geopackage_takes_as_many_columns_as_are_said(tmp_path: Path) -> None:
    table = pa.table({f"c{i}": [i] for i in range(GPKG_COLUMNS)})
    write_gpkg(tmp_path / "t.gpkg", table, np.array([shapely.Point(0, 0)]), crs="EPSG:26912", layer="t")
    assert len(pyogrio.read_info(tmp_path / "t.gpkg")["fields"]) == GPKG_COLUMNS


@given(
    rings=st.lists(st.integers(0, 6), max_size=8),
    parts=st.lists(st.sampled_from(["one", "hole", "two", "none"]), max_size=8),
)
def test_wkb_is_that_of_shapely(rings: list[int], parts: list[str]) -> None:
    """Shapes of one ring do not go through GEOS, and have its bytes all the same."""
    square = shapely.box(0, 0, 9, 9)
    drawn: list[Any] = [shapely.Point(i, 1 / 3).buffer(1, quad_segs=1 + i) for i in rings]
    more = {
        "one": square, "hole": square - shapely.box(1, 1, 2, 2), "none": shapely.Polygon(),
        "two": shapely.MultiPolygon([square, shapely.box(20, 0, 21, 1)]),
    }  # fmt: skip
    shapes = Shapes.from_geometries([*drawn, *(more[part] for part in parts)], "polygon")
    assert wkb_of(shapes).to_pylist() == list(shapely.to_wkb(shapes.geometries, byte_order=1))


def test_text_of_objects_is_text_and_gaps_are_null() -> None:
    made = arrow_table({"a": np.array(["x", None, np.nan, ""], object), "b": np.array([b"y", "z", None, 1], object)})
    assert made.column("a").to_pylist() == ["x", None, None, ""]
    assert made.column("b").to_pylist() == ["b'y'", "z", None, "1"]


def test_whole_numbers_beyond_64_bits_are_text() -> None:
    far = np.array([-(2**63) - 1, 0, 1], object)
    made = arrow_table({"id": np.array([2**64, None, 7], object), "far": far})
    assert made.column("id").to_pylist() == ["18446744073709551616", None, "7"]
    assert made.column("far").to_pylist() == ["-9223372036854775809", "0", "1"]
