"""Packs: repeatable bytes, hashes that are compared, and nothing that is no pack."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from siting.catalogue import DataFolder
from siting.errors import DataError, RunError, SourceError
from siting.sources.pack import FETCHED, Bundle, open_pack, packed_catalogue, packed_layers, write_pack


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


STUDY = "study/s.yaml"


def made(path: Path, held: dict[str, str], **said: Any) -> Path:
    """A zip as somebody else may make it."""
    listed = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in held.items()}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pack.json", json.dumps({"study": STUDY, "files": listed} | said))
        for name, text in held.items():
            archive.writestr(name, text)
    return path


def refused(path: Path, folder: Path) -> str:
    with pytest.raises(DataError) as error:
        open_pack(path, folder)
    assert not folder.exists(), "of a refused pack nothing stays"
    return str(error.value)


def test_a_file_that_the_list_does_not_name_is_refused(tmp_path: Path) -> None:
    listed = {STUDY: hashlib.sha256(b"siting: 1").hexdigest()}
    path = made(tmp_path / "x.zip", {STUDY: "siting: 1", "data/catalogue/evil.yaml": "x"}, files=listed)
    assert refused(path, tmp_path / "out") == (
        "The pack 'x.zip' holds 'data/catalogue/evil.yaml', which its list does not name: somebody put it there after "
        "it was packed. It is not opened; ask for another."
    )


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "/etc/passwd", "C:/x", "..\\x", ""])
def test_a_path_that_leads_out_of_a_pack_is_refused(tmp_path: Path, name: str) -> None:
    said = f"The pack 'x.zip' names the file {name!r}, which would lie outside its folder. It is not opened; ask for "
    path = made(tmp_path / "x.zip", {STUDY: "siting: 1"}, study=name)
    assert refused(path, tmp_path / "out") == f"{said}another."
    path = made(tmp_path / "x.zip", {STUDY: "siting: 1"}, files={name: "00"})
    assert refused(path, tmp_path / "out") == f"{said}another."


def test_a_study_that_is_not_in_the_pack_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "x.zip", {STUDY: "siting: 1"}, study="study/none.yaml")
    assert refused(path, tmp_path / "out") == (
        "The pack 'x.zip' does not hold its study 'study/none.yaml'. Ask for another."
    )


def test_a_file_of_the_list_that_is_not_in_the_pack_is_refused(tmp_path: Path) -> None:
    listed = {STUDY: hashlib.sha256(b"siting: 1").hexdigest(), "data/a.csv": "00"}
    path = made(tmp_path / "x.zip", {STUDY: "siting: 1"}, files=listed)
    assert refused(path, tmp_path / "out") == (
        "The pack 'x.zip' is damaged: its file 'data/a.csv' is not what was packed. Copy it anew."
    )


def test_a_data_folder_that_leads_out_of_a_pack_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "x.zip", {STUDY: "siting: 1", "data/layers.csv": "id,file\nponds,../../../ponds.csv\n"})
    assert refused(path, tmp_path / "out") == (
        "The pack 'x.zip' has the file of the layer 'ponds' at '../../../ponds.csv', which would lie outside its "
        "folder. It is not opened; ask for another."
    )
    fetched = json.dumps({"ponds": {"file": "../../x", "name": "n", "record": {}}})
    path = made(tmp_path / "y.zip", {STUDY: "siting: 1", f"data/{FETCHED}": fetched})
    assert refused(path, tmp_path / "out") == (
        "The file 'fetched.json' of the data folder 'data' has the layer 'ponds' at '../../x', which lies outside the "
        "folder. Put the file into it, and name it by its path there."
    )


def test_a_pack_that_is_not_there_and_a_file_that_is_no_zip(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.zip", tmp_path / "out") == (
        f"There is no pack '{tmp_path / 'none.zip'}'. Name the file that siting layers pack wrote."
    )
    (tmp_path / "x.zip").write_text("hello")
    assert refused(tmp_path / "x.zip", tmp_path / "out") == (
        "The pack 'x.zip' came in an archive that is damaged or locked: Not a gzipped file (b'he'). Fetch it again."
    )
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        archive.writestr("pack.json", "[]")
    assert refused(tmp_path / "y.zip", tmp_path / "out") == (
        "The file 'y.zip' is no pack of siting: it has no pack.json. Name another."
    )


@pytest.mark.parametrize("text", ['{"x":', '{"x": {}}', "[]", '{"x": {"name": "n", "record": {}}}', '{"x": 7}'])
def test_a_list_of_fetched_layers_that_is_cut_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FETCHED).write_text(text)
    with pytest.raises(DataError) as error:
        packed_layers(DataFolder(tmp_path, tmp_path / "layers.csv"))
    assert str(error.value) == (
        f"The file 'fetched.json' of the data folder {tmp_path.name!r} is damaged: it does not name a file, a name and "
        "a record for each layer. Open the pack anew, or take the file away and fetch the layers."
    )


def test_a_fetched_layer_that_is_not_there_or_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    data = DataFolder(tmp_path, tmp_path / "layers.csv")
    whose = f"The file 'fetched.json' of the data folder {tmp_path.name!r} has the layer 'ponds' at"
    for file, said in (
        (
            "../../etc/hostname",
            "which lies outside the folder. Put the file into it, and name it by its path there.",
        ),
        ("a.parquet", "where it is not. Open the pack anew, or take its entry away and fetch the layer."),
    ):
        (tmp_path / FETCHED).write_text(json.dumps({"ponds": {"file": file, "name": "n", "record": {}}}))
        with pytest.raises(DataError) as error:
            packed_layers(data)
        assert str(error.value) == f"{whose} {file!r}, {said}"
    (tmp_path / "a.parquet").touch()
    assert packed_layers(data)["ponds"].path == tmp_path / "a.parquet"
