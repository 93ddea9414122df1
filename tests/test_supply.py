"""A study whose layers come from servers is ranked as the same study whose layers are files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from ruamel.yaml import YAML

import siting
from siting.catalogue import catalogue_folder
from siting.studies import study_path
from tests.sources.servers.process import started

#: what a manifest says of where a layer came from, and of nothing else
SOURCE_FIELDS = {"file", "sha256", "fetched", "url", "in_file", "crs_of_file", "layer"}


def _layers(study: dict[str, Any]) -> list[str]:
    """Every catalogue id that the study needs, with those of coverages."""
    used = [study["parcels"]["source"], *(layer["source"] for layer in study["layers"].values())]
    for layer_id in list(used):
        coverage = _yaml(layer_id).get("coverage", {}).get("layer")
        used += [coverage] if coverage not in (None, "extent", "hull") else []
    return list(dict.fromkeys(used))


def _yaml(layer_id: str) -> dict[str, Any]:
    path = next(catalogue_folder().rglob(f"{layer_id}.yaml"))
    return dict(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def arizona(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> tuple[Path, list[str]]:
    """Every layer of the rural Maricopa study as GeoJSON in degrees, and the same features as the servers hold them."""
    home = tmp_path_factory.mktemp("arizona")
    study = dict(YAML(typ="safe", pure=True).load(study_path("maricopa-rural").read_text(encoding="utf-8")))
    ids = _layers(study)
    files = pd.read_csv(study_path("maricopa-rural").parent / "data.csv", index_col="id")["file"]
    (home / "files").mkdir()
    (home / "served").mkdir()
    for layer_id in ids:
        path = data_folder / files[layer_id]
        frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
        frame = frame.to_crs("EPSG:4326").assign(KEY=[f"{layer_id} {row}" for row in range(len(frame))])
        frame.to_file(home / "files" / f"{layer_id}.geojson", driver="GeoJSON", engine="pyogrio", RFC7946="NO")
        again = gpd.read_file(home / "files" / f"{layer_id}.geojson")
        again.to_parquet(home / "served" / f"{layer_id}.parquet")
    rows = "\n".join(f"{layer_id},{layer_id}.geojson" for layer_id in ids)
    (home / "files" / "layers.csv").write_text(f"id,file\n{rows}\n", encoding="utf-8")
    return home, ids


def _catalogue(folder: Path, ids: list[str], host: str) -> None:
    """The catalogue files of layers, with the addresses of servers of ours."""
    folder.mkdir()
    for layer_id in ids:
        spec = _yaml(layer_id)
        spec["service"] = {
            "type": "arcgis_feature",
            "url": f"http://{host}/arcgis/rest/services/{layer_id}/FeatureServer/0",
        }
        spec.pop("alternatives", None)
        with (folder / f"{layer_id}.yaml").open("w", encoding="utf-8") as stream:
            YAML(typ="safe", pure=True).dump(spec, stream)


@pytest.mark.data
@pytest.mark.servers
def test_layers_from_servers_give_the_ranking_of_the_same_files(
    arizona: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, ids = arizona
    with started("arcgis.py", home / "served", 500) as host:
        study = siting.read_study("maricopa-rural")
        keys = {f"layers.{name}.id": "KEY" for name in study.layers}  # most of the files have none of their own
        study = study.with_({"access": {"allow": [host]}, **keys})
        siting.rank(study, data=home / "files", out=tmp_path / "files", outputs=["csv"], progress=None)
        _catalogue(tmp_path / "layers", ids, host)
        monkeypatch.setenv("SITING_LAYERS", str(tmp_path / "layers"))
        monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("SITING_OFFLINE", "0")
        monkeypatch.delenv("SITING_DATA", raising=False)
        siting.rank(study, out=tmp_path / "servers", outputs=["csv"], progress=None)
    assert len(ids) >= 10
    one, other = (tmp_path / name / "ranking.csv" for name in ("files", "servers"))
    assert one.read_bytes() == other.read_bytes()
    assert _differences(tmp_path / "files", tmp_path / "servers") == set()


def _differences(one: Path, other: Path) -> set[str]:
    """Paths at which two manifests differ, but for the fields that say where a layer came from."""
    found: set[str] = set()

    def compare(a: Any, b: Any, path: str) -> None:
        if isinstance(a, dict) and isinstance(b, dict):
            for key in sorted(a.keys() | b.keys()):
                if not (path.startswith(("layers.", "parcels")) and key in SOURCE_FIELDS):
                    compare(a.get(key), b.get(key), f"{path}.{key}".strip("."))
        elif a != b:
            found.add(f"{path}: {a!r} != {b!r}"[:300])

    compare(*(json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (one, other)), "")
    return found
