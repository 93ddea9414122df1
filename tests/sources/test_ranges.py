"""A file read by ranges gives the bytes of the file, and is refused where it cannot."""

from __future__ import annotations

import io
import os
import random

import pytest

from siting.errors import SourceError
from siting.sources.ranges import RangeFile
from tests.sources.conftest import Served

pytestmark = pytest.mark.servers


@pytest.fixture
def data(stored: Served) -> bytes:
    content = random.Random(1).randbytes(700_000)
    (stored.folder / "bytes.bin").write_bytes(content)
    return content


def test_any_piece_is_the_piece_of_the_file(stored: Served, data: bytes) -> None:
    file = RangeFile(stored.client(), f"http://{stored.host}/bytes.bin")
    assert file.size == len(data)
    draw = random.Random(2)
    for _ in range(40):
        start, count = draw.randrange(len(data) + 10), draw.choice([0, 1, 7, 70_000, 300_000])
        file.seek(start)
        assert file.read(count) == data[start : start + count]
        assert file.tell() == min(start + count, max(start, len(data)))
    file.seek(-5, io.SEEK_END)
    assert file.read() == data[-5:]
    assert file.asked < 60  # neighbours come together, and what came is kept


def test_it_is_a_file_to_those_who_read_into_a_buffer(stored: Served, data: bytes) -> None:
    file = io.BufferedReader(RangeFile(stored.client(), f"http://{stored.host}/bytes.bin"))
    assert file.read() == data


def test_a_server_without_ranges_is_refused(stored: Served, data: bytes) -> None:
    url = f"http://{stored.host}/whole/bytes.bin"
    with pytest.raises(SourceError) as error:
        RangeFile(stored.client(), url)
    assert str(error.value) == (
        f"'{url}' does not give pieces of files (ranges). Write type: file of its service, so that it is brought as a "
        "whole."
    )


def test_a_file_that_changes_while_it_is_read_is_refused(stored: Served, data: bytes) -> None:
    url = f"http://{stored.host}/bytes.bin"
    file = RangeFile(stored.client(), url)
    (stored.folder / "bytes.bin").write_bytes(os.urandom(700_000))
    file.seek(500_000)
    with pytest.raises(SourceError) as error:
        file.read(10)
    assert str(error.value) == f"'{url}' changed while it was read. Start again."
