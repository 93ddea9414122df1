"""Commands that rank."""

from __future__ import annotations

import json
from pathlib import Path

from siting.outputs import FILES
from tests.cli.shell import Done, Run, refused


def test_run_writes_and_says_what_became_of_everybody(siting_: Run, world: Path, tmp_path: Path) -> None:
    done = siting_("run", world, "--out", tmp_path / "out")
    assert done.code == 0
    assert "44 records in = 35 admitted, 2 admitted only in a site, 3 excluded, 2 dropped," in done.out
    assert "Sites assembled from neighbouring parcels:\n  S1: rank 1, 83.3 points, 247 usable acres" in done.out
    assert "Scenarios of the study: power_first" in done.out
    assert str(tmp_path / "out" / "map.html") in done.out
    steps = [line for line in done.err.splitlines() if not line.startswith("Preparing")]
    assert steps[:3] == ["Reading the study ...", "Reading parcels ...", "Opening layers (7 parts) ..."]
    assert sorted(path.name for path in (tmp_path / "out").glob("[!.]*")) == sorted(FILES)


def test_rank_is_the_first_stage(siting_: Run, world: Path, tmp_path: Path) -> None:
    done = siting_("rank", world, "--out", tmp_path / "out", "--outputs", "csv, map", "--workers", "1")
    assert done.code == 0
    assert "Not carried out" not in done.out
    assert not (tmp_path / "out" / "ranking.gpkg").exists()


def test_quiet_is_silent(siting_: Run, world: Path, tmp_path: Path) -> None:
    assert siting_("run", world, "--out", tmp_path / "out", "--quiet") == Done(0, "", "")
    assert siting_("check", world, "--sample", 10, "-q") == Done(0, "", "")


def test_a_scenario(siting_: Run, world: Path, tmp_path: Path) -> None:
    done = siting_("rank", world, "--out", tmp_path / "out", "--scenario", "power_first")
    assert "91.7" in done.out
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["scenario"] == "power_first"


def test_an_out_that_is_a_file(siting_: Run, world: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refused(
        siting_("rank", world, "--out", tmp_path / "file"),
        f"'{tmp_path / 'file'}' is a file, and a run writes a folder. Name another folder.",
    )


def test_an_unknown_scenario_and_output(siting_: Run, world: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    refused(
        siting_("rank", world, *out, "--scenario", "x"),
        "The study has no scenario 'x'. Its scenarios are 'power_first'.",
    )
    refused(
        siting_("rank", world, *out, "--outputs", "maps"),
        "There is no output 'maps'. Did you mean 'map'? Outputs are 'parquet', 'gpkg', 'csv', 'map', 'report'.",
    )


def test_robustness_writes_its_tables_and_says_what_a_share_is(siting_: Run, world: Path, tmp_path: Path) -> None:
    done = siting_("robustness", world, "--out", tmp_path / "out")
    assert done.code == 0
    assert "share of plausible weightings and data in which it makes the shortlist" in done.out
    assert "probab" not in done.out
    assert (tmp_path / "out" / "robustness_shortlist.csv").is_file()


def test_why_not_says_what_would_bring_a_parcel_in(siting_: Run, world: Path, tmp_path: Path) -> None:
    done = siting_("why-not", world, "C4", "--out", tmp_path / "out")
    assert done.code == 0
    assert "station within 2.3 km instead of 3.04 km" in done.out
    unknown = siting_("why-not", world, "C44", "--out", tmp_path / "out")
    assert unknown.code == 2
    assert "There is no parcel 'C44' among the 40 of this ranking." in unknown.err
