"""The data folder: every id finds its file, and every refusal names the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.catalogue import Catalogue, DataFolder, Fetched, Finder, catalogue, data_folder
from siting.errors import CatalogueError

SPEC = """\
id: ponds
title: Ponds
publisher: nobody
kind: polygon
theme: water
feature: a pond
licence: none
attribution: nobody
redistribute: yes
vintage: not stated
coverage: {words: everywhere}
grain: pond
confidence: low
"""


def write(folder: Path, text: str = SPEC, name: str = "ponds.yaml") -> Path:
    (folder / "water").mkdir(parents=True, exist_ok=True)
    (folder / "water" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def shipped() -> Catalogue:
    return catalogue()


def table(folder: Path, text: str = "id,file,layer,crs\nponds,a/ponds.gpkg,wet,EPSG:26912\n") -> Path:
    (folder / "a").mkdir(exist_ok=True)
    (folder / "layers.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_data_folder_has_its_own_table(tmp_path: Path) -> None:
    (table(tmp_path) / "a" / "ponds.gpkg").touch()
    folder = data_folder(tmp_path)
    assert folder is not None
    assert folder.file("ponds") == tmp_path / "a" / "ponds.gpkg"
    entry = folder.entry("ponds")
    assert (entry.layer, entry.crs) == ("wet", "EPSG:26912")


def test_a_data_folder_without_a_table_follows_the_shipped_one(tmp_path: Path, shipped: Catalogue) -> None:
    folder = data_folder(tmp_path)
    assert folder is not None
    assert set(folder.entries) < {item for item in shipped if not item.startswith("sample/")}
    assert folder.entries["ri_parcels"].crs == "EPSG:4326"


def test_the_environment_names_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SITING_DATA", raising=False)
    assert data_folder() is None
    monkeypatch.setenv("SITING_DATA", str(tmp_path))
    folder = data_folder()
    assert folder is not None
    assert folder.path == tmp_path


def test_a_data_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        data_folder(tmp_path / "none")
    assert str(error.value) == (
        f"The data folder {str(tmp_path / 'none')!r} does not exist. Name a folder with --data or in SITING_DATA."
    )


def test_a_layer_that_the_table_does_not_name(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path, table(tmp_path) / "layers.csv")
    with pytest.raises(CatalogueError) as error:
        folder.file("pond")
    assert str(error.value) == (
        f"The data folder {tmp_path.name!r} has no file for the layer 'pond': its table 'layers.csv' does not name it."
        " Did you mean 'ponds'? Add a row with its id and file, or name the file by its path in the study."
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path, table(tmp_path) / "layers.csv")
    with pytest.raises(CatalogueError) as error:
        folder.file("ponds")
    assert str(error.value) == (
        f"The file 'a/ponds.gpkg' of the layer 'ponds' is not in the data folder {tmp_path.name!r} "
        "(table 'layers.csv'). Put it there, or name another folder with --data."
    )


def test_a_table_without_its_columns(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path, table(tmp_path, "name,path\n") / "layers.csv")
    with pytest.raises(CatalogueError) as error:
        folder.file("ponds")
    assert str(error.value) == (
        "The table 'layers.csv' of the data folder has no column 'file', 'id'. "
        "It needs the columns id and file, and may have layer and crs."
    )


def test_a_table_that_names_a_layer_twice(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path, table(tmp_path, "id,file\nponds,a.gpkg\nponds,b.gpkg\n") / "layers.csv")
    with pytest.raises(CatalogueError) as error:
        folder.file("ponds")
    assert str(error.value) == (
        "The table 'layers.csv' of the data folder names 'ponds' more than once. Keep one row each."
    )


def test_a_source_is_an_id_or_a_path(tmp_path: Path) -> None:
    (table(tmp_path) / "a" / "ponds.gpkg").touch()
    (tmp_path / "own.geojson").touch()
    finder = Finder(catalogue=catalogue(write(tmp_path / "c")), base=tmp_path, data=data_folder(tmp_path))
    known = finder.find("ponds")
    assert (known.path, known.name, known.layer) == (tmp_path / "a" / "ponds.gpkg", "a/ponds.gpkg", "wet")
    assert known.spec is not None
    plain = finder.find("own.geojson")
    assert (plain.path, plain.name, plain.spec) == (tmp_path / "own.geojson", "own.geojson", None)


def test_a_source_that_is_neither(tmp_path: Path, shipped: Catalogue) -> None:
    finder = Finder(catalogue=shipped, base=tmp_path)
    with pytest.raises(CatalogueError) as error:
        finder.find("lots.gpkg")
    assert str(error.value) == (
        "There is no file 'lots.gpkg' in the folder of the study, and the catalogue has no layer of that name. "
        "Write the path relative to the study file, or a catalogue id."
    )


def test_a_source_without_an_extension_is_an_id(tmp_path: Path, shipped: Catalogue) -> None:
    with pytest.raises(CatalogueError) as error:
        Finder(catalogue=shipped, base=tmp_path).find("cap_canals")
    assert str(error.value) == (
        "The catalogue has no layer 'cap_canals'. Did you mean 'cap_canal'? "
        "Name a layer of the catalogue, or a file by its path with its extension."
    )


def test_an_id_without_a_data_folder(tmp_path: Path, shipped: Catalogue) -> None:
    with pytest.raises(CatalogueError) as error:
        Finder(catalogue=shipped, base=tmp_path).find("cap_canal")
    assert str(error.value) == (
        "The layer 'cap_canal' (Central Arizona Project canal) needs a file, and no data folder is named. "
        "Name the folder that holds it with --data or in SITING_DATA."
    )


def test_a_crosswalk_that_is_not_there(tmp_path: Path, shipped: Catalogue) -> None:
    with pytest.raises(CatalogueError) as error:
        Finder(catalogue=shipped, base=tmp_path).table("codes.csv")
    assert str(error.value) == (
        "There is no table 'codes.csv' in the folder of the study or in the catalogue. "
        "Write its path relative to the study file."
    )
    (tmp_path / "codes.csv").touch()
    assert Finder(catalogue=shipped, base=tmp_path).table("codes.csv") == tmp_path / "codes.csv"


@pytest.mark.data
def test_every_described_real_layer_has_its_fields(data_folder: Path, shipped: Catalogue) -> None:
    """What the catalogue says about the real files is true of them."""
    import pyarrow.parquet as pq
    import pyogrio
    import rasterio
    from pyproj import CRS

    import siting.catalogue as module

    folder = module.data_folder(data_folder)
    assert folder is not None
    for layer_id, entry in folder.entries.items():
        spec, path = shipped.find(layer_id), folder.file(layer_id)
        if spec.kind == "raster":
            with rasterio.open(path) as source:
                assert source.count == 1
            continue
        if path.suffix == ".parquet":
            names, crs = set(pq.read_schema(path).names), None
        else:
            info = pyogrio.read_info(path)
            names, crs = set(info["fields"]), info["crs"]
        assert {field.name for field in spec.fields} <= names, layer_id
        assert spec.key is None or spec.key in names, layer_id
        if crs and not entry.crs:
            assert CRS(crs) == CRS(spec.crs), layer_id


SERVED = SPEC + "service: {type: arcgis_feature, url: 'https://x.org/FeatureServer/0'}\n"


def test_a_layer_that_can_be_fetched_says_so(tmp_path: Path) -> None:
    finder = Finder(catalogue=catalogue(write(tmp_path, SERVED)), base=tmp_path)
    with pytest.raises(CatalogueError) as error:
        finder.find("ponds")
    assert str(error.value) == (
        "The layer 'ponds' (Ponds) needs a file, and no data folder is named. Name the folder that holds it with "
        "--data or in SITING_DATA, or fetch it: siting layers fetch ponds."
    )


def test_what_a_connector_brought_is_found(tmp_path: Path) -> None:
    """The data folder comes first, then what was fetched."""
    known = catalogue(write(tmp_path, SERVED))
    got = {
        "ponds": Fetched(path=tmp_path / "c" / "ponds.parquet", name="ponds.parquet", record={"url": "https://x.org"})
    }
    found = Finder(catalogue=known, base=tmp_path, fetched=got).find("ponds")
    assert (found.path, found.name) == (tmp_path / "c" / "ponds.parquet", "ponds.parquet")
    assert found.fetched == {"url": "https://x.org"}
    (table(tmp_path) / "a" / "ponds.gpkg").touch()
    here = Finder(catalogue=known, base=tmp_path, data=data_folder(tmp_path), fetched=got).find("ponds")
    assert (here.name, here.fetched) == ("a/ponds.gpkg", None)


def test_a_file_beside_its_description(tmp_path: Path) -> None:
    text = SPEC + "service: {type: file, url: ponds.gpkg, layer: wet, srs: 'EPSG:26912'}\n"
    finder = Finder(catalogue=catalogue(write(tmp_path, text)), base=tmp_path)
    with pytest.raises(CatalogueError) as error:
        finder.find("ponds")
    assert str(error.value) == (
        "The layer 'ponds' has its file 'ponds.gpkg' beside its catalogue file, where it is not. "
        "Put it there, or correct url: under service:."
    )
    (tmp_path / "water" / "ponds.gpkg").touch()
    found = finder.find("ponds")
    assert (found.path, found.name) == (tmp_path / "water" / "ponds.gpkg", "ponds.gpkg")
    assert (found.layer, found.crs) == ("wet", "EPSG:26912")


def test_a_description_by_its_path_in_a_study(tmp_path: Path, shipped: Catalogue) -> None:
    """The same form as in the catalogue, beside the study; its id is its file's name."""
    (tmp_path / "own").mkdir()
    text = SPEC + "service: {type: file, url: data/ponds.gpkg}\n"
    (tmp_path / "own" / "ponds.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "own" / "data").mkdir()
    (tmp_path / "own" / "data" / "ponds.gpkg").touch()
    finder = Finder(catalogue=shipped, base=tmp_path)
    found = finder.find("own/ponds.yaml")
    assert found.path == tmp_path / "own" / "data" / "ponds.gpkg"
    assert found.spec is not None
    assert (found.source, found.spec.id) == ("own/ponds.yaml", "ponds")
    (tmp_path / "own" / "lakes.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as error:
        finder.find("own/lakes.yaml")
    assert str(error.value) == (
        "The catalogue file 'own/lakes.yaml' describes 'ponds', but its name says 'lakes'. Rename one of them."
    )
