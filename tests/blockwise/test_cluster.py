"""A run in blocks on separate processes: measured and counted there, with the files of a run in memory here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import siting
from siting.blockwise import budget_of, rank_blocks
from siting.engine import Store, selection
from siting.engine.dask_pool import DaskPool, connected
from siting.engine.url_store import UrlStore
from siting.evaluate import Silence
from siting.out_url import published
from siting.outputs import FILES
from siting.sources.remote import read
from tests.sources.stores import BUCKET, s3_server

WRITTEN = sorted(set(FILES) - {"run.json"})


@pytest.fixture(scope="module")
def pool() -> Iterator[DaskPool]:
    from distributed import LocalCluster

    local = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    with local as cluster, connected(cluster.scheduler_address) as client:
        yield DaskPool(client)


@pytest.fixture(autouse=True)
def counted_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No column may be counted in this process."""
    monkeypatch.setattr(selection, "_numbers", None)
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SITING_OFFLINE", raising=False)


def ranked(world: Path, out: Path, store: Store, pool: DaskPool) -> Any:
    return rank_blocks(
        siting.read_study(world), data=None, out=out, store=store, budget=budget_of(None), steps=Silence(),
        record=lambda synthetic: {}, block_size=8, pool=pool,
    )  # fmt: skip


@pytest.mark.servers
def test_the_files_are_those_of_a_run_in_memory(world: Path, finished: Path, pool: DaskPool, tmp_path: Path) -> None:
    assert len(ranked(world, tmp_path, Store(tmp_path / ".quantities"), pool)) == 40
    for name in WRITTEN:
        assert (tmp_path / name).read_bytes() == (finished / name).read_bytes(), name


@pytest.mark.servers
def test_to_an_address(world: Path, finished: Path, pool: DaskPool) -> None:
    with s3_server():
        with published(f"{BUCKET}/run") as folder:
            ranking = ranked(world, folder, UrlStore(f"{BUCKET}/run/.quantities"), pool)
        for name in WRITTEN:
            assert read(f"{BUCKET}/run/{name}") == (finished / name).read_bytes(), name
    assert ranking.top(1)["id"].tolist() == siting.open_ranking(finished).top(1)["id"].tolist()
