"""A study whose layers come from servers is ranked as the same study whose layers are files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from ruamel.yaml import YAML

import siting
from siting.catalogue import catalogue_folder
from siting.errors import CatalogueError, SourceError
from siting.evaluate import finder_of
from siting.studies import study_path
from siting.supply import Supply, Telling
from tests.sources.servers.process import started
from tests.world import draw

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


def _catalogue(folder: Path, ids: list[str], host: str, other: str) -> None:
    """The catalogue files of layers, with the addresses of servers of ours: every third speaks OGC API Features."""
    folder.mkdir()
    for number, layer_id in enumerate(ids):
        spec = _yaml(layer_id)
        url = f"http://{host}/arcgis/rest/services/{layer_id}/FeatureServer/0"
        spec["service"] = {"type": "arcgis_feature", "url": url}
        if number % 3 == 2:
            spec["service"] = {"type": "ogc_features", "url": f"http://{other}", "collection": layer_id}
        spec.pop("alternatives", None)
        with (folder / f"{layer_id}.yaml").open("w", encoding="utf-8") as stream:
            YAML(typ="safe", pure=True).dump(spec, stream)


@pytest.mark.data
@pytest.mark.servers
def test_layers_from_servers_give_the_ranking_of_the_same_files(
    arizona: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, ids = arizona
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SITING_OFFLINE", "0")
    monkeypatch.delenv("SITING_DATA", raising=False)
    with started("arcgis.py", home / "served", 500) as host, started("ogc.py", home / "files") as other:
        study = _keyed(tmp_path / "study.yaml", [host, other])
        siting.rank(
            siting.read_study(study), data=home / "files", out=tmp_path / "files", outputs=["csv"], progress=None
        )
        _catalogue(tmp_path / "layers", ids, host, other)
        monkeypatch.setenv("SITING_LAYERS", str(tmp_path / "layers"))
        command = [sys.executable, "-m", "siting", "layers", "fetch", "--area", str(study)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert len(ids) >= 10
    assert {line.split()[0] for line in said.splitlines()[1:]} == set(ids)
    siting.rank(siting.read_study(study), out=tmp_path / "servers", outputs=["csv"], progress=None, offline=True)
    one, other = (tmp_path / name / "ranking.csv" for name in ("files", "servers"))
    assert one.read_bytes() == other.read_bytes()
    assert _differences(tmp_path / "files", tmp_path / "servers") == set()


def _keyed(path: Path, hosts: list[str]) -> Path:
    """The rural Maricopa study with a key for every layer, which most files lack, and leave to ask hosts."""
    plain = dict(YAML(typ="safe", pure=True).load(study_path("maricopa-rural").read_text(encoding="utf-8")))
    plain["layers"] = {name: {**layer, "id": "KEY"} for name, layer in plain["layers"].items()}
    with path.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump({**plain, "access": {"allow": hosts}}, stream)
    return path


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


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layers of the drawn world as a server holds them (SYNTHETIC)."""
    home = tmp_path_factory.mktemp("away")
    draw(home / "world")
    (home / "served").mkdir()
    for name in ("rail", "flood", "stations", "mapped", "fissures"):
        gpd.read_file(home / "world" / f"{name}.gpkg").to_parquet(home / "served" / f"{name}.parquet")
    gpd.read_parquet(home / "world" / "parcels.parquet").to_parquet(home / "served" / "parcels.parquet")
    return home


def _drawn(folder: Path, host: str, names: dict[str, str], **coverage: str) -> siting.Study:
    """The drawn world with some layers (name -> kind) on a server only."""
    study = draw(folder)
    text = study.read_text(encoding="utf-8")
    for name, kind in names.items():
        text = text.replace(f"{name}.gpkg", f"{name}.yaml").replace(f"{name}.parquet", f"{name}.yaml")
        spec = {
            "id": name, "title": f"{name} (SYNTHETIC)", "publisher": "nobody", "kind": kind, "theme": "land",
            "feature": "a drawn feature", "licence": "none", "attribution": "nobody", "redistribute": "yes",
            "vintage": "2026", "coverage": {"words": "the drawn world"}, "grain": "drawn", "confidence": "high",
            "service": {"type": "arcgis_feature", "url": f"http://{host}/arcgis/rest/services/{name}/FeatureServer/0"},
        }  # fmt: skip
        if name in coverage:
            spec["coverage"]["layer"] = coverage[name]  # type: ignore[index]
        with (folder / f"{name}.yaml").open("w", encoding="utf-8") as stream:
            YAML(typ="safe", pure=True).dump(spec, stream)
    study.write_text(f"{text}access: {{allow: ['{host}']}}\n", encoding="utf-8")
    return siting.read_study(study)


