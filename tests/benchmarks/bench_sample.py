"""The sample county: time, memory and parcels per second, and the same bytes of two runs.

``pytest tests/benchmarks/bench_sample.py``; SITING_BENCH_PARCELS sets the number of parcels (default 2000).
The peak of memory is that of the whole process so far, so run this file alone for a true one.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
from pathlib import Path
from typing import Any

from siting.sample import sample_county, write_sample

N = int(os.environ.get("SITING_BENCH_PARCELS", "2000"))


def peak_mb() -> float:
    """Largest resident memory of this process so far; macOS counts bytes, Linux kilobytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_county(benchmark: Any, tmp_path: Path) -> None:
    runs: list[Path] = []

    def make() -> None:
        runs.append(write_sample(tmp_path / str(len(runs)), sample_county(N, 1)))

    benchmark.pedantic(make, rounds=2, iterations=1)
    benchmark.extra_info["parcels"] = N
    if benchmark.stats is not None:  # None where benchmarks only check for equality
        benchmark.extra_info["parcels_per_second"] = round(N / benchmark.stats.stats.min)
    benchmark.extra_info["peak_mb"] = round(peak_mb())
    if len(runs) == 1:
        make()
    assert digests(runs[0]) == digests(runs[1])
