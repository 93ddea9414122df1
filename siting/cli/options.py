"""The arguments and options that commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Catalogue", "CountyParcels", "CountySeed", "Dask", "Data", "Memory", "Offline", "Out", "Outputs", "QuietFlag",
    "Refresh", "RunFolder", "Scenario", "StudyFile", "Workers",
]  # fmt: skip


def _named_catalogue(context: typer.Context, folder: Path | None) -> Path | None:
    """The folder stands in SITING_LAYERS as long as the command runs, for all that it reads."""
    if folder is not None and not context.resilient_parsing:
        before = os.environ.get("SITING_LAYERS")
        os.environ["SITING_LAYERS"] = str(folder)

        def restore() -> None:
            os.environ.pop("SITING_LAYERS") if before is None else os.environ.update(SITING_LAYERS=before)

        context.call_on_close(restore)
    return folder


StudyFile = Annotated[Path, typer.Argument(help="The study file (YAML).", metavar="STUDY", show_default=False)]
RunFolder = Annotated[Path, typer.Argument(help="The folder of a finished run.", metavar="DIR", show_default=False)]
Out = Annotated[
    Path, typer.Option("--out", help="Folder (or URL) to write to; a stopped run goes on there.", metavar="DIR")
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder (or URL) with the files of catalogue ids (or SITING_DATA).", metavar="DIR"),
]
Catalogue = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        help="Your own folder of catalogue files (or SITING_LAYERS).",
        metavar="DIR",
        callback=_named_catalogue,
    ),
]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Threads; by default one a core.")]
Dask = Annotated[
    str | None, typer.Option("--dask", help="Measure on the workers of this Dask scheduler.", metavar="ADDRESS")
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Fetch no layer; what was fetched before serves (or SITING_OFFLINE=1).")
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Ask servers for fetched layers anew, too.")]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        help="Memory that the run may take, 1GB or more; beyond it, it ranks in blocks on disk.",
        metavar="SIZE",
        show_default="4GB",
    ),
]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but refusals.")]
Scenario = Annotated[str | None, typer.Option("--scenario", help="A scenario of the study, instead of the study.")]
Outputs = Annotated[
    str | None,
    typer.Option(
        "--outputs", help="Some of parquet,gpkg,csv,map,report; by default what the study says.", metavar="LIST"
    ),
]
CountyParcels = Annotated[int, typer.Option("--parcels", help="How many, 1,000 to 2,000,000.")]
CountySeed = Annotated[int, typer.Option("--seed", help="Seed of every random choice.")]
