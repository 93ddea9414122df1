"""Commands about a study: check, schema, studies, weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import Catalogue, Data, QuietFlag, StudyFile
from siting.cli.terminal import console_of, shown_steps

__all__ = ["check", "schema", "studies", "weights"]


def check(
    study: StudyFile,
    data: Data = None,
    sample: Annotated[
        int, typer.Option("--sample", min=0, help="Also measure this many parcels (seeded, spread).")
    ] = 0,
    catalogue: Catalogue = None,  # noqa: ARG001
    quiet: QuietFlag = False,
) -> None:
    """Look for what is legal but silly in a study: fast without --sample, measured with it."""
    from siting.catalogue import data_folder
    from siting.check import check_study
    from siting.evaluate import evaluate, finder_of
    from siting.say import say_findings
    from siting.study import read_study
    from siting.supply import Supply

    parsed, folder, console = read_study(study), data_folder(data), console_of(quiet)
    findings = list(check_study(parsed, finder=Supply().at_hand(parsed, finder_of(parsed, folder))))
    errors = any(finding.level == "error" for finding in findings)
    if sample and not errors:
        with shown_steps(quiet) as steps:
            measured = evaluate(parsed, data=folder, sample=sample, steps=steps)
        of = len(measured) + measured.left_out
        console.print(f"Measured {len(measured):,} of {of:,} parcels, spread over the land (seed {parsed.seed}).")
        findings += measured.findings()
    say_findings(findings, console)
    if errors:
        raise typer.Exit(2)


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


def studies() -> None:
    """List the studies that come with the package."""
    from siting.studies import study_names, study_path

    for name in study_names():
        typer.echo(f"{name}\t{study_path(name)}")


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
