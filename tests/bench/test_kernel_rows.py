from __future__ import annotations

import pytest

from siting.bench.kernel_rows import KERNEL_ROWS
from siting.bench.row import Row
from siting.bench.workload import Workload

pytestmark = pytest.mark.filterwarnings("default")  # of the libraries that are compared with


@pytest.mark.parametrize("row", KERNEL_ROWS, ids=lambda row: row.key)
def test_kernels_and_libraries_answer_alike(row: Row, work: Workload) -> None:
    for package in row.needs:
        pytest.importorskip(package)
    found = row.measure(work)  # refuses answers that differ
    assert found.ratio > 0
    assert found.difference
    assert found.shown.count(" s") >= 2
