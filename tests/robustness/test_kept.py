"""Draws are kept with a run, and what is found again is what was drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.engine import Store
from siting.ranking import Ranking
from siting.robustness import robustness_of
from siting.robustness.result import RobustnessResult
from siting.study.sections import Robustness


def drawn(ranking: Ranking, **given: Any) -> RobustnessResult:
    return robustness_of(ranking, Robustness.model_validate({"draws": 60, **given}))


def same(one: RobustnessResult, other: RobustnessResult) -> bool:
    a, b = one.counted, other.counted
    return (a.n, a.draws, a.depth, a.scored) == (b.n, b.draws, b.depth, b.scored) and all(
        np.array_equal(getattr(a, name), getattr(b, name)) and getattr(a, name).dtype == getattr(b, name).dtype
        for name in ("rows", "counts", "first_weights")
    )


def test_what_is_kept_is_what_was_drawn(ranked: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranking = replace(ranked, store=Store(tmp_path))
    asked: list[dict[str, Any]] = [
        {}, {"shortlist": 30}, {"weights": {"known": "nothing"}}, {"errors": {"station": {"normal": "500 m"}}},
        {"seed": 9},
    ]  # fmt: skip
    first = [drawn(ranking, **given) for given in asked]
    kept = list(tmp_path.rglob("*.parquet"))
    assert len(kept) == len(asked), "whatever is asked for otherwise has a key of its own"

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("drawn again")

    with monkeypatch.context() as patch:
        patch.setattr("siting.robustness.kept.smaa", refuse)
        assert all(same(drawn(ranking, **given), before) for given, before in zip(asked, first, strict=True))
        with pytest.raises(AssertionError):
            drawn(ranked)
    assert same(drawn(ranked), first[0])


def test_other_parcels_are_drawn_anew(ranked: Ranking, tmp_path: Path) -> None:
    drawn(replace(ranked, store=Store(tmp_path)))
    other = ranked.reweight({"blocks.power.weight": 8})
    drawn(replace(other, store=Store(tmp_path)))
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def test_a_damaged_part_is_drawn_anew(ranked: Ranking, tmp_path: Path) -> None:
    ranking = replace(ranked, store=Store(tmp_path))
    first = drawn(ranking)
    (path,) = tmp_path.rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-9])
    assert same(drawn(ranking), first)
