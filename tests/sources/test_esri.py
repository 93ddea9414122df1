"""Esri JSON read by Arrow is what GDAL reads; what is not plain is left to GDAL."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.sources.arcgis_layer import ArcgisLayer
from siting.sources.esri import read_esri
from siting.sources.pages import read_page
from tests.sources.servers.arcgis import TYPES, _esri

FIELDS = {"OBJECTID": "integer", "T": "text", "N": "number", "D": "date"}
KINDS = ["OID", "String", "Double", "Date"]


def layer(kind: str) -> ArcgisLayer:
    return ArcgisLayer(url="", name="", kind=kind, fields=FIELDS, oid="OBJECTID", most=9, crs="EPSG:2223", offsets=True)


def text(kind: str, geometries: list[Any], *, n: Any = 1.5) -> bytes:
    rows = [
        {"attributes": {"OBJECTID": i + 1, "T": f"t{i}", "N": n, "D": 1_700_000_000_000}, "geometry": geometry}
        for i, geometry in enumerate(geometries)
    ]
    fields = [{"name": name, "type": f"esriFieldType{k}"} for name, k in zip(FIELDS, KINDS, strict=True)]
    head = {"geometryType": TYPES[kind], "spatialReference": {"wkid": 2223}, "fields": fields}
    return json.dumps({"objectIdFieldName": "OBJECTID", **head, "features": rows}).encode()


def shapes(page: Any) -> np.ndarray:
    return np.asarray(shapely.from_wkb(page.table["geometry"].to_numpy(zero_copy_only=False)))


def assert_as_gdal(kind: str, geometries: list[Any]) -> np.ndarray:
    data = text(kind, geometries)
    own, gdal = read_esri(data, layer(kind), ()), read_page(data, "The layer")
    assert own is not None
    assert own.crs == gdal.crs == "EPSG:2223"
    assert own.table["T"].to_pylist() == gdal.table["T"].to_pylist()
    assert own.table["N"].to_pylist() == gdal.table["N"].to_pylist()
    assert own.table["OBJECTID"].to_pylist() == gdal.table["OBJECTID"].to_pylist()
    assert own.table["D"].to_pylist() == gdal.table["D"].to_pylist()
    mine, theirs = shapes(own), shapes(gdal)
    assert [g is None for g in mine] == [g is None for g in theirs]
    there = np.array([g is not None for g in mine], bool)
    assert shapely.equals(mine[there], theirs[there]).all()
    return mine


SQUARE = shapely.box(0, 0, 10, 10)
RING = SQUARE.difference(shapely.box(2, 2, 4, 4)).difference(shapely.box(6, 6, 8, 8))


@pytest.mark.parametrize(
    ("kind", "drawn"),
    [
        ("point", [shapely.Point(1, 2), None, shapely.Point(3.25, 4)]),
        ("line", [shapely.LineString([(0, 0), (1, 1)]), None, shapely.MultiLineString([[(0, 0), (1, 0)], [(5, 5), (6, 6)]])]),  # noqa: E501
        ("polygon", [SQUARE, RING, None, shapely.MultiPolygon([SQUARE, shapely.box(20, 0, 30, 10)])]),
        ("polygon", [shapely.MultiPolygon([shapely.box(3, 3, 3.5, 3.5), RING])]),  # an island in the hole
        ("polygon", []),
    ],
)  # fmt: skip
def test_it_is_what_gdal_reads(kind: str, drawn: list[Any]) -> None:
    read = assert_as_gdal(kind, [None if shape is None else _esri(shape) for shape in drawn])
    for mine, shape in zip(read, drawn, strict=True):
        assert (mine is None) == (shape is None)
        assert shape is None or mine.equals(shape)


@given(st.lists(st.tuples(st.integers(3, 9), st.integers(1, 3), st.booleans()), min_size=1, max_size=6))
@settings(max_examples=30)
def test_it_is_what_gdal_reads_of_any_stars(plots: list[tuple[int, int, bool]]) -> None:
    """Polygons of several parts with and without holes, in county coordinates."""
    drawn = []
    for row, (corners, parts, hole) in enumerate(plots):
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        ring = np.column_stack([np.cos(angle), np.sin(angle)])
        made = []
        for part in range(parts):
            at = np.array([600_000.0 + 100 * part, 800_000.0 + 100 * row])
            made.append(shapely.Polygon(40 * ring + at, [5 * ring + at] if hole else None))
        drawn.append(_esri(shapely.MultiPolygon(made)))
    assert_as_gdal("polygon", drawn)


@pytest.mark.parametrize(
    ("kind", "geometry"),
    [
        ("point", {"x": 1, "y": 2, "z": 3}),
        ("point", {"x": "NaN", "y": "NaN"}),
        ("line", {"paths": [[[0, 0, 5], [1, 1, 5]]]}),
        ("line", {"paths": [[[0, 0]]]}),
        ("polygon", {"rings": [[[0, 0], [0, 1], [1, 1]]]}),  # not closed
        ("polygon", {"rings": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}),  # turned the wrong way round
        ("polygon", {"rings": [[[0, 0], [0, 1], [1, None], [0, 0]]]}),
    ],
)
def test_what_is_not_plain_is_left_to_gdal(kind: str, geometry: Any) -> None:
    read = read_esri(text(kind, [geometry]), layer(kind), ())
    assert read is None or "z" in geometry  # heights are not asked for, and are left out


def test_values_of_another_type_than_declared_are_left_to_gdal() -> None:
    assert read_esri(text("point", [{"x": 1, "y": 2}], n="1.5"), layer("point"), ()) is None
    assert read_esri(b'{"features": [', layer("point"), ()) is None
    assert read_esri(b"{}", layer("point"), ()) is None


def test_only_the_fields_that_were_asked_for_come() -> None:
    read = read_esri(text("point", [{"x": 1, "y": 2}]), layer("point"), ("OBJECTID", "N"))
    assert read is not None
    assert read.table.column_names == ["OBJECTID", "N", "geometry"]
