"""The manifest: what a reader needs to trust or repeat a run, and nothing of the machine it ran on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import siting
from siting.export import json_text
from siting.manifest import manifest
from siting.ranking import Ranking
from siting.study import parse_study


@pytest.fixture(scope="module")
def said(ranked: Ranking) -> dict[str, Any]:
    return dict(json.loads(json_text(manifest(ranked))))


def test_versions_and_seed(said: dict[str, Any]) -> None:
    assert said["siting"] == siting.__version__
    assert {"numpy", "shapely", "pyproj", "numba"} < set(said["packages"])
    assert "not installed" not in said["packages"].values()
    assert said["seed"] == 3
    assert said["synthetic"] is True
    assert said["marking"] == "SYNTHETIC"


def test_the_resolved_study_can_be_ranked_again(said: dict[str, Any], world: Path, ranked: Ranking) -> None:
    again = siting.rank(parse_study(said["study"], base=world.parent), progress=None)
    assert again.top(40).equals(ranked.top(40))


def test_every_layer_says_where_it_came_from(said: dict[str, Any], world: Path) -> None:
    assert list(said["layers"]) == sorted(said["layers"])
    stations = said["layers"]["stations"]
    digest = hashlib.sha256((world.parent / "stations.gpkg").read_bytes()).hexdigest()
    assert stations["sha256"] in (digest, {"stations.gpkg": digest})
    assert stations["file"] == "stations.gpkg"
    assert stations["crs"] == "EPSG:26912"
    assert (stations["read"], stations["used"], stations["repaired"], stations["dropped"]) == (2, 2, 0, 0)
    assert stations["accuracy_m"] == 0
    assert [note for note in stations["notes"] if "MAX_VOLT >= 230" in note]
    assert said["layers"]["fissures"]["coverage"]["file"] == "mapped.gpkg"
    assert said["layers"]["zoning"]["crosswalk"]["file"] == "classes.csv"
    assert said["layers"]["dem"]["used"] is None
    assert "identity" not in json.dumps(said)


def test_what_happened_to_the_records(said: dict[str, Any]) -> None:
    parcels = said["parcels"]
    names = ("read", "kept", "repaired", "renamed", "dropped", "merged", "flagged")
    assert [parcels[name] for name in names] == [44, 40, 1, 0, 2, 2, 0]


def test_exclusions_with_their_hits(said: dict[str, Any]) -> None:
    assert said["exclusions"][2] == {"reason": "too small", "hits": 2, "hits_alone": 2}


def test_criteria_name_their_columns(said: dict[str, Any], ranked: Ranking) -> None:
    station = next(criterion for criterion in said["criteria"] if criterion["name"] == "station")
    assert station["quantity"] == "q_station_km"
    assert station["within"] == "5 km"
    assert station["weight"] == pytest.approx(1 / 3)
    assert station["measure"][0] == "distance"
    assert set(said["columns"]) == set(ranked.columns)
    assert said["columns"]["q_station_km"] == {"unit": "km", "meaning": "quantity of the criterion 'station'"}


def test_findings_and_notes(said: dict[str, Any], ranked: Ranking) -> None:
    assert len(said["findings"]) == len(ranked.findings()) > 3
    assert said["notes"] == list(ranked.notes)


def test_a_measure_that_looks_farther_than_its_layer_says_so_once(ranked: Ranking) -> None:
    key = ranked.plan.criteria["station"].key
    noted = replace(ranked.quantities[key], notes=("a", "b", "a"))
    quantities = replace(ranked.quantities, measured={**ranked.quantities.measured, key: noted})
    assert manifest(replace(ranked, quantities=quantities))["measure_notes"] == {"station": ["a", "b"]}


def test_absolute_paths_become_relative_to_the_study(world: Path, tmp_path: Path) -> None:
    folder = world.parent
    study = siting.read_study(world).with_(
        {"layers.rail.source": str(folder / "rail.gpkg"), "parcels.source": str(folder / "parcels.parquet")}
    )
    ranking = siting.rank(study, out=tmp_path / "out", progress=None)
    content = manifest(ranking)
    assert content["study"]["layers"]["rail"]["source"] == "rail.gpkg"
    assert content["layers"]["rail"]["file"] == "rail.gpkg"
    for path in (tmp_path / "out").iterdir():
        if path.is_file():
            assert str(folder).encode() not in path.read_bytes(), path.name


def test_a_scenario_is_named(ranked: Ranking) -> None:
    assert manifest(ranked)["scenario"] is None
    assert manifest(siting.rank(ranked.study, scenario="power_first", progress=None))["scenario"] == "power_first"
