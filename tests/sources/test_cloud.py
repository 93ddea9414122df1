"""GeoParquet by ranges: only the row groups that may meet the area are read, and no feature is missed."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.catalogue import Service
from siting.errors import SourceError
from siting.sources.area import Area
from siting.sources.cloud import fetch_geoparquet
from tests.sources.conftest import Served
from tests.sources.errands import send

pytestmark = pytest.mark.servers
AREA = Area(-112.2, 33.2, -112.0, 33.4)


def lattice(side: int) -> gpd.GeoDataFrame:
    """Points of a lattice in bands from south to north, so that row groups lie beside each other (SYNTHETIC)."""
    x, y = np.meshgrid(np.linspace(-113, -111, side), np.linspace(32, 34, side))
    names = [f"row {n // side}, point {n % side}, which is told at some length" for n in range(side * side)]
    return gpd.GeoDataFrame(
        {"N": np.arange(side * side), "T": names}, geometry=shapely.points(x.ravel(), y.ravel()), crs=4326
    )


def fetch(served: Served, folder: Path, url: str, **more: Any) -> Any:
    service = Service(type="geoparquet", url=f"http://{more.pop('host', served.host)}/{url}", **more.pop("service", {}))
    return send(fetch_geoparquet, served, folder, service, **more)


def sent(served: Served) -> int:
    with urllib.request.urlopen(f"http://{served.host}/__seen__", timeout=5) as answer:
        return int(json.loads(answer.read())["sent"])


@pytest.mark.parametrize("covering", [True, False])
def test_exactly_the_features_of_the_area_come(stored: Served, tmp_path: Path, covering: bool) -> None:
    frame = lattice(200)
    path = stored.folder / f"lattice-{covering}.parquet"
    frame.to_parquet(path, write_covering_bbox=covering, row_group_size=2_000, compression=None)
    sent(stored)
    came = fetch(stored, tmp_path, path.name, area=AREA)
    bytes_sent = sent(stored)
    west, south, east, north = AREA.within("EPSG:4326")
    inside = frame.cx[west:east, south:north]
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert got["N"].tolist() == inside["N"].tolist()
    assert list(got.columns) == ["N", "T", "geometry"]
    assert came.whole == {"features": 40_000, "bounds": [-113.0, 32.0, -111.0, 34.0], "measured": True}
    if covering:
        assert came.notes == ("2 of 20 row groups were read.",)
        assert bytes_sent < path.stat().st_size / 2


def test_parts_are_listed_and_read_as_one_layer(stored: Served, tmp_path: Path) -> None:
    frame = lattice(60)
    for number in range(3):
        part = frame.iloc[number * 1200 : (number + 1) * 1200]
        part.to_parquet(stored.folder / f"release-part-{number}.parquet", write_covering_bbox=True)
    came = fetch(stored, tmp_path, "release-part-*.parquet")
    assert came.count == 3_600
    assert gpd.read_parquet(tmp_path / "out.parquet")["N"].tolist() == list(range(3_600))
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, "older-part-*.parquet")
    assert str(error.value) == (
        f"No file fits 'http://{stored.host}/older-part-*.parquet'. An edition may have been deleted: look for a newer "
        "one."
    )


def test_only_the_fields_that_are_asked_for_come(stored: Served, tmp_path: Path) -> None:
    lattice(20).to_parquet(stored.folder / "fields.parquet")
    fetch(stored, tmp_path, "fields.parquet", service={"fields": ("N",)})
    assert list(gpd.read_parquet(tmp_path / "out.parquet").columns) == ["N", "geometry"]


@pytest.mark.parametrize("fault", ["cut", "wrong length", "short length", "429", "500", "html", "reset"])
def test_after_a_passing_fault_the_layer_is_whole(stored: Served, tmp_path: Path, fault: str) -> None:
    lattice(60).to_parquet(stored.folder / "spoiled.parquet", row_group_size=500)
    stored.fault(fault, match="spoiled.parquet", times=2)
    if fault == "html":
        with pytest.raises(SourceError) as error:
            fetch(stored, tmp_path, "spoiled.parquet", host=stored.proxy)
        assert "does not give pieces of files (ranges)" in str(error.value)
        stored.fault("")
        return
    assert fetch(stored, tmp_path, "spoiled.parquet", host=stored.proxy).count == 3_600


def test_an_edition_that_is_here_is_not_read_again(stored: Served, tmp_path: Path) -> None:
    lattice(20).to_parquet(stored.folder / "edition.parquet")
    first = fetch(stored, tmp_path, "edition.parquet")
    assert fetch(stored, tmp_path, "edition.parquet", etag=first.edition).unchanged


def test_a_parquet_file_without_geometry_is_refused(stored: Served, tmp_path: Path) -> None:
    lattice(3).drop(columns="geometry").to_parquet(stored.folder / "table.parquet")
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, "table.parquet")
    assert str(error.value) == ("It is a Parquet file without geometry (no 'geo' metadata). Name a GeoParquet file.")
