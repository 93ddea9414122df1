"""Every command has help, and refuses a wrong option by name."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from siting.cli import COMMANDS
from tests.cli.shell import Run


@pytest.mark.parametrize("words", [[], ["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help(siting_: Run, words: list[str]) -> None:
    done = siting_(*words)
    assert "Usage:" in done.out + done.err
    assert max(map(len, (done.out + done.err).splitlines())) <= 80


def test_a_wrong_option_is_refused_by_name(siting_: Run, world: Path) -> None:
    for words in (
        ["rank", world],
        ["rank", world, "--out", "x", "--workers", "0"],
        ["rnak"],
        ["rank", world, "--quit"],
    ):
        assert siting_(*words).code == 2


def test_an_own_catalogue_serves_one_command(siting_: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its ids are known to run, rank and check while they run, and to nobody afterwards."""
    monkeypatch.delenv("SITING_LAYERS", raising=False)
    own = tmp_path / "own"
    own.mkdir()
    shapes = [box(x, 3_700_000, x + 90, 3_700_090) for x in (400_000, 400_200)]
    lots = gpd.GeoDataFrame({"ID": ["a", "b"]}, geometry=shapes, crs="EPSG:26912")
    data = tmp_path / "data"
    data.mkdir()
    lots.to_file(data / "lots.gpkg", engine="pyogrio")
    (data / "layers.csv").write_text("id,file\nlots,lots.gpkg\n", encoding="utf-8")
    (own / "lots.yaml").write_text(LOTS, encoding="utf-8")
    study = tmp_path / "study.yaml"
    study.write_text(STUDY, encoding="utf-8")
    for words in (("check", study), ("rank", study, "--out", tmp_path / "out", "--outputs", "csv")):
        done = siting_(*words, "--data", data, "--catalogue", own, "--quiet")
        assert (done.code, done.err) == (0, "")
        assert siting_(*words, "--data", data, "--quiet").code == 2
    assert "SITING_LAYERS" not in os.environ
    assert siting_("check", study, "--catalogue", tmp_path / "none").err == (
        f"siting: The catalogue folder '{tmp_path / 'none'}' does not exist. Name a folder of YAML files with "
        "--catalogue or in SITING_LAYERS.\n"
    )


LOTS = """\
id: lots
title: Lots (SYNTHETIC)
publisher: nobody
kind: polygon
theme: land
feature: a lot
service: {type: file, url: lots.gpkg}
licence: none
attribution: nobody
redistribute: 'yes'
vintage: '2026'
coverage: {words: everywhere}
grain: lot
confidence: low
"""
STUDY = """\
siting: 1
title: Two lots (SYNTHETIC)
crs: EPSG:26912
parcels: {source: lots, id: ID}
blocks:
  all:
    criteria:
      size: {weight: 1, measure: {shape: area, of: parcel}, value: [[0 acres, 0], [1 acres, 1]]}
"""
