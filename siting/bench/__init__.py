"""The benchmarks: what siting does against what others do, on the user's own machine.

``workload`` draws the county and its layers, ``plain`` and ``competent`` are the scripts that one would write
without siting, ``bare`` only reads and writes, ``kernel_rows`` and ``job_rows`` are what is compared, ``runs`` starts
processes, ``timed`` and ``further`` look into a run, ``table`` measures the rows.
"""

from __future__ import annotations

from siting.bench.row import Measured, Row
from siting.bench.table import ROWS, Result, as_json, measured, rows_named

__all__ = ["ROWS", "Measured", "Result", "Row", "as_json", "measured", "rows_named"]
