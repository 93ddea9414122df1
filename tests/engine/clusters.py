"""Clusters of processes on the loopback interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from siting.engine.dask_pool import DaskPool
from tests.engine.dask_parts import slow_product

__all__ = ["begun_and", "cluster_of"]


def cluster_of(workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(n_workers=workers, processes=True, threads_per_worker=1, dashboard_address="127.0.0.1:0")


def begun_and(pool: DaskPool, then: Callable[[], object], parts: int = 1000) -> None:
    """Work on many parts, and do something when the sixth is finished."""
    with pool.carrying(1.0) as carried:
        for finished, _ in enumerate(carried.each(slow_product, range(parts))):
            if finished == 5:
                then()
