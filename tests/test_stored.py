"""A finished run, read back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from siting.errors import DataError
from siting.ranking import Ranking
from siting.stored import open_ranking


def test_it_says_what_the_ranking_said(finished: Path, ranked: Ranking) -> None:
    stored = open_ranking(finished)
    assert len(stored) == len(ranked)
    pd.testing.assert_frame_equal(stored.top(40), ranked.top(40))
    pd.testing.assert_frame_equal(stored.hits(), ranked.hits())
    assert stored.findings() == ranked.findings()
    assert stored.excluded()["id"].tolist() == ranked.excluded()["id"].tolist()
    assert stored.units["q_station_km"] == "km"
    assert list(stored.table.columns) == [*ranked.columns, "geometry"]
    assert stored.map_path == finished / "map.html"
    assert "35 of 40 parcels admitted" in stored._repr_html_()


def test_a_parcel_that_is_not_there(finished: Path) -> None:
    with pytest.raises(DataError) as e:
        open_ranking(finished).explain("b3")
    assert str(e.value) == "There is no parcel 'b3' among the 40 of this ranking. Did you mean 'B3'?"


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(DataError) as e:
        open_ranking(tmp_path)
    assert str(e.value) == (
        f"The folder '{tmp_path.as_posix()}' holds no finished run: manifest.json is not there. "
        "Name the folder that was given to --out."
    )


def test_a_run_without_a_map_or_with_a_broken_manifest(finished: Path, tmp_path: Path) -> None:
    here = tmp_path / "run"
    shutil.copytree(finished, here)
    (here / "map.html").unlink()
    with pytest.raises(DataError) as e:
        _ = open_ranking(here).map_path
    assert str(e.value) == "The run 'run' wrote no map. Rank the study again with --outputs map."
    (here / "manifest.json").write_text("{")
    with pytest.raises(DataError) as e:
        open_ranking(here).findings()
    assert str(e.value) == "The manifest of the run 'run' cannot be read. Rank the study again."


def test_a_record_that_is_stacked_on_another(finished: Path, ranked: Ranking) -> None:
    for ask in (open_ranking(finished).explain, ranked.explain):
        with pytest.raises(DataError) as e:
            ask("B2-U1")
        assert str(e.value) == (
            "There is no parcel 'B2-U1' among the 40 of this ranking. "
            "The record 'B2-U1' is stacked on 'B2', with one outline; ask for 'B2'."
        )


@pytest.mark.parametrize("content", ["[]", "{}", "null", '{"columns": []}'])
def test_a_manifest_that_is_none_is_refused(finished: Path, tmp_path: Path, content: str) -> None:
    here = tmp_path / "run"
    shutil.copytree(finished, here)
    (here / "manifest.json").write_text(content)
    with pytest.raises(DataError) as e:
        open_ranking(here).explain("B3")
    assert str(e.value) == "The manifest of the run 'run' cannot be read. Rank the study again."


def test_a_ranking_that_was_cut_off_is_refused(finished: Path, tmp_path: Path) -> None:
    here = tmp_path / "run"
    shutil.copytree(finished, here)
    whole = (here / "ranking.parquet").read_bytes()
    (here / "ranking.parquet").write_bytes(whole[:500])
    with pytest.raises(DataError) as e:
        open_ranking(here)
    assert str(e.value) == "The ranking of the run 'run' is damaged or was cut off. Rank the study again."
    (here / "ranking.parquet").write_bytes(b"PAR1" + b"\xff" * (len(whole) // 2 - 4) + whole[len(whole) // 2 :])
    with pytest.raises(DataError) as e:
        open_ranking(here).explain("B3")
    assert str(e.value) == "The ranking of the run 'run' is damaged or was cut off. Rank the study again."


def test_fewer_than_no_parcels_are_none(finished: Path, ranked: Ranking) -> None:
    assert len(open_ranking(finished).top(-1)) == len(ranked.top(-1)) == len(ranked.top(0)) == 0


def test_counts_are_told_in_one_order_and_memory_that_was_passed_is_said(
    finished: Path, ranked: Ranking, tmp_path: Path
) -> None:
    assert list(open_ranking(finished).counts.items()) == list(ranked.counts.items())
    for name in ("manifest.json", "ranking.parquet"):
        shutil.copy(finished / name, tmp_path / name)
    (tmp_path / "run.json").write_text('{"memory_note": "The process held 5 GB."}', encoding="utf-8")
    assert open_ranking(tmp_path).notes[-1] == "The process held 5 GB."
    (tmp_path / "run.json").write_text("[", encoding="utf-8")
    assert "The process held 5 GB." not in open_ranking(tmp_path).notes
