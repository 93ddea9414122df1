"""Runs with layers that are made from others: the numbers, the record, what is kept, and what is not passed on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, box

from siting import rank
from siting.catalogue import Finder, catalogue, data_folder
from siting.check import check_study
from siting.crs import study_crs
from siting.errors import DataError, StudyError
from siting.evaluate import finder_of
from siting.layer import VectorLayer
from siting.maps.ranking_view import view_of
from siting.pack import pack_study
from siting.parcels import read_parcels
from siting.plan import plan_of
from siting.ranking import Ranking
from siting.sources.fetch import Need
from siting.sources.pack import open_pack
from siting.stored import open_ranking
from siting.study import parse_study, read_study
from siting.supply import layer_needs

X, Y = 400_000.0, 3_700_000.0


def drawn(folder: Path, name: str, geometry: list[Any], **columns: list[Any]) -> None:
    frame = geopandas.GeoDataFrame(columns or {"n": range(len(geometry))}, geometry=geometry, crs="EPSG:26912")
    frame.to_file(folder / name, engine="pyogrio")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Four parcels of 100 m in a row, two registers of stations, lines of two voltages, a model that rises 10 %."""
    import rasterio
    from rasterio import Affine

    place = tmp_path / "place"
    place.mkdir()
    drawn(place, "lots.gpkg", [box(X + 1000 * i, Y, X + 1000 * i + 100, Y + 100) for i in range(4)], ID=list("abcd"))
    drawn(place, "ours.gpkg", [Point(X + 50, Y + 50)], NAME=["Avery"], KV=[230])
    drawn(place, "theirs.gpkg", [Point(X + 60, Y + 50), Point(X + 3500, Y + 50)], NAME=["AVERY", "Palm"], KV=[230, 230])
    drawn(place, "lines.gpkg", [LineString([(X + 2050, Y - 900), (X + 2050, Y + 900)]),
                                   LineString([(X + 1050, Y - 900), (X + 1050, Y + 900)])], KV=[345, 69])  # fmt: skip
    rows = np.tile(np.arange(500) * 1.0, (60, 1))
    with rasterio.open(place / "dem.tif", "w", driver="GTiff", count=1, height=60, width=500, dtype="float64",
                       transform=Affine(10, 0, X - 500, 0, -10, Y + 350), crs="EPSG:26912") as target:  # fmt: skip
        target.write(rows, 1)
    return place


def study(**changes: Any) -> dict[str, Any]:
    near = {"value": [["0 km", 1], ["5 km", 0]]}
    return {
        "siting": 1, "title": "Combined", "crs": "EPSG:26912", "parcels": {"source": "lots.gpkg", "id": "ID"},
        "layers": {
            "stations": {"union": {"of": ["ours.gpkg", "theirs.gpkg"], "same": {"within": "150 m", "name": "NAME"}}},
            "banks": {"buffer": {"of": {"source": "lines.gpkg", "where": "KV >= 230"}, "by": "20 m"}},
            "steep": {"slope": {"of": {"source": "dem.tif", "unit": "m"}}},
        },
        "blocks": {"all": {"criteria": {
            "station": {"weight": 1, "measure": {"distance": "stations", "of": "parcel"}, **near},
            "bank": {"weight": 1, "measure": {"share": "banks"}, "value": [["0 %", 1], ["100 %", 0]]},
            "slope": {"measure": {"raster": "steep", "statistic": "mean", "unit": "% slope"},
                      "weight": 1, "value": [["5 % slope", 1], ["15 % slope", 0]]},
        }}},
    } | changes  # fmt: skip


def ranked(place: Path, **changes: Any) -> Ranking:
    return rank(parse_study(study(**changes), base=place), progress=None)


def quantity(ranking: Ranking, criterion: str) -> list[float]:
    table = ranking.table.sort_values("id")
    column = next(
        name for name in table.columns if name.startswith(f"q_{criterion}") and not name.endswith(("lo", "hi"))
    )
    return [float(value) for value in table[column]]


