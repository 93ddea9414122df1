"""A run on separate processes gives the files of a local run, byte for byte, whatever happens to the processes."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import siting
from siting.engine.dask_pool import DaskPool
from siting.errors import DataError, RunError
from siting.outputs import FILES
from siting.quantities import measuring
from siting.quantities.elsewhere import files_are_seen


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, processes=True, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        yield cluster


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    from distributed import Client

    with Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=120)
        yield client


class Hearing:
    """Does something when the third part is finished."""

    def __init__(self, then: Any) -> None:
        self.then, self.parts, self.measuring = then, 0, False

    def begin(self, text: str, total: int | None = None) -> None:
        self.measuring = text.startswith("Measuring") and total != 0

    def advance(self) -> None:
        if self.measuring:
            self.parts += 1
            if self.parts == 3:
                self.then()


def same_files(one: Path, other: Path) -> bool:
    for name in FILES:
        if name != "run.json":
            assert (one / name).read_bytes() == (other / name).read_bytes(), name
    return True


@pytest.mark.servers
def test_the_files_are_those_of_a_local_run(world: Path, finished: Path, client: Any, tmp_path: Path) -> None:
    siting.rank(siting.read_study(world), out=tmp_path / "far", client=client, part_size=7, progress=None)
    assert same_files(finished, tmp_path / "far")


@pytest.mark.servers
def test_a_worker_that_is_killed_in_mid_run_changes_nothing(
    world: Path, finished: Path, client: Any, tmp_path: Path
) -> None:
    victim = next(iter(client.run(os.getpid).values()))
    hearing = Hearing(lambda: os.kill(victim, signal.SIGKILL))
    siting.rank(siting.read_study(world), out=tmp_path / "far", client=client, part_size=2, progress=hearing)
    assert hearing.parts > 10
    assert same_files(finished, tmp_path / "far")


@pytest.mark.servers
def test_what_is_finished_is_kept_when_all_workers_are_lost(
    world: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client, LocalCluster

    monkeypatch.setattr(DaskPool.__init__, "__kwdefaults__", {"patience_s": 0.3})
    study, out = siting.read_study(world), tmp_path / "far"
    one = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    with one as cluster, Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=120)
        hearing = Hearing(lambda: cluster.scale(0))
        with pytest.raises(RunError) as error:
            siting.rank(study, out=out, client=client, part_size=1, progress=hearing)
    assert str(error.value).startswith("All workers of the Dask cluster are lost, and none came back within 0.3 s.")
    kept = {path: path.stat().st_mtime_ns for path in (out / ".quantities").rglob("*.parquet")}
    assert kept
    siting.rank(study, out=out, part_size=1, progress=None)  # goes on here, on threads
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert same_files(finished, out)


@pytest.mark.servers
def test_what_is_kept_is_not_measured_again(
    world: Path, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = siting.read_study(world), tmp_path / "far"
    siting.rank(study, out=out, part_size=7, outputs=["csv"], progress=None)
    first = (out / "ranking.csv").read_bytes()
    monkeypatch.setattr("siting.quantities.elsewhere._measure", None)  # a worker that is asked would fail
    siting.rank(study, out=out, client=client, part_size=7, outputs=["csv"], progress=None)
    assert (out / "ranking.csv").read_bytes() == first


def test_a_machine_that_does_not_see_a_raster_is_refused(world: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(world.parent, folder)
    ranking = siting.rank(siting.read_study(folder / "study.yaml"), progress=None)
    context = measuring.BlockContext.of(
        ranking.plan, ranking.layers, ranking.study.usable, bounds=ranking.parcels.shapes.total_bounds
    )
    files_are_seen(context)
    fix = "Put it where all machines see it under the same path, or name it by a URL."
    with (folder / "dem.tif").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(DataError) as error:
        files_are_seen(context)
    assert str(error.value) == (
        f"A Dask worker sees another file 'dem.tif' of the layer 'dem' than this machine. {fix}"
    )
    (folder / "dem.tif").unlink()
    with pytest.raises(DataError) as error:
        files_are_seen(context)
    assert str(error.value) == f"A Dask worker does not see the file 'dem.tif' of the layer 'dem'. {fix}"


def test_a_raster_that_is_an_object_comes_to_the_machine_that_reads_it(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "here"))
    study = siting.read_study(world)
    dem = study.layers["dem"].model_copy(update={"source": (world.parent / "dem.tif").as_uri()})
    ranking = siting.rank(study.model_copy(update={"layers": {**study.layers, "dem": dem}}), progress=None)
    sent = measuring.BlockContext.of(
        ranking.plan, ranking.layers, ranking.study.usable, bounds=ranking.parcels.shapes.total_bounds
    )
    shutil.rmtree(tmp_path / "here")
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "there"))
    context = pickle.loads(pickle.dumps(sent))
    files_are_seen(context)
    assert context.layers["dem"].path.is_relative_to(tmp_path / "there")
    there = measuring.measure_block(context, ranking.parcels)
    slope = next(key for key in there if key.startswith('["slope"'))
    assert there[slope].columns["slope"].tolist() == ranking.quantities[slope].columns["slope"].tolist()
