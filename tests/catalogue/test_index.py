"""The index of the catalogue says what the files say, and is written by one command."""

from __future__ import annotations

from pathlib import Path

from siting.catalogue import catalogue, catalogue_folder
from siting.catalogue.index import REGENERATE, index_text


def test_the_committed_index_is_that_of_the_files() -> None:
    written = (catalogue_folder() / "README.md").read_text(encoding="utf-8")
    assert written == index_text(catalogue()), f"run: {REGENERATE}"
    assert REGENERATE in written


def test_every_layer_is_there_once_and_its_link_leads_to_a_file() -> None:
    text = index_text(catalogue())
    for layer_id in catalogue():
        spec = catalogue().find(layer_id)
        link = f"[`{layer_id}`]({layer_id if spec.synthetic else f'{spec.theme}/{layer_id}'}.yaml)"
        assert text.count(link) == 1, layer_id
        assert (catalogue_folder() / link.rpartition("(")[2].rstrip(")")).is_file()


def test_a_line_of_the_index_by_hand(tmp_path: Path) -> None:
    text = index_text(catalogue())
    assert (
        "| [`zoning_phoenix`](zoning/zoning_phoenix.yaml) | Zoning of Phoenix | polygon | City of Phoenix "
        "| arcgis_map | with attribution | high | never |"
    ) in text
    assert text.index("## air") < text.index("## hazard") < text.index("## zoning") < text.index("## sample county")
