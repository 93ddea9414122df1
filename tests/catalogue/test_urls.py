"""Sources and data folders that are addresses, on files and on an S3 server on the loopback interface."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from siting.catalogue import Finder, catalogue, data_folder
from siting.catalogue.urls import UrlFolder
from siting.errors import CatalogueError, SourceError
from siting.sources.remote import write
from tests.sources.stores import BUCKET, s3_server


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server():
        yield BUCKET


@pytest.fixture(params=["file", pytest.param("s3", marks=pytest.mark.servers)])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a folder with one layer."""
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SITING_OFFLINE", raising=False)
    if request.param == "file":
        place = (tmp_path / "objects").as_uri()
    else:
        request.getfixturevalue("s3")
        place = f"{BUCKET}/{tmp_path.name}"
    write(f"{place}/a/rail.gpkg", b"rail")
    return place


def finder(place: str) -> Finder:
    return Finder(catalogue=catalogue(), base=Path(), data=data_folder(Path(place)))


def test_a_source_that_is_an_address(place: str) -> None:
    found = finder(place).find(f"{place}/a/rail.gpkg")
    assert (found.source, found.name) == (f"{place}/a/rail.gpkg",) * 2
    assert found.path.read_bytes() == b"rail"
    assert found.path.name == "rail.gpkg"
    assert found.fetched is not None
    assert (found.fetched["url"], found.fetched["size"]) == (f"{place}/a/rail.gpkg", 4)
    assert found.fetched["sha256"] == hashlib.sha256(b"rail").hexdigest()


def test_a_table_that_is_an_address(place: str) -> None:
    write(f"{place}/classes.csv", b"ZONE,class\n")
    assert finder(place).table(f"{place}/classes.csv").read_bytes() == b"ZONE,class\n"


def test_a_data_folder_with_a_table(place: str) -> None:
    write(f"{place}/layers.csv", b"id,file,layer,crs\nsample/rail,a/rail.gpkg,tracks,EPSG:26912\n")
    folder = data_folder(Path(place))
    assert isinstance(folder, UrlFolder)
    assert folder.file("sample/rail").read_bytes() == b"rail"
    found = finder(place).find("sample/rail")
    assert (found.name, found.layer, found.crs) == ("a/rail.gpkg", "tracks", "EPSG:26912")
    assert found.path == folder.file("sample/rail")
    assert found.spec is not None
    assert found.fetched is not None
    with pytest.raises(CatalogueError) as error:
        finder(place).find("sample/roads")
    name = place.rpartition("/")[2]
    assert str(error.value).startswith(f"The data folder '{name}' has no file for the layer 'sample/roads': its table")


def test_a_data_folder_without_a_table_has_the_files_of_the_packages_table(place: str) -> None:
    folder = data_folder(Path(place))
    assert folder is not None
    known = next(iter(folder.entries.values()))
    with pytest.raises(SourceError) as error:
        folder.file(known.id)
    assert str(error.value) == (
        f"There is no object '{place}/{known.file}'. Check the address, and that these credentials may read it."
    )


def test_the_data_folder_of_the_environment(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITING_DATA", place)
    assert isinstance(data_folder(), UrlFolder)
