"""Files of every format come as one GeoParquet, cut to the area; what is something else is not opened."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
import shapely

from siting.catalogue import Service
from siting.errors import SourceError
from siting.sources.area import Area
from siting.sources.files import fetch_file
from tests.sources.conftest import Served, squares, wells
from tests.sources.errands import send

pytestmark = pytest.mark.servers
FORMATS = {
    "gpkg": ("GPKG", "a.gpkg"),
    "shp": ("ESRI Shapefile", "a.shp"),
    "fgb": ("FlatGeobuf", "a.fgb"),
    "geojson": ("GeoJSON", "a.geojson"),
    "gdb": ("OpenFileGDB", "a.gdb"),
    "kml": ("KML", "a.kml"),
}


def fetch(served: Served, folder: Path, path: str, *, spoiled: bool = False, **options: Any) -> Any:
    errand = {key: options.pop(key) for key in ("area", "etag", "base") if key in options}
    kind = options.pop("kind", "file")
    host = served.proxy if spoiled else served.host
    url = path if "://" in path or "base" in errand else f"http://{host}/{path}"
    return send(fetch_file, served, folder, Service(type=kind, url=url, **options), "ponds", **errand)


def zipped(source: Path, target: Path) -> None:
    """A file, all files of a shapefile, or a folder, as a zip."""
    beside = [p for p in source.parent.iterdir() if p.stem == source.stem] if source.is_file() else source.rglob("*")
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(p for p in beside if p.is_file()):
            archive.write(path, f"inside/{path.relative_to(source.parent)}")


@pytest.mark.parametrize(
    ("form", "packed"),
    [(form, packed) for form in FORMATS for packed in (False, True) if packed or form not in ("shp", "gdb")],
)
def test_every_format_comes_whole(stored: Served, tmp_path: Path, form: str, packed: bool) -> None:
    driver, name = FORMATS[form]
    frame = squares(40)
    frame = frame.to_crs("EPSG:4326") if form in ("kml", "geojson") else frame
    home = tmp_path / "made"
    home.mkdir()
    frame.to_file(home / name, driver=driver, engine="pyogrio")
    target = stored.folder / f"{form}{'.zip' if packed else ''}" / name
    target.parent.mkdir(exist_ok=True)
    path = f"{target.parent.name}/{name}"
    if packed:
        zipped(home / name, target.parent / "a.zip")
        path = f"{target.parent.name}/a.zip"
    else:
        shutil.copy(home / name, target)
    came = fetch(stored, tmp_path, path)
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert came.count == 40
    assert got.crs == frame.crs
    own = gpd.read_file(home / name)
    assert shapely.equals_exact(
        shapely.normalize(got.geometry.to_numpy()), shapely.normalize(own.geometry.to_numpy()), tolerance=0
    ).all()
    if form != "kml":
        assert got["APN"].tolist() == own["APN"].tolist()
        assert sorted(got["APN"]) == frame["APN"].tolist()


def test_only_the_area_comes_and_the_whole_is_remembered(stored: Served, tmp_path: Path) -> None:
    frame = squares(40)
    frame.to_file(stored.folder / "area.gpkg", engine="pyogrio")
    box = frame.iloc[[20]].to_crs("EPSG:4326").total_bounds.tolist()
    came = fetch(stored, tmp_path, "area.gpkg", area=Area(*box))
    assert 1 <= came.count <= 5
    assert came.whole == {"features": 40, "bounds": frame.total_bounds.tolist(), "measured": True}


def test_a_table_with_coordinates_becomes_points_and_its_ids_stay_text(stored: Served, tmp_path: Path) -> None:
    (stored.folder / "fips.csv").write_text("GEOID,LON,LAT\n04013,-112.1,33.4\n04021,-111.3,32.9\n")
    came = fetch(stored, tmp_path, "fips.csv", kind="csv", x="LON", y="LAT", srs="EPSG:4326")
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert (came.count, came.crs) == (2, "EPSG:4326")
    assert got["GEOID"].tolist() == ["04013", "04021"]
    assert got.geometry.x.tolist() == [-112.1, -111.3]


def test_a_table_without_coordinates_stays_a_table(stored: Served, tmp_path: Path) -> None:
    (stored.folder / "jobs.csv").write_text('w_geocode,C000\n"040130101021000",12\n')
    came = fetch(stored, tmp_path, "jobs.csv", kind="csv")
    assert came.count == 1
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [{"w_geocode": "040130101021000", "C000": "12"}]


def test_a_file_beside_the_catalogue_file_is_read(stored: Served, tmp_path: Path) -> None:
    squares(3).to_file(tmp_path / "ponds.gpkg", engine="pyogrio")
    assert fetch(stored, tmp_path, "ponds.gpkg", base=tmp_path).count == 3


def test_a_name_with_brackets_is_a_name(stored: Served, tmp_path: Path) -> None:
    """Nothing in the name of a local file is a pattern."""
    (tmp_path / "ponds [2024].csv").write_text("id,lon,lat\n1,-112,33\n2,-112.1,33\n")
    xy = {"kind": "csv", "x": "lon", "y": "lat", "srs": "EPSG:4326"}
    assert fetch(stored, tmp_path, "ponds [2024].csv", base=tmp_path, **xy).count == 2


def test_an_edition_that_is_here_is_not_sent_again(stored: Served, tmp_path: Path) -> None:
    squares(3).to_file(stored.folder / "same.gpkg", engine="pyogrio")
    first = fetch(stored, tmp_path, "same.gpkg")
    assert first.edition
    assert fetch(stored, tmp_path, "same.gpkg", etag=first.edition).unchanged


@pytest.mark.parametrize("fault", ["slow", "cut", "wrong length", "gzip", "429", "500", "html", "reset"])
def test_after_a_passing_fault_the_file_is_whole(stored: Served, tmp_path: Path, fault: str) -> None:
    wells(500).to_file(stored.folder / "faults.gpkg", engine="pyogrio")
    stored.fault(fault, match="faults.gpkg", times=2)
    came = fetch(stored, tmp_path, "faults.gpkg", spoiled=True)
    assert stored.seen()["spoiled"] == 2
    assert came.count == 500


def test_a_download_that_was_cut_goes_on_where_it_was(stored: Served, tmp_path: Path) -> None:
    (stored.folder / "long.csv").write_text("A,B\n" + "".join(f"{n},x\n" for n in range(200_000)))
    stored.fault("cut", match="long.csv", times=1)
    came = fetch(stored, tmp_path, "long.csv", kind="csv", spoiled=True)
    assert came.count == 200_000
    asked = [line for line in _ranges(stored) if line.startswith("/long.csv")]
    assert any("bytes=" in line for line in asked)


def test_another_edition_is_not_joined_to_the_first_half(stored: Served, tmp_path: Path) -> None:
    """What came of another edition goes; the download begins again."""
    text = "A,B\n" + "".join(f"{n},x\n" for n in range(2_000))
    (stored.folder / "edition.csv").write_text(text)
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "edition.csv.coming").write_text("A,B\n" + "0,old\n" * 100)
    (parts / "edition").write_text('"of-yesterday"')
    came = fetch(stored, tmp_path, "edition.csv", kind="csv")
    assert came.count == 2_000
    assert "old" not in pq.read_table(tmp_path / "out.parquet")["B"].to_pylist()


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (
            "id,lon\nPeña,1\n".encode("latin-1"),
            {},
            "The layer 'ponds' is not UTF-8: byte 10 cannot be read. Save it as UTF-8 (it may be Latin-1), and name "
            "the file by its path.",
        ),
        (
            b"id,lon\n1,2\n3,4,5\n",
            {},
            "The layer 'ponds' is no table: CSV parse error: Expected 2 columns, got 3: 3,4,5. Ask its publisher for "
            "another.",
        ),
        (
            b"Service temporarily unavailable\n",
            {},
            "The layer 'ponds' is a table without a row; its first line is 'Service temporarily unavailable'. It may "
            "be a message of the server; try again later, or look at the address in a browser.",
        ),
        (
            b"Service temporarily unavailable",
            {"x": "lon", "y": "lat", "srs": "EPSG:4326"},
            "The layer 'ponds' has no column 'lon', 'lat', in which its service says the coordinates are. Its first "
            "line is 'Service temporarily unavailable'.",
        ),
    ],
)
def test_a_csv_that_is_none_is_refused(
    stored: Served, tmp_path: Path, data: bytes, options: dict[str, str], said: str
) -> None:
    (stored.folder / "broken.csv").write_bytes(data)
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, "broken.csv", kind="csv", **options)
    assert str(error.value) == said


def _ranges(served: Served) -> list[str]:
    import json
    import urllib.request

    with urllib.request.urlopen(f"http://{served.host}/__seen__", timeout=5) as answer:
        return list(json.loads(answer.read())["seen"])


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "x.gpkg",
            b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>",
            "The layer 'ponds' is called 'x.gpkg', but does not begin as such a file does. It is damaged, or is "
            "something else; ask its publisher.",
        ),
        (
            "x.vrt",
            b"<OGRVRTDataSource/>",
            "The layer 'ponds' is the file 'x.vrt', whose ending siting does not read. It reads '.gpkg', '.shp', "
            "'.fgb', '.geojson', '.json', '.kml', '.gml', '.csv', '.gdb', '.tif', '.tiff', '.parquet', also in a zip; "
            "write member: of its service where the file lies in an archive.",
        ),
        (
            "x.kml",
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/x">]><kml>&x;</kml>',
            "The layer 'ponds' is an XML file that defines entities, which siting does not open.",
        ),
        (
            "x.tif",
            b"<VRTDataset/>",
            "The layer 'ponds' is called 'x.tif', but does not begin as such a file does. It is damaged, or is "
            "something else; ask its publisher.",
        ),
    ],
)
def test_what_is_something_else_is_not_opened(
    stored: Served, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (stored.folder / name).write_bytes(data)
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, name)
    assert str(error.value) == said


def test_a_web_page_in_the_place_of_a_file_is_refused(stored: Served, tmp_path: Path) -> None:
    (stored.folder / "page.gpkg").write_bytes(b"<!DOCTYPE html><html><title>Sign in</title></html>")
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, "page.gpkg")
    assert str(error.value) == (
        f"'http://{stored.host}/page.gpkg' gave no whole answer: it answers with a web page instead of a file. It was "
        "asked 3 times. Try again later, use an alternative of the layer, or work offline from the cache."
    )


def test_several_layers_are_asked_about(stored: Served, tmp_path: Path) -> None:
    path = stored.folder / "two.gpkg"
    for name in ("a", "b"):
        squares(2).to_file(path, layer=name, engine="pyogrio")
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, "two.gpkg")
    assert str(error.value) == "The layer 'ponds' holds the layers 'a', 'b'. Write layer: of its service with one."
    shutil.rmtree(tmp_path / "parts", ignore_errors=True)
    assert fetch(stored, tmp_path, "two.gpkg", layer="b").count == 2


@pytest.mark.skipif(os.name == "nt", reason="no such paths")
def test_a_file_that_is_not_there_is_refused(stored: Served, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, "nowhere.gpkg", base=tmp_path)
    assert str(error.value) == "The layer 'ponds' has its file at 'nowhere.gpkg', where it is not. Put it there."