@pytest.fixture
def online(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and leave to fetch."""
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SITING_OFFLINE", "0")
    monkeypatch.delenv("SITING_DATA", raising=False)
    return tmp_path


class _Heard:
    """Hears the steps of a run."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int | None]] = []

    def begin(self, text: str, total: int | None = None) -> None:
        self.steps.append((text, total))

    def advance(self) -> None:
        pass


@pytest.mark.servers
def test_layers_and_parcels_are_fetched_when_a_study_needs_them(away: Path, online: Path) -> None:
    names = {"parcels": "polygon", "rail": "line", "flood": "polygon", "mapped": "polygon", "fissures": "line"}
    own = siting.rank(siting.read_study(draw(online / "own")), progress=None).table
    heard = _Heard()
    with started("arcgis.py", away / "served", 20) as host:
        study = _drawn(online / "world", host, names)
        ranked = siting.rank(study, progress=heard).table
    rows = [
        "geometry",
        "hazard_nearest_id",
        "quiet_nearest_id",
    ]  # ids of layers without a key: numbers of rows in a file
    assert_frame_equal(pd.DataFrame(ranked.drop(columns=rows)), pd.DataFrame(own.drop(columns=rows)))
    assert shapely.equals(ranked.geometry.to_numpy(), own.geometry.to_numpy()).all()
    said = [text for text in heard.steps if text[0].startswith("Fetching")]
    assert said == [("Fetching parcels", 1), ("Fetching flood, fissures, mapped, rail", 4)] or said == [
        ("Fetching parcels", 1),
        ("Fetching rail, flood, fissures, mapped", 4),
    ]
    again = siting.rank(study, progress=None, offline=True).table  # the server is gone
    assert again.equals(ranked)


@pytest.mark.servers
def test_another_crs_fetches_nothing(away: Path, online: Path) -> None:
    with started("arcgis.py", away / "served", 20) as host:
        study = _drawn(online / "world", host, {"rail": "line", "stations": "point"})
        siting.rank(study, progress=None)
    for crs in ("EPSG:32612", "EPSG:3742", "EPSG:6341"):
        siting.rank(study.with_(crs=crs), progress=None, offline=True)


@pytest.mark.servers
def test_offline_a_layer_that_is_not_here_is_refused(away: Path, online: Path) -> None:
    study = _drawn(online / "world", "127.0.0.1:9", {"rail": "line"})
    with pytest.raises(CatalogueError) as error:
        siting.rank(study, progress=None, offline=True)
    assert "The layer 'rail' (rail (SYNTHETIC)) needs a file, and no data folder is named." in str(error.value)


@pytest.mark.servers
def test_a_host_that_the_study_does_not_allow_is_not_asked(away: Path, online: Path) -> None:
    study = _drawn(online / "world", "127.0.0.1:9", {"rail": "line"}).with_({"access": {"allow": ["127.0.0.1:8"]}})
    with pytest.raises(SourceError) as error:
        siting.rank(study, progress=None)
    assert str(error.value) == (
        "The layer 'rail' did not come. The host '127.0.0.1' lies at 127.0.0.1, which is no public address, and siting "
        "reaches into the own network only where a study allows it. Write access: {allow: ['127.0.0.1:9']} in the "
        "study if that is meant. Allowed now: '127.0.0.1:8'."
    )


@pytest.mark.servers
def test_the_extent_of_a_layer_is_that_of_the_whole_though_a_part_came(away: Path, online: Path) -> None:
    """Flood zones, and the same again 3 degrees away: the coverage is the box of both, the features are those near."""
    frame = gpd.read_parquet(away / "served" / "flood.parquet")
    far = frame.copy()
    far["geometry"] = far.geometry.translate(300_000, 300_000)
    (online / "served").mkdir()
    pd.concat([frame, far], ignore_index=True).to_parquet(online / "served" / "flood.parquet")
    with started("arcgis.py", online / "served", 20) as host:
        study = _drawn(online / "world", host, {"flood": "polygon"}, flood="extent")
        layer = siting.rank(study, progress=None).layers["flood"]
    assert len(layer) == len(frame)
    assert layer.coverage.bounds == pytest.approx([*frame.total_bounds[:2], *far.total_bounds[2:]], abs=0.01)


@pytest.mark.servers
def test_what_was_fetched_is_at_hand_for_a_check(away: Path, online: Path) -> None:
    names = {"parcels": "polygon", "rail": "line"}
    with started("arcgis.py", away / "served", 20) as host:
        study = _drawn(online / "world", host, names)
        before = finder_of(study, None)
        assert Supply().at_hand(study, before).fetched == {}
        siting.rank(study, progress=None)
    finder = Supply().at_hand(study, before)
    assert sorted(finder.fetched) == ["parcels", "rail"]
    assert finder.find("rail.yaml").path.is_file()


def test_features_and_bytes_are_told_as_they_come() -> None:
    """To steps that can tell; others are told only what is here."""
    heard: list[str] = []

    class Told(_Heard):
        def tell(self, text: str) -> None:
            heard.append(text)

    for steps in (Told(), _Heard(), None):
        telling = Telling(steps)
        telling.progress("wells", features=1_500, of=20_000, size=2_500_000)
        telling.progress("wells", features=1_500, of=None, size=900)
        telling.progress("dem", features=0, of=None, size=4_000)
    assert heard == [
        "Fetching wells: 1,500 of 20,000 features, 2.5 MB", "Fetching wells: 1,500 features, 900 B",
        "Fetching dem: 4.0 kB",
    ]  # fmt: skip
