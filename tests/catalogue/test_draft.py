"""Drafts: what an address is of, and a description that is honest about what nobody has read."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.catalogue import LayerSpec, Service, read_spec
from siting.catalogue.draft import draft, service_of, yaml_of
from siting.errors import CatalogueError
from siting.sources.describe import Described


@pytest.mark.parametrize(
    ("url", "kind", "address", "collection"),
    [
        ("https://x.org/rest/services/A/FeatureServer/3", "arcgis_feature", None, None),
        ("https://x.org/rest/services/A/FeatureServer/3/?f=json", "arcgis_feature",
         "https://x.org/rest/services/A/FeatureServer/3", None),
        ("https://x.org/rest/services/A/MapServer/12", "arcgis_map", None, None),
        ("https://x.org/rest/services/DEM/ImageServer", "arcgis_image", None, None),
        ("https://x.org/ogc/collections/wells/items?f=json", "ogc_features", "https://x.org/ogc", "wells"),
        ("https://x.org/geo?service=WFS&typeNames=a:wells", "wfs", "https://x.org/geo", "a:wells"),
        ("https://x.org/geo/wfs?typename=a%3Awells#x", "wfs", "https://x.org/geo/wfs", "a:wells"),
        ("https://x.org/a.gpkg", "file", None, None),
        ("https://x.org/a.zip?raw=true", "file", None, None),
        ("https://x.org/a.csv.gz", "csv", None, None),
        ("s3://bucket/theme=places/part.parquet", "geoparquet", None, None),
        ("https://x.org/dem.TIF", "cog", None, None),
    ],
)  # fmt: skip
def test_what_an_address_is_of(url: str, kind: str, address: str | None, collection: str | None) -> None:
    service = service_of(url)
    assert (service.type, service.url, service.collection) == (kind, address or url, collection)


def test_a_collection_that_is_named() -> None:
    assert service_of("https://x.org/geo/wfs", collection="a:wells").type == "wfs"
    assert service_of("https://x.org/ogc", collection="wells").type == "ogc_features"


def test_an_address_that_could_be_anything() -> None:
    with pytest.raises(CatalogueError) as error:
        service_of("https://x.org/data")
    assert str(error.value) == (
        "What the address 'https://x.org/data' is of cannot be told from its form. Give the address of one ArcGIS "
        "layer (.../FeatureServer/0), of an OGC collection (.../collections/NAME), of a WFS with --collection, or of a "
        "file."
    )


SERVICE = Service(type="arcgis_feature", url="https://x.org/FeatureServer/0")
SAID = Described(
    alive=True, fields={"NAME": "text", "KV": "number", "SHAPE": "esriFieldTypeRaster"}, geometry="line",
    crs="EPSG:2223", count=7,
)  # fmt: skip


def test_a_draft_is_a_description_that_can_be_read(tmp_path: Path) -> None:
    spec = draft("lines", "power", SERVICE, SAID, title="Lines of the county", day="2026-11-23")
    path = tmp_path / "lines.yaml"
    path.write_text(yaml_of(spec), encoding="utf-8")
    read = read_spec(path)
    assert isinstance(read, LayerSpec)
    assert read == spec
    assert [(field.name, field.type) for field in read.fields] == [
        ("NAME", "text"),
        ("KV", "number"),
        ("SHAPE", "text"),
    ]
    assert (read.kind, read.crs, read.count, read.verified) == ("line", "EPSG:2223", 7, "2026-11-23")
    assert (read.licence, read.redistribute, read.confidence) == ("not stated", "no", "low")
    assert "- {name: NAME, type: text}" in path.read_text(encoding="utf-8")


def test_nothing_is_drafted_of_a_service_that_is_down() -> None:
    with pytest.raises(CatalogueError) as error:
        draft("lines", "power", SERVICE, Described(alive=False, message="It said 404."), day="2026-11-23")
    assert str(error.value) == (
        "The service 'https://x.org/FeatureServer/0' did not answer as one of type arcgis_feature does, so that "
        "nothing can be drafted. It said 404."
    )


def test_a_service_that_does_not_say_what_its_features_are() -> None:
    with pytest.raises(CatalogueError) as error:
        draft("lines", "power", SERVICE, Described(alive=True), day="2026-11-23")
    assert str(error.value) == (
        "The service 'https://x.org/FeatureServer/0' does not say what its features are. "
        "Say it: --kind point, line, polygon, raster or table."
    )
    assert draft("lines", "power", SERVICE, Described(alive=True), kind="line", day="2026-11-23").kind == "line"
