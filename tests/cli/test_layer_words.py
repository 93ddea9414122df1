"""What is said about layers: on a terminal, in a pipe, and what a search finds."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from siting.catalogue import LayerSpec, catalogue
from siting.catalogue.verify import Checked
from siting.cli.layer_words import found_in, say_checked, say_layer, say_layers


def console(terminal: bool = True) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=terminal, width=200, color_system=None, highlight=False), out


@pytest.fixture
def specs() -> list[LayerSpec]:
    return [catalogue().find(item) for item in ("nfhl", "parcels_maricopa", "tx_lines_esri")]


def test_a_table_on_a_terminal(specs: list[LayerSpec]) -> None:
    there, out = console()
    say_layers(specs, there)
    lines = out.getvalue().splitlines()
    assert lines[0].split() == ["id", "theme", "kind", "title", "passed", "on", "confidence", "verified"]
    assert lines[1].startswith("nfhl")
    assert lines[1].split()[-3:] == ["attribution", "high", "never"]


def test_plain_lines_in_a_pipe(specs: list[LayerSpec], capsys: pytest.CaptureFixture[str]) -> None:
    there, _ = console(terminal=False)
    say_layers(specs[:1], there)
    assert capsys.readouterr().out == (
        "nfhl\thazard\tpolygon\tNational Flood Hazard Layer, flood zones\tattribution\thigh\tnever\n"
    )


def test_everything_about_a_layer() -> None:
    there, out = console()
    say_layer(catalogue().find("tx_lines_esri"), there)
    said = out.getvalue()
    assert "  field VOLTAGE (number, kV); no value: -999999\n" in said
    assert "  when it is down: tx_lines_parquet, tx_lines_datalumos, substations_osm\n" in said
    assert "  trap: the federal portal (HIFLD Open) was shut on 2025-08-26\n" in said
    assert "  confidence in this description: high; verified: never\n" in said
    say_layer(catalogue().find("nfhl"), there)
    assert "  or: arcgis_map https://hazards.fema.gov/gis/nfhl/" in out.getvalue()


def test_a_search_finds_names_first(specs: list[LayerSpec]) -> None:
    assert [spec.id for spec in found_in(specs, ["lines"])] == ["tx_lines_esri"]
    assert [spec.id for spec in found_in(specs, ["parcel"])] == ["parcels_maricopa"]
    assert [spec.id for spec in found_in(specs, ["zone"])] == ["nfhl"]
    assert [spec.id for spec in found_in(specs, ["unicorn"])] == []
    assert [spec.id for spec in found_in(specs, ["VOLTAGE", "Avery"])] == ["tx_lines_esri"]
    everything = found_in(catalogue().specs(), ["substation"])
    titled = ["substation" in f"{spec.id} {spec.title}".lower() for spec in everything]
    assert titled == sorted(titled, reverse=True)
    assert any(titled)
    assert not all(titled)


def test_how_a_description_becomes_verified() -> None:
    there, out = console()
    good = Checked(layer="nfhl", day="2026-11-23", result="as described", differs="", said="", address="https://x.org")
    say_checked([good], there)
    assert "nfhl is as described: write verified: 2026-11-23 in its file.\n" in out.getvalue()
