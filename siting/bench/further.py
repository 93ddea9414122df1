"""What a further output takes: ``python -m siting.bench.further STUDY OUT TIMES`` prints CPU seconds as JSON.

The difference of two runs of ``siting rank`` is smaller than what a run takes more or less by chance. So only the
writing is measured: the step in which a run makes its files, with all that the further one needs from the finished
ranking on (its rows put in order, its columns, the text of its cells). Ranking with Parquet alone, ranking with CSV
besides and pyarrow's writer follow each other in one process, time and again; the least of each counts. Every ranking
is a new one, so that none finds what another had made; only the quantities are kept on disk, which no output asks for.
pyarrow writes the rows of the CSV file from a table in memory, and its file must have the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from siting.bench.bare import write_csv
from siting.bench.timed import Clock
from siting.run import rank
from siting.study import read_study

__all__ = ["csv_besides"]


def csv_besides(study: Path, out: Path, times: int) -> dict[str, float]:
    """CPU seconds of writing "parquet", "both" and, by pyarrow, "bare" CSV: the least of so many times."""
    read = read_study(study)
    found: dict[str, list[float]] = {"parquet": [], "both": [], "bare": []}
    for _ in range(times):
        for name, outputs in (("parquet", ["parquet"]), ("both", ["parquet", "csv"])):
            clock = Clock()
            rank(read, out=out, workers=1, outputs=outputs, progress=clock)
            clock.begin("")
            found[name].append(clock.cpu_s["Writing"])
        found["bare"].append(write_csv(out / "ranking.csv", out / "ranking.parquet"))
    return {name: min(seconds) for name, seconds in found.items()}


if __name__ == "__main__":
    print(json.dumps(csv_besides(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
