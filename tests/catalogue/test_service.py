"""The service block: one address, everything that its type needs, no key."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from siting.catalogue import Paging, Service
from siting.errors import CatalogueError


def test_a_service_as_files_write_it() -> None:
    service = Service.model_validate(
        {"type": "arcgis_feature", "url": "https://x.org/a/FeatureServer/0", "where": "STATUS = 'IN SERVICE'",
         "fields": ["ID", "VOLTAGE"], "page": {"by": "id_ranges", "size": 1000, "workers": 10}}
    )  # fmt: skip
    assert service.connected
    assert service.local is None
    assert service.fields == ("ID", "VOLTAGE")
    assert service.page == Paging(size=1000, by="id_ranges", workers=10)


def test_pages_and_programs_are_for_people() -> None:
    assert not Service(type="page", url="https://x.org/download").connected
    assert not Service(type="api", url="https://x.org/v1").connected
    assert not Service(type="made", url="none").connected


def test_the_root_of_several_layers_is_no_layer() -> None:
    assert not Service(type="arcgis_map", url="https://x.org/a/MapServer").connected
    assert not Service(type="arcgis_feature", url="https://x.org/a/FeatureServer/").connected
    assert Service(type="arcgis_map", url="https://x.org/a/MapServer/12").connected
    assert Service(type="arcgis_image", url="https://x.org/a/ImageServer").connected


def test_a_relative_path_is_a_file_beside_the_description() -> None:
    assert Service(type="file", url="data/ponds.gpkg").local == "data/ponds.gpkg"
    assert Service(type="file", url="s3://bucket/ponds.gpkg").local is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"type": "arcgis_feature", "url": "ftp://x.org/a"},
            "The service 'ftp://x.org/a' has no address that siting reads. Begin it with one of 'http://', 'https://', "
            "'file://', 's3://', 'gs://', 'az://'; a file beside the catalogue file is its relative path.",
        ),
        (
            {"type": "wfs", "url": "geo/wfs", "collection": "a"},
            "The service 'geo/wfs' has no address that siting reads. Begin it with one of 'http://', 'https://', "
            "'file://', 's3://', 'gs://', 'az://'; a file beside the catalogue file is its relative path.",
        ),
        (
            {"type": "file", "url": "/data/ponds.gpkg"},
            "The service '/data/ponds.gpkg' is the absolute path of a file, which no other machine has. "
            "Write its path relative to the catalogue file.",
        ),
        (
            {"type": "file", "url": "C:\\data\\ponds.gpkg"},
            "The service 'C:\\\\data\\\\ponds.gpkg' is the absolute path of a file, which no other machine has. "
            "Write its path relative to the catalogue file.",
        ),
        (
            {"type": "ogc_features", "url": "https://x.org/ogc"},
            "The service 'https://x.org/ogc' is of type ogc_features, which holds many layers. "
            "Write collection: with the name of one.",
        ),
        (
            {"type": "cog", "url": "https://x.org/{tile}.tif"},
            "The service 'https://x.org/{tile}.tif' has no tiles: and a '{tile}' in its url. Write both or none: "
            "tiles: nw_degree, and {tile} where the name of a tile stands.",
        ),
        (
            {"type": "cog", "url": "https://x.org/a.tif", "tiles": "nw_degree"},
            "The service 'https://x.org/a.tif' has tiles: and no '{tile}' in its url. Write both or none: "
            "tiles: nw_degree, and {tile} where the name of a tile stands.",
        ),
        (
            {"type": "csv", "url": "https://x.org/a.csv", "x": "LON"},
            "The service 'https://x.org/a.csv' names one column of coordinates. Write x: and y:, or none of them.",
        ),
    ],
)
def test_what_a_service_cannot_be(given: dict[str, str], message: str) -> None:
    with pytest.raises(CatalogueError) as error:
        Service.model_validate(given)
    assert str(error.value) == message


def test_a_key_itself_is_no_name_of_a_variable() -> None:
    with pytest.raises(ValidationError):
        Service(type="api", url="https://x.org", credential="sk-123")
