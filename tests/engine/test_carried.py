"""Parts on their way to real processes; workers are killed by the id of their process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.engine import dask_pool
from siting.engine.carried import Known
from siting.engine.dask_pool import DaskPool, connected
from siting.engine.sealed import Sealed, sealed
from siting.errors import DataError, RunError
from tests.engine.clusters import begun_and, cluster_of
from tests.engine.dask_parts import dies, fails, first_of, opened, pid, slow_product

pytestmark = pytest.mark.servers


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
