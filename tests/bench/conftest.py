from __future__ import annotations

from pathlib import Path

import pytest

from siting.bench.workload import Workload


@pytest.fixture(scope="session")
def work() -> Workload:
    """The workload at its smallest."""
    return Workload(1000)


@pytest.fixture(scope="session")
def written(work: Workload, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of the workload in a folder; the folder is not to be changed."""
    return work.write(tmp_path_factory.mktemp("workload"))
