"""Reading and writing and nothing else: what no program that reads the inputs and writes the outputs can go below.

``python -m siting.bench.bare FOLDER RANKING.parquet`` reads all inputs of a workload and writes the table again;
``python -m siting.bench.bare TABLE.csv`` writes such a table with pyarrow. The CPU seconds are printed as JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["read_and_write", "write_csv"]


def read_and_write(folder: Path, ranking: Path) -> float:
    """CPU seconds of reading every file of the workload and of writing the ranking's table (read unmeasured)."""
    import pyarrow.parquet as pq
    import rasterio

    begin = time.process_time()
    for path in sorted(folder.glob("*.parquet")):
        pq.read_table(path, use_threads=False)
    for path in sorted(folder.glob("*.tif")):
        with rasterio.open(path) as source:
            source.read()
    read = time.process_time() - begin
    table = pq.read_table(ranking, use_threads=False)
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as name:
        begin = time.process_time()
        pq.write_table(table, Path(name) / "table.parquet", compression="zstd")
        return read + time.process_time() - begin


def write_csv(path: Path) -> float:
    """CPU seconds of writing a CSV file again with pyarrow."""
    import pyarrow.csv

    table = pyarrow.csv.read_csv(path)
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as name:
        begin = time.process_time()
        pyarrow.csv.write_csv(table, Path(name) / "table.csv")
        return time.process_time() - begin


if __name__ == "__main__":
    paths = [Path(name) for name in sys.argv[1:]]
    print(json.dumps({"cpu_s": read_and_write(*paths) if len(paths) > 1 else write_csv(*paths)}))
