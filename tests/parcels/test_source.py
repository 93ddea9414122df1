"""The key of parcels says everything that they are made from; hashes of files are remembered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from siting.crs import study_crs
from siting.layer.file import file_hash
from siting.parcels import ParcelsUse
from siting.parcels.source import CHUNK_SIZE, Source
from tests.layer.drawing import UTM, X, Y, finder, write

from shapely import box  # isort: skip


def test_what_is_in_the_key(tmp_path: Path) -> None:
    write(tmp_path / "lots.parquet", [box(X, Y, X + 9, Y + 9)], {"APN": ["a"]})
    (tmp_path / "wish.csv").write_text("APN\na\n", encoding="utf-8")

    def key(block: int = 5, crs: str = str(UTM), **entry: object) -> str:
        use = ParcelsUse.model_validate({"source": "lots.parquet", **entry})
        return Source(use, finder(tmp_path), study_crs(crs), tmp_path / "run").key(block)

    first = key()
    assert key() == first
    keys = {first, key(6), key(crs="EPSG:32612"), key(id="APN"), key(candidates="wish.csv")}
    (tmp_path / "wish.csv").write_text("APN\nb\n", encoding="utf-8")
    keys.add(key(candidates="wish.csv"))
    os.utime(tmp_path / "lots.parquet", ns=(1, 1))
    assert key() == first
    assert len(keys) == 6


def test_a_file_is_hashed_again_only_when_its_size_or_time_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "lots.parquet", [box(X, Y, X + 9, Y + 9)], {"APN": ["a"]})
    asked = []
    monkeypatch.setattr("siting.parcels.source.file_hash", lambda path: asked.append(path) or file_hash(path))
    use = ParcelsUse(source="lots.parquet")
    for _ in range(2):
        source = Source(use, finder(tmp_path), UTM, tmp_path / "run")
        assert source.hashes == {"lots.parquet": file_hash(path)}
    assert len(asked) == 1
    os.utime(path, ns=(1, 1))
    assert Source(use, finder(tmp_path), UTM, tmp_path / "run").hashes == {"lots.parquet": file_hash(path)}
    assert len(asked) == 2


def test_how_much_is_read_at_once_follows_the_budget(tmp_path: Path) -> None:
    write(tmp_path / "lots.parquet", [box(X, Y, X + 9, Y + 9)] * 50, {"APN": [str(i) for i in range(50)]})
    source = Source(ParcelsUse(source="lots.parquet"), finder(tmp_path), UTM, tmp_path / "run")
    assert source.chunk_size(1) == 256 <= source.chunk_size(1 << 24) <= source.chunk_size(1 << 32) == CHUNK_SIZE
