"""A run in blocks gives the bytes of a run in memory, whatever the blocks."""

from __future__ import annotations

import json
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


def test_parcels_that_do_not_fit_need_a_folder(world: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from siting.blockwise import budget

    monkeypatch.setattr(budget, "_PARCEL", 10**9)
    with pytest.raises(RunError) as e:
        siting.rank(read_study(world), progress=None)
    assert str(e.value) == (
        "Ranking 44 parcels in memory takes about 44.5 GB, and the run may take 4 GB. Write rank(study, out='DIR'), "
        "which ranks them in blocks in that folder, or allow more, such as memory='89 GB'."
    )
    ranking = siting.rank(read_study(world), out=tmp_path / "out", progress=None)
    assert isinstance(ranking, LargeRanking)


def test_a_run_in_memory_takes_away_what_one_in_blocks_had_begun(world: Path, tmp_path: Path) -> None:
    (tmp_path / ".blocks").mkdir()
    (tmp_path / ".blocks" / "judged-00.arrow").write_bytes(b"finished, for a run in blocks")
    siting.rank(read_study(world), out=tmp_path, progress=None)
    assert not (tmp_path / ".blocks").exists()
