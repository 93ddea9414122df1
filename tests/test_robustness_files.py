"""The files that say how sure a ranking is."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from siting.ranking import Ranking
from siting.robustness_files import write_robustness


def test_every_table_is_written_and_says_what_it_is(ranked: Ranking, tmp_path: Path) -> None:
    written = write_robustness(ranked, tmp_path / "new")
    tables = ranked.robustness().tables()
    assert list(written) == [*tables, "data_weights", "sites", "about"]
    for name, table in tables.items():
        read = pd.read_csv(written[name])
        assert list(read.columns) == [*table.columns, "marking"]
        assert len(read) == len(table)
        assert (read["marking"] == "SYNTHETIC").all()
    about = json.loads(written["about"].read_text(encoding="utf-8"))
    assert (about["draws"], about["shortlist"], about["seed"], about["parcels"]) == (100, 10, 3, 35)
    assert about["p_top_k"] == "share of plausible weightings and data in which it makes the shortlist"
    assert about["monte_carlo_error"] == pytest.approx(0.098)


def test_the_same_ranking_gives_the_same_bytes(ranked: Ranking, tmp_path: Path) -> None:
    one, other = (write_robustness(ranked, tmp_path / name) for name in "ab")
    assert all(one[name].read_bytes() == other[name].read_bytes() for name in one)


def test_without_assembly_there_are_no_sites(ranked: Ranking, tmp_path: Path) -> None:
    alone = ranked.reweight({"assemble": None})
    assert "sites" not in write_robustness(alone, tmp_path)
