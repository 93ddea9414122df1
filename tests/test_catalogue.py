"""The catalogue: every description parses, every refusal names the way out, every id finds its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.catalogue import Catalogue, DataFolder, Finder, catalogue, catalogue_folder, data_folder
from siting.errors import CatalogueError
from siting.units import parse_unit

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
NAMES = (
    "parcels zoning general_plan city_limits county state jurisdictions ownership tribal military protected habitat "
    "wetlands nonattainment incentives flood flood_mapped fissures fissure_study_areas soils subsidence streams "
    "watersheds_huc10 watersheds_huc12 water_basins ama water_providers wells canal reclamation mains substations "
    "transmission power_plants gas roads interchanges rail rail_yards light_rail airports runways airport_surfaces "
    "block_groups universities industry quarries hospitals schools residences towns dem landcover"
)
SAMPLE = NAMES.split()


def write(folder: Path, text: str = SPEC, name: str = "ponds.yaml") -> Path:
    (folder / "water").mkdir(parents=True, exist_ok=True)
    (folder / "water" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def shipped() -> Catalogue:
    return catalogue()


def test_every_description_is_right(shipped: Catalogue) -> None:
    specs = shipped.specs()
    assert len(specs) == len(shipped) > 90
    for spec in specs:
        assert spec.coverage.layer is None or spec.coverage.layer in {*shipped, "extent", "hull"}, spec.id
        assert (
            spec.key is None
            or spec.field(spec.key) is not None
            or spec.id in {"utility_territories", "ri_transmission"}
        )
        for unit in spec.units.values():
            parse_unit(unit)


def test_the_sample_county_is_described_whole(shipped: Catalogue) -> None:
    assert {item for item in shipped if item.startswith("sample/")} == {f"sample/{name}" for name in SAMPLE}
    for name in SAMPLE:
        spec = shipped.find(f"sample/{name}")
        assert spec.synthetic
        assert "SYNTHETIC" in spec.title
        assert "SYNTHETIC" in spec.publisher
        assert "SYNTHETIC" in spec.attribution


def test_real_layers_do_not_claim_to_be_verified(shipped: Catalogue) -> None:
    for spec in shipped.specs():
        if not spec.synthetic:
            assert spec.verified == "never"
            assert "SYNTHETIC" not in spec.title


def test_openstreetmap_is_share_alike(shipped: Catalogue) -> None:
    for spec in shipped.specs():
        if "OpenStreetMap" in spec.attribution:
            assert spec.redistribute == "share-alike"
            assert "ODbL" in spec.licence


def test_sentinels_and_units_are_known(shipped: Catalogue) -> None:
    spec = shipped.find("sample/substations")
    assert spec.nulls == {"MAX_VOLT": (-999999,), "MIN_VOLT": (-999999,)}
    assert spec.units["MAX_VOLT"] == "kV"
    field = spec.field("MAX_VOLT")
    assert field is not None
    assert field.type == "number"
    assert spec.field("VOLTAGE") is None


def test_fissures_are_covered_by_their_study_areas(shipped: Catalogue) -> None:
    assert shipped.find("fissures").coverage.layer == "fissure_study_areas"
    assert shipped.find("sample/flood").coverage.layer == "sample/flood_mapped"


def test_an_unknown_id_names_the_nearest(shipped: Catalogue) -> None:
    with pytest.raises(CatalogueError) as error:
        shipped.find("sample/substation")
    assert str(error.value) == (
        "The catalogue has no layer 'sample/substation'. Did you mean 'sample/substations'? "
        "Name a layer of the catalogue, or a file by its path with its extension."
    )


def test_a_users_folder_comes_on_top(tmp_path: Path) -> None:
    found = catalogue(write(tmp_path))
    assert found.find("ponds").title == "Ponds"
    assert "adwr_ama" in found
    again = write(tmp_path, SPEC.replace("id: ponds", "id: adwr_ama"), "adwr_ama.yaml")
    assert catalogue(again).find("adwr_ama").publisher == "nobody"


def test_a_users_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        catalogue(tmp_path / "none")
    assert str(error.value) == (
        f"The catalogue folder {str(tmp_path / 'none')!r} does not exist. Name a folder of YAML files."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SPEC.replace("publisher:", "publsher:"),
            "The catalogue file 'water/ponds.yaml' is not right: publisher: Field required. "
            "unknown key 'publsher'. Did you mean 'publisher'?",
        ),
        (
            SPEC.replace("kind: polygon", "kind: area"),
            "The catalogue file 'water/ponds.yaml' is not right: "
            "kind: Input should be 'point', 'line', 'polygon' or 'raster'.",
        ),
        (
            SPEC.replace("id: ponds", "id: lakes"),
            "The catalogue file 'water/ponds.yaml' describes 'lakes', but its name says 'ponds'. Rename one of them.",
        ),
    ],
)
def test_a_wrong_description_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CatalogueError) as error:
        catalogue(write(tmp_path, text)).find("ponds")
    assert str(error.value) == message


def test_yaml_that_repeats_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        catalogue(write(tmp_path, SPEC + "id: ponds\n")).find("ponds")
    said = str(error.value)
    assert said.startswith("The catalogue file 'water/ponds.yaml' is not valid YAML: ")
    assert 'found duplicate key "id"' in said


def test_two_descriptions_of_one_id_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "ponds.yaml").write_text(SPEC, encoding="utf-8")
    with pytest.raises(CatalogueError) as error:
        catalogue(tmp_path)
    assert str(error.value) == (
        "Two files of the catalogue describe 'ponds': 'other/ponds.yaml' and 'water/ponds.yaml'. "
        "Give one of them another name."
    )


def test_the_catalogue_lies_beside_the_package_or_in_it() -> None:
    assert (catalogue_folder() / "sample" / "parcels.yaml").is_file()


def test_an_installation_without_a_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.catalogue.__file__", str(tmp_path / "siting" / "catalogue.py"))
    with pytest.raises(CatalogueError) as error:
        catalogue_folder()
    assert str(error.value) == "The catalogue of layers is missing from this installation. Install siting again."
    (tmp_path / "siting" / "_layers").mkdir(parents=True)
    assert catalogue_folder() == tmp_path / "siting" / "_layers"


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
    assert set(folder.entries) == {item for item in shipped if not item.startswith("sample/")}
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
