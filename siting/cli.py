"""The command line: ``siting run STUDY.yaml --out DIR``. Exit codes: 0 done, 2 a clear refusal, 130 stopped by hand.

Results go to the standard output; progress and refusals to the standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from siting import __version__
from siting.errors import SitingError

if TYPE_CHECKING:
    from siting.evaluate import Steps
    from siting.ranking import Ranking

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Find the best land for a semiconductor-fab cluster: rank parcels from public GIS layers, and show why.",
)  # fmt: skip

StudyFile = Annotated[Path, typer.Argument(help="The study file (YAML).", metavar="STUDY", show_default=False)]
RunFolder = Annotated[Path, typer.Argument(help="The folder of a finished run.", metavar="DIR", show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="Folder to write to; a stopped run goes on there.", metavar="DIR")]
Data = Annotated[
    Path | None, typer.Option("--data", help="Folder with the files of catalogue ids (or SITING_DATA).", metavar="DIR")
]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Threads; by default one a core.")]
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


def main() -> None:
    """Run the command line; a refusal is one message and exit code 2."""
    try:
        app()
    except SitingError as error:
        print(f"siting: {error}", file=sys.stderr)
        sys.exit(2)


@app.command()
def run(
    study: StudyFile, out: Out, data: Data = None, scenario: Scenario = None, outputs: Outputs = None,
    workers: Workers = None, quiet: QuietFlag = False,
) -> None:  # fmt: skip
    """Do every section that a study has, and write the results to a folder."""
    from siting.say import say_not_done
    from siting.study import read_study

    _rank(study, out, data, scenario, outputs, workers, quiet)
    say_not_done(read_study(study), _console(quiet))


@app.command()
def rank(
    study: StudyFile, out: Out, data: Data = None, scenario: Scenario = None, outputs: Outputs = None,
    workers: Workers = None, quiet: QuietFlag = False,
) -> None:  # fmt: skip
    """Rank the parcels of a study: the first stage of run."""
    _rank(study, out, data, scenario, outputs, workers, quiet)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.", metavar="DIR")] = Path("out/demo"),
    parcels: CountyParcels = 20_000,
    seed: CountySeed = 1,
    workers: Workers = None,
    quiet: QuietFlag = False,
) -> None:
    """Make the SYNTHETIC sample county and rank its parcels."""
    from siting.studies import study_path

    county = out / "county"
    _make_sample(county, parcels, seed, "EPSG:26912", 0.0, quiet)
    _rank(study_path("sample"), out, county, None, None, workers, quiet)


@app.command()
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
    _make_sample(out, parcels, seed, crs, dirt, quiet)
    _console(quiet).print(f"{out / 'layers.csv'}", markup=False, soft_wrap=True)


@app.command()
def check(
    study: StudyFile,
    data: Data = None,
    sample: Annotated[
        int, typer.Option("--sample", min=0, help="Also measure this many parcels (seeded, spread).")
    ] = 0,
    quiet: QuietFlag = False,
) -> None:
    """Look for what is legal but silly in a study: fast without --sample, measured with it."""
    from siting.catalogue import data_folder
    from siting.check import check_study
    from siting.evaluate import evaluate, finder_of
    from siting.say import say_findings
    from siting.study import read_study

    parsed, folder, console = read_study(study), data_folder(data), _console(quiet)
    findings = list(check_study(parsed, finder=finder_of(parsed, folder)))
    errors = any(finding.level == "error" for finding in findings)
    if sample and not errors:
        with _steps(quiet) as steps:
            measured = evaluate(parsed, data=folder, sample=sample, steps=steps)
        of = len(measured) + measured.left_out
        console.print(f"Measured {len(measured):,} of {of:,} parcels, spread over the land (seed {parsed.seed}).")
        findings += measured.findings()
    say_findings(findings, console)
    if errors:
        raise typer.Exit(2)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option("--out", help="File to write to; else printed.", metavar="FILE")] = None,
) -> None:
    """Print the JSON Schema of study files, for editors."""
    from siting.export import write_json
    from siting.study import study_schema

    if out:
        write_json(out, study_schema())
    else:
        typer.echo(json.dumps(study_schema(), indent=2, sort_keys=True))


@app.command()
def explain(
    folder: RunFolder,
    parcel: Annotated[str, typer.Argument(help="The parcel's id.", metavar="ID", show_default=False)],
) -> None:
    """Explain where a parcel of a finished run stands, and why."""
    from siting.say import say_explanation
    from siting.stored import open_ranking

    say_explanation(open_ranking(folder).explain(parcel), _console())


@app.command()
def top(folder: RunFolder, count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 20) -> None:
    """Print the best parcels of a finished run."""
    from siting.say import say_top
    from siting.stored import open_ranking

    stored = open_ranking(folder)
    say_top(stored.top(count), _console(), marking=str(stored.manifest.get("synthetic_note", "")))


@app.command(name="map")
def map_(
    folder: RunFolder, open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False
) -> None:
    """Print where the map of a finished run is."""
    from siting.stored import open_ranking

    path = open_ranking(folder).map_path
    typer.echo(str(path))
    if open_:
        typer.launch(path.resolve().as_uri())


@app.command()
def robustness(
    study: StudyFile, out: Out, data: Data = None, scenario: Scenario = None, workers: Workers = None,
    quiet: QuietFlag = False,
) -> None:  # fmt: skip
    """Tell how sure a ranking is under plausible weights and data; the tables go to the folder."""
    from siting.robustness import announced_cost
    from siting.robustness_files import write_robustness

    ranking = _ranked(study, out, data, scenario, workers, quiet)
    cost = announced_cost(ranking)
    if cost and not quiet:
        typer.echo(cost, err=True)
    written = write_robustness(ranking, out)
    console = _console(quiet)
    console.print(str(ranking.robustness()), markup=False, soft_wrap=True)
    for path in written.values():
        console.print(str(path), markup=False, soft_wrap=True)


@app.command(name="why-not")
def why_not(
    study: StudyFile,
    parcel: Annotated[str, typer.Argument(help="The parcel's id.", metavar="ID", show_default=False)],
    out: Out,
    data: Data = None,
    scenario: Scenario = None,
    workers: Workers = None,
    quiet: QuietFlag = False,
) -> None:
    """Tell what keeps a parcel off the shortlist; what the folder's run has measured is not measured again."""
    ranking = _ranked(study, out, data, scenario, workers, quiet)
    _console().print(str(ranking.why_not(parcel)), markup=False, soft_wrap=True)


