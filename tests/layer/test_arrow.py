"""Arrow to pandas: a part of a column becomes what it would become within the whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from siting.layer.arrow import Conversion, Witnesses, attribute_names, geometries_of, stripped

COLUMNS: dict[str, pa.Array] = {
    "whole": pa.array([1, 2, None, 4, 5, 6]),
    "flag": pa.array([True, False, True, None, True, False]),
    "text": pa.array(["a", "b", "c", "d", "e", None]),
    "number": pa.array([1.5, np.inf, None, 2.0, 3.0, 4.0]),
    "day": pa.array([date(2024, 1, i) for i in range(1, 6)] + [None]),
    "none": pa.array([None] * 6, pa.string()),
    "code": pa.array(["x", "y", "x", "z", "x", "y"]).dictionary_encode(),
    "bytes": pa.array([b"\xff", None, b"ok", b"", b"a", b"b"]),
    "moment": pa.array([datetime(2024, 1, i, tzinfo=UTC) for i in range(1, 7)]),
}


@given(cuts=st.lists(st.integers(0, 6), max_size=4))
def test_parts_behind_witnesses_are_the_rows_of_the_whole(cuts: list[int]) -> None:
    table = pa.table(COLUMNS)
    whole = Conversion().frame(table)
    edges = [0, *sorted(cuts), 6]
    witnesses = Witnesses()
    for low, high in pairwise(edges):
        witnesses.see(table.slice(low, high - low), np.arange(low, high), Conversion())
    for low, high in pairwise(edges):
        frame, count = witnesses.frame(table.slice(low, high - low), Conversion())
        pd.testing.assert_frame_equal(stripped(frame, count), whole.iloc[low:high].reset_index(drop=True))


def test_without_witnesses_a_part_would_be_another() -> None:
    """So the property above says something."""
    table = pa.table(COLUMNS)
    assert Conversion().frame(table)["whole"].dtype == np.float64
    assert Conversion().frame(table.slice(0, 2))["whole"].dtype == np.int64


@pytest.mark.parametrize("offsets", [["Z"] * 4, ["+02:00"] * 4, ["Z", "+01:00", "Z", "+01:00"], ["", "", "", ""]])
def test_dates_as_text_are_dates_in_parts_too(offsets: list[str]) -> None:
    """As GDAL writes them; a part whose offsets are equal is in UTC all the same where others differ."""
    table = pa.table({"day": [f"2024-01-0{i + 1}T00:00:00{offset}" for i, offset in enumerate(offsets)]})
    dated = Conversion(dates=("day",))
    witnesses = Witnesses()
    for at in range(4):
        witnesses.see(table.slice(at, 1), np.array([at]), dated)
    whole = dated.frame(table)
    assert whole["day"].dtype.kind == "M"
    expected = [datetime(2024, 1, i + 1) for i in range(4)]
    if offsets[0]:
        hours = {"Z": 0, "+01:00": 1, "+02:00": 2}
        expected = [
            day.replace(tzinfo=timezone(timedelta(hours=hours[offset])))
            for day, offset in zip(expected, offsets, strict=True)
        ]
    assert whole["day"].tolist() == [pd.Timestamp(day) for day in expected]
    for at in range(4):
        frame, count = witnesses.frame(table.slice(at, 1), dated)
        pd.testing.assert_frame_equal(stripped(frame, count), whole.iloc[at : at + 1].reset_index(drop=True))


def test_dates_that_cannot_be_read_stay_text() -> None:
    assert Conversion(dates=("day",)).frame(pa.table({"day": ["soon", None]}))["day"].tolist()[0] == "soon"


def test_json_is_read() -> None:
    frame = Conversion(mappings=("what", "other")).frame(pa.table({"what": ['{"a": [1]}', None], "n": [1, 2]}))
    assert frame["what"].tolist()[0] == {"a": [1]}


def test_geometry_indexes_mappings_and_lists_are_no_attributes() -> None:
    frame = pd.DataFrame({"A": [1], "B": [[1, 2]], "C": [{"x": 1}]}, index=pd.Index([7], name="fid"))
    table = pa.Table.from_pandas(frame).append_column("geometry", pa.array([b""]))
    assert "fid" in table.column_names
    assert attribute_names(table.schema, ["geometry"]) == ["A"]


@pytest.mark.parametrize("geometry", [[box(0, 0, 1, 1), None], [Point(1, 2), Point(3, 4)]])
def test_geometries_in_wkb_and_in_geoarrow(geometry: list[Any]) -> None:
    wkb = pa.array([None if shape is None else shapely.to_wkb(shape) for shape in geometry])
    assert geometries_of(wkb).tolist() == geometry
    frame = geopandas.GeoDataFrame(geometry=geometry)
    table = pa.table(frame.to_arrow(geometry_encoding="geoarrow", index=False))
    encoding = table.schema.field("geometry").metadata[b"ARROW:extension:name"].decode().removeprefix("geoarrow.")
    plain = table.column("geometry")
    found = geometries_of(plain, encoding).tolist()
    assert all((a is None and b is None) or a.equals(b) for a, b in zip(found, geometry, strict=True))
