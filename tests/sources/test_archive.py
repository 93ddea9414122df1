"""Archives: nothing leaves the folder, nothing grows without limit."""

from __future__ import annotations

import errno
import gzip
import stat
import warnings
import zipfile
from pathlib import Path

import pytest

from siting.errors import RunError, SourceError
from siting.sources.archive import Limits, chosen, is_archive, unpack

ITEM = "The layer 'ponds'"


def zipped(path: Path, files: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = options.get("attributes", 0o644 << 16)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path


def refusal(path: Path, folder: Path, limits: Limits | None = None) -> str:
    with pytest.raises(SourceError) as error:
        unpack(path, folder, ITEM, limits)
    return str(error.value)


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"ponds.csv": b"a", "more/ponds.txt": b"b"})
    assert is_archive(path)
    unpack(path, tmp_path / "out", ITEM)
    assert (tmp_path / "out" / "more" / "ponds.txt").read_bytes() == b"b"


def test_a_gzip_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    unpack(path, tmp_path / "out", ITEM)
    assert (tmp_path / "out" / "jobs.csv").read_bytes() == b"a,b\n1,2\n"


@pytest.mark.parametrize("name", ["../x.csv", "/etc/x.csv", "a/../../x.csv", "..\\x.csv", "C:/x.csv", "C:\\x.csv"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {name: b"a"})
    inside = zipfile.ZipFile(path).namelist()[0]
    assert refusal(path, tmp_path / "out") == (
        f"{ITEM} came in an archive with the file {inside!r}, which would lie outside its folder. It is not opened; "
        "ask its publisher for another."
    )
    assert [item for item in tmp_path.rglob("*") if item.is_file()] == [path]


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"x.csv": b"/etc/passwd"}, attributes=(stat.S_IFLNK | 0o777) << 16)
    assert "which would lie outside its folder" in refusal(path, tmp_path / "out")


def test_a_zip_that_grows_without_measure_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"x.csv": bytes(40 << 20)})
    size = path.stat().st_size
    said = refusal(path, tmp_path / "out")
    assert said == (
        f"{ITEM} came in an archive that grows to more than {17 << 20:,} bytes from {size:,}: the limits are "
        "21,474,836,480 bytes and 200 times. It is not opened."
    )


def test_sizes_count_together_and_so_do_files(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {f"{n}.csv": b"0123456789" for n in range(5)})
    assert "grows to more than 30 bytes" in refusal(path, tmp_path / "one", Limits(size=25))
    assert refusal(path, tmp_path / "two", Limits(files=4)) == (
        f"{ITEM} came in an archive of 5 files, more than the 4 that are allowed."
    )


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"x.csv": b"abc" * 1000})
    path.write_bytes(path.read_bytes()[:-30])
    assert refusal(path, tmp_path / "out") == (
        f"{ITEM} came in an archive that is damaged or locked: File is not a zip file. Fetch it again."
    )


@pytest.mark.parametrize("names", [("a", "a/b.csv"), ("a/b.csv", "a")])
def test_a_file_that_is_a_folder_too_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    path = zipped(tmp_path / "a.zip", dict.fromkeys(names, b"x"))
    assert refusal(path, tmp_path / "out") == (
        f"{ITEM} came in an archive with the file {names[1]!r}, which is a file and a folder in it. It is not opened; "
        "ask its publisher for another."
    )


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("x.csv", b"a")
        archive.writestr("x.csv", b"b")
    assert refusal(path, tmp_path / "out") == (
        f"{ITEM} came in an archive with the file 'x.csv' twice. It is not opened."
    )


@pytest.mark.parametrize("inside", ["", "more/"])
def test_a_name_that_is_too_long_is_refused(tmp_path: Path, inside: str) -> None:
    path = zipped(tmp_path / "a.zip", {f"{inside}{'n' * 300}.csv": b"x"})
    shown = f"{inside}{'n' * (60 - len(inside))}..."
    assert refusal(path, tmp_path / "out") == (
        f"{ITEM} came in an archive with the file {shown!r}, whose name is too long for this machine. It is not "
        "opened; ask its publisher for another."
    )


@pytest.mark.parametrize(
    ("how", "said"),
    [(zipfile.ZIP_BZIP2, "Invalid data stream"), (zipfile.ZIP_LZMA, "Corrupt input data")],
)
def test_damaged_bytes_of_another_compression_are_refused(tmp_path: Path, how: int, said: str) -> None:
    path, data = tmp_path / "a.zip", bytes(range(256)) * 400
    with zipfile.ZipFile(path, "w", how) as archive:
        archive.writestr("x.csv", data)
    held = bytearray(path.read_bytes())
    start = 30 + len("x.csv") + (9 if how == zipfile.ZIP_LZMA else 4)  # after the heads of the zip and of the stream
    held[start : start + 40] = b"\xff" * 40
    path.write_bytes(bytes(held))
    assert refusal(path, tmp_path / "out") == (
        f"{ITEM} came in an archive that is damaged or locked: {said}. Fetch it again."
    )


def test_a_disk_that_is_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = zipped(tmp_path / "a.zip", {"x.csv": b"x"})
    monkeypatch.setattr("siting.sources.archive._copy", full)
    with pytest.raises(RunError) as error:
        unpack(path, tmp_path / "out", ITEM)
    assert str(error.value) == (
        f"{ITEM} could not be unpacked into '{tmp_path / 'out'}': No space left on device. Free some space, or let "
        "siting write there."
    )


def test_the_file_that_is_meant_is_found_or_asked_for(tmp_path: Path) -> None:
    unpack(zipped(tmp_path / "a.zip", {"a/ponds.gpkg": b"a", "readme.txt": b"b"}), tmp_path / "one", ITEM)
    assert chosen(tmp_path / "one", None, (".gpkg", ".shp"), ITEM).name == "ponds.gpkg"
    unpack(zipped(tmp_path / "b.zip", {"a.gpkg": b"a", "b.gpkg": b"b"}), tmp_path / "two", ITEM)
    with pytest.raises(SourceError) as error:
        chosen(tmp_path / "two", None, (".gpkg",), ITEM)
    assert str(error.value) == (
        f"{ITEM} holds several files that siting reads in its archive ('a.gpkg', 'b.gpkg'). Write member: of its "
        "service."
    )
    with pytest.raises(SourceError) as error:
        chosen(tmp_path / "two", "c.gpkg", (".gpkg",), ITEM)
    assert str(error.value) == (
        f"{ITEM} has no 'c.gpkg' in its archive. It holds 'a.gpkg', 'b.gpkg'; write member: of its service."
    )
