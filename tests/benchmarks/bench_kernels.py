"""The table of ``siting bench`` under pytest: equal answers are demanded of every row, ratios are reported.

``pytest tests/benchmarks/bench_kernels.py``; SITING_BENCH_PARCELS sets the number of parcels (default 2000: equality
only). From 20,000 parcels on a kernel that misses its goal fails.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from siting.bench.kernel_rows import KERNEL_ROWS
from siting.bench.row import Row
from siting.bench.workload import Workload

N = int(os.environ.get("SITING_BENCH_PARCELS", "2000"))

pytestmark = pytest.mark.filterwarnings("default")  # of the libraries that are compared with


@pytest.fixture(scope="module")
def work() -> Workload:
    return Workload(N)


@pytest.mark.parametrize("row", KERNEL_ROWS, ids=lambda row: row.key)
def test_kernel(benchmark: Any, row: Row, work: Workload) -> None:
    for package in row.needs:
        pytest.importorskip(package)
    found = benchmark.pedantic(row.measure, (work,), rounds=1, iterations=1)
    benchmark.extra_info["ratio"] = round(found.ratio, 1)
    benchmark.extra_info["figures"] = found.shown
    if N >= 20_000:
        assert row.reached(found.ratio), f"{row.compared}: {found.ratio:.1f}, goal {row.goal:g} ({found.shown})"
