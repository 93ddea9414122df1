"""Objects by URL, on files and on an S3 server on the loopback interface."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from siting.errors import RunError, SourceError
from siting.sources import remote
from siting.sources.remote import LocalCopy, delete, listed, local_copy, look, read, url_of, write
from tests.sources.stores import BUCKET, SECRET, s3_server


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server():
        yield BUCKET


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SITING_OFFLINE", raising=False)
    return tmp_path / "cache"


@pytest.fixture(params=["file", pytest.param("s3", marks=pytest.mark.servers)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty folder."""
    if request.param == "file":
        return (tmp_path / "objects").as_uri()
    request.getfixturevalue("s3")
    return f"{BUCKET}/{tmp_path.name}"


def test_an_object_is_written_whole_read_and_taken_away(place: str, tmp_path: Path) -> None:
    url = f"{place}/a/b.txt"
    assert (look(url), read(url), listed(place)) == (None, None, frozenset())
    write(url, b"one")
    assert read(url) == b"one"
    first = look(url)
    assert first is not None
    assert (first.url, first.size) == (url, 3)
    file = tmp_path / "two.txt"
    file.write_bytes(b"two!")
    os.utime(file)
    write(url, file)
    second = look(url)
    assert second is not None
    assert read(url) == b"two!"
    assert second.etag != first.etag
    assert listed(place) == {"a/b.txt"}
    assert look(f"{place}/a") is None
    delete(url)
    delete(url)
    assert listed(place) == frozenset()


def test_a_copy_comes_once_until_the_object_changes(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[Any] = []
    fetch = remote._fetched
    monkeypatch.setattr(remote, "_fetched", lambda *given: came.append(given) or fetch(*given))
    url = f"{place}/plants.gpkg"
    write(url, b"one")
    first = local_copy(url)
    assert first.path.name == "plants.gpkg"
    assert first.path.read_bytes() == b"one"
    assert first.sha256 == hashlib.sha256(b"one").hexdigest()
    assert first.record == {"url": url, "etag": first.object.etag, "size": 3, "sha256": first.sha256}
    assert local_copy(url) == first
    assert len(came) == 1
    write(url, b"three")
    second = local_copy(url)
    assert second.path != first.path
    assert second.path.read_bytes() == b"three"
    assert first.path.read_bytes() == b"one"
    assert len(came) == 2


def test_a_copy_that_was_cut_or_damaged_comes_again(place: str) -> None:
    url = f"{place}/plants.gpkg"
    write(url, b"whole")
    copy = local_copy(url)
    for damaged in (b"who", b"whale"):
        copy.path.write_bytes(damaged)
        assert local_copy(url).path.read_bytes() == b"whole"


def test_an_object_that_changes_while_it_comes_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{place}/plants.gpkg"
    write(url, b"0")
    real, turn = remote.look, iter(range(1, 99))

    def busy(asked: str) -> Any:
        write(asked, b"x" * next(turn))
        return real(asked)

    monkeypatch.setattr(remote, "look", busy)
    with pytest.raises(SourceError) as error:
        local_copy(url)
    assert str(error.value) == f"The object '{url}' changes while it is read. Start again when nobody writes to it."


def test_an_object_that_is_not_there(place: str) -> None:
    with pytest.raises(SourceError) as error:
        local_copy(f"{place}/none.gpkg")
    assert str(error.value) == (
        f"There is no object '{place}/none.gpkg'. Check the address, and that these credentials may read it."
    )


def test_one_file_of_several_is_refused() -> None:
    for name in ("plants.shp", "dem.vrt"):
        with pytest.raises(SourceError) as error:
            local_copy(f"s3://drawn/{name}")
        assert str(error.value) == (
            f"The object 's3://drawn/{name}' is one of the files of a layer that has several. Store the layer as one "
            "file (GeoParquet, GeoPackage, GeoTIFF, or a zipped shapefile), and name that."
        )


def test_what_is_an_address() -> None:
    assert url_of("plants.gpkg") is None
    assert url_of("sample/parcels") is None
    assert url_of("C:\\data\\plants.gpkg") is None
    assert url_of("s3://bucket/a/") == "s3://bucket/a"
    assert url_of("S3:\\bucket\\a") == "s3://bucket/a"  # a Path of it on Windows
    assert url_of(Path("gs://bucket/a")) == "gs://bucket/a"
    there = "file://" + "/data/a"
    assert url_of(there) == url_of(Path(there)) == there
    assert url_of("abfss://box@account.dfs.core.windows.net/a") == "abfss://box@account.dfs.core.windows.net/a"


KINDS = "Addresses that stand for files begin with 's3', 'gs', 'gcs', 'abfs', 'abfss', 'az', 'file'."
BARE = "Credentials come from the environment only; write the address alone."


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "https://example.org/a?token=1",
            "The address 'https://example.org/a' is that of a service or a download, which a catalogue file "
            f"describes. {KINDS}",
        ),
        (
            "s3a://bucket/a",
            f"The address 's3a://bucket/a' begins with 's3a', which siting does not read. Did you mean 's3'? {KINDS}",
        ),
        (f"s3://me:{SECRET}@bucket/a", f"The address 's3://bucket/a' carries a user, a password or a query. {BARE}"),
        (f"s3://bucket/a?sig={SECRET}", f"The address 's3://bucket/a' carries a user, a password or a query. {BARE}"),
    ],
)
def test_addresses_that_are_refused(url: str, message: str) -> None:
    with pytest.raises(SourceError) as error:
        url_of(url)
    assert str(error.value) == message


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme, package in (("s3", "s3fs"), ("gs", "gcsfs"), ("abfs", "adlfs"), ("file", "fsspec")):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            patch.setitem(sys.modules, "fsspec.core", None)
            with pytest.raises(SourceError) as error:
                look(f"{scheme}://bucket/a")
        assert str(error.value) == (
            f"The address '{scheme}://bucket/a' needs the package '{package}', which is not installed. "
            "Install it with: pip install 'siting[cloud]'."
        )


