"""Commands about layers, in this process; services on the loopback interface."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pytest
from shapely import Point, Polygon, box

from siting.catalogue import catalogue_folder, read_spec
from siting.cli.layers import COMMANDS, _mended
from siting.crs import study_crs
from siting.evaluate import finder_of
from siting.parcels import read_parcels
from siting.study import parse_study
from tests.cli.shell import Run, refused
from tests.sources.servers.process import started

TODAY = datetime.date.today().isoformat()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An ArcGIS server of ours with 30 wells (SYNTHETIC)."""
    folder = tmp_path_factory.mktemp("arcgis")
    wells = geopandas.GeoDataFrame(
        {"SITE_ID": range(30), "DEPTH": [10.5 * n for n in range(30)]},
        geometry=[Point(-112 + n / 100, 33.4) for n in range(30)], crs="EPSG:4326",
    )  # fmt: skip
    wells.to_parquet(folder / "wells.parquet")
    with started("arcgis.py", folder, 500) as address:
        yield address


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run offline unless they say otherwise; these ask the loopback interface."""
    monkeypatch.delenv("SITING_OFFLINE", raising=False)
    monkeypatch.delenv("SITING_LAYERS", raising=False)


def well_yaml(folder: Path, host: str, more: str = "") -> Path:
    own = folder / "own"
    own.mkdir()
    (own / "wells.yaml").write_text(
        "id: wells\ntitle: Wells\npublisher: x\nkind: point\ntheme: water\nfeature: a well\n"
        f"service: {{type: arcgis_feature, url: 'http://{host}/arcgis/rest/services/wells/FeatureServer/0'}}\n"
        "fields:\n- {name: SITE_ID, type: integer}\n- {name: DEPTH, type: number}\n" + more +
        "licence: x\nattribution: x\nredistribute: yes\nvintage: x\ncoverage: {words: x}\ngrain: x\nconfidence: low\n"
    )  # fmt: skip
    return own


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS)])
def test_help(siting_: Run, words: list[str]) -> None:
    done = siting_("layers", *words, "--help")
    assert "Usage:" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_list_and_its_filters(siting_: Run) -> None:
    done = siting_("layers", "list", "--theme", "power", "--state", "AZ")
    ids = [line.split("\t")[0] for line in done.out.splitlines()]
    assert {"tx_lines_esri", "hifld_substations"} <= set(ids)
    assert "ri_transmission" not in ids, "it lies in New England"
    assert not any(item.startswith("sample/") for item in ids)
    everything = siting_("layers", "list", "--sample").out.splitlines()
    assert len(everything) > 150
    assert any(line.startswith("sample/parcels\t") for line in everything)


def test_filters_that_mean_nothing(siting_: Run) -> None:
    refused(
        siting_("layers", "list", "--theme", "watr"),
        "'watr' is no theme. Did you mean 'water'? Themes are 'air', 'hazard', 'industry', 'land', 'people', 'power', "
        "'terrain', 'transport', 'water', 'zoning'.",
    )
    refused(siting_("layers", "list", "--state", "Arizona"), "'Arizona' is no state. Write a postal code such as AZ.")


def test_one_layer_and_a_search(siting_: Run) -> None:
    assert siting_("layers", "info", "nfhl").out.startswith("nfhl: National Flood Hazard Layer, flood zones\n")
    found = siting_("layers", "search", "wetlands").out
    assert found.startswith("nwi\t")
    refused(
        siting_("layers", "search", "unicorn"),
        "No layer's description holds 'unicorn'. Use fewer words, or siting layers list for all of them.",
    )
    refused(
        siting_("layers", "info", "nfh"),
        "The catalogue has no layer 'nfh'. Did you mean 'nfhl'? "
        "Name a layer of the catalogue, or a file by its path with its extension.",
    )


def test_a_folder_of_ones_own(siting_: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = well_yaml(tmp_path, "127.0.0.1:1")
    line = "wells\twater\tpoint\tWells\tyes\tlow\tnever"
    assert line in siting_("layers", "list", "--catalogue", own).out.splitlines()
    monkeypatch.setenv("SITING_LAYERS", str(own))
    assert line in siting_("layers", "list").out.splitlines()
    assert "| [`wells`]" not in siting_("layers", "index").out, "the index is that of the shipped catalogue"


def test_the_index_is_what_lies_beside_the_layers(siting_: Run, tmp_path: Path) -> None:
    written = (catalogue_folder() / "README.md").read_text(encoding="utf-8")
    assert siting_("layers", "index").out == written
    siting_("layers", "index", "--out", tmp_path / "README.md")
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == written


@pytest.mark.servers
def test_a_service_is_asked_whether_it_is_as_described(siting_: Run, tmp_path: Path, host: str) -> None:
    own = well_yaml(tmp_path, host, "count: 30\ncrs: EPSG:4326\n")
    table = tmp_path / "checked.csv"
    done = siting_("layers", "check", "wells", "padus", "--catalogue", own, "--allow", host, "--out", table)
    assert done.code == 0
    assert done.out.splitlines() == [
        "wells\tas described\t",
        "padus\tnot asked\tNot asked: a service of type 'page' is for people.",
        f"wells is as described: write verified: {TODAY} in its file.",
        str(table),
    ]
    url = f"http://{host}/arcgis/rest/services/wells/FeatureServer/0"
    assert table.read_text().splitlines()[:2] == [
        "layer,day,result,differs,said,address",
        f'wells,{TODAY},as described,,30 features; EPSG:4326,{url}',
    ]  # fmt: skip


@pytest.mark.servers
def test_a_service_that_has_changed(siting_: Run, tmp_path: Path, host: str) -> None:
    own = well_yaml(tmp_path, host, "- {name: OWNER, type: text}\ncount: 90\ncrs: EPSG:2223\n")
    done = siting_("layers", "check", "wells", "--catalogue", own, "--allow", host)
    assert done.out == (
        "wells\tdiffers\tIt has no field 'OWNER'. Its CRS is EPSG:4326, not EPSG:2223. "
        "It has 30 features, not about 90.\n"
    )


def test_nothing_of_the_own_network_is_asked_without_leave(siting_: Run, tmp_path: Path) -> None:
    own = well_yaml(tmp_path, "127.0.0.1:9")
    done = siting_("layers", "check", "wells", "--catalogue", own)
    assert done.out.startswith("wells\tdown\t")
    assert "127.0.0.1" in done.out


def test_checks_that_cannot_be(siting_: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = siting_("layers", "check", "nfhl", "--out", tmp_path / "t.xlsx")
    refused(
        done, f"The table '{tmp_path / 't.xlsx'}' is neither CSV nor Markdown. Name a file that ends in .csv or .md."
    )
    monkeypatch.setenv("SITING_OFFLINE", "1")
    refused(
        siting_("layers", "check", "nfhl"),
        "siting layers check asks services, and this run is offline (SITING_OFFLINE). Ask when it is not.",
    )


@pytest.mark.servers
def test_a_description_is_drafted_by_asking(siting_: Run, tmp_path: Path, host: str) -> None:
    url = f"http://{host}/arcgis/rest/services/wells/FeatureServer/0"
    words = ("layers", "add", url, "--id", "my_wells", "--theme", "water", "--allow", host)
    printed = siting_(*words)
    assert printed.code == 0
    done = siting_(*words, "--out", tmp_path)
    path = tmp_path / "water" / "my_wells.yaml"
    assert done.out.splitlines()[0] == str(path)
    assert path.read_text(encoding="utf-8") == printed.out
    spec = read_spec(path)
    assert {"SITE_ID", "DEPTH"} <= {field.name for field in spec.fields}
    assert (spec.kind, spec.count, spec.crs, spec.verified) == ("point", 30, "EPSG:4326", TODAY)
    assert (spec.redistribute, spec.licence) == ("no", "not stated")
    assert "my_wells" in siting_("layers", "list", "--catalogue", tmp_path).out
    refused(
        siting_(*words, "--out", tmp_path),
        f"There is a description of 'my_wells' already: '{path}'. Give the new one --id.",
    )


def test_drafts_that_cannot_be(siting_: Run) -> None:
    refused(
        siting_("layers", "add", "https://x.org/a.gpkg", "--theme", "watr"),
        "'watr' is no theme. Did you mean 'water'? Themes are 'air', 'hazard', 'industry', 'land', 'people', 'power', "
        "'terrain', 'transport', 'water', 'zoning'.",
    )


@pytest.mark.servers
def test_whole_layers_are_fetched(siting_: Run, tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    own = well_yaml(tmp_path, host)
    words = ("layers", "fetch", "wells", "--catalogue", own, "--allow", host)
    first, again = siting_(*words), siting_(*words)
    assert first.code == again.code == 0
    assert first.out.splitlines()[0].split() == ["layer", "features", "size", "age", "from", "notes"]
    assert first.out.splitlines()[1].split()[:2] == ["wells", "30"]
    assert " server" in first.out
    assert " cache" in again.out


def test_what_cannot_be_fetched(siting_: Run, tmp_path: Path) -> None:
    refused(
        siting_("layers", "fetch"),
        "siting layers fetch has neither an id nor a study. Name layers, or --area STUDY, or both.",
    )
    refused(
        siting_("layers", "fetch", "tx_lines_datalumos"),
        "The layer 'tx_lines_datalumos' cannot be fetched by siting: it is at https://doi.org/10.3886/E240591V1. "
        "Download it, and name its file in the table of a data folder. "
        "These may serve instead: 'tx_lines_esri', 'tx_lines_parquet'.",
    )
    own = tmp_path / "own"
    own.mkdir()
    (own / "banks.yaml").write_text(
        "id: banks\ntitle: x\npublisher: x\nkind: polygon\ntheme: water\nfeature: x\n"
        "recipe: {buffer: {of: cap_canal, by: 30 m}}\n"
        "licence: x\nattribution: x\nredistribute: yes\nvintage: x\ncoverage: {words: x}\ngrain: x\nconfidence: low\n"
    )
    refused(
        siting_("layers", "fetch", "banks", "--catalogue", own),
        "The layer 'banks' is made from others (buffer of cap_canal). Fetch those: siting layers fetch cap_canal.",
    )


def land(folder: Path, host: str) -> Path:
    """A study of two lots among the wells, whose layer lies on the server; its description lies beside the study."""
    well_yaml(folder, host)
    (folder / "own" / "wells.yaml").rename(folder / "wells.yaml")
    lots = geopandas.GeoDataFrame(
        {"ID": ["a", "b"]}, geometry=[box(-112, 33.39, -111.99, 33.41), box(-111.9, 33.39, -111.89, 33.41)],
        crs="EPSG:4326",
    )  # fmt: skip
    lots.to_crs("EPSG:26912").to_file(folder / "lots.gpkg", engine="pyogrio")
    study = folder / "study.yaml"
    study.write_text(
        "siting: 1\ncrs: EPSG:26912\nparcels: {source: lots.gpkg, id: ID}\nlayers: {wells: {source: wells.yaml}}\n"
        "blocks:\n  water:\n    criteria:\n      well: {measure: {distance: wells}, value: [[0 km, 1], [3 km, 0]]}\n"
        f"access: {{allow: ['{host}']}}\n"
    )
    return study


@pytest.mark.servers
def test_the_layers_of_a_study_are_fetched_for_its_land(
    siting_: Run, tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 30 wells a kilometre apart those come that the study can see: the 17 between the lots and 5 km around."""
    monkeypatch.setenv("SITING_CACHE", str(tmp_path / "cache"))
    study = land(tmp_path, host)
    done = siting_("layers", "fetch", "--area", study)
    assert done.code == 0
    cells = done.out.splitlines()[1].split()
    assert cells[0] == "wells"
    assert 17 <= int(cells[1]) < 30
    assert siting_("layers", "fetch", "--area", study).out.splitlines()[1].split()[-1] == "cache"
    assert "server" in siting_("layers", "fetch", "--area", study, "--refresh").out
    packed = siting_("layers", "pack", study, tmp_path / "pack.zip")
    assert packed.code == 0
    assert packed.out.startswith(f"{tmp_path / 'pack.zip'}: ")
    assert (tmp_path / "pack.zip").is_file()
    opened = siting_("layers", "unpack", tmp_path / "pack.zip", tmp_path / "theirs")
    name = Path(study).name
    assert opened.out == (
        f"siting run {tmp_path / 'theirs' / 'study' / name} --data {tmp_path / 'theirs' / 'data'} --offline --out OUT\n"
    )


