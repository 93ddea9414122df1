"""The command that makes a county: sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import CountyParcels, CountySeed, QuietFlag
from siting.cli.terminal import console_of, shown_steps

__all__ = ["make_sample", "sample"]


def sample(
    out: Annotated[Path, typer.Argument(help="Folder to write to.", metavar="DIR", show_default=False)],
    parcels: CountyParcels = 20_000,
    seed: CountySeed = 1,
    crs: Annotated[str, typer.Option("--crs", help="CRS of the files.")] = "EPSG:26912",
    dirt: Annotated[
        float, typer.Option("--dirt", min=0, max=0.2, help="Share of parcels with real-life faults.")
    ] = 0.0,
    quiet: QuietFlag = False,
) -> None:
    """Make a SYNTHETIC county: a fictional place that behaves like a real one."""
    make_sample(out, parcels, seed, crs, dirt, quiet)
    console_of(quiet).print(f"{out / 'layers.csv'}", markup=False, soft_wrap=True)


def make_sample(out: Path, parcels: int, seed: int, crs: str, dirt: float, quiet: bool) -> None:
    """Make and write a county, and show how far it is."""
    from siting.sample import sample_county, write_sample

    with shown_steps(quiet) as steps:
        steps.begin(f"Making a SYNTHETIC county of {parcels:,} parcels")
        county = sample_county(parcels=parcels, seed=seed, crs=crs, dirt=dirt)
        steps.begin("Writing the county")
        write_sample(out, county)
