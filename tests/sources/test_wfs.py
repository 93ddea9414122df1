"""WFS 2: whole by count, in GeoJSON or GML, and no XML that reaches out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from siting.catalogue import Service
from siting.catalogue.service import Paging
from siting.errors import SourceError
from siting.sources.area import Area
from siting.sources.wfs import fetch_wfs
from tests.sources.conftest import Served
from tests.sources.errands import send

pytestmark = pytest.mark.servers


def service(served: Served, *, spoiled: bool = False, **options: Any) -> Service:
    host = served.proxy if spoiled else served.host
    return Service(type="wfs", url=f"http://{host}/wfs", **{"collection": "wells", "page": Paging(size=300), **options})


@pytest.fixture(autouse=True)
def _as_it_should_be(ogc: Served) -> Iterator[None]:
    yield
    ogc.fault("")
    ogc.admin(trait="")


@pytest.mark.parametrize("form", ["", "gml"])
def test_a_type_comes_whole(ogc: Served, tmp_path: Path, form: str) -> None:
    ogc.admin(trait=form)
    came = send(fetch_wfs, ogc, tmp_path, service(ogc), whole=True)
    assert (came.count, came.pages) == (1_000, 4)
    got, expected = gpd.read_parquet(tmp_path / "out.parquet"), ogc.frame("wells")
    assert [int(value) for value in got["SITE_ID"]] == expected["SITE_ID"].tolist()
    assert np.allclose(got.geometry.x, expected.geometry.x, rtol=0, atol=1e-12)
    assert np.allclose(got.geometry.y, expected.geometry.y, rtol=0, atol=1e-12)


def test_only_the_area_comes(ogc: Served, tmp_path: Path) -> None:
    west, south, east, north = ogc.frame("wells").total_bounds
    area = Area(west, south, (west + east) / 2, north)
    came = send(fetch_wfs, ogc, tmp_path, service(ogc), area=area)
    assert came.count == len(ogc.frame("wells").cx[area.west : area.east, area.south : area.north]) < 1_000


@pytest.mark.parametrize("fault", ["slow", "cut", "short length", "gzip", "500", "html"])
def test_after_a_passing_fault_the_layer_is_whole(ogc: Served, tmp_path: Path, fault: str) -> None:
    ogc.fault(fault, match="startIndex", times=2)
    assert send(fetch_wfs, ogc, tmp_path, service(ogc, spoiled=True)).count == 1_000


def test_a_page_that_is_repeated_is_refused(ogc: Served, tmp_path: Path) -> None:
    ogc.fault("repeated", match="startIndex=600", times=100)
    with pytest.raises(SourceError) as error:
        send(fetch_wfs, ogc, tmp_path, service(ogc, spoiled=True))
    assert str(error.value) == (
        "The layer 'wells' gave features twice ('300', '301', '302'): its server repeats pages, or shifts them. "
        "Try again later."
    )


def test_pages_that_overlap_are_refused(ogc: Served, tmp_path: Path) -> None:
    ogc.admin(trait="shifted")
    with pytest.raises(SourceError) as error:
        send(fetch_wfs, ogc, tmp_path, service(ogc))
    assert str(error.value) == (
        "The layer 'wells' gave features twice ('250', '251', '252'): its server repeats pages, or shifts them. "
        "Try again later."
    )


def test_fewer_features_than_were_counted_are_refused(ogc: Served, tmp_path: Path) -> None:
    ogc.admin(trait="short count")
    with pytest.raises(SourceError) as error:
        send(fetch_wfs, ogc, tmp_path, service(ogc))
    assert str(error.value) == (
        "The layer 'wells' has 1,007 features, and 1,000 came. It is edited, or its server is out of order; try again "
        "later."
    )


def test_xml_that_defines_entities_is_not_read(ogc: Served, tmp_path: Path) -> None:
    ogc.admin(trait="entities")
    with pytest.raises(SourceError) as error:
        send(fetch_wfs, ogc, tmp_path, service(ogc))
    assert str(error.value) == (
        f"'http://{ogc.host}/wfs' answers with XML that defines entities, which siting does not read."
    )


def test_an_exception_report_is_told(ogc: Served, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        send(fetch_wfs, ogc, tmp_path, service(ogc, collection="ponds"))
    assert str(error.value) == (
        f"'http://{ogc.host}/wfs' refuses the question: Unknown type. Check collection:, where: and query:."
    )
