"""Hashes of files are remembered as long as nothing about the file changes, and never too soon."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from siting.errors import DataError
from siting.sources import hashes
from siting.sources.hashes import SETTLED_NS, file_sha256, remembered_sha256, still_has, unchanged


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read, in a cache of its own and at a time when all of them have long been as they are."""
    asked: list[Path] = []
    now = time.time_ns

    def reading(path: Path) -> str:
        asked.append(path)
        return file_sha256(path)

    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(hashes, "file_sha256", reading)
    monkeypatch.setattr(hashes.time, "time_ns", lambda: now() + 10 * SETTLED_NS)
    return asked


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def test_a_file_is_read_once(tmp_path: Path, read: list[Path]) -> None:
    path = tmp_path / "a.tif"
    digest = written(path, b"cells")
    assert [remembered_sha256(path) for _ in range(3)] == [digest] * 3
    assert remembered_sha256(tmp_path / "." / "a.tif") == digest
    assert read == [path]


def test_it_is_read_again_when_anything_about_it_is_another(tmp_path: Path, read: list[Path]) -> None:
    path, other = tmp_path / "a.tif", tmp_path / "b.tif"
    written(path, b"cells")
    remembered_sha256(path)
    longer = written(path, b"more cells")
    assert remembered_sha256(path) == longer
    before = path.stat()
    same_size = written(path, b"MORE CELLS")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert remembered_sha256(path) == same_size, "its time was set back"
    swapped = written(other, b"othercells")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)
    assert remembered_sha256(path) == swapped, "another file took its place"
    os.utime(path, ns=(1, 1))
    assert remembered_sha256(path) == swapped
    assert len(read) == 5


def test_what_was_changed_just_now_is_not_remembered(
    tmp_path: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.tif"
    digest = written(path, b"cells")
    last = max(path.stat().st_mtime_ns, path.stat().st_ctime_ns)
    for now, times in ((last + SETTLED_NS, 1), (last - 5, 2), (last + SETTLED_NS + 1, 3), (last + SETTLED_NS + 1, 3)):
        monkeypatch.setattr(hashes.time, "time_ns", lambda now=now: now)
        assert remembered_sha256(path) == digest
        assert len(read) == times


def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    tmp_path: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.tif"
    written(path, b"cells")

    def slowly(path: Path) -> str:
        digest = file_sha256(path)
        written(path, b"other cells")
        return digest

    with monkeypatch.context() as patch:
        patch.setattr(hashes, "file_sha256", slowly)
        remembered_sha256(path)
    assert remembered_sha256(path) == hashlib.sha256(b"other cells").hexdigest()
    assert read == [path]


@pytest.mark.parametrize("note", [b"", b"[]", b'{"path": 1}', b'{"path": "elsewhere", "state": [], "sha256": "00"}'])
def test_a_damaged_note_says_nothing(tmp_path: Path, read: list[Path], note: bytes) -> None:
    path = tmp_path / "a.tif"
    digest = written(path, b"cells")
    remembered_sha256(path)
    (kept,) = (tmp_path / "cache" / "hashes").iterdir()
    kept.write_bytes(note)
    assert remembered_sha256(path) == digest
    assert len(read) == 2


def test_without_a_cache_it_costs_time_only(tmp_path: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    digest = written(tmp_path / "file", b"cells")
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "file"))
    assert [remembered_sha256(tmp_path / "file") for _ in range(2)] == [digest] * 2
    assert len(read) == 2


def test_a_file_that_is_changed_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "roads.gpkg"
    written(path, b"roads")
    with unchanged([path, tmp_path / "none"], "The layer 'roads'"):
        path.read_bytes()
    with pytest.raises(DataError) as e, unchanged([path], "The layer 'roads'"):
        written(path, b"other roads")
    assert str(e.value) == (
        "The layer 'roads' was changed while it was read: its size or its time is another now. Start again when "
        "nothing writes to it."
    )


def test_content_is_told_by_its_hash_and_looked_at_only_where_it_may_be_another(
    tmp_path: Path, read: list[Path]
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    digest = remembered_sha256(path)
    assert read == [path]
    assert still_has(path, digest)
    assert read == [path]
    path.write_bytes(b"two")
    assert not still_has(path, digest)
    path.write_bytes(b"one")
    assert still_has(path, digest)
    path.unlink()
    assert not still_has(path, digest)