def test_the_numbers_by_hand(place: Path) -> None:
    """Kilometres to the stations, the share of 40 m of bank in 100 m of lot c, and 1 m of rise a cell of 10 m."""
    ranking = ranked(place)
    assert quantity(ranking, "station") == pytest.approx([0.0, 0.95, 1.4, 0.4])
    assert quantity(ranking, "bank") == pytest.approx([0.0, 0.0, 40.0, 0.0], abs=1e-4)
    assert quantity(ranking, "slope") == pytest.approx([10.0] * 4, abs=1e-4)


def test_a_union_measures_as_the_file_that_holds_all(place: Path) -> None:
    drawn(place, "all.gpkg", [Point(X + 50, Y + 50), Point(X + 3500, Y + 50)], NAME=["Avery", "Palm"], KV=[230, 230])
    layers = study()["layers"]
    plain = ranked(place, layers=layers | {"stations": {"source": "all.gpkg"}})
    assert quantity(plain, "station") == quantity(ranked(place), "station")


def test_the_identity_covers_every_part(place: Path) -> None:
    """A change of any file behind a layer changes what its quantities are kept by."""

    def identities() -> dict[str, str]:
        return {name: layer.provenance["identity"] for name, layer in ranked(place).layers.items()}

    before = identities()
    assert identities() == before
    drawn(place, "theirs.gpkg", [Point(X + 60, Y + 50)], NAME=["AVERY"], KV=[230])
    after = identities()
    assert after["stations"] != before["stations"]
    assert after["banks"] == before["banks"]
    drawn(place, "lines.gpkg", [LineString([(X + 2050, Y - 900), (X + 2050, Y + 901)])], KV=[345])
    assert identities()["banks"] != before["banks"]


