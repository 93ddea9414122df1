"""Addresses of object stores as https."""

from __future__ import annotations

import pytest

from siting.errors import SourceError
from siting.sources.stores import listed, web_address
from tests.sources.conftest import Served


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("s3://bucket/a/b.tif", "https://bucket.s3.amazonaws.com/a/b.tif"),
        ("gs://bucket/a.tif", "https://storage.googleapis.com/bucket/a.tif"),
        ("https://example.org/a.tif", "https://example.org/a.tif"),
    ],
)
def test_an_object_has_an_https_address(url: str, address: str) -> None:
    assert web_address(url) == address


def test_other_stores_are_refused() -> None:
    with pytest.raises(SourceError) as error:
        web_address("az://container/a.tif")
    assert str(error.value) == (
        "The address 'az://container/a.tif' cannot be read piece by piece. Write its https address."
    )


@pytest.mark.servers
def test_a_pattern_stands_for_what_the_store_lists(stored: Served) -> None:
    for name in ("kind=a/1.parquet", "kind=a/2.parquet", "kind=b/1.parquet", "kind=a/readme.txt"):
        path = stored.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    home = f"http://{stored.host}"
    assert listed(stored.client(), f"{home}/kind=a/*.parquet") == [
        f"{home}/kind%3Da/1.parquet",
        f"{home}/kind%3Da/2.parquet",
    ]
    assert listed(stored.client(), f"{home}/x.parquet") == [f"{home}/x.parquet"]
