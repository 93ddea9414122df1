"""The command line: every command, its exit code, and one clean sentence for a refusal."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import siting
from siting.cli import main
from siting.outputs import FILES
from tests.world import HOSTILE


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def siting_(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line as a shell would, in this process."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SITING_DATA", raising=False)

    def done(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["siting", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Done(code, said.out, said.err)

    return done


def test_run_writes_and_says_what_became_of_everybody(siting_: Run, world: Path, tmp_path: Path) -> None:
    done = siting_("run", world, "--out", tmp_path / "out")
    assert done.code == 0
    assert "44 records in = 35 admitted, 2 admitted only in a site, 3 excluded, 2 dropped," in done.out
    assert "Not carried out yet: assemble" in done.out
    assert str(tmp_path / "out" / "map.html") in done.out
    assert done.err.splitlines()[:3] == ["Reading the study ...", "Reading parcels ...", "Opening layers (7 parts) ..."]
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


def test_check_is_static_and_measures_a_sample_on_request(siting_: Run, world: Path) -> None:
    static = siting_("check", world)
    assert static.code == 0
    assert "Measured" not in static.out
    measured = siting_("check", world, "--sample", 12)
    assert measured.code == 0
    assert "Measured 12 of 40 parcels, spread over the land (seed 3)." in measured.out
    assert "acts" in measured.out.replace("\n", " ")


def test_a_check_that_finds_an_error_refuses(siting_: Run, world: Path, tmp_path: Path) -> None:
    text = world.read_text().replace("{source: rail.gpkg}", "{source: rial.gpkg}")
    (tmp_path / "study.yaml").write_text(text)
    for path in world.parent.iterdir():
        if path.is_file() and path.name != "study.yaml":
            shutil.copy(path, tmp_path)
    done = siting_("check", tmp_path / "study.yaml", "--sample", 5)
    assert done.code == 2
    assert "error: layers.rail: " in done.out
    assert "Measured" not in done.out


def test_explain_top_and_map_of_a_finished_run(siting_: Run, finished: Path) -> None:
    done = siting_("explain", finished, HOSTILE)
    assert done.out.startswith(f"Parcel {HOSTILE}\nSYNTHETIC: some of its data are invented.\nRank ")
    assert (done.code, done.err) == (0, "")
    top = siting_("top", finished, "-n", 2)
    assert top.code == 0
    assert top.out.splitlines()[0] == "SYNTHETIC: some of its data are invented."
    assert len(top.out.splitlines()) == 4
    assert siting_("map", finished) == Done(0, f"{finished / 'map.html'}\n", "")


def test_map_opens_it(siting_: Run, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr("typer.launch", opened.append)
    assert siting_("map", finished, "--open").code == 0
    assert opened == [(finished / "map.html").as_uri()]


def test_schema_to_the_screen_and_to_a_file(siting_: Run, tmp_path: Path) -> None:
    done = siting_("schema")
    assert json.loads(done.out)["title"] == "A study of siting"
    assert siting_("schema", "--out", tmp_path / "schema.json") == Done(0, "", "")
    assert json.loads((tmp_path / "schema.json").read_text()) == json.loads(done.out)


def test_studies_and_version(siting_: Run) -> None:
    names = [line.split("\t")[0] for line in siting_("studies").out.splitlines()]
    assert names == list(siting.study_names())
    assert siting_("version") == Done(0, f"{siting.__version__}\n", "")


@pytest.mark.parametrize("words", [[], ["--help"], *([name, "--help"] for name in (
    "run", "rank", "demo", "sample", "check", "schema", "explain", "top", "map", "studies", "version",
))])  # fmt: skip
def test_help(siting_: Run, words: list[str]) -> None:
    done = siting_(*words)
    assert "Usage:" in done.out + done.err
    assert max(map(len, (done.out + done.err).splitlines())) <= 80


def refused(done: Done, message: str) -> None:
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1] == f"siting: {message}"


def test_files_that_are_not_there(siting_: Run, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    none = (tmp_path / "none.yaml").as_posix()
    refused(siting_("run", tmp_path / "none.yaml", *out), f"There is no study file '{none}'.")
    refused(siting_("run", tmp_path, *out), f"'{tmp_path.as_posix()}' is a folder; name the study file in it.")
    refused(
        siting_("top", tmp_path),
        f"The folder '{tmp_path.as_posix()}' holds no finished run: manifest.json is not there. "
        "Name the folder that was given to --out.",
    )
    assert not (tmp_path / "out").exists()


def test_an_out_that_is_a_file(siting_: Run, world: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refused(
        siting_("rank", world, "--out", tmp_path / "file"),
        f"'{tmp_path / 'file'}' is a file, and a run writes a folder. Name another folder.",
    )


def test_a_study_that_is_not_yaml(siting_: Run, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("crs: [EPSG:26912\nparcels: {")
    done = siting_("check", tmp_path / "study.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("siting: study.yaml, line ")


def test_a_study_with_a_wrong_key_and_a_wrong_unit(siting_: Run, world: Path, tmp_path: Path) -> None:
    text = world.read_text().replace("missing: interval", "mising: interval").replace("[[1 km, 1]", "[[1 kV, 1]")
    (tmp_path / "study.yaml").write_text(text)
    done = siting_("run", tmp_path / "study.yaml", "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert "'mising'" in done.err
    assert "'missing'" in done.err
    assert "1 kV" in done.err


def test_an_unknown_scenario_output_and_parcel(siting_: Run, world: Path, finished: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    refused(
        siting_("rank", world, *out, "--scenario", "x"),
        "The study has no scenario 'x'. Its scenarios are 'power_first'.",
    )
    refused(
        siting_("rank", world, *out, "--outputs", "maps"),
        "There is no output 'maps'. Did you mean 'map'? Outputs are 'parquet', 'gpkg', 'csv', 'map', 'report'.",
    )
    refused(siting_("explain", finished, "nobody"), "There is no parcel 'nobody' among the 40 of this ranking.")


def test_a_wrong_option_is_refused_by_name(siting_: Run, world: Path) -> None:
    for words in (
        ["rank", world],
        ["rank", world, "--out", "x", "--workers", "0"],
        ["rnak"],
        ["rank", world, "--quit"],
    ):
        assert siting_(*words).code == 2


def test_stopped_by_hand(siting_: Run, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("siting.run.rank", stop)
    done = siting_("rank", world, "--out", tmp_path / "out")
    assert done.code == 130
    assert done.err == "siting: stopped. Start the same command again to go on; finished parts are kept.\n"


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
