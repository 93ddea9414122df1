"""Commands that rank: run, rank, demo, robustness, why-not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.county import make_sample
from siting.cli.options import (
    Catalogue,
    CountyParcels,
    CountySeed,
    Dask,
    Data,
    Memory,
    Offline,
    Out,
    Outputs,
    QuietFlag,
    Refresh,
    Scenario,
    StudyFile,
    Workers,
)  # fmt: skip
from siting.cli.terminal import console_of, shown_steps
from siting.errors import RunError

if TYPE_CHECKING:
    from siting.ranking import Ranking

__all__ = ["demo", "rank", "robustness", "run", "why_not"]


def run(
    study: StudyFile, out: Out, data: Data = None, scenario: Scenario = None, outputs: Outputs = None,
    workers: Workers = None, memory: Memory = None, dask: Dask = None, offline: Offline = False,
    refresh: Refresh = False, catalogue: Catalogue = None, quiet: QuietFlag = False,  # noqa: ARG001
) -> None:  # fmt: skip
    """Do every section that a study has, and write the results to a folder."""
    from siting.say import say_not_done
    from siting.study import read_study

    _rank(study, out, data, scenario, outputs, workers, quiet, dask, offline=offline, refresh=refresh, memory=memory)
    say_not_done(read_study(study), console_of(quiet))


def rank(
    study: StudyFile, out: Out, data: Data = None, scenario: Scenario = None, outputs: Outputs = None,
    workers: Workers = None, memory: Memory = None, dask: Dask = None, offline: Offline = False,
    refresh: Refresh = False, catalogue: Catalogue = None, quiet: QuietFlag = False,  # noqa: ARG001
) -> None:  # fmt: skip
    """Rank the parcels of a study: the first stage of run."""
    _rank(study, out, data, scenario, outputs, workers, quiet, dask, offline=offline, refresh=refresh, memory=memory)


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
    make_sample(county, parcels, seed, "EPSG:26912", 0.0, quiet)
    _rank(study_path("sample"), out, county, None, None, workers, quiet)


def robustness(
    study: StudyFile, out: Out, data: Data = None, scenario: Scenario = None, workers: Workers = None,
    catalogue: Catalogue = None, quiet: QuietFlag = False,  # noqa: ARG001
) -> None:  # fmt: skip
    """Tell how sure a ranking is under plausible weights and data; the tables go to the folder."""
    from siting.robustness import announced_cost
    from siting.robustness_files import write_robustness
    from siting.sources.remote import url_of

    url = url_of(out)
    if url:
        raise RunError(
            f"The tables of siting robustness go to a folder of this machine; --out names the address {url!r}. "
            "Name a folder."
        )
    ranking = _ranked(study, out, data, scenario, workers, quiet)
    cost = announced_cost(ranking)
    if cost and not quiet:
        typer.echo(cost, err=True)
    written = write_robustness(ranking, out)
    console = console_of(quiet)
    console.print(str(ranking.robustness()), markup=False, soft_wrap=True)
    for path in written.values():
        console.print(str(path), markup=False, soft_wrap=True)


def why_not(
    study: StudyFile,
    parcel: Annotated[str, typer.Argument(help="The parcel's id.", metavar="ID", show_default=False)],
    out: Out,
    data: Data = None,
    scenario: Scenario = None,
    workers: Workers = None,
    catalogue: Catalogue = None,  # noqa: ARG001
    quiet: QuietFlag = False,
) -> None:
    """Tell what keeps a parcel off the shortlist; what the folder's run has measured is not measured again."""
    ranking = _ranked(study, out, data, scenario, workers, quiet)
    console_of().print(str(ranking.why_not(parcel)), markup=False, soft_wrap=True)


def _ranked(
    study: Path, out: Path, data: Path | None, scenario: str | None, workers: int | None, quiet: bool
) -> Ranking:
    """A ranking that writes nothing but its quantities, which it also goes on from."""
    from siting.catalogue import data_folder
    from siting.engine.url_store import store_at
    from siting.evaluate import evaluate
    from siting.study import read_study

    parsed = read_study(study)
    chosen = parsed if scenario is None else parsed.scenario(scenario)
    with shown_steps(quiet) as steps:
        return evaluate(chosen, data=data_folder(data), workers=workers, store=store_at(out), steps=steps)


def _rank(
    study: Path,
    out: Path,
    data: Path | None,
    scenario: str | None,
    outputs: str | None,
    workers: int | None,
    quiet: bool,
    dask: str | None = None,
    *,
    offline: bool = False,
    refresh: bool = False,
    memory: str | None = None,
) -> None:
    from siting.out_url import result_urls
    from siting.run import rank as rank_study
    from siting.sources.remote import url_of
    from siting.study import read_study

    asked = None if outputs is None else [name.strip() for name in outputs.split(",")]
    with shown_steps(quiet) as steps:
        ranking = rank_study(
            read_study(study), scenario=scenario, data=data, out=out, outputs=asked, workers=workers, client=dask,
            progress=steps, offline=True if offline else None, refresh=refresh, memory=memory,
        )  # fmt: skip
    if quiet:
        return
    from siting.say import say_ranking

    console, url = console_of(), url_of(out)
    say_ranking(ranking, out, console)
    for place in result_urls(url) if url else ():
        console.print(place, markup=False, soft_wrap=True)
