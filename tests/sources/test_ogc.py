"""OGC API Features: whole by count and by feature id, or refused."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from siting.catalogue import Service
from siting.catalogue.service import Paging
from siting.errors import SourceError
from siting.sources.area import Area
from siting.sources.ogc import fetch_ogc
from tests.sources.conftest import Served
from tests.sources.errands import send

pytestmark = pytest.mark.servers


def service(served: Served, *, spoiled: bool = False, **options: Any) -> Service:
    host = served.proxy if spoiled else served.host
    return Service(type="ogc_features", url=f"http://{host}", collection="wells", **options)


@pytest.fixture(autouse=True)
def _as_it_should_be(ogc: Served) -> Iterator[None]:
    yield
    ogc.fault("")
    ogc.admin(trait="")


def assert_whole(served: Served, folder: Path) -> None:
    came, expected = gpd.read_parquet(folder / "out.parquet"), served.frame("wells")
    assert came["SITE_ID"].tolist() == expected["SITE_ID"].tolist()
    assert shapely.equals(came.geometry.to_numpy(), expected.geometry.to_numpy()).all()


def test_a_collection_comes_whole_page_by_page(ogc: Served, tmp_path: Path) -> None:
    came = send(fetch_ogc, ogc, tmp_path, service(ogc, page=Paging(size=300)), whole=True)
    assert (came.count, came.pages, came.crs) == (1_000, 4, "EPSG:4326")
    assert came.whole is not None
    assert came.whole["features"] == 1_000
    assert_whole(ogc, tmp_path)


def test_only_the_area_comes(ogc: Served, tmp_path: Path) -> None:
    west, south, east, north = ogc.frame("wells").total_bounds
    area = Area(west, south, (west + east) / 2, north)
    came = send(fetch_ogc, ogc, tmp_path, service(ogc), area=area)
    assert came.count == len(ogc.frame("wells").cx[area.west : area.east, area.south : area.north]) < 1_000


@pytest.mark.parametrize(
    "fault", ["slow", "cut", "wrong length", "short length", "gzip", "429", "500", "html", "reset"]
)
def test_after_a_passing_fault_the_layer_is_whole(ogc: Served, tmp_path: Path, fault: str) -> None:
    ogc.fault(fault, match="offset", times=2)
    send(fetch_ogc, ogc, tmp_path, service(ogc, spoiled=True, page=Paging(size=300)))
    assert ogc.seen()["spoiled"] == 2
    assert_whole(ogc, tmp_path)


def test_a_page_that_is_repeated_is_asked_for_again(ogc: Served, tmp_path: Path) -> None:
    ogc.fault("repeated", match="offset=600", times=1)
    send(fetch_ogc, ogc, tmp_path, service(ogc, spoiled=True, page=Paging(size=300)))
    assert_whole(ogc, tmp_path)


def test_a_page_that_stays_repeated_is_refused(ogc: Served, tmp_path: Path) -> None:
    ogc.fault("repeated", match="offset=300", times=100)
    with pytest.raises(SourceError) as error:
        send(fetch_ogc, ogc, tmp_path, service(ogc, spoiled=True, page=Paging(size=300)))
    assert str(error.value) == (
        "The layer 'wells' gave features twice ('0', '1', '10'), however often it was asked: its server repeats pages, "
        "or it is edited. Try again later."
    )


def test_a_page_without_ids_that_stays_repeated_is_refused(ogc: Served, tmp_path: Path) -> None:
    ogc.admin(trait="no ids")
    ogc.fault("repeated", match="offset=300", times=100)
    with pytest.raises(SourceError) as error:
        send(fetch_ogc, ogc, tmp_path, service(ogc, spoiled=True, page=Paging(size=300)))
    assert str(error.value).startswith("The layer 'wells' gave features twice ('page ")
    assert str(error.value).endswith(
        "'), however often it was asked: its server repeats pages, or it is edited. Try again later."
    )


@pytest.mark.parametrize(
    ("trait", "said"),
    [
        ("circle", "The layer 'wells' is paged in a circle: its server is out of order. Try again later."),
        (
            "short count",
            "The layer 'wells' has 1,007 features, and 1,000 came. It is edited, or its server is out of order; "
            "try again later.",
        ),
    ],
)
def test_what_cannot_be_whole_is_refused(ogc: Served, tmp_path: Path, trait: str, said: str) -> None:
    ogc.admin(trait=trait)
    with pytest.raises(SourceError) as error:
        send(fetch_ogc, ogc, tmp_path, service(ogc, page=Paging(size=300)))
    assert str(error.value) == said


def test_a_server_that_cuts_answers_off_is_found_out(ogc: Served, tmp_path: Path) -> None:
    """It gives 400 at most, whatever is asked for, without a count and without a next page."""
    ogc.admin(trait="cap")
    with pytest.raises(SourceError) as error:
        send(fetch_ogc, ogc, tmp_path, service(ogc))
    assert str(error.value) == (
        "The layer 'wells' gives 400 features and no way to the next, though there are more: its server cuts answers "
        "off. Name a smaller area, or write page: {size: ...} of its service."
    )


def test_without_a_count_a_full_last_page_is_a_truncation(ogc: Served, tmp_path: Path) -> None:
    ogc.admin(trait="no count")
    send(fetch_ogc, ogc, tmp_path, service(ogc, page=Paging(size=300)))  # the last page has 100
    assert_whole(ogc, tmp_path)
    with pytest.raises(SourceError) as error:
        send(fetch_ogc, ogc, tmp_path, service(ogc, page=Paging(size=250)))
    assert str(error.value) == (
        "The layer 'wells' ends with a full page of 250 features, and its server does not say how many there are in "
        "all. It cannot be told to be whole; name a smaller area."
    )


def test_a_collection_that_is_not_there_is_refused(ogc: Served, tmp_path: Path) -> None:
    absent = service(ogc).model_copy(update={"collection": "ponds"})
    with pytest.raises(SourceError) as error:
        send(fetch_ogc, ogc, tmp_path, absent)
    assert str(error.value) == (
        f"'http://{ogc.host}/collections/ponds' gave no whole answer: status 404 (there is nothing). "
        "Try again later, use an alternative of the layer, or work offline from the cache."
    )


@pytest.mark.skipif("SITING_PYGEOAPI" not in os.environ, reason="SITING_PYGEOAPI does not name a python with pygeoapi")
def test_pygeoapi_gives_the_same_layer(ogc: Served, tmp_path: Path) -> None:
    """The reference implementation of the standard, in its own environment."""
    port = 18_431
    (tmp_path / "openapi.yml").write_text("openapi: 3.0.2\ninfo: {title: t, version: '1'}\npaths: {}\n")
    (tmp_path / "pygeoapi.yml").write_text(_PYGEOAPI.format(port=port, data=ogc.folder / "wells.geojson"))
    environment = {
        **os.environ,
        "PYGEOAPI_CONFIG": str(tmp_path / "pygeoapi.yml"),
        "PYGEOAPI_OPENAPI": str(tmp_path / "openapi.yml"),
    }
    program = f"from pygeoapi.flask_app import APP; APP.run(host='127.0.0.1', port={port})"
    process = subprocess.Popen(
        [os.environ["SITING_PYGEOAPI"], "-c", program], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        served = Served(f"127.0.0.1:{port}", f"127.0.0.1:{port}", ogc.folder)
        came = send(fetch_ogc, served, tmp_path, service(served, page=Paging(size=300)))
    finally:
        process.kill()
        process.wait()
    assert came.count == 1_000
    got, expected = gpd.read_parquet(tmp_path / "out.parquet"), ogc.frame("wells")
    assert sorted(got["SITE_ID"]) == sorted(expected["SITE_ID"])


def _wait_for(port: int) -> None:
    import socket
    import time

    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("pygeoapi did not start.")


_PYGEOAPI = """\
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  language: en-US
  limits: {{default_items: 10, max_items: 400}}
  map: {{url: "https://tile.example.org/{{z}}/{{x}}/{{y}}.png", attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: t, description: d, keywords: [k], keywords_type: theme, terms_of_service: x, url: "http://e.org"}}
  license: {{name: n, url: "http://e.org"}}
  provider: {{name: n, url: "http://e.org"}}
  contact: {{name: n}}
resources:
  wells:
    type: collection
    title: wells
    description: wells
    keywords: [wells]
    links: []
    extents: {{spatial: {{bbox: [-180, -90, 180, 90], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}}}
    providers:
      - {{type: feature, name: GeoJSON, data: "{data}", id_field: SITE_ID}}
"""
