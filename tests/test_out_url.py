"""Runs from and to an S3 server on the loopback interface: the files of a local run, and no secret anywhere."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import siting
from siting import out_url
from siting.engine.url_store import UrlStore
from siting.errors import RunError, SourceError
from siting.out_url import published, result_urls
from siting.outputs import FILES
from siting.site_files import SITE_FILES
from siting.sources.remote import listed, read, write
from tests.cli.conftest import siting_  # noqa: F401 - a fixture
from tests.cli.shell import Run
from tests.sources.stores import BUCKET, SECRET, s3_server

SOURCES = ("stations", "rail", "flood", "tribal", "fissures", "zoning")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server():
        yield BUCKET


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SITING_OFFLINE", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def place(s3: str, tmp_path: Path, cache: Path) -> str:
    return f"{s3}/{tmp_path.name}"


@pytest.mark.servers
def test_a_run_to_an_address(world: Path, finished: Path, place: str) -> None:
    siting.rank(siting.read_study(world), out=f"{place}/run", progress=None)
    assert result_urls(f"{place}/run") == tuple(f"{place}/run/{name}" for name in FILES)
    for name in set(FILES) - {"run.json"}:
        assert read(f"{place}/run/{name}") == (finished / name).read_bytes(), name
    assert {name for name in listed(f"{place}/run") if not name.startswith(".")} == set(FILES)


@pytest.mark.servers
def test_a_second_run_goes_on_from_what_is_kept_there(
    world: Path, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = siting.read_study(world), f"{place}/run"
    first = siting.rank(study, out=out, part_size=7, progress=None)
    kept = {name for name in listed(out) if name.startswith(".quantities/")}
    assert kept
    monkeypatch.setattr(UrlStore, "put", None)  # what is measured anew would be put
    again = siting.rank(study, out=out, part_size=7, outputs=["csv"], progress=None)
    assert again.top(5).equals(first.top(5))
    assert {name for name in listed(out) if name.startswith(".quantities/")} == kept
    left = {name for name in listed(out) if not name.startswith(".")}
    tables = {"ranking.parquet", "ranking.csv", "excluded.csv", "cleaning.csv", *SITE_FILES}
    assert left == {*tables, "run.json", "manifest.json"}


@pytest.mark.servers
def test_a_study_whose_files_are_objects(
    world: Path,
    place: str,
    tmp_path: Path,
    siting_: Run,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for path in world.parent.iterdir():
        write(f"{place}/{path.name}", path)
    text = world.read_text(encoding="utf-8").replace("parcels.parquet", f"{place}/parcels.parquet")
    for name in SOURCES:
        text = text.replace(f"{name}.gpkg", f"{place}/{name}.gpkg")
    for name in ("dem.tif", "mapped.gpkg", "classes.csv"):
        text = text.replace(name, f"{place}/{name}")
    study = tmp_path / "study.yaml"
    study.write_text(text, encoding="utf-8")
    done = siting_("rank", study, "--out", f"{place}/run")
    assert done.code == 0, done.err
    assert f"{place}/run/map.html" in done.out
    siting.rank(siting.read_study(world), out=tmp_path / "local", progress=None)
    for name in ("ranking.parquet", "ranking.csv", "ranking.gpkg", "excluded.csv", "cleaning.csv"):
        assert read(f"{place}/run/{name}") == (tmp_path / "local" / name).read_bytes(), name
    manifest: dict[str, Any] = json.loads(read(f"{place}/run/manifest.json") or b"")
    rail = manifest["layers"]["rail"]["object"]
    assert rail["url"] == f"{place}/rail.gpkg"
    assert rail["size"] == (world.parent / "rail.gpkg").stat().st_size
    assert set(rail) == {"url", "etag", "size", "sha256"}
    assert manifest["layers"]["dem"]["object"]["url"] == f"{place}/dem.tif"
    assert manifest["parcels"]["object"]["url"] == f"{place}/parcels.parquet"
    for name in listed(f"{place}/run"):
        assert SECRET.encode() not in (read(f"{place}/run/{name}") or b""), name
    assert SECRET not in done.out + done.err
    assert not [path for path in (tmp_path / "cache").rglob("*.json") if SECRET in path.read_text(encoding="utf-8")]


def test_a_run_that_fails_puts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = (tmp_path / "objects").as_uri()
    write(f"{url}/manifest.json", b"{}")

    def fails() -> None:
        with published(url) as folder:
            (folder / "ranking.csv").write_bytes(b"1")
            raise SourceError("No layer.")

    with pytest.raises(SourceError):
        fails()
    assert listed(url) == {"manifest.json"}


def test_the_manifest_goes_first_and_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, seen = (tmp_path / "objects").as_uri(), list[tuple[str, bool]]()
    for name in ("manifest.json", "map.html", "run.json", "notes.txt"):
        write(f"{url}/{name}", b"old")
    real = out_url.write

    def watched(place: str, content: bytes | Path) -> None:
        seen.append((place.rpartition("/")[2], "manifest.json" in listed(url)))
        real(place, content)

    monkeypatch.setattr(out_url, "write", watched)
    with published(url) as folder:
        for name in ("ranking.csv", "manifest.json", "zones.csv", ".lock"):
            (folder / name).write_bytes(b"new")
    assert seen == [("ranking.csv", False), ("zones.csv", False), ("manifest.json", False)]
    assert listed(url) == {"manifest.json", "ranking.csv", "zones.csv", "run.json", "notes.txt"}
    shutil.rmtree(tmp_path / "objects")


def test_two_runs_of_this_machine_to_one_address(tmp_path: Path) -> None:
    url = (tmp_path / "objects").as_uri()
    found: list[str] = []

    def other() -> None:
        try:
            with published(url):
                pass
        except RunError as error:
            found.append(str(error))

    with published(url) as folder:
        second = threading.Thread(target=other)
        second.start()
        second.join()
    assert found == [
        f"Another run (process {os.getpid()}) writes to the folder '{folder}'. "
        "Wait until it has ended, or name another folder for this one."
    ]


def test_a_cache_that_cannot_be_written(tmp_path: Path, cache: Path) -> None:
    cache.write_bytes(b"")
    url = (tmp_path / "objects").as_uri()
    with pytest.raises(RunError) as error, published(url):
        pytest.fail("there is no folder")
    folder = cache / "runs" / hashlib.sha256(url.encode()).hexdigest()[:16]
    assert str(error.value) == (
        f"The folder '{folder}', in which the results for '{url}' are made, cannot be made: Not a directory. "
        "Name another folder in SITING_CACHE."
    )


@pytest.mark.servers
def test_a_place_that_takes_nothing(place: str) -> None:
    def run() -> None:
        with published("s3://nowhere-at-all/run") as folder:
            (folder / "ranking.csv").write_bytes(b"1")

    with pytest.raises(RunError) as error:
        run()
    assert str(error.value) == (
        "The results cannot be put at 's3://nowhere-at-all/run': 's3://nowhere-at-all/run/ranking.csv' could not be "
        "written. There is no such place. Check the address, and that these credentials may write there. "
        "Start again when it can be written: what is measured is kept."
    )
