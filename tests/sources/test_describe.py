"""What services say of their layers, and that one which is down is told of, not raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.catalogue import Service
from siting.sources.access import Access
from siting.sources.describe import Described, describe
from tests.sources.conftest import QUICK, Served, squares
from tests.sources.test_cog import raster

pytestmark = pytest.mark.servers


def ask(served: Served, service: Service) -> Described:
    return describe(service, access=Access(allow=(served.host, served.proxy)), manners=QUICK)


def test_an_arcgis_layer_says_everything(arcgis: Served) -> None:
    said = ask(arcgis, Service(type="arcgis_feature", url=arcgis.url("squares")))
    assert said == Described(
        alive=True, fields={"OBJECTID": "integer", "APN": "text", "ACRES": "number"}, geometry="polygon",
        crs="EPSG:2223", count=60, max_records=500, name="squares",
    )  # fmt: skip


def test_a_collection_says_its_fields_and_count(ogc: Served) -> None:
    said = ask(ogc, Service(type="ogc_features", url=f"http://{ogc.host}", collection="wells"))
    assert (said.alive, said.geometry, said.crs, said.count) == (True, "point", "EPSG:4326", 1_000)
    assert list(said.fields) == ["SITE_ID", "WELL_TYPE", "WELL_DEPTH", "WL_DTW"]


def test_a_wfs_names_its_type_or_not(ogc: Served) -> None:
    url = f"http://{ogc.host}/wfs"
    assert ask(ogc, Service(type="wfs", url=url, collection="wells")).alive
    said = ask(ogc, Service(type="wfs", url=url, collection="ponds"))
    assert said == Described(alive=False, message="It is a WFS, but its capabilities do not name 'ponds'.")


def test_files_and_rasters_are_there(stored: Served) -> None:
    raster(stored.folder / "there.tif", -113, 34, 20, cell=0.01)
    squares(5).to_parquet(stored.folder / "there.parquet")
    (stored.folder / "there.gpkg").write_bytes(b"SQLite format 3\0" + bytes(2000))
    home = f"http://{stored.host}"
    cog = ask(stored, Service(type="cog", url=f"{home}/there.tif"))
    assert (cog.alive, cog.geometry, cog.crs, cog.count) == (True, "raster", "EPSG:4269", 400)
    parquet = ask(stored, Service(type="geoparquet", url=f"{home}/there.parquet"))
    assert (parquet.alive, parquet.geometry, parquet.crs, parquet.count) == (True, "polygon", "EPSG:2223", 5)
    assert ask(stored, Service(type="file", url=f"{home}/there.gpkg")).alive


def test_what_is_down_is_told(arcgis: Served, stored: Served) -> None:
    said = ask(stored, Service(type="file", url=f"http://{stored.host}/nowhere.gpkg"))
    assert not said.alive
    assert said.message == (
        f"'http://{stored.host}/nowhere.gpkg' gave no whole answer: status 404 (there is nothing). Try again later, "
        "use an alternative of the layer, or work offline from the cache."
    )
    page = ask(stored, Service(type="page", url="https://example.org"))
    assert page == Described(alive=False, message="A service of type 'page' is not asked by siting.")


def test_a_group_of_layers_names_them(arcgis: Served, tmp_path: Path) -> None:
    url = arcgis.url("wells").removesuffix("/0")
    said = ask(arcgis, Service(type="arcgis_map", url=url))
    assert said.message == (
        f"The service '{url}' is a group of layers ('0: wells'). Name one by its number, as in '{url}/0'."
    )
