"""Reading and writing and nothing else: what no program that reads the inputs and writes the outputs can go below.

``python -m siting.bench.bare FOLDER RANKING.parquet`` reads all inputs of a workload and writes the table again, and
prints the CPU seconds as JSON. ``write_csv`` writes a table of CSV again.
"""

from __future__ import annotations

import filecmp
import json
import sys
import tempfile
import time
from pathlib import Path

from siting.errors import RunError
from siting.export import decoded

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


def write_csv(path: Path, ranking: Path) -> float:
    """CPU seconds of writing a CSV file of the ranking again with pyarrow, from a table in memory (read unmeasured).

    ranking : ranking.parquet, which says the types of the columns
    Raises RunError where the file does not become the same: then the two writers have not done the same work.
    """
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    types = {field.name: field.type for field in decoded(pq.read_schema(ranking)) if not pa.types.is_nested(field.type)}
    asked = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False)
    table = pyarrow.csv.read_csv(path, convert_options=asked)
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as name:
        again = Path(name) / "table.csv"
        begin = time.process_time()
        pyarrow.csv.write_csv(table, again)
        seconds = time.process_time() - begin
        if not filecmp.cmp(path, again, shallow=False):
            raise RunError(
                f"pyarrow writes '{path.name}' otherwise than siting: their speeds cannot be compared. Please report "
                "this with the version of pyarrow."
            )
    return seconds


if __name__ == "__main__":
    print(json.dumps({"cpu_s": read_and_write(*map(Path, sys.argv[1:]))}))
