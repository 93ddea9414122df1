"""Finished parts at an address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from siting.engine import Store
from siting.engine.url_store import UrlStore, store_at
from siting.errors import RunError
from siting.sources.remote import listed, read, write
from tests.sources.stores import BUCKET, s3_server

KEY = "abcd" * 16
PART = pa.table({"column a": [1.0, 2.0], "state": [0, 0]}).replace_schema_metadata({"notes": "[]"})


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server():
        yield BUCKET


@pytest.fixture(params=["file", pytest.param("s3", marks=pytest.mark.servers)])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SITING_OFFLINE", raising=False)
    if request.param == "file":
        return (tmp_path / "parts").as_uri()
    request.getfixturevalue("s3")
    return f"{BUCKET}/{tmp_path.name}"


def test_a_part_is_found_again_also_by_another_run(place: str) -> None:
    store = UrlStore(place)
    assert store.get(KEY) is None
    store.put(KEY, PART)
    assert store.get(KEY) == PART
    again = UrlStore(place).get(KEY)
    assert again == PART
    assert again.schema.metadata == PART.schema.metadata
    assert store.path(KEY) is None
    assert UrlStore(place).get("0" * 64) is None


def test_the_object_is_the_file_that_a_folder_would_hold(place: str, tmp_path: Path) -> None:
    local = Store(tmp_path / "local")
    local.put(KEY, PART)
    UrlStore(place).put(KEY, PART)
    assert listed(place) == {f"ab/{KEY}.parquet"}
    path = local.path(KEY)
    assert path is not None
    assert read(f"{place}/ab/{KEY}.parquet") == path.read_bytes()


def test_a_damaged_part_counts_as_not_there(place: str) -> None:
    UrlStore(place).put(KEY, PART)
    whole = read(f"{place}/ab/{KEY}.parquet")
    assert whole is not None
    for damaged in (whole[:-20], b"", whole[:30] + b"\x00\x01\x02" + whole[33:]):
        write(f"{place}/ab/{KEY}.parquet", damaged)
        assert UrlStore(place).get(KEY) is None


def test_the_store_of_a_run(tmp_path: Path) -> None:
    assert store_at(tmp_path).place == tmp_path / ".quantities"
    assert store_at(Path("s3://bucket/run")).place == "s3://bucket/run/.quantities"


@pytest.mark.servers
def test_a_place_that_takes_nothing(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SITING_OFFLINE", raising=False)
    url = "s3://nowhere-at-all/run/.quantities"
    store = UrlStore(url)
    assert store.get(KEY) is None
    with pytest.raises(RunError) as error:
        store.put(KEY, PART)
    assert str(error.value) == (
        f"The finished part '{KEY}.parquet' cannot be kept at '{url}': '{url}/ab/{KEY}.parquet' could not be written. "
        "There is no such place. Check the address, and that these credentials may write there. "
        "Start again when it can be written: finished parts are kept."
    )
