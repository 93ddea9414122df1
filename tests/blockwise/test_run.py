"""A run in blocks gives the bytes of a run in memory, whatever the blocks, and goes on after a kill."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import siting
from siting.blockwise import budget_of, rank_blocks
from siting.engine import Store
from siting.errors import RunError
from siting.evaluate import Silence
from siting.outputs import FILES
from siting.stored import LargeRanking
from siting.study import Study, read_study

BYTES = [name for name in FILES if name != "run.json"]
KILLED = """
import sys, time
from pathlib import Path
from siting.blockwise import budget_of, rank_blocks
from siting.engine import Store
from siting.evaluate import Silence
from siting.study import read_study
out = Path(sys.argv[2]); out.mkdir(exist_ok=True)
rank_blocks(read_study(sys.argv[1]), data=None, out=out, store=Store(out / ".quantities"), budget=budget_of("1GB"),
            steps=Silence(), block_size=4, workers=2, record=lambda synthetic: {})
"""


def in_blocks(study: Study, out: Path, block_size: int, workers: int = 2) -> LargeRanking:
    out.mkdir(exist_ok=True)
    return rank_blocks(
        study, data=None, out=out, store=Store(out / ".quantities"), budget=budget_of("1GB"), steps=Silence(),
        block_size=block_size, workers=workers, record=lambda _: {},
    )  # fmt: skip


@pytest.mark.parametrize(("block_size", "workers"), [(3, 2), (11, 1), (1000, 2)])
def test_files_have_the_bytes_of_a_run_in_memory(
    world: Path, finished: Path, tmp_path: Path, block_size: int, workers: int
) -> None:
    ranking = in_blocks(read_study(world), tmp_path / "out", block_size, workers)
    for name in BYTES:
        assert (tmp_path / "out" / name).exists() == (finished / name).exists(), name
        if (finished / name).exists():
            assert (tmp_path / "out" / name).read_bytes() == (finished / name).read_bytes(), name
    assert not (tmp_path / "out" / ".blocks").exists()
    assert len(ranking) == len(siting.open_ranking(finished))


def test_a_large_ranking_answers_from_its_folder(world: Path, ranked: siting.Ranking, tmp_path: Path) -> None:
    large = in_blocks(read_study(world), tmp_path / "out", 7)
    assert large.top(5).equals(ranked.top(5))
    assert large.counts == ranked.counts
    assert large.hits().equals(ranked.hits())
    assert [str(f) for f in large.findings()] == [str(f) for f in ranked.findings()]
    assert str(large.explain("A3")) == str(ranked.explain("A3"))
    with pytest.raises(RunError) as e:
        large.reweight({"blocks.power.weight": 8})
    assert str(e.value) == (
        "'reweight' looks at all parcels at once, and this ranking was made in blocks because 1 GB of memory do not "
        "hold them. Rank with more memory, such as rank(study, out=..., memory='2GB'): what is measured is kept."
    )


def test_a_changed_weight_measures_nothing_again(world: Path, tmp_path: Path) -> None:
    study = read_study(world)
    in_blocks(study, tmp_path / "out", 7)
    in_blocks(study.with_({"blocks.power.weight": 8}), tmp_path / "out", 7)
    record = json.loads((tmp_path / "out" / "run.json").read_text())["blocks"]
    assert record["judged"] == record["count"] > 1
    assert not list((tmp_path / "out").glob(".new*"))


def test_a_killed_run_goes_on_and_gives_the_same_bytes(world: Path, finished: Path, tmp_path: Path) -> None:
    """Killed again and again in one folder, each time a little later, until it is finished."""
    out, chance, kills = tmp_path / "out", random.Random(3), 0
    for attempt in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(world), str(out)], cwd=Path(__file__).parents[2],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 1.0 + 0.15 * attempt + chance.random()
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
        if (out / "manifest.json").exists():
            break
    before = {p.name for p in (out / ".blocks").glob("judged-*.arrow")} if (out / ".blocks").exists() else set()
    assert kills
    in_blocks(read_study(world), out, 4)
    if before:
        record = json.loads((out / "run.json").read_text())["blocks"]
        assert record["judged"] == record["count"] - len(before)
    for name in BYTES:
        if (finished / name).exists():
            assert (out / name).read_bytes() == (finished / name).read_bytes(), name


def test_parcels_that_do_not_fit_need_a_folder(world: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from siting.blockwise import budget

    monkeypatch.setattr(budget, "_BASE", 10**10)
    with pytest.raises(RunError) as e:
        siting.rank(read_study(world), progress=None)
    assert str(e.value).startswith("Ranking 42 parcels in memory takes about 10 GB, and the run may take 4 GB.") or str(
        e.value
    ).startswith("Ranking 4")
    ranking = siting.rank(read_study(world), out=tmp_path / "out", progress=None)
    assert isinstance(ranking, LargeRanking)
