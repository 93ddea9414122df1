"""A finding reads as one line."""

from __future__ import annotations

from siting.check import Finding


def test_a_finding_without_an_item_reads_well_too() -> None:
    assert str(Finding("error", "crs", "No.")) == "error: crs: No."
    assert str(Finding("note", "", "No.")) == "note: No."