def test_the_table_says_what_is_repaired_when_it_is_read(tmp_path: Path) -> None:
    """Of two ponds one is a bow tie; a study that cannot be read has its own command to say so."""
    lots = geopandas.GeoDataFrame({"ID": ["a"]}, geometry=[box(4e5, 37e5, 400_090, 3_700_090)], crs="EPSG:26912")
    lots.to_file(tmp_path / "lots.gpkg", engine="pyogrio")
    tie = Polygon([(4e5, 37e5), (400_090, 3_700_090), (400_090, 37e5), (4e5, 3_700_090)])
    ponds = geopandas.GeoDataFrame({"N": [1, 2]}, geometry=[tie, box(400_100, 37e5, 400_200, 3_700_100)], crs=lots.crs)
    ponds.to_file(tmp_path / "ponds.gpkg", engine="pyogrio")
    pond = {"measure": {"distance": "ponds"}, "value": [["0 km", 1], ["1 km", 0]]}
    given = {
        "siting": 1, "crs": "EPSG:26912", "parcels": {"source": "lots.gpkg", "id": "ID"},
        "layers": {"ponds": {"source": "ponds.gpkg"}},
        "blocks": {"a": {"criteria": {"pond": pond}}},
    }  # fmt: skip
    study = parse_study(given, base=tmp_path)
    finder = finder_of(study, None)
    parcels = read_parcels(study.parcels, finder=finder, crs=study_crs(study.crs)).parcels
    assert _mended(study, parcels, finder) == {"ponds.gpkg": "When read: 1 repaired."}
    (tmp_path / "ponds.gpkg").unlink()
    assert _mended(study, parcels, finder) == {}
