"""Layers from Koop, an ArcGIS REST server that is not ours: as in the files that it serves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.catalogue import Service
from siting.catalogue.service import Paging
from siting.errors import SourceError
from siting.sources.access import Access
from siting.sources.arcgis import fetch_arcgis
from siting.sources.area import Area
from siting.sources.describe import describe
from siting.sources.http import Manners
from tests.conftest import program
from tests.sample.counties import county
from tests.sources.conftest import Served, wells
from tests.sources.errands import send
from tests.sources.servers.process import started

HOME = os.environ.get("SITING_KOOP", "")
pytestmark = [
    pytest.mark.servers,
    pytest.mark.node,
    pytest.mark.skipif(
        not HOME or not (Path(HOME) / "node_modules" / "@koopjs" / "koop-core").is_dir(),
        reason="SITING_KOOP does not name a folder in which npm installed @koopjs/koop-core",
    ),
]
COUNTY = ("parcels", "transmission", "substations", "flood")
MOST = 500
PATIENT = Manners(connect_s=10, read_s=60, attempts=3, backoff_s=0.01, longest_s=120, at_once=3)


@pytest.fixture(scope="module")
def koop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Koop with layers of the sample county (SYNTHETIC) and wells; 500 features a page."""
    folder = tmp_path_factory.mktemp("koop")
    served = {name: county().layers[name].to_crs("EPSG:4326") for name in COUNTY}
    numbered = wells(1_750)
    served |= {"wells": wells(1_750), "wells_numbered": numbered.assign(NUMBER=np.arange(len(numbered)) * 3 + 1)}
    for name, frame in served.items():
        frame.to_file(folder / f"{name}.geojson", driver="GeoJSON", engine="pyogrio", RFC7946="NO")
        gpd.read_file(folder / f"{name}.geojson").to_parquet(folder / f"{name}.parquet")
    node = program("SITING_NODE", "node", "nodejs") or "node"
    with started("koop.mjs", Path(HOME).resolve(), folder, MOST, program=node) as host:
        yield Served(host, host, folder)


def service(koop: Served, name: str, **options: object) -> Service:
    url = f"http://{koop.host}/files/rest/services/{name}/FeatureServer/0"
    return Service.model_validate({"type": "arcgis_feature", "url": url, **options})


def rows(frame: gpd.GeoDataFrame, names: list[str]) -> list[tuple[str, ...]]:
    """Every feature as text, its outline begun where it always begins; in the order of the texts."""
    shapes = [shapely.to_wkb(shape, hex=True) for shape in shapely.normalize(frame.geometry.to_numpy())]
    return sorted(zip(*(map(_text, frame[name]) for name in names), shapes, strict=True))


def _text(value: object) -> str:
    """A cell as text; nothing is nothing, and 5 is 5.0."""
    if value is None or value != value:
        return ""
    return str(float(value)) if isinstance(value, int | float | np.number) else str(value)


@pytest.mark.parametrize("name", [*COUNTY, "wells", "wells_numbered"])
def test_a_layer_comes_as_it_is_in_the_file(koop: Served, tmp_path: Path, name: str) -> None:
    came = send(fetch_arcgis, koop, tmp_path, service(koop, name), name, client=koop.client(PATIENT))
    expected = koop.frame(name)
    assert (came.count, came.crs) == (len(expected), "EPSG:4326")
    assert came.pages == -(-len(expected) // MOST)
    names = [name for name in expected.columns if name != "geometry"]
    assert rows(gpd.read_parquet(tmp_path / "out.parquet"), names) == rows(expected, names)


def test_ids_are_hashed_or_numbered(koop: Served, tmp_path: Path) -> None:
    """The oracle of the other tests: Koop hashes features whose layer has no number, so that ids are far apart."""
    for name, sparse in (("wells", True), ("wells_numbered", False)):
        send(fetch_arcgis, koop, tmp_path / name, service(koop, name), name, client=koop.client(PATIENT))
        came = gpd.read_parquet(tmp_path / name / "out.parquet")
        ids = came["OBJECTID" if sparse else "NUMBER"]
        assert (ids.max() > 1_000_000) == sparse
        assert ids.is_monotonic_increasing


def test_only_the_area_comes(koop: Served, tmp_path: Path) -> None:
    west, south, east, north = koop.frame("wells").total_bounds
    area = Area(west, south, (west + east) / 2, north)
    came = send(fetch_arcgis, koop, tmp_path, service(koop, "wells"), area=area, client=koop.client(PATIENT))
    box = area.within("EPSG:4326")  # a little more than the area
    expected = koop.frame("wells").cx[box[0] : box[2], box[1] : box[3]]
    assert came.count == len(expected) < 1_750
    assert rows(gpd.read_parquet(tmp_path / "out.parquet"), ["SITE_ID"]) == rows(expected, ["SITE_ID"])


@pytest.mark.parametrize("by", ["id_ranges", "ids", "offset"])
def test_every_way_to_page_gives_the_same_layer(koop: Served, tmp_path: Path, by: str) -> None:
    came = send(fetch_arcgis, koop, tmp_path, service(koop, "wells", page=Paging(by=by)), client=koop.client(PATIENT))  # type: ignore[arg-type]
    assert came.count == 1_750
    expected = koop.frame("wells")
    assert rows(gpd.read_parquet(tmp_path / "out.parquet"), ["SITE_ID"]) == rows(expected, ["SITE_ID"])


def test_chosen_fields_and_a_condition(koop: Served, tmp_path: Path) -> None:
    asked = service(koop, "wells", fields=("SITE_ID",), where="WELL_DEPTH > 500")
    came = send(fetch_arcgis, koop, tmp_path, asked, client=koop.client(PATIENT))
    expected = koop.frame("wells")
    expected = expected[expected["WELL_DEPTH"] > 500]
    assert came.count == len(expected) > 0
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert sorted(got.columns) == ["OBJECTID", "SITE_ID", "geometry"]
    assert rows(got, ["SITE_ID"]) == rows(expected, ["SITE_ID"])


def test_a_layer_describes_itself(koop: Served) -> None:
    said = describe(service(koop, "wells"), access=Access(allow=(koop.host,)))
    assert (said.alive, said.geometry, said.crs, said.count, said.max_records) == (
        True,
        "point",
        "EPSG:4326",
        1_750,
        MOST,
    )
    assert said.fields["WELL_TYPE"] == "text"


def test_a_layer_that_is_not_there_is_refused(koop: Served, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        send(fetch_arcgis, koop, tmp_path, service(koop, "ponds"), client=koop.client(PATIENT))
    assert str(error.value) == (
        f"'http://{koop.host}/files/rest/services/ponds/FeatureServer/0' refuses the question: error 404 (There is no "
        "layer ponds). Check where:, fields: and query: of the service."
    )
