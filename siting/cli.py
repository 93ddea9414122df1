"""The command line: ``siting run STUDY.yaml --out DIR``. Exit codes: 0 done, 2 a clear refusal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from siting import __version__
from siting.errors import SitingError
from siting.progress import Bar, Quiet

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Find the best land for a semiconductor-fab cluster: rank parcels from public GIS layers, and show why.",
)  # fmt: skip

StudyFile = Annotated[Path, typer.Argument(help="The study file (YAML).", show_default=False)]
RunFolder = Annotated[Path, typer.Argument(help="The folder of a finished run.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="Folder to write to.", show_default=False)]
Data = Annotated[Path | None, typer.Option("--data", help="Folder with the files of catalogue ids (or SITING_DATA).")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Threads; by default one a core.")]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Scenario = Annotated[str | None, typer.Option("--scenario", help="A scenario of the study, instead of the study itself.")]
Outputs = Annotated[str | None, typer.Option("--outputs", help="Some of parquet,gpkg,csv,map; by default all.")]


def main() -> None:
    """Run the command line; a refusal is one message and exit code 2."""
    try:
        app()
    except SitingError as error:
        Console(stderr=True, highlight=False).print(f"siting: {error}", markup=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        Console(stderr=True).print("siting: stopped. Start the same command again to go on; finished parts are kept.")
        sys.exit(130)


@app.command()
def run(
    study: StudyFile, out: Out, data: Data = None, scenario: Scenario = None, outputs: Outputs = None,
    workers: Workers = None, quiet: QuietFlag = False,
) -> None:  # fmt: skip
    """Do every section that a study has, and write the results to a folder."""
    _rank(study, out, data, scenario, outputs, workers, quiet)


@app.command()
def rank(
    study: StudyFile, out: Out, data: Data = None, scenario: Scenario = None, outputs: Outputs = None,
    workers: Workers = None, quiet: QuietFlag = False,
) -> None:  # fmt: skip
    """Rank the parcels of a study (the first stage of run)."""
    _rank(study, out, data, scenario, outputs, workers, quiet)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("out/demo"),
    parcels: Annotated[int, typer.Option("--parcels", help="Parcels of the county.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the county.")] = 1,
    workers: Workers = None,
    quiet: QuietFlag = False,
) -> None:
    """Make the SYNTHETIC sample county and rank its parcels."""
    from siting.studies import study_path

    county = out / "county"
    _make_sample(county, parcels, seed, "EPSG:26912", quiet)
    _rank(study_path("sample"), out, county, None, None, workers, quiet)


@app.command()
def sample(
    out: Annotated[Path, typer.Argument(help="Folder to write to.", show_default=False)],
    parcels: Annotated[int, typer.Option("--parcels", help="1,000 to 2,000,000.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of every random choice.")] = 1,
    crs: Annotated[str, typer.Option("--crs", help="CRS of the files.")] = "EPSG:26912",
    dirt: Annotated[float, typer.Option("--dirt", min=0, max=0.5, help="Share of parcels with real-life faults.")] = 0.0,
    quiet: QuietFlag = False,
) -> None:
    """Make a SYNTHETIC county: a fictional place that behaves like a real one."""
    _make_sample(out, parcels, seed, crs, quiet, dirt)


@app.command()
def check(
    study: StudyFile,
    data: Data = None,
    sample: Annotated[int, typer.Option("--sample", min=0, help="Also measure this many parcels (seeded, spread).")] = 0,
) -> None:
    """Look for what is legal but silly in a study: fast without --sample, measured with it."""
    from siting.catalogue import data_folder
    from siting.check import check_study
    from siting.evaluate import evaluate, finder_of
    from siting.study import read_study

    console, parsed, folder = Console(highlight=False), read_study(study), data_folder(data)
    findings = list(check_study(parsed, finder=finder_of(parsed, folder)))
    if sample:
        with Bar(console) as steps:
            measured = evaluate(parsed, data=folder, sample=sample, steps=steps)
        console.print(f"Measured: a seeded sample of {len(measured):,} parcels, spread over the land (seed {parsed.seed}).")
        findings += measured.findings()
    if not findings:
        console.print("Nothing to say against this study.")
    for finding in findings:
        console.print(f"{finding.level}: {finding.item}: {finding.message}", markup=False, soft_wrap=True)


@app.command()
def schema(out: Annotated[Path | None, typer.Option("--out", help="File to write to; else printed.")] = None) -> None:
    """Print the JSON Schema of study files, for editors."""
    from siting.export import write_json
    from siting.study import study_schema

    if out:
        write_json(out, study_schema())
    else:
        typer.echo(json.dumps(study_schema(), indent=2, sort_keys=True))


@app.command()
def explain(folder: RunFolder, parcel: Annotated[str, typer.Argument(help="The parcel's id.")]) -> None:
    """Explain where a parcel of a finished run stands, and why."""
    from siting.stored import open_ranking

    typer.echo(str(open_ranking(folder).explain(parcel)))


@app.command()
def top(folder: RunFolder, count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 20) -> None:
    """Print the best parcels of a finished run."""
    from siting.stored import open_ranking

    ranked = open_ranking(folder).top(count)
    table = Table(*[str(name) for name in ranked.columns])
    for row in ranked.itertuples(index=False):
        table.add_row(*["" if value is None or value != value else str(value) for value in row])
    Console(highlight=False).print(table)


@app.command()
def studies() -> None:
    """List the studies that come with the package."""
    from siting.studies import study_names, study_path

    for name in study_names():
        typer.echo(f"{name}\t{study_path(name)}")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _rank(study: Path, out: Path, data: Path | None, scenario: str | None, outputs: str | None, workers: int | None, quiet: bool) -> None:
    from siting.run import rank as rank_study
    from siting.study import read_study

    console = Console(highlight=False, quiet=quiet)
    with Quiet() if quiet else Bar(console) as steps:
        ranking = rank_study(
            read_study(study), scenario=scenario, data=data, out=out,
            outputs=[name.strip() for name in outputs.split(",")] if outputs else None, workers=workers, progress=steps,
        )  # fmt: skip
    counts = ranking.counts
    console.print(f"\n{ranking.study.title}")
    console.print(
        f"{counts['read']:,} records in: {counts['admitted']:,} admitted, {counts['site only']:,} admitted only in a site, "
        f"{counts['excluded']:,} excluded, {counts['dropped']:,} dropped, {counts['merged']:,} merged."
    )
    for note in ranking.notes:
        console.print(f"Note: {note}", markup=False)
    silly = [finding for finding in ranking.findings() if finding.level == "warning"]
    if silly:
        console.print(f"{len(silly)} warnings about the study; siting check says them all, and manifest.json keeps them:")
    for finding in silly[:3]:
        console.print(f"Warning: {finding.item}: {finding.message}", markup=False)
    table = Table("rank", "id", "score", "tier", "acres", "strongest", "weakest")
    for row in ranking.top(10).itertuples():
        span = f" ({row.score_low:.1f} to {row.score_high:.1f})" if row.score_low != row.score_high else ""
        table.add_row(str(row.rank), str(row.id), f"{row.score:.1f}{span}", str(row.tier), f"{row.acres:,.1f}", str(row.strongest), str(row.weakest))
    console.print(table)
    for name in ("map.html", "ranking.csv", "ranking.parquet", "ranking.gpkg", "excluded.csv", "manifest.json"):
        if (out / name).exists():
            console.print(f"{out / name}", markup=False, soft_wrap=True)


def _make_sample(out: Path, parcels: int, seed: int, crs: str, quiet: bool, dirt: float = 0.0) -> None:
    from siting.sample import sample_county, write_sample

    console = Console(highlight=False, quiet=quiet)
    with Quiet() if quiet else Bar(console) as steps:
        steps.begin(f"Making a SYNTHETIC county of {parcels:,} parcels")
        county = sample_county(parcels=parcels, seed=seed, crs=crs, dirt=dirt)
        steps.begin("Writing the county")
        write_sample(out, county)
