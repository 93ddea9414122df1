"""What a run does after measuring, in blocks and in bounded memory: evaluate, exclude, rank, write (SYNTHETIC).

``pytest tests/benchmarks/bench_rows.py``; SITING_BENCH_PARCELS sets the number of parcels (default 2000: then only
equality with a run in memory is asserted), SITING_BENCH_MEMORY the budget (default 2GB). Jobs run in processes of their
own, which say their CPU seconds and the most memory they held; reading and writing the same Parquet with pyarrow is
measured in the same run. From 100,000 parcels on the budget must be kept. 10,000,000 take 20 GB of disk and about ten
minutes.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from siting.bench.runs import Cost, spent
from siting.blockwise import budget_of

from .rows_data import FEW

N = int(os.environ.get("SITING_BENCH_PARCELS", "2000"))
MEMORY = os.environ.get("SITING_BENCH_MEMORY", "2GB")
OUTPUTS = "parquet,csv,gpkg"
WRITTEN = ("ranking.parquet", "ranking.csv", "ranking.gpkg", "excluded.csv", "cleaning.csv", "manifest.json")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parcels at the door's other side, and their quantities in the store."""
    folder = tmp_path_factory.mktemp("rows")
    job("prepare", folder, N, MEMORY)
    return folder


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])


def job(*said: object) -> Cost:
    return spent("tests.benchmarks.rows_data", *said)


def test_rows(benchmark: Any, prepared: Path) -> None:
    ours = benchmark.pedantic(job, ("blocks", prepared, MEMORY, OUTPUTS), rounds=1, iterations=1)
    bare = json.loads(job("bare", prepared).said)["cpu_s"]
    benchmark.extra_info["cpu_s"] = round(ours.cpu_s, 1)
    benchmark.extra_info["peak_mb"] = round(ours.peak_mb)
    benchmark.extra_info["over_read_and_write"] = round(ours.cpu_s / max(bare, 0.01), 1)
    benchmark.extra_info |= json.loads(ours.said)
    if N >= FEW:
        assert ours.peak_mb * 2**20 <= budget_of(MEMORY).bytes
    else:
        job("whole", prepared, OUTPUTS)
        for name in WRITTEN:
            assert (prepared / "blocks" / name).read_bytes() == (prepared / "whole" / name).read_bytes(), name
