from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from siting.bench import job_rows
from siting.bench.competent import competent
from siting.bench.job_rows import JOB_ROWS, compared
from siting.bench.row import Measured
from siting.bench.runs import Cost
from siting.bench.workload import Workload
from siting.errors import RunError
from siting.run import rank
from siting.study import read_study


@pytest.mark.filterwarnings("default")
def test_siting_and_the_competent_script_answer_alike(written: Path, tmp_path: Path) -> None:
    pytest.importorskip("exactextract")
    competent(written.parent, tmp_path / "script.parquet")
    rank(read_study(written), out=tmp_path / "out", outputs=["parquet"], progress=None)
    script, ours = tmp_path / "script.parquet", tmp_path / "out" / "ranking.parquet"
    told = compared(script, ours, centres=False)
    assert [part.split()[0] for part in told.split(", ")] == ["line", "point", "flood", "ground", "built", "zone"]
    scores = pd.read_parquet(ours).set_index("id")["score"]
    theirs = gpd.read_parquet(script).set_index("APN")["score"]
    assert (scores - theirs).abs().max() < 0.1
    wrong = gpd.read_parquet(script)
    wrong["flood"] += 0.1
    wrong.to_parquet(tmp_path / "wrong.parquet")
    with pytest.raises(RunError, match=r"The answers of 'flood in the script' differ by 0\.1"):
        compared(tmp_path / "wrong.parquet", ours, centres=True)


ROW = {row.key: row for row in JOB_ROWS}
WORK = Workload(10_000)


def cost(cpu_s: float, peak_mb: float = 0.0) -> Cost:
    return Cost(cpu_s, cpu_s, peak_mb, "")


def test_siting_and_bare_reading_and_writing_count_by_the_least_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    def ranked(work: Workload, times: int = 1) -> list[Cost]:
        return [cost(s, 512.0) for s in ((9.0, 8.0, 8.5) if work is WORK else (5.1, 5.2, 5.0))][:times]

    def bare_s(work: Workload, times: int = 1) -> list[float]:
        return ([2.0, 2.25, 2.5] if work is WORK else [1.9, 1.75, 2.0])[:times]

    monkeypatch.setattr(job_rows, "ranked", ranked)
    monkeypatch.setattr(job_rows, "bare_s", bare_s)
    assert ROW["parquet"].measure(WORK) == Measured(4.0, "8.0 s / 2.0 s", "10,000 parcels")
    marginal = ROW["marginal"].measure(WORK)
    assert marginal.ratio == pytest.approx((8.0 - 5.0) / (2.0 - 1.75))
    assert (marginal.shown, marginal.sizes) == ("333.3 us / 27.8 us a parcel", "1,000 to 10,000 parcels")
    assert ROW["memory"].measure(WORK) == Measured(0.5, "0.50 GB", "10,000 parcels, default budget")


def test_a_script_on_some_parcels_is_scaled_without_its_fixed_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def spent(*command: object) -> Cost:
        asked.append(int(str(command[-1])))
        return cost(3.0 + 200.0 / asked[-1])  # 3 s whatever the parcels, 200 s for all of them

    monkeypatch.setattr(job_rows, "spent", spent)
    monkeypatch.setattr(job_rows, "ranked", lambda _: [cost(2.0)])
    monkeypatch.setattr(job_rows, "table_of", lambda _: tmp_path)
    monkeypatch.setattr(job_rows, "compared", lambda *_, centres: f"centres {centres}")
    monkeypatch.setattr(Workload, "study", tmp_path / "study.yaml")
    plain = ROW["plain"].measure(WORK)
    assert plain.ratio == pytest.approx(203.0 / 2.0)
    assert plain.shown == "203.0 s (from every 10th parcel) / 2.0 s"
    assert plain.difference == "centres True"
    assert ROW["plain_whole"].measure(WORK).ratio == plain.ratio
    assert ROW["competent"].measure(WORK).difference == "centres False"
    assert asked == [10, 100, 1, 1]


def test_a_further_output_and_two_workers_count_by_what_processes_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    walls = {1: [6.0, 5.0, 7.0], 2: [4.0, 2.5, 3.0]}
    asked: list[int] = []

    def answer_of(module: str, study: Path, out: Path, number: int) -> dict[str, float]:
        assert study == tmp_path / "study.yaml"
        assert not out.exists()
        asked.append(number)
        if module == "siting.bench.further":
            return {"parquet": 0.3, "both": 0.5, "bare": 0.16}
        return {"measure_s": walls[number].pop(0)}

    monkeypatch.setattr(job_rows, "answer_of", answer_of)
    monkeypatch.setattr(Workload, "study", tmp_path / "study.yaml")
    further = ROW["output"].measure(WORK)
    assert further.ratio == pytest.approx(0.2 / 0.16)
    assert (further.shown, further.sizes) == ("0.20 s / 0.16 s", "10,000 parcels, CSV")
    assert further.difference == "the same bytes"
    assert ROW["workers"].measure(WORK) == Measured(2.0, "5.0 s / 2.5 s", "10,000 parcels")
    assert asked == [5, 1, 2, 1, 2, 1, 2]


def test_the_rows_are_those_of_the_table() -> None:
    goals = {row.key: (row.goal, row.at_least) for row in JOB_ROWS}
    assert goals == {
        "plain": (120, True),
        "plain_whole": (120, True),
        "competent": (4, True),
        "output": (1.3, False),
        "parquet": (4, False),
        "marginal": (6, False),
        "memory": (3, False),
        "workers": (1.7, True),
    }
