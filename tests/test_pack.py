"""A pack repeats a run byte for byte on a machine without a network and without any other file."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import siting
from siting.catalogue import data_folder as folder_of
from siting.pack import _all_files, pack_study
from siting.sources.pack import open_pack
from siting.supply import Supply
from tests.sources.servers.process import started
from tests.world import CRS, draw

#: files of a run whose bytes must repeat
WRITTEN = ("ranking.parquet", "ranking.csv", "manifest.json")


@pytest.fixture
def served(tmp_path: Path) -> tuple[Path, Path]:
    """The drawn world with two layers that lie on a server only: the study, and the folder of the server."""
    study = draw(tmp_path / "world")
    away = tmp_path / "served"
    away.mkdir()
    import geopandas as gpd

    for name in ("rail", "flood"):
        gpd.read_file(study.parent / f"{name}.gpkg").to_parquet(away / f"{name}.parquet")
        (study.parent / f"{name}.gpkg").unlink()
    return study, away


def _described(folder: Path, name: str, kind: str, host: str, redistribute: str) -> None:
    spec = {
        "id": name, "title": f"{name} (SYNTHETIC)", "publisher": "nobody", "kind": kind, "theme": "land",
        "feature": "a drawn feature", "licence": "none", "attribution": "nobody", "redistribute": redistribute,
        "vintage": "2026", "coverage": {"words": "the drawn world"}, "grain": "drawn", "confidence": "high", "crs": CRS,
        "service": {"type": "arcgis_feature", "url": f"http://{host}/arcgis/rest/services/{name}/FeatureServer/0"},
    }  # fmt: skip
    with (folder / f"{name}.yaml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(spec, stream)


def _written(study: Path, host: str) -> None:
    text = study.read_text(encoding="utf-8")
    text = text.replace("rail.gpkg", "rail.yaml").replace("flood.gpkg", "flood.yaml")
    study.write_text(f"{text}access: {{allow: ['{host}']}}\n", encoding="utf-8")


@pytest.mark.servers
def test_a_colleague_without_a_network_repeats_the_run(
    served: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, away = served
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SITING_OFFLINE", "0")
    with started("arcgis.py", away, 100) as host:
        _written(study, host)
        _described(study.parent, "rail", "line", host, "yes")
        _described(study.parent, "flood", "polygon", host, "attribution")
        siting.rank(siting.read_study(study), out=tmp_path / "mine", outputs=["parquet", "csv"], progress=None)
        said = pack_study(study, tmp_path / "pack.zip")
        pack_study(study, tmp_path / "again.zip")
    assert (tmp_path / "pack.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    assert said["left_out"] == {}
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "nothing"))
    monkeypatch.setenv("SITING_OFFLINE", "1")
    for folder in (study.parent, tmp_path / "cache", away):
        shutil.rmtree(folder)
    path = open_pack(tmp_path / "pack.zip", tmp_path / "theirs")
    data = folder_of(tmp_path / "theirs" / "data")
    siting.rank(siting.read_study(path), data=data, out=tmp_path / "out", outputs=["parquet", "csv"], progress=None)
    for name in WRITTEN:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "mine" / name).read_bytes(), name


@pytest.mark.servers
def test_what_may_not_be_redistributed_never_enters(
    served: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, away = served
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    with started("arcgis.py", away, 100) as host:
        _written(study, host)
        _described(study.parent, "rail", "line", host, "no")
        _described(study.parent, "flood", "polygon", host, "yes")
        said = pack_study(study, tmp_path / "pack.zip", supply=Supply(offline=False))
    assert said["left_out"] == {"rail": "rail (SYNTHETIC): may not be redistributed (none)"}
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        names = archive.namelist()
        fetched = json.loads(archive.read("data/fetched.json"))
    assert not [name for name in names if "rail" in name and not name.endswith(".yaml")]
    assert list(fetched) == ["flood"]


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    """What belongs to a raster is found beside it, and nothing that a pattern would find."""
    for name in ("dem [2024].tif", "dem [2024].tif.msk", "dem 2.tif.msk"):
        (tmp_path / name).touch()
    found = _all_files(tmp_path / "dem [2024].tif")
    assert [path.name for path in found] == ["dem [2024].tif", "dem [2024].tif.msk"]
