"""The catalogue: every description parses, every refusal names the way out, every id finds its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.catalogue import Catalogue, catalogue, catalogue_folder
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
        f"The catalogue folder {str(tmp_path / 'none')!r} does not exist. Name a folder of YAML files with "
        "--catalogue or in SITING_LAYERS."
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
            "kind: Input should be 'point', 'line', 'polygon', 'raster' or 'table'.",
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
    monkeypatch.setattr("siting.catalogue.folder.__file__", str(tmp_path / "siting" / "catalogue" / "folder.py"))
    with pytest.raises(CatalogueError) as error:
        catalogue_folder()
    assert str(error.value) == "The catalogue of layers is missing from this installation. Install siting again."
    (tmp_path / "siting" / "_layers").mkdir(parents=True)
    assert catalogue_folder() == tmp_path / "siting" / "_layers"
