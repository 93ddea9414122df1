"""A run: folders, what is kept for next time, and going on after a full disk."""

from __future__ import annotations

import errno
import json
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import siting
import siting.outputs
from siting.errors import CatalogueError, RunError, StudyError
from siting.metrics import MEASURES
from siting.sources import hashes
from siting.sources.hashes import file_sha256
from siting.study import read_study


def parts(out: Path) -> dict[str, int]:
    """Finished parts with the time they were written."""
    return {
        path.name: path.stat().st_mtime_ns for path in (out / ".quantities").rglob("*.parquet") if path.name[0] != "."
    }


def test_what_is_measured_is_not_measured_again(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = read_study(world)
    first = siting.rank(study, out=tmp_path, progress=None)
    sites = first.assemble()

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("measured again")

    for measure in MEASURES:
        if measure.verb == "field":  # the parcels' own fields are read, not kept in the folder
            continue
        monkeypatch.setattr(measure, "measure", refuse)
    assert siting.rank(study, out=tmp_path, progress=None).assemble().members == sites.members
    other = study.with_({"blocks.power.weight": 8, "assemble": None})  # other weights may choose other sites
    assert siting.rank(other, out=tmp_path, progress=None).explain("A3").score != first.explain("A3").score


def test_files_that_have_not_changed_are_not_hashed_again(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, now = list[str](), time.time_ns

    def reading(path: Path) -> str:
        read.append(path.name)
        return file_sha256(path)

    monkeypatch.setenv("SITING_CACHE", str(tmp_path))
    monkeypatch.setattr(hashes, "file_sha256", reading)
    monkeypatch.setattr(hashes.time, "time_ns", lambda: now() + 10**12)  # long after the files were made
    siting.rank(read_study(world), progress=None)
    assert {"parcels.parquet", "stations.gpkg", "dem.tif"} <= set(read)
    assert len(set(read)) == len(read)
    read.clear()
    siting.rank(read_study(world), progress=None)
    assert read == []


def test_what_differs_from_run_to_run_is_kept_apart(finished: Path) -> None:
    record = json.loads((finished / "run.json").read_text())
    assert set(record) == {
        "started", "seconds", "cpu_seconds", "host", "system", "cores", "workers", "memory", "peak_mb", "marking",
    } | ({"memory_note"} & set(record))  # fmt: skip
    assert record["memory"] == "4 GB"
    assert 100 < record["peak_mb"] < 100_000
    assert record["seconds"] > 0
    assert record["cpu_seconds"] > 0


def test_nothing_is_written_without_a_folder(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    siting.rank(read_study(world), progress=None)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_file_is_no_folder(world: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError) as e:
        siting.rank(read_study(world), out=tmp_path / "file", progress=None)
    assert str(e.value) == f"'{tmp_path / 'file'}' is a file, and a run writes a folder. Name another folder."
    with pytest.raises(RunError) as e:
        siting.rank(read_study(world), out=tmp_path / "file" / "below", progress=None)
    assert str(e.value) == (
        f"The folder '{tmp_path / 'file' / 'below'}' cannot be made: Not a directory. Name another folder."
    )
    assert (tmp_path / "file").read_text() == "mine"


def test_a_wrong_output_is_refused_before_anything_is_done(world: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as e:
        siting.rank(read_study(world), out=tmp_path / "out", outputs=["pdf"], progress=None)
    assert str(e.value) == "There is no output 'pdf'. Outputs are 'parquet', 'gpkg', 'csv', 'map', 'report'."
    assert not (tmp_path / "out").exists()


def test_a_data_folder_that_is_not_there(world: Path, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as e:
        siting.rank(read_study(world), data=tmp_path / "none", progress=None)
    assert str(e.value) == (
        f"The data folder '{tmp_path / 'none'}' does not exist. Name a folder with --data or in SITING_DATA."
    )


def test_the_time_of_writing_counts(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(ranking: Any) -> dict[str, str]:
        time.sleep(0.3)
        return {}

    started = time.monotonic()
    monkeypatch.setattr(siting.outputs, "manifest", slow)
    siting.rank(read_study(world), out=tmp_path, progress=None)
    took = time.monotonic() - started
    assert 0.3 < json.loads((tmp_path / "run.json").read_text())["seconds"] <= took


def test_a_full_disk_says_so_and_goes_on_later(
    world: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = pq.write_table

    def full(table: Any, where: Any, **options: Any) -> None:
        if len(written) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(table, where, **options)
        written.append(str(where))

    with monkeypatch.context() as patch:
        patch.setattr("siting.engine.store.pq.write_table", full)
        with pytest.raises(RunError) as e:
            siting.rank(read_study(world), out=tmp_path, part_size=8, workers=1, progress=None)
    assert "No space left on device. Free some space or name another folder, then start again" in str(e.value)
    before = parts(tmp_path)
    assert len(before) == 5
    siting.rank(read_study(world), out=tmp_path, part_size=8, progress=None)
    assert {name: parts(tmp_path)[name] for name in before} == before
    assert (tmp_path / "manifest.json").read_bytes() == (finished / "manifest.json").read_bytes()


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ("a/study.yaml", "rank takes a study, not the name of its file. Write rank(read_study('a/study.yaml'))."),
        (Path("s.yaml"), "rank takes a study, not the name of its file. Write rank(read_study('s.yaml'))."),
        ({}, "rank takes a study, as read_study and parse_study give one, not an object of type dict."),
    ],
)
def test_what_is_no_study_is_refused(study: Any, said: str) -> None:
    with pytest.raises(StudyError) as e:
        siting.rank(study)
    assert str(e.value) == said


@pytest.mark.parametrize(
    ("name", "number"), [("workers", 0), ("workers", 1.5), ("part_size", -3), ("part_size", "8"), ("part_size", True)]
)
def test_counts_that_are_none_are_refused(world: Path, name: str, number: Any) -> None:
    with pytest.raises(RunError) as e:
        siting.rank(read_study(world), progress=None, **{name: number})
    assert str(e.value) == f"rank has {name}={number!r}; write a whole number of at least 1, or leave it out."
