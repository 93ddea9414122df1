"""An errand names its layer in refusals, and does not show its client."""

from __future__ import annotations

from pathlib import Path

from siting.catalogue import Service
from siting.sources.errand import Errand
from siting.sources.http import Client


def test_it_names_its_layer(tmp_path: Path) -> None:
    service = Service(type="file", url="https://example.org/a.gpkg")
    errand = Errand(id="ponds", service=service, client=Client(), target=tmp_path / "a", parts=tmp_path / "b")
    errand.heard(1, None)
    assert errand.item == "The layer 'ponds'"
    assert "Client" not in repr(errand)
