from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from siting.bench import runs
from siting.bench.runs import Cost, answer_of, bare_s, ranked, spent, table_of
from siting.bench.workload import Workload
from siting.errors import RunError


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


def test_the_last_line_is_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "says_so.py").write_text("import sys\nprint('a word before')\nprint('{\"n\":', sys.argv[1], '}')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert answer_of("says_so", 7) == {"n": 7}


def test_rows_share_runs_and_both_sides_take_turns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    def spent(*command: object) -> Cost:
        asked.append(str(command[0]))
        return Cost(float(len(asked)), 0.0, 0.0, f'{{"cpu_s": {len(asked)}}}')

    def forgotten() -> weakref.ref[Workload]:
        work = Workload(1000, 5)
        assert [run.cpu_s for run in ranked(work)] == [1.0]
        assert bare_s(work, 3) == [2.0, 4.0, 6.0]
        assert [run.cpu_s for run in ranked(work, 2)] == [1.0, 3.0]
        assert asked == ["siting", "siting.bench.bare"] * 3
        assert table_of(work) == tmp_path / "ranked" / "ranking.parquet"
        return weakref.ref(work)

    monkeypatch.setattr(runs, "spent", spent)
    monkeypatch.setattr(runs, "compile_kernels", lambda _: None)
    monkeypatch.setattr(Workload, "study", tmp_path / "work" / "study.yaml")
    gone = forgotten()
    gc.collect()
    assert gone() is None  # with its folder


def test_a_run_begins_with_nothing(work: Workload) -> None:
    ranked(work)
    (table_of(work).parent / "mark").touch()
    assert len(ranked(work, 2)) == 2
    assert table_of(work).is_file()
    assert not (table_of(work).parent / "mark").exists()