def test_the_manifest_records_every_part(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rank(parse_study(study(), base=place), out=out, progress=None)
    layers = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["layers"]
    stations = layers["stations"]
    assert (stations["source"], stations["made_by"]) == ("union of ours.gpkg, theirs.gpkg", "union")
    assert [part["file"] for part in stations["parts"]] == ["ours.gpkg", "theirs.gpkg"]
    assert all(part["sha256"] for part in stations["parts"])
    assert stations["same"]["pairs"] == [["theirs.gpkg:1", "ours.gpkg:1"]]
    assert layers["steep"]["made_by"] == "slope"
    assert str(place) not in (out / "manifest.json").read_text(encoding="utf-8")


OWN = """\
id: {id}
title: Secret stations
publisher: nobody
kind: point
theme: power
feature: a station
service: {{type: file, url: {id}.gpkg}}
licence: commercial
attribution: nobody
redistribute: "no"
vintage: '2026'
coverage: {{words: everywhere}}
grain: station
confidence: low
"""


def test_a_layer_that_may_not_be_passed_on_enters_neither_map_nor_report(place: Path, tmp_path: Path) -> None:
    """Also as a part of a union: the strictest licence holds. Its places and names are in no file that is passed on."""
    drawn(place, "secret.gpkg", [Point(X + 1234.5, Y + 50)], NAME=["Xanadu"], KV=[230])
    (place / "secret.yaml").write_text(OWN.format(id="secret"), encoding="utf-8")
    layers = study()["layers"] | {"stations": {"union": ["ours.gpkg", {"source": "secret.yaml", "id": "NAME"}]}}
    out = tmp_path / "out"
    ranking = rank(parse_study(study(layers=layers, context=["stations", "banks"]), base=place), out=out, progress=None)
    assert ranking.layers["stations"].provenance["redistribute"] == "no"
    view = view_of(ranking)
    assert [item.name for item in view.context] == ["banks"]
    assert "The layer 'stations' is not on the map: its licence does not allow it to be passed on." in view.notes
    pages = [(out / name).read_text(encoding="utf-8") for name in ("map.html", "report.html")]
    assert not [page for page in pages if "Xanadu" in page]
    columns = [values for criterion in view.criteria for values in (getattr(criterion, "nearest", None) or [])]
    assert not [text for text in columns if "Xanadu" in text]


@pytest.mark.parametrize("memory", [None, "1GB"])
def test_what_may_not_be_passed_on_is_not_named_in_the_tables(
    place: Path, tmp_path: Path, memory: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by its id, nor by a field that is shown beside it, nor where an exclusion measures; the column stays."""
    monkeypatch.setattr("siting.run.needed_bytes", lambda *_: 2_000_000_000)  # in blocks with 1 GB
    drawn(place, "secret.gpkg", [Point(X + 1234.5, Y + 50)], NAME=["Xanadu"], OWNER=["Kubla"])
    (place / "secret.yaml").write_text(OWN.format(id="secret"), encoding="utf-8")
    layers = study()["layers"] | {
        "stations": {"source": "secret.yaml", "id": "NAME"}, "open": {"source": "ours.gpkg", "id": "NAME"}
    }  # fmt: skip
    near = {"weight": 1, "value": [["0 km", 1], ["5 km", 0]]}
    blocks = {"all": {"criteria": {
        "station": near | {"measure": {"distance": "stations", "of": "parcel", "show": ["OWNER"]}},
        "open": near | {"measure": {"distance": "open", "of": "parcel"}},
    }}}  # fmt: skip
    far = {"name": "far", "distance": "stations", "of": "parcel", "within": "9 km", "above": "9 km", "why": "w"}
    given = parse_study(study(layers=layers, blocks=blocks, exclusions=[far]), base=place)
    out = tmp_path / "out"
    outputs = ["csv", "parquet", "gpkg", "map", "report"]
    ranking = rank(given, out=out, outputs=outputs, memory=memory, progress=None)
    tables = {
        "csv": pd.read_csv(out / "ranking.csv"),
        "parquet": pd.read_parquet(out / "ranking.parquet"),
        "gpkg": geopandas.read_file(out / "ranking.gpkg"),
        "table": ranking.table,
    }
    for kind, table in tables.items():
        for name in ("station_nearest_id", "station_nearest_OWNER"):
            assert table[name].isna().all(), (kind, name)
        assert table["open_nearest_id"].tolist() == ["Avery"] * 4, kind
        assert table["q_station_km"].notna().all(), "the distance is the study's own"
    kept = [path for path in out.iterdir() if path.is_file()]  # the folder .quantities is the run's own
    assert [path.name for path in kept if b"Xanadu" in path.read_bytes() or b"Kubla" in path.read_bytes()] == []
    few = {finding.item: finding.message for finding in ranking.findings() if "come from" in finding.message}
    assert "All its quantities come from 1 feature (feature 1): an error in one moves many ranks." in few.values()
    meaning = "nearest id, measured for 'station'; withheld, because its layer may not be passed on"
    assert memory or ranking.columns["station_nearest_id"].meaning == meaning


CLOSED = (
    "The parcels of 'lots.yaml' may not be passed on (commercial): there is no map and no report; tables are for own "
    "use."
)
FIX = (
    "Name a layer that may be passed on under parcels:, or, where you have the right, describe this one in a catalogue "
    "file of your own that says so (redistribute: yes, attribution or share-alike)."
)


def closed_lots(place: Path, passed_on: str = "no") -> dict[str, str]:
    """The parcels, described by a file beside the study."""
    text = OWN.replace('"no"', f'"{passed_on}"').format(id="lots")
    (place / "lots.yaml").write_text(text.replace("kind: point", "kind: polygon"), encoding="utf-8")
    return {"source": "lots.yaml", "id": "ID"}


@pytest.mark.parametrize("memory", [None, "1GB"])
def test_parcels_that_may_not_be_passed_on_are_in_no_map_and_no_report(
    place: Path, tmp_path: Path, memory: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for them; run output, notes and manifest say why. A map of an earlier run goes."""
    monkeypatch.setattr("siting.run.needed_bytes", lambda *_: 2_000_000_000)  # in blocks with 1 GB
    out = tmp_path / "out"
    out.mkdir()
    (out / "map.html").write_text("of an earlier run", encoding="utf-8")
    closed = parse_study(study(parcels=closed_lots(place)), base=place)
    ranking = rank(closed, out=out, outputs=["csv", "map", "report"], memory=memory, progress=None)
    assert [name for name in ("map.html", "report.html") if (out / name).exists()] == []
    assert (out / "ranking.csv").is_file()
    assert CLOSED in ranking.notes
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert CLOSED in manifest["notes"]
    assert manifest["file_notes"] == [f"{name}.html is left out. {CLOSED} {FIX}" for name in ("map", "report")]
    with pytest.raises(DataError) as error:
        _ = open_ranking(out).map_path
    assert str(error.value) == f"The run 'out' wrote no map. map.html is left out. {CLOSED} {FIX}"


def test_a_run_that_wants_no_map_has_nothing_to_say_of_it(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rank(parse_study(study(parcels=closed_lots(place)), base=place), out=out, outputs=["csv"], progress=None)
    assert "file_notes" not in json.loads((out / "manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("what", ["map", "report"])
def test_parcels_that_may_not_be_passed_on_are_not_drawn(place: Path, what: str) -> None:
    ranking = ranked(place, parcels=closed_lots(place))
    with pytest.raises(StudyError) as error:
        getattr(ranking, what)()
    assert str(error.value) == (
        f"There is no {what} of this ranking: its parcels come from 'lots.yaml', which may not be passed on "
        f"(redistribute: no; commercial). {FIX}"
    )
    assert getattr(ranked(place, parcels=closed_lots(place, "attribution")), what)()


def test_the_check_tells_of_parcels_that_may_not_be_passed_on(place: Path) -> None:
    closed = parse_study(study(parcels=closed_lots(place)), base=place)
    found = [f for f in check_study(closed, finder=finder_of(closed, None)) if f.item == "parcels"]
    assert [(f.level, f.message) for f in found] == [("warning", f"{CLOSED} {FIX}")]


def test_a_pack_holds_what_a_layer_is_made_from(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe in a file beside the study, of a user's own catalogue, with a joined table; nobody else's file."""
    text = OWN.replace('"no"', '"yes"')
    recipe = "recipe: {union: [ours, theirs.gpkg]}"
    described = text.format(id="stations").replace("service: {type: file, url: stations.gpkg}", recipe)
    (place / "stations.yaml").write_text(described, encoding="utf-8")
    own = tmp_path / "own"
    own.mkdir()
    (own / "ours.yaml").write_text(text.format(id="ours"), encoding="utf-8")
    (place / "ours.gpkg").rename(own / "ours.gpkg")
    (place / "owners.csv").write_text("NAME,OWNER\nAvery,APS\nPalm,SRP\nAVERY,APS\n", encoding="utf-8")
    monkeypatch.setenv("SITING_LAYERS", str(own))
    layers = study()["layers"] | {
        "stations": {"source": "stations.yaml", "join": [{"table": "owners.csv", "on": "NAME"}]}
    }
    (place / "study.yaml").write_text(json.dumps(study(layers=layers)), encoding="utf-8")
    mine = rank(read_study(place / "study.yaml"), progress=None)
    said = pack_study(place / "study.yaml", tmp_path / "pack.zip")
    assert {"study/stations.yaml", "study/owners.csv", "study/theirs.gpkg", "data/catalogue/ours.yaml"} <= set(
        said["files"]
    )
    monkeypatch.delenv("SITING_LAYERS")
    for folder in (place, own):
        shutil.rmtree(folder)
    path = open_pack(tmp_path / "pack.zip", tmp_path / "theirs")
    data = data_folder(path.parent.parent / "data")
    theirs = rank(read_study(path), data=data, progress=None)
    assert theirs.table.equals(mine.table)


def test_what_recipes_are_made_from_is_fetched_a_little_further(place: Path, tmp_path: Path) -> None:
    """A union that looks 150 m around needs its registers 450 m further than a layer that is read as it is."""
    own = tmp_path / "own"
    own.mkdir()
    text = OWN.replace('"no"', '"yes"')
    for name in ("ours", "theirs"):
        served = f"service: {{type: arcgis_feature, url: 'https://x.org/{name}/FeatureServer/0'}}"
        described = text.format(id=name).replace(f"service: {{type: file, url: {name}.gpkg}}", served)
        (own / f"{name}.yaml").write_text(described, encoding="utf-8")
    recipe = "recipe: {union: {of: [ours, theirs], same: {within: 150 m}}}"
    described = text.format(id="both").replace("service: {type: file, url: both.gpkg}", recipe)
    (own / "both.yaml").write_text(described, encoding="utf-8")
    finder = Finder(catalogue=catalogue(own), base=place)
    parcels = read_parcels(parse_study(study(), base=place).parcels, finder=finder, crs=study_crs("EPSG:26912")).parcels

    def needs(source: str) -> list[Need]:
        asked = parse_study(study(layers=study()["layers"] | {"stations": {"source": source}}), base=place)
        return layer_needs(asked, plan_of(asked), parcels, finder)

    (plain,) = needs("ours")
    both = needs("both")
    assert [need.spec.id for need in both] == ["ours", "theirs"]
    for need in both:
        assert need.area is not None
        assert plain.area is not None
        metres = (plain.area.south - need.area.south) * 110_900
        assert metres == pytest.approx(450, rel=0.02)


def test_codes_without_a_class_are_told_by_acres(place: Path) -> None:
    """Of two zones of a square kilometre (247.1 acres) the crosswalk knows one."""
    zones = [box(X, Y - 500, X + 1000, Y + 500), box(X + 1000, Y - 500, X + 2000, Y + 500)]
    drawn(place, "zones.gpkg", zones, ZONE=["IND-2", "X-9"])
    (place / "codes.csv").write_text("code,class,height_limit_ft\nIND-2,by_right,60\n", encoding="utf-8")
    zoning = {"source": "zones.gpkg", "crosswalk": "codes.csv", "key": ["ZONE"]}
    criterion = {"weight": 1, "measure": {"class": "zoning"}, "value": {"by_right": 1, "unknown": 0.2, "none": 0}}
    blocks = {"all": {"criteria": {"zone": criterion}}}
    for use in (zoning, zoning | {"source": None, "dissolve": {"of": "zones.gpkg", "by": "ZONE"}}):
        given = {key: value for key, value in use.items() if value is not None}
        ranking = ranked(place, layers={"zoning": given}, blocks=blocks)
        said = {finding.item: finding.message for finding in ranking.findings()}
        assert said["layers.zoning.crosswalk"] == (
            "1 code of ZONE is not in the crosswalk, 247 acres of class 'unknown': X-9: 247 acres."
        )
        layer = ranking.layers["zoning"]
        assert isinstance(layer, VectorLayer)
        assert layer.table["height_limit_ft"].dropna().tolist() == [60.0]
        assert layer.units["height_limit_ft"] == "ft"


def test_a_check_looks_at_everything_that_a_layer_is_made_from(place: Path) -> None:
    """Recipes of recipes are followed to their files; one that may not be passed on is told of."""
    text = OWN.format(id="{id}")
    for name, made in (("first", "union: [ours.gpkg, gone.gpkg]"), ("second", "union: [ours.gpkg, first.yaml]")):
        described = text.replace("{id}", name).replace(
            f"service: {{type: file, url: {name}.gpkg}}", f"recipe: {{{made}}}"
        )
        (place / f"{name}.yaml").write_text(described.replace('"no"', '"yes"'), encoding="utf-8")
    (place / "secret.yaml").write_text(text.replace("{id}", "secret"), encoding="utf-8")
    drawn(place, "secret.gpkg", [Point(X, Y)])
    layers = study()["layers"] | {"stations": {"union": ["second.yaml", "secret.yaml"]}}
    parsed = parse_study(study(layers=layers, context=["stations"]), base=place)
    found = {finding.item: finding for finding in check_study(parsed, finder=finder_of(parsed, None))}
    assert found["layers.stations"].level == "error"
    assert found["layers.stations"].message.startswith("There is no file 'gone.gpkg' in the folder of the study")
    assert found["context"].message == "The layer 'stations' may not be passed on, so the map leaves it out."
