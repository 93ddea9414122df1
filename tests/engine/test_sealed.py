"""Bytes for many machines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from siting.engine.sealed import SMALL, Sealed, sealed
from tests.sources.stores import BUCKET, s3_server

LARGE = b"x" * (SMALL + 1)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server():
        yield BUCKET


@pytest.fixture(params=["folder", "file", pytest.param("s3", marks=pytest.mark.servers)])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SITING_OFFLINE", raising=False)
    if request.param == "s3":
        request.getfixturevalue("s3")
        return f"{BUCKET}/{tmp_path.name}"
    return str(tmp_path) if request.param == "folder" else tmp_path.as_uri()


def test_small_bytes_travel(tmp_path: Path) -> None:
    small = sealed(b"few", tmp_path)
    assert small == Sealed(sha256=small.sha256, content=b"few")
    assert small.open() == b"few"
    small.remove()
    assert list(tmp_path.iterdir()) == []


def test_large_bytes_lie_where_they_can_be_read_until_they_are_removed(place: str) -> None:
    large = sealed(LARGE, place)
    assert large.content == b""
    assert large.place.startswith(place)
    assert large.open() == LARGE
    assert large.whole() == Sealed(sha256=large.sha256, content=LARGE)
    large.remove()
    assert large.open() is None
    with pytest.raises(OSError, match=r" is gone$"):
        large.whole()
    large.remove()


def test_other_bytes_under_the_same_name_are_not_opened(tmp_path: Path) -> None:
    large = sealed(LARGE, tmp_path)
    Path(large.place).write_bytes(b"y" * len(LARGE))
    assert large.open() is None


def test_without_a_place_they_lie_among_the_temporary_files() -> None:
    large = sealed(LARGE)
    try:
        assert Path(large.place).is_file()
    finally:
        large.remove()
    assert not Path(large.place).exists()


def test_where_nothing_can_be_left_they_travel(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert sealed(LARGE, tmp_path / "file").content == LARGE
