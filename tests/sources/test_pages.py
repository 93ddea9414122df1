"""Pages become one file: every feature once, in order, with columns that fit all pages; never all in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from siting.errors import SourceError
from siting.sources.pages import WHOLE, Page, Parts, check_linear, read_page, write_features

ITEM = "The layer 'ponds'"


def page(*rows: dict[str, Any], crs: str = "EPSG:4326") -> Page:
    features = [
        {
            "type": "Feature",
            "properties": {key: value for key, value in row.items() if key != "at"},
            "geometry": None if row.get("at") is None else {"type": "Point", "coordinates": row["at"]},
        }
        for row in rows
    ]
    read = read_page(json.dumps({"type": "FeatureCollection", "features": features}).encode(), ITEM)
    return Page(table=read.table, crs=crs)


def test_pages_with_other_columns_and_types_become_one_file(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", "plan")
    parts.add(1, page({"A": 2.5, "B": "x", "at": [3, 4]}))
    parts.add(0, page({"A": 1, "B": None, "at": [1, 2]}))
    parts.add(2, page({"A": None, "B": "y", "C": True, "at": None}))
    joined = parts.join(tmp_path / "out.parquet")
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert (joined.features, joined.bounds, joined.pages) == (3, (1.0, 2.0, 3.0, 4.0), 3)
    assert got["A"].tolist()[:2] == [1.0, 2.5]
    assert got["B"].tolist()[1:] == ["x", "y"]
    assert got["C"].tolist()[2] is True
    assert got.geometry.isna().tolist() == [False, False, True]
    assert got.crs == "EPSG:4326"
    assert not (tmp_path / "parts").exists()


def test_a_column_that_is_a_number_here_and_text_there_becomes_text(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", "plan")
    parts.add(0, page({"ZONE": 12, "at": [1, 2]}))
    parts.add(1, page({"ZONE": "R-1", "at": [1, 2]}))
    parts.join(tmp_path / "out.parquet")
    assert gpd.read_parquet(tmp_path / "out.parquet")["ZONE"].tolist() == ["12", "R-1"]


def test_a_field_of_lists_is_left_out_and_told() -> None:
    text = b'{"type":"Feature","properties":{"A":1,"L":[1,2]},"geometry":{"type":"Point","coordinates":[1,2]}}'
    read = read_page(b'{"type":"FeatureCollection","features":[%s]}' % text, ITEM)
    assert read.table.column_names == ["A", "geometry"]
    assert read.notes == ("The field 'L' holds lists and is left out.",)


def test_a_row_group_is_a_page(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", "plan")
    for number in range(4):
        parts.add(number, page(*({"A": n, "at": [n, number]} for n in range(50))))
    parts.join(tmp_path / "out.parquet", whole={"features": 900, "bounds": [0, 0, 9, 9]})
    metadata = pq.read_metadata(tmp_path / "out.parquet")
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [50] * 4
    assert json.loads(metadata.metadata[WHOLE]) == {"features": 900, "bounds": [0, 0, 9, 9]}


def test_the_pages_of_another_plan_are_thrown_away(tmp_path: Path) -> None:
    Parts(tmp_path / "parts", "one").add(0, page({"A": 1, "at": [1, 2]}))
    assert Parts(tmp_path / "parts", "one").kept == 1
    assert Parts(tmp_path / "parts", "other").kept == 0


def test_pages_in_several_crs_are_refused(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", "plan")
    parts.add(0, page({"A": 1, "at": [1, 2]}))
    parts.add(1, page({"A": 1, "at": [1, 2]}, crs="EPSG:2223"))
    with pytest.raises(SourceError) as error:
        parts.join(tmp_path / "out.parquet")
    assert str(error.value) == (
        "The pages of a layer came in several CRS (EPSG:2223, EPSG:4326). Its server is out of order; try again later."
    )


@pytest.mark.parametrize(
    ("wkb", "what"),
    [
        ("010a000000010000000108000000" + "03000000" + "00" * 48, "true curves, as CurvePolygon in 1"),
        ("010800000003000000" + "00" * 48, "true curves, as CircularString in 1"),
        ("010f00000000000000", "multipatches (solids), as PolyhedralSurface in 1"),
    ],
)
def test_curves_and_solids_are_refused(wkb: str, what: str) -> None:
    shapes = pa.array([shapely.Point(0, 0).wkb, None, bytes.fromhex(wkb)], pa.binary())
    with pytest.raises(SourceError) as error:
        check_linear(shapes, ITEM)
    assert str(error.value) == (
        f"{ITEM} holds {what} of its features, and making them straight would guess their shape. Ask its publisher for "
        "straight edges, or convert it with a tolerance that you choose."
    )


def test_straight_shapes_pass_in_any_byte_order_and_dimension() -> None:
    shapes = [shapely.Point(1, 2), shapely.Point(1, 2, 3), shapely.box(0, 0, 1, 1), shapely.MultiPoint([(0, 0)])]
    for order in (0, 1):
        check_linear(pa.array([shapely.to_wkb(shape, byte_order=order) for shape in shapes], pa.binary()), ITEM)
    check_linear(pa.array([], pa.binary()), ITEM)


def test_what_is_no_features_is_refused() -> None:
    with pytest.raises(SourceError) as error:
        read_page(b'{"hello": 1}', ITEM)
    assert str(error.value).startswith(f"{ITEM} answers with something that GDAL cannot read as features: ")


def test_a_file_without_features_keeps_its_columns(tmp_path: Path) -> None:
    schema = pa.schema([("A", pa.int64()), ("geometry", pa.binary())])
    joined = write_features(tmp_path / "out.parquet", iter(()), schema, crs="EPSG:2223")
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert (joined.features, joined.bounds, len(got)) == (0, None, 0)
    assert (list(got.columns), got.crs) == (["A", "geometry"], "EPSG:2223")


_VRT = (
    '<OGRVRTDataSource><!-- <kml --><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>"
)
_STEPS = '{{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read {} ! reproject"}}'


@pytest.mark.parametrize("name", ["a.gml", "a.csv", "a.kml", "a.json", "a.geojson", ""])
@pytest.mark.parametrize("text", [_VRT, _STEPS])
@pytest.mark.parametrize("target", ["secret.geojson", "/vsicurl/http://127.0.0.1/secret.geojson"])
def test_what_points_elsewhere_is_never_opened(tmp_path: Path, name: str, text: str, target: str) -> None:
    from siting.sources.files import _check_kind

    data = text.format(target).encode()
    (tmp_path / (name or "page")).write_bytes(data)
    with pytest.raises(SourceError) as error:
        _check_kind(tmp_path / name, "The layer 'x'") if name else read_page(data, "The layer 'x'")
    assert str(error.value) == (
        "The layer 'x' is no data of its own, but tells GDAL to read other files or addresses, which siting does not "
        "open. Ask its publisher, or name another source."
    )