@pytest.mark.servers
def test_no_secret_is_in_any_message(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import fsspec

    class Talkative:
        def invalidate_cache(self) -> None:
            pass

        def info(self, place: str) -> None:
            raise ValueError(f"403 at https://me:{SECRET}@host/{place}?X-Amz-Signature=abc, key {SECRET}.")

    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda url: (Talkative(), "place"))
    with pytest.raises(SourceError) as error:
        look(f"{s3}/a")
    assert str(error.value) == (
        "'s3://drawn/a' cannot be reached: 403 at https://host/place key ***. Check the address, the network, and the "
        "credentials in the environment."
    )
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


@pytest.mark.servers
def test_a_bucket_that_is_not_there(s3: str) -> None:
    with pytest.raises(RunError) as error:
        write("s3://nowhere-at-all/a", b"x")
    assert str(error.value) == (
        "'s3://nowhere-at-all/a' could not be written. There is no such place. Check the address, and that these "
        "credentials may write there."
    )


def test_offline_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITING_OFFLINE", "1")
    with pytest.raises(SourceError) as error:
        look("s3://drawn/a")
    assert str(error.value) == (
        "The address 's3://drawn/a' was not asked, because this run is offline. Leave out --offline (or "
        "SITING_OFFLINE), or fetch the layer first where there is a network."
    )


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    url = f"{file.as_uri()}/inside.txt"
    with pytest.raises(RunError) as error:
        write(url, b"x")
    assert str(error.value) == (
        f"'{url}' could not be written. '{url}' cannot be reached: [Errno 17] File exists: '{file}'."
    )
    assert isinstance(LocalCopy(path=file, object=remote.RemoteObject(url=url, etag="", size=0), sha256=""), LocalCopy)