@app.command()
def studies() -> None:
    """List the studies that come with the package."""
    from siting.studies import study_names, study_path

    for name in study_names():
        typer.echo(f"{name}\t{study_path(name)}")


@app.command()
def weights(
    study: StudyFile,
    method: Annotated[str, typer.Option("--method", help="swing, points, rank, ahp, best_worst or direct.")] = "swing",
    name: Annotated[str, typer.Option("--name", help="Whose weights they are, such as board.")] = "board",
) -> None:
    """Ask for the weights of a study, and print the weight set for its file; questions go to the standard error."""
    from siting.study import read_study
    from siting.weighing import groups_of, weigh, weights_yaml

    found = weigh(
        groups_of(read_study(study)), method,
        ask=lambda question: str(typer.prompt(question, prompt_suffix="", err=True)),
        say=lambda text: typer.echo(text, err=True),
    )  # fmt: skip
    typer.echo(weights_yaml(found, name=name, method=method))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _console(quiet: bool = False) -> Console:
    return Console(highlight=False, quiet=quiet)


@contextmanager
def _steps(quiet: bool) -> Iterator[Steps]:
    """A bar on a terminal, plain lines elsewhere, nothing when quiet; on the standard error.

    Work that is stopped by hand ends with one sentence and exit code 130.
    """
    from siting.progress import Lines, steps_of

    console = Console(stderr=True, highlight=False)
    try:
        with steps_of(None if quiet else "auto" if console.is_terminal else Lines(console), console) as steps:
            yield steps
    except KeyboardInterrupt:
        print("siting: stopped. Start the same command again to go on; finished parts are kept.", file=sys.stderr)
        raise typer.Exit(130) from None


def _ranked(
    study: Path, out: Path, data: Path | None, scenario: str | None, workers: int | None, quiet: bool
) -> Ranking:
    """A ranking that writes nothing but its quantities, which it also goes on from."""
    from siting.catalogue import data_folder
    from siting.engine import Store
    from siting.evaluate import evaluate
    from siting.study import read_study

    parsed = read_study(study)
    chosen = parsed if scenario is None else parsed.scenario(scenario)
    with _steps(quiet) as steps:
        return evaluate(chosen, data=data_folder(data), workers=workers, store=Store(out / ".quantities"), steps=steps)


def _rank(
    study: Path,
    out: Path,
    data: Path | None,
    scenario: str | None,
    outputs: str | None,
    workers: int | None,
    quiet: bool,
) -> None:
    from siting.run import rank as rank_study
    from siting.say import say_ranking
    from siting.study import read_study

    asked = None if outputs is None else [name.strip() for name in outputs.split(",")]
    with _steps(quiet) as steps:
        ranking = rank_study(
            read_study(study), scenario=scenario, data=data, out=out, outputs=asked, workers=workers, progress=steps
        )
    say_ranking(ranking, out, _console(quiet))


def _make_sample(out: Path, parcels: int, seed: int, crs: str, dirt: float, quiet: bool) -> None:
    from siting.sample import sample_county, write_sample

    with _steps(quiet) as steps:
        steps.begin(f"Making a SYNTHETIC county of {parcels:,} parcels")
        county = sample_county(parcels=parcels, seed=seed, crs=crs, dirt=dirt)
        steps.begin("Writing the county")
        write_sample(out, county)
