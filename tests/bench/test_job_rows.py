from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from siting.bench.competent import competent
from siting.bench.job_rows import JOB_ROWS, compared, spent
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


def test_a_process_is_measured() -> None:
    cost = spent("json.tool", "--help")
    assert "usage" in cost.said
    assert cost.cpu_s > 0
    assert 1 < cost.peak_mb < 1000


def test_a_process_that_fails_is_a_refusal() -> None:
    with pytest.raises(RunError) as error:
        spent("no_such_module_at_all")
    assert str(error.value).startswith("'no_such_module_at_all' ended with code 1: ")
    assert "No module named no_such_module_at_all" in str(error.value)


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
