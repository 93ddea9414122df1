"""Files and fields that a study names and that are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from siting.catalogue import Catalogue, Finder
from siting.check import check_study
from siting.check.fields import fields_of, named_fields
from siting.study import parse_study


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    box = [shapely.box(0, 0, 1, 1)]
    gpd.GeoDataFrame({"APN": ["1"], "AREA": [1.0]}, geometry=box, crs=26912).to_parquet(tmp_path / "parcels.parquet")
    for name, field in (("rail", "NET"), ("flood", "SFHA"), ("zoning", "ZONE")):
        gpd.GeoDataFrame({field: ["T"]}, geometry=box, crs=4326).to_file(tmp_path / f"{name}.geojson")
    (tmp_path / "codes.csv").write_text("ZONE,class\nT,yes\n", encoding="utf-8")
    return tmp_path


def findings(study: dict[str, Any], folder: Path) -> list[str]:
    finder = Finder(catalogue=Catalogue({}), base=folder)
    return [str(finding) for finding in check_study(parse_study(study), finder=finder)]


def test_a_sound_study_finds_its_files_and_fields(sound: dict[str, Any], folder: Path) -> None:
    assert findings(sound, folder) == []


def test_unknown_fields_are_errors_with_the_nearest_name(sound: dict[str, Any], folder: Path) -> None:
    sound["parcels"]["id"] = "APM"
    sound["layers"]["flood"]["where"] = "SFHR == 'T'"
    sound["exclusions"] = [{"name": "old", "field": "AREAS", "below": 5}]
    sound["layers"]["rail"]["units"] = {"NETT": "km"}
    assert findings(sound, folder) == [
        "error: parcels: It names the field 'APM', which the parcels do not have. Did you mean 'APN'? "
        "Fields: 'APN', 'AREA'.",
        "error: layers.rail: It names the field 'NETT', which the layer 'rail' does not have. Did you mean 'NET'? "
        "Fields: 'NET'.",
        "error: layers.flood: It names the field 'SFHR', which the layer 'flood' does not have. Did you mean 'SFHA'? "
        "Fields: 'SFHA'.",
        "error: exclusions.old: It names the field 'AREAS', which the parcels do not have. Did you mean 'AREA'? "
        "Fields: 'APN', 'AREA'.",
    ]


def test_the_class_of_a_crosswalk_is_a_field_only_with_a_crosswalk(sound: dict[str, Any], folder: Path) -> None:
    sound["layers"]["zoning"] = {"source": "zoning.geojson"}
    assert findings(sound, folder) == [
        "error: criterion zone: It names the field 'class', which the layer 'zoning' does not have. Fields: 'ZONE'."
    ]


def test_missing_files_and_tables_are_errors(sound: dict[str, Any], folder: Path) -> None:
    (folder / "rail.geojson").unlink()
    (folder / "codes.csv").unlink()
    sound["overrides"] = "overrides.csv"
    sound["layers"]["flood"]["coverage"] = "panels.geojson"
    advice = "Write the path relative to the study file, or a catalogue id."
    no_file = "in the folder of the study, and the catalogue has no layer of that name."
    assert findings(sound, folder) == [
        f"error: layers.rail: There is no file 'rail.geojson' {no_file} {advice}",
        f"error: layers.flood.coverage: There is no file 'panels.geojson' {no_file} {advice}",
        "error: layers.zoning.crosswalk: There is no table 'codes.csv' in the folder of the study or in the catalogue. "
        "Write its path relative to the study file.",
        "error: overrides: There is no table 'overrides.csv' in the folder of the study.",
    ]


def test_fields_are_read_from_headers(folder: Path) -> None:
    finder = Finder(catalogue=Catalogue({}), base=folder)
    assert fields_of(finder.find("rail.geojson")) == ("NET",)
    assert fields_of(finder.find("parcels.parquet")) == ("APN", "AREA", "geometry")
    (folder / "broken.geojson").write_text('{"type": "FeatureCollection", "fea', encoding="utf-8")
    assert fields_of(finder.find("broken.geojson")) is None
    (folder / "dem.tif").write_bytes(b"")
    assert fields_of(finder.find("dem.tif")) is None


def test_every_place_that_names_a_field_is_looked_at(sound: dict[str, Any]) -> None:
    sound["parcels"] |= {
        "owner": "WHO",
        "publish": ["PUC"],
        "where": "USE == 1",
        "area": {"field": "A", "unit": "acre"},
    }
    sound["layers"]["rail"] |= {"id": "KEY", "null": {"NET": -1}, "keep": ["KEPT"]}
    sound["usable"] = [
        {"name": "cut", "layer": "rail", "where": "X > 1", "buffer_by": {"field": "KV", "69 kV": "15 m"}}
    ]
    sound["exclusions"] = [{"name": "rule", "share": "flood", "where": "Y > 1", "above": "5 %"}]
    assert list(named_fields(parse_study(sound))) == [
        *[("", "parcels", name) for name in ("APN", "WHO", "A", "PUC", "USE")],
        *[("rail", "layers.rail", name) for name in ("NET", "KEPT", "KEY")],
        ("flood", "layers.flood", "SFHA"),
        ("zoning", "layers.zoning", "ZONE"),
        ("rail", "usable.cut", "X"),
        ("rail", "usable.cut", "KV"),
        ("zoning", "criterion zone", "class"),
        ("flood", "exclusions.rule", "Y"),
    ]
