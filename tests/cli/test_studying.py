"""Commands about a study."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import siting
from tests.cli.shell import Done, Run


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


def test_schema_to_the_screen_and_to_a_file(siting_: Run, tmp_path: Path) -> None:
    done = siting_("schema")
    assert json.loads(done.out)["title"] == "A study of siting"
    assert siting_("schema", "--out", tmp_path / "schema.json") == Done(0, "", "")
    assert json.loads((tmp_path / "schema.json").read_text()) == json.loads(done.out)


def test_studies_and_version(siting_: Run) -> None:
    names = [line.split("\t")[0] for line in siting_("studies").out.splitlines()]
    assert names == list(siting.study_names())
    assert siting_("version") == Done(0, f"{siting.__version__}\n", "")


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
