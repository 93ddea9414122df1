"""The files of a run: what is in them, the same bytes each time, whole or not at all."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest

import siting
import siting.outputs
from siting.errors import RunError, StudyError
from siting.export import arrow_table
from siting.outputs import FILES, chosen_outputs, write_outputs
from siting.ranking import Ranking
from siting.ranking.tables import ranked_columns
from siting.site_files import SITE_FILES
from tests.world import HOSTILE, RECORDS, SECRET

REPEAT = [name for name in FILES if name != "run.json"]


def test_a_run_writes_these_files(finished: Path) -> None:
    assert sorted(path.name for path in finished.iterdir()) == sorted([*FILES, ".quantities"])


@pytest.mark.parametrize(("workers", "part_size"), [(1, 8192), (2, 7), (2, 16)])
def test_the_same_bytes_whatever_the_workers_and_the_partitions(
    world: Path, finished: Path, tmp_path: Path, workers: int, part_size: int
) -> None:
    siting.rank(siting.read_study(world), out=tmp_path / "again", workers=workers, part_size=part_size, progress=None)
    different = [name for name in REPEAT if (tmp_path / "again" / name).read_bytes() != (finished / name).read_bytes()]
    assert different == []


def test_every_parcel_is_in_the_parquet_file_with_units(finished: Path) -> None:
    table = gpd.read_parquet(finished / "ranking.parquet")
    assert len(table) == 40
    assert table.crs == "EPSG:26912"
    schema = pq.read_schema(finished / "ranking.parquet")
    assert schema.field("q_station_km").metadata[b"unit"] == b"km"
    assert b"unit" not in (schema.field("v_station").metadata or {})
    assert schema.metadata[b"synthetic"] == b"SYNTHETIC"
    assert schema.field("rank").type == "int64"
    assert table.set_index("id").loc["C3", "q_hazard_m"] == np.inf


def test_the_admitted_by_rank_as_csv_and_geopackage(finished: Path, ranked: Ranking) -> None:
    table = pd.read_csv(finished / "ranking.csv", dtype={"id": str})
    assert list(table.columns[:2]) == ["rank", "id"]
    assert table["id"].tolist() == ranked.top(100)["id"].tolist()
    assert set(table["marking"]) == {"SYNTHETIC"}
    assert pyogrio.list_layers(finished / "ranking.gpkg")[:, 0].tolist() == ["ranking_SYNTHETIC"]
    spatial = gpd.read_file(finished / "ranking.gpkg")
    assert spatial["id"].tolist() == table["id"].tolist()
    assert np.isinf(spatial.set_index("id").loc["C3", "q_hazard_m"])


def test_rows_in_are_rows_out(finished: Path) -> None:
    rows = sum(len(pd.read_csv(finished / name)) for name in ("ranking.csv", "excluded.csv"))
    assert rows == RECORDS
    counts = json.loads((finished / "manifest.json").read_text())["counts"]
    assert counts.pop("read") == sum(counts.values()) == RECORDS


def test_cleaning_is_listed(finished: Path) -> None:
    table = pd.read_csv(finished / "cleaning.csv")
    assert table[["id", "what"]].to_numpy().tolist() == [
        ["E5", "repaired"], ["B2-U1", "merged"], ["B2-U2", "merged"], ["Z1", "dropped"], ["Z2", "dropped"],
    ]  # fmt: skip


def test_owners_and_machines_are_in_no_file(finished: Path, world: Path) -> None:
    for name in FILES:
        content = (finished / name).read_bytes()
        assert SECRET.encode() not in content, name
        assert str(world.parent).encode() not in content, name
        assert str(finished).encode() not in content, name


def test_every_file_says_synthetic(finished: Path) -> None:
    for name in FILES:
        assert b"SYNTHETIC" in (finished / name).read_bytes(), name


def test_what_is_real_does_not_say_synthetic(ranked: Ranking, tmp_path: Path) -> None:
    real = replace(ranked, study=ranked.study.with_(marking=""))
    write_outputs(real, tmp_path, ["gpkg", "csv"])
    assert pyogrio.list_layers(tmp_path / "ranking.gpkg")[:, 0].tolist() == ["ranking"]
    for path in tmp_path.iterdir():
        assert b"SYNTHETIC" not in path.read_bytes(), path.name


def test_fields_are_there_when_they_are_published(ranked: Ranking, tmp_path: Path) -> None:
    study = ranked.study.with_({"parcels.publish": ["USE", "OWNER", "APN"]})
    anew = siting.rank(study, out=tmp_path, progress=None)
    table = pd.read_csv(tmp_path / "ranking.csv")
    assert set(table["OWNER"]) == {SECRET}
    assert anew.explain("F5").fields == (("USE", "0037"), ("OWNER", "STATE"), ("APN", "F5"))


def test_published_names_that_a_result_has_already_get_a_number(ranked: Ranking, tmp_path: Path) -> None:
    table = ranked.parcels.table.assign(RANK="x", fid="y")
    anew = replace(
        ranked,
        parcels=replace(ranked.parcels, table=table),
        study=ranked.study.with_({"parcels.publish": ["RANK", "fid"]}),
    )
    write_outputs(anew, tmp_path)
    assert {"RANK_2", "fid_2"} < set(gpd.read_file(tmp_path / "ranking.gpkg").columns)
    assert siting.open_ranking(tmp_path).explain("A3").fields == (("RANK", "x"), ("fid", "y"))


def test_outputs_that_are_not_asked_for_go(ranked: Ranking, tmp_path: Path) -> None:
    first = write_outputs(ranked, tmp_path)
    assert {"map.html", "ranking.gpkg", "ranking.csv"} < set(first)
    again = write_outputs(ranked, tmp_path, ["csv"])
    kept = ["cleaning.csv", "excluded.csv", "manifest.json", "ranking.csv", "ranking.parquet"]
    assert sorted(again) == sorted([*kept, *SITE_FILES])
    alone = write_outputs(ranked.reweight({"assemble": None}), tmp_path, ["csv"])
    assert sorted(alone) == kept
    again = alone
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(again)


def test_which_outputs(ranked: Ranking) -> None:
    assert chosen_outputs(ranked, None) == ("parquet", "gpkg", "csv", "map", "report")
    assert chosen_outputs(ranked, ["map"]) == ("parquet", "map")
    assert chosen_outputs(ranked, []) == ("parquet",)
    few = ranked.reweight({"outputs": {"up_to": 34}})
    assert chosen_outputs(few, None) == ("parquet",)
    assert chosen_outputs(few, ["gpkg"]) == ("parquet", "gpkg")
    with pytest.raises(StudyError) as e:
        chosen_outputs(ranked, ["gkpg"])
    assert str(e.value) == (
        "There is no output 'gkpg'. Did you mean 'gpkg'? Outputs are 'parquet', 'gpkg', 'csv', 'map', 'report'."
    )


def _state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_run_that_fails_leaves_the_old_files(
    ranked: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_outputs(ranked, tmp_path)
    before = _state(tmp_path)
    anew = ranked.reweight({"blocks.power.weight": 8})

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(siting.outputs, "manifest", full)
    with pytest.raises(RunError) as e:
        write_outputs(anew, tmp_path)
    assert str(e.value) == (
        f"The results cannot be written to the folder '{tmp_path}': No space left on device. "
        "Free some space or name another folder, then start again: what is measured is kept."
    )
    assert _state(tmp_path) == before
    assert not (tmp_path / ".new").exists()


def test_what_a_killed_run_left_is_taken_away(ranked: Ranking, tmp_path: Path) -> None:
    (tmp_path / ".new").mkdir()
    (tmp_path / ".new" / "map.html").write_text("half a map")
    write_outputs(ranked, tmp_path, ["csv"])
    assert not (tmp_path / ".new").exists()
    assert not (tmp_path / "map.html").exists()


def test_without_anybody_admitted(ranked: Ranking, tmp_path: Path) -> None:
    rules = [{"name": "land", "shape": "area", "above": "0 acre"}]
    nobody = ranked.reweight({"exclusions": rules, "overrides": None})
    assert nobody.counts["admitted"] == 0
    write_outputs(nobody, tmp_path)
    assert len(pd.read_csv(tmp_path / "ranking.csv")) == 0
    assert len(gpd.read_file(tmp_path / "ranking.gpkg")) == 0
    assert nobody.top().empty


def test_hostile_text_stays_text(finished: Path) -> None:
    ids = pd.read_csv(finished / "ranking.csv")["id"].tolist()
    assert HOSTILE in ids
    assert HOSTILE not in (finished / "map.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("values", "kind", "cells"),
    [
        (np.array([1.0, np.nan, np.inf]), "double", [1.0, None, float("inf")]),
        (np.array([1, None], object), "int64", [1, None]),
        (np.array([1, 2.5], object), "double", [1.0, 2.5]),
        (np.array(["a", float("nan")], object), "string", ["a", None]),
        (np.array(["a", 1, None], object), "string", ["a", "1", None]),
        (np.array([True, None], object), "string", ["True", None]),
        (np.array([None, None], object), "string", [None, None]),
        (np.array([True, False]), "bool", [True, False]),
        (np.array(["a"]), "string", ["a"]),
    ],
)
def test_columns_as_arrow(values: Any, kind: str, cells: list[Any]) -> None:
    column = arrow_table({"x": values}).column("x")
    assert (str(column.type), column.to_pylist()) == (kind, cells)


def test_a_chosen_file_that_was_not_made_is_refused(
    ranked: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_outputs(ranked, tmp_path)
    before = _state(tmp_path)
    monkeypatch.setattr(siting.outputs, "_write_ranked", lambda *_: [])
    with pytest.raises(RunError) as e:
        write_outputs(ranked, tmp_path, ["csv", "gpkg"])
    assert str(e.value) == (
        f"The results cannot be written to the folder '{tmp_path}': 'ranking.gpkg', 'ranking.csv' went away while they "
        "were made. Start again: what is measured is kept."
    )
    assert _state(tmp_path) == before


def test_columns_beyond_a_geopackage_are_in_parquet_alone(
    ranked: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siting.outputs, "GPKG_COLUMNS", 5)
    write_outputs(ranked, tmp_path, ["gpkg"])
    assert len(pyogrio.read_info(tmp_path / "ranking.gpkg")["fields"]) == 5
    total = len(ranked_columns(ranked.columns))
    assert json.loads((tmp_path / "manifest.json").read_text())["file_notes"] == [
        f"ranking.gpkg has the first 5 of {total:,} columns, as many as the format takes; the others are in "
        "ranking.parquet."
    ]


def test_a_duration_is_text() -> None:
    column = arrow_table({"x": np.array([90, "NaT"], "timedelta64[s]")}).column("x")
    assert column.to_pylist() == ["0 days 00:01:30", None]
