"""A run in blocks gives the bytes of a run in memory, whatever the blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import siting
from siting.blockwise import budget_of, rank_blocks
from siting.catalogue import data_folder as known_folder
from siting.engine import Store
from siting.errors import RunError
from siting.evaluate import Silence
from siting.outputs import FILES, OUTPUTS
from siting.stored import LargeRanking
from siting.study import Study, read_study
from tests import plain

BYTES = [name for name in FILES if name != "run.json"]


def in_blocks(study: Study, out: Path, block_size: int, workers: int = 2, **options: Any) -> LargeRanking:
    out.mkdir(exist_ok=True)
    given: dict[str, Any] = {"data": None, "record": lambda _: {}, **options}
    return rank_blocks(
        study, out=out, store=Store(out / ".quantities"), budget=budget_of("1GB"), steps=Silence(),
        block_size=block_size, workers=workers, **given,
    )  # fmt: skip


def different(one: Path, other: Path) -> list[str]:
    """The files of two runs that are not the same, or not there in both."""
    read = [
        {name: (folder / name).read_bytes() for name in BYTES if (folder / name).exists()} for folder in (one, other)
    ]
    assert "ranking.parquet" in read[0]
    return [name for name in BYTES if read[0].get(name) != read[1].get(name)]


@pytest.mark.parametrize(("block_size", "workers"), [(3, 2), (11, 1), (1000, 2)])
def test_files_have_the_bytes_of_a_run_in_memory(
    world: Path, finished: Path, tmp_path: Path, block_size: int, workers: int
) -> None:
    ranking = in_blocks(read_study(world), tmp_path / "out", block_size, workers)
    assert different(finished, tmp_path / "out") == []
    assert not (tmp_path / "out" / ".blocks").exists()
    assert len(ranking) == len(siting.open_ranking(finished))


def test_sites_of_several_parcels_are_those_of_a_run_in_memory(tmp_path: Path) -> None:
    study = read_study(plain.draw(tmp_path / "plain"))
    siting.rank(study, out=tmp_path / "memory", progress=None)
    in_blocks(study, tmp_path / "blocks", 250)
    members = pd.read_csv(tmp_path / "blocks" / "site_parcels.csv").groupby("site").size()
    assert len(members) == 2
    assert (members >= 3).all()
    assert siting.open_ranking(tmp_path / "blocks").counts["admitted"] > 1_000
    assert different(tmp_path / "memory", tmp_path / "blocks") == []


@pytest.mark.data
def test_real_parcels_give_the_same_bytes(data_folder: Path, tmp_path: Path) -> None:
    """Every output of 49,742 parcels of Pima County, with sites of several of them and drawn weights."""
    changes = {
        "assemble": {"usable": ["1500 acre", "3000 acre"], "gap": "60 m", "sites": 2},
        "robustness": {"draws": 50},
    }
    study, data = read_study(siting.study_path("pima")).with_(changes), known_folder(data_folder)
    siting.rank(study, data=data, out=tmp_path / "memory", outputs=OUTPUTS, progress=None)
    in_blocks(study, tmp_path / "blocks", 8_000, data=data, outputs=OUTPUTS)
    assert pd.read_csv(tmp_path / "blocks" / "sites.csv")["parcels"].max() > 1
    assert different(tmp_path / "memory", tmp_path / "blocks") == []


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


@pytest.mark.parametrize("left", [0, 100])
def test_parts_that_were_cut_off_are_made_anew(world: Path, finished: Path, tmp_path: Path, left: int) -> None:
    """One file of each kind is damaged between a run that stopped at the very end and the next."""
    study, out = read_study(world), tmp_path / "out"
    with pytest.raises(ZeroDivisionError):
        in_blocks(study, out, 7, record=lambda _: {"never": 1 / 0})
    kinds = (
        ".quantities/*/*.parquet", ".blocks/judged-*.arrow", ".blocks/rows-*.arrow", ".blocks/counts-*.numbers",
        ".blocks/spread-*.json", ".blocks/parcels-*/block-000002.arrow", ".blocks/parcels-*/parcels.json",
    )  # fmt: skip
    for kind in kinds:
        path = sorted(out.glob(kind))[0]
        path.write_bytes(path.read_bytes()[:left])
    in_blocks(study, out, 7)
    assert different(finished, out) == []
    record = json.loads((out / "run.json").read_text())["blocks"]
    assert (record["judged"], record["ranked"]) == (1, 1)


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
