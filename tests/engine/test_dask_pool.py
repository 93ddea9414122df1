"""A pool of real processes on the loopback interface; workers are killed by the id of their process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.engine import dask_pool
from siting.engine.dask_pool import DaskPool, Known, connected, counting, pool_of
from siting.engine.sealed import Sealed, sealed
from siting.errors import DataError, RunError
from tests.engine.dask_parts import dies, fails, first_of, opened, pid, slow_product, total

pytestmark = pytest.mark.servers


def cluster_of(workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(n_workers=workers, processes=True, threads_per_worker=1, dashboard_address="127.0.0.1:0")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with cluster_of(2) as cluster:
        yield cluster


@pytest.fixture
def pool(cluster: Any) -> Iterator[DaskPool]:
    with connected(cluster.scheduler_address) as client:
        client.wait_for_workers(2, timeout=30)  # those that a test before has killed come back
        yield DaskPool(client, patience_s=20)


def begun_and(pool: DaskPool, then: Callable[[], object], parts: int = 1000) -> None:
    """Work on many parts, and do something when the sixth is finished."""
    with pool.carrying(1.0) as carried:
        for finished, _ in enumerate(carried.each(slow_product, range(parts))):
            if finished == 5:
                then()


def test_results_come_in_the_order_of_the_parts(pool: DaskPool) -> None:
    parts = [np.full(3, number) for number in range(40)]
    found = pool.map(slow_product, 2.5, parts)
    assert [item.tolist() for item in found] == [[2.5 * number] * 3 for number in range(40)]
    assert pool.map(slow_product, 2.5, []) == []


def test_large_parts_are_sent_without_a_warning(pool: DaskPool) -> None:
    assert pool.map(total, 2.0, [np.ones(2_000_000)] * 3) == [4_000_000.0] * 3


def test_a_part_that_is_known_is_not_sent(pool: DaskPool) -> None:
    with pool.carrying(2.0) as carried:
        assert dict(carried.each(fails, [1, Known(30), 2])) == {0: 1, 1: 30, 2: 2}


def test_few_parts_are_on_their_way_at_a_time(pool: DaskPool) -> None:
    taken: list[int] = []

    def parts() -> Iterator[int]:
        for number in range(60):
            taken.append(number)
            yield number

    finished = 0
    with pool.carrying(1.0) as carried:
        for _ in carried.each(slow_product, parts()):
            finished += 1
            assert len(taken) <= finished + 3 * 2
    assert finished == 60


def test_an_error_of_a_part_is_raised_as_it_is(pool: DaskPool) -> None:
    with pytest.raises(DataError) as error:
        pool.map(fails, None, range(9))
    assert str(error.value) == "Part 3 is damaged."
    assert error.value.__notes__ == ["While reading it."]


def test_a_context_that_a_worker_refuses_is_refused_before_the_first_part(pool: DaskPool) -> None:
    with pytest.raises(DataError) as error, pool.carrying({"refuse": True}, opened):
        pytest.fail("no part may begin")
    assert str(error.value) == "This worker does not see the file 'dem.tif'."


def test_a_large_context_is_left_where_workers_see_it_or_sent_to_those_that_do_not(
    pool: DaskPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = np.arange(3_000_000, dtype=np.float64)
    with pool.carrying(large, place=tmp_path) as carried:
        (left,) = tmp_path.iterdir()
        assert left.stat().st_size > large.nbytes
        assert dict(carried.each(first_of, [2.0, 3.0])) == {0: 2.0, 1: 3.0}
    assert list(tmp_path.iterdir()) == []
    monkeypatch.chdir(tmp_path)  # the workers are in another folder, and do not see what is named from here

    def near(content: bytes, place: object) -> Sealed:
        found = sealed(content, tmp_path)
        return replace(found, place=Path(found.place).name)

    monkeypatch.setattr(dask_pool, "sealed", near)
    with pool.carrying(large) as carried:
        assert list(tmp_path.iterdir()) == []
        assert dict(carried.each(first_of, [2.0, 3.0])) == {0: 2.0, 1: 3.0}


def test_nothing_is_left_with_the_workers(pool: DaskPool) -> None:
    pool.map(slow_product, 1.0, [1])
    plugins = pool.client.run(lambda dask_worker: list(dask_worker.plugins))
    assert not [name for names in plugins.values() for name in names if name.startswith("siting")]


def test_a_worker_that_is_killed_loses_nothing(pool: DaskPool) -> None:
    victim = next(iter(pool.client.run(os.getpid).values()))
    found: dict[int, float] = {}
    with pool.carrying(3.0) as carried:
        for number, result in carried.each(slow_product, range(80)):
            if len(found) == 10:
                os.kill(victim, signal.SIGKILL)
            found[number] = result
    assert found == {number: 3.0 * number for number in range(80)}
    assert victim not in pool.client.run(os.getpid).values()


def test_a_worker_that_joins_later_works_too_and_one_without_the_context_is_sent_it() -> None:
    workers: set[int] = set()
    with cluster_of(1) as cluster, connected(cluster.scheduler_address) as client:
        with DaskPool(client).carrying(1.0) as carried:
            for number, worker in carried.each(pid, range(60)):
                if number == 3:
                    cluster.scale(2)
                if number == 10:
                    client.unregister_worker_plugin(carried._name)
                workers.add(worker)
        assert workers == set(client.run(os.getpid).values())
        assert len(workers) == 2


def test_other_versions_are_refused(pool: DaskPool, cluster: Any) -> None:
    numpy = pool.versions["numpy"]
    pool.versions = {**pool.versions, "numpy": "1.0"}
    with pytest.raises(RunError) as error:
        pool.check()
    first, second = sorted(worker.worker_address for worker in cluster.workers.values())
    how = f"has numpy {numpy} (here 1.0)"
    assert str(error.value) == (
        f"3 of 3 machines of the Dask cluster have other versions than this machine, and would give other bytes: "
        f"'scheduler' {how}; '{first}' {how}; '{second}' {how}. Install the same versions on all of them (one lock "
        "file, or one container image) and start them again, then start this run again: finished parts are kept."
    )


def test_a_worker_that_joins_later_with_another_siting_is_refused(pool: DaskPool, tmp_path: Path) -> None:
    package = Path(siting.__file__).parent
    shutil.copytree(package, tmp_path / "siting", ignore=shutil.ignore_patterns("__pycache__", "web"))
    with (tmp_path / "siting" / "units.py").open("a", encoding="utf-8") as stream:
        stream.write("# changed\n")
    command = [sys.executable, "-m", "distributed.cli.dask_worker", pool.client.scheduler.address, "--no-dashboard"]
    command += ["--nthreads", "1", "--no-nanny", "--name", "other", "--local-directory", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])}
    others: list[subprocess.Popen[bytes]] = []

    def join() -> None:
        others.append(subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL))

    try:
        with pytest.raises(RunError) as error:
            begun_and(pool, join, 3000)
        there = str(error.value).split(" has siting ")[1].split(" (here ")[0]
        here = pool.versions["siting"]
        address = str(error.value).split("'")[1]
        assert there != here
        assert address.startswith("tcp://127.0.0.1:")
        assert str(error.value) == (
            "A worker that joined the Dask cluster has other versions than this machine, and would give other bytes: "
            f"'{address}' has siting {there} (here {here}). Install the same versions on all of them (one lock file, "
            "or one container image) and start them again, then start this run again: finished parts are kept."
        )
    finally:
        for other in others:
            other.terminate()
            other.wait(20)


def test_a_part_that_nobody_survives_is_given_up(pool: DaskPool, cluster: Any) -> None:
    cluster.scheduler.allowed_failures = 0
    with pytest.raises(RunError) as error:
        pool.map(dies, None, [1])
    cluster.scheduler.allowed_failures = 3
    assert str(error.value) == (
        "One part of the run was lost with every worker that tried it, so that it is not tried again: perhaps the "
        "workers have too little memory for it. Give them more, or make the parts smaller, then start this run again: "
        "finished parts are kept."
    )


def test_a_cluster_without_workers_and_one_that_loses_all() -> None:
    with cluster_of(0) as cluster, connected(cluster.scheduler_address) as client:
        pool = DaskPool(client, patience_s=0.3)
        with pytest.raises(RunError) as error:
            pool.check()
        assert str(error.value) == (
            "The Dask cluster has no workers, and none came within 0.3 s. "
            "Start some with: dask worker ADDRESS --nthreads 1."
        )
        cluster.scale(1)
        client.wait_for_workers(1, timeout=30)
        with pytest.raises(RunError) as error:
            begun_and(pool, lambda: cluster.scale(0))
        assert str(error.value) == (
            "All workers of the Dask cluster are lost, and none came back within 0.3 s. "
            "Start some, then start this run again: finished parts are kept."
        )


def test_a_scheduler_that_goes_away() -> None:
    cluster = cluster_of(1)
    with connected(cluster.scheduler_address) as client:
        pool = DaskPool(client, patience_s=0.3)
        with pytest.raises(RunError) as error:
            begun_and(pool, cluster.close)
        assert str(error.value) == (
            "The Dask scheduler is gone. Start it and its workers again, then start this run again: finished parts "
            "are kept."
        )


def test_an_address_where_nobody_answers() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    for asked in (address, "nonsense://x"):
        begun = time.monotonic()
        with pytest.raises(RunError) as error, connected(asked, timeout_s=0.5):
            pytest.fail("nobody is there")
        assert time.monotonic() - begun < 3
        assert str(error.value) == (
            f"No Dask scheduler answers at '{asked}' within 0.5 s. Start one with: dask scheduler, and name the "
            "address that it prints, such as tcp://10.0.0.5:8786."
        )


def test_no_client_is_no_pool_and_an_address_is_one(cluster: Any) -> None:
    with pool_of(None) as nothing, counting(None) as none:
        assert (nothing, none) == (None, None)
    with pool_of(cluster.scheduler_address) as pool:
        assert pool is not None
        assert pool.threads() >= 1
        with counting(pool) as each:
            assert each is not None
            assert dict(each(fails, [4, 5])) == {0: 4, 1: 5}
        with pool_of(pool.client) as same:
            assert same is not None
            assert same.client is pool.client


def test_what_is_no_client() -> None:
    with pytest.raises(RunError) as error, pool_of(4):  # type: ignore[arg-type]
        pytest.fail("it is a number")
    assert str(error.value) == (
        "A client of dask.distributed is asked for, connected and not asynchronous; given: 4. "
        "Write Client('tcp://10.0.0.5:8786') with the address of the scheduler, or the address alone."
    )


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError) as error, connected("tcp://127.0.0.1:1"):
        pytest.fail("it is not installed")
    assert str(error.value) == (
        "A Dask cluster is asked for, and the package 'distributed' is not installed. "
        "Install it with: pip install 'siting[dask]'."
    )
    assert dask_pool.__all__ == ["Carried", "DaskPool", "Known", "connected", "counting", "pool_of"]
