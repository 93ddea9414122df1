"""``--dask``: the workers of a cluster measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.outputs import FILES
from tests.cli.shell import Run, refused


@pytest.mark.servers
def test_rank_on_a_cluster(siting_: Run, world: Path, finished: Path, tmp_path: Path) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        done = siting_("rank", world, "--out", tmp_path / "far", "--dask", cluster.scheduler_address)
    assert done.code == 0, done.err
    for name in set(FILES) - {"run.json"}:
        assert (tmp_path / "far" / name).read_bytes() == (finished / name).read_bytes(), name


def test_robustness_goes_to_a_folder(siting_: Run, world: Path) -> None:
    refused(
        siting_("robustness", world, "--out", "s3://bucket/run"),
        "The tables of siting robustness go to a folder of this machine; --out names the address 's3://bucket/run'. "
        "Name a folder.",
    )


def test_an_address_where_nobody_answers(siting_: Run, world: Path, tmp_path: Path) -> None:
    refused(
        siting_("rank", world, "--out", tmp_path / "far", "--dask", "nonsense://x", "-q"),
        "No Dask scheduler answers at 'nonsense://x' within 5 s. Start one with: dask scheduler, and name the address "
        "that it prints, such as tcp://10.0.0.5:8786.",
    )
