from __future__ import annotations

import os
from pathlib import Path

import pytest

from siting.layer.open_files import OpenFiles


class Source:
    """A file that knows whether it was closed."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(path)
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "dem.tif"
    path.write_text("cells")
    return path


def test_a_file_given_back_is_the_next_one_taken_and_nobody_shares_it(path: Path) -> None:
    files = OpenFiles(2)
    key, first = files.take(path, Source)
    files.give_back(key, first)
    again, same = files.take(path, Source)
    assert same is first
    assert files.take(path, Source)[1] is not first
    assert again == key


def test_a_file_that_was_written_since_is_opened_anew(path: Path) -> None:
    files = OpenFiles(2)
    key, first = files.take(path, Source)
    files.give_back(key, first)
    path.write_text("other cells")
    assert files.take(path, Source)[1] is not first


def test_a_file_of_another_version_is_opened_anew(path: Path) -> None:
    files = OpenFiles(2)
    key, first = files.take(path, Source, "one")
    files.give_back(key, first)
    assert files.take(path, Source, "two")[1] is not first
    assert files.take(path, Source, "one")[1] is first


def test_a_file_that_went_away_is_not_given_out(path: Path) -> None:
    files = OpenFiles(2)
    files.give_back(*files.take(path, Source))
    path.unlink()
    with pytest.raises(FileNotFoundError):
        files.take(path, Source)


def test_a_file_opened_before_a_fork_stays_with_the_parent(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = OpenFiles(2)
    key, first = files.take(path, Source)
    files.give_back(key, first)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert files.take(path, Source)[1] is not first


@pytest.mark.parametrize("most", [0, 1, 3])
def test_those_that_wait_longest_are_closed(tmp_path: Path, most: int) -> None:
    files = OpenFiles(most)
    sources = []
    for number in range(4):
        path = tmp_path / f"{number}.tif"
        path.write_text("cells")
        key, source = files.take(path, Source)
        files.give_back(key, source)
        sources.append(source)
    assert [source.closed for source in sources] == [True] * (4 - most) + [False] * most
