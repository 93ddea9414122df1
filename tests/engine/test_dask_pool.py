"""A pool of real processes on the loopback interface: who may work in it, and what is said where nobody can."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.engine import dask_pool
from siting.engine.dask_pool import DaskPool, connected, counting, pool_of
from siting.errors import RunError
from tests.engine.clusters import begun_and, cluster_of
from tests.engine.dask_parts import fails, slow_product, total

pytestmark = pytest.mark.servers


def test_results_come_in_the_order_of_the_parts(pool: DaskPool) -> None:
    parts = [np.full(3, number) for number in range(40)]
    found = pool.map(slow_product, 2.5, parts)
    assert [item.tolist() for item in found] == [[2.5 * number] * 3 for number in range(40)]
    assert pool.map(slow_product, 2.5, []) == []


def test_large_parts_are_sent_without_a_warning(pool: DaskPool) -> None:
    assert pool.map(total, 2.0, [np.ones(2_000_000)] * 3) == [4_000_000.0] * 3


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
            other.kill()  # a worker asked to end waits for its task first
            other.wait()


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
        client.wait_for_workers(1, timeout=120)
        with pytest.raises(RunError) as error:
            begun_and(pool, lambda: cluster.scale(0))
        assert str(error.value) == (
            "All workers of the Dask cluster are lost, and none came back within 0.3 s. "
            "Start some, then start this run again: finished parts are kept."
        )


def test_an_address_where_nobody_answers() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    for asked in (address, "nonsense://x"):
        with pytest.raises(RunError) as error, connected(asked, timeout_s=0.5):
            pytest.fail("nobody is there")
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
    assert dask_pool.__all__ == ["DaskPool", "connected", "counting", "pool_of"]
