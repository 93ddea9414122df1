"""The command that makes a county."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import Done, Run


def test_a_county_and_where_it_is(siting_: Run, tmp_path: Path) -> None:
    county = tmp_path / "county"
    done = siting_("sample", county, "--parcels", 1000, "--seed", 2)
    assert (done.code, done.out) == (0, f"{county / 'layers.csv'}\n")
    assert "Making a SYNTHETIC county of 1,000 parcels" in done.err
    assert (county / "parcels.parquet").is_file()
    assert siting_("sample", county, "--parcels", 1000, "--seed", 2, "--quiet") == Done(0, "", "")


def test_too_few_parcels_are_refused(siting_: Run, tmp_path: Path) -> None:
    done = siting_("sample", tmp_path / "county", "--parcels", 10)
    assert (done.code, done.out) == (2, "")
    assert not (tmp_path / "county").exists()
