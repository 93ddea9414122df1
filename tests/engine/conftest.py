"""A pool of real processes on the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from siting.engine.dask_pool import DaskPool, connected
from tests.engine.clusters import cluster_of


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with cluster_of(2) as cluster:
        yield cluster


@pytest.fixture
def pool(cluster: Any) -> Iterator[DaskPool]:
    with connected(cluster.scheduler_address) as client:
        client.wait_for_workers(2, timeout=120)  # those that a test before has killed come back
        yield DaskPool(client, patience_s=20)
