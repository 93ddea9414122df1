"""Packs: repeatable bytes, hashes that are compared, and nothing that is no pack."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from siting.catalogue import DataFolder
from siting.errors import DataError, RunError, SourceError
from siting.sources.pack import Bundle, open_pack, packed_catalogue, packed_layers, write_pack


def bundle(folder: Path) -> Bundle:
    (folder / "a.csv").write_text("A\n1\n")
    texts = {"data/layers.csv": "id,file,layer,crs\n", "study/study.yaml": "siting: 1\n"}
    return Bundle(study="study.yaml", files={"data/a.csv": folder / "a.csv"}, texts=texts, left_out={"x": "why"})


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    said = write_pack(bundle(tmp_path), tmp_path / "one.zip", {"siting": "1"})
    write_pack(bundle(tmp_path), tmp_path / "other.zip", {"siting": "1"})
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()
    assert (said["study"], said["left_out"]) == ("study/study.yaml", {"x": "why"})
    assert open_pack(tmp_path / "one.zip", tmp_path / "out").read_text() == "siting: 1\n"
    assert (tmp_path / "out" / "data" / "a.csv").read_text() == "A\n1\n"


def test_a_pack_that_was_changed_is_refused(tmp_path: Path) -> None:
    write_pack(bundle(tmp_path), tmp_path / "one.zip", {})
    with zipfile.ZipFile(tmp_path / "one.zip") as old, zipfile.ZipFile(tmp_path / "bad.zip", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) if name != "data/a.csv" else b"A\n2\n")
    with pytest.raises(DataError) as error:
        open_pack(tmp_path / "bad.zip", tmp_path / "out")
    assert str(error.value) == (
        "The pack 'bad.zip' is damaged: its file 'data/a.csv' is not what was packed. Copy it anew."
    )


def test_another_zip_is_no_pack(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(DataError) as error:
        open_pack(tmp_path / "x.zip", tmp_path / "out")
    assert str(error.value) == "The file 'x.zip' is no pack of siting: it has no pack.json. Name another."


def test_a_pack_does_not_leave_its_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../a.txt", "a")
    with pytest.raises(SourceError) as error:
        open_pack(tmp_path / "x.zip", tmp_path / "out")
    assert "which would lie outside its folder" in str(error.value)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    write_pack(bundle(tmp_path), tmp_path / "one.zip", {})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(RunError) as error:
        open_pack(tmp_path / "one.zip", tmp_path / "out")
    assert str(error.value) == f"The folder '{tmp_path / 'out'}' is not empty. Name a new one for the pack."


def test_a_plain_data_folder_has_nothing_packed(tmp_path: Path) -> None:
    data = DataFolder(tmp_path, tmp_path / "layers.csv")
    assert packed_layers(None) == packed_layers(data) == {}
    assert packed_catalogue(None) is packed_catalogue(data) is None
