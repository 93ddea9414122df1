"""The command that measures: bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.terminal import console_of, shown_steps

__all__ = ["bench"]


def bench(
    parcels: Annotated[int, typer.Option("--parcels", min=1000, help="Parcels of the SYNTHETIC workload.")] = 100_000,
    rows: Annotated[
        str | None,
        typer.Option(
            "--rows", metavar="LIST", help="Rows by name, or kernel, job, all; by default those that take minutes."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A JSON file for the table.", metavar="FILE")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the table.")] = False,
) -> None:
    """Measure siting against plain and competent scripts and the libraries, on this machine.

    The usual rows take about five minutes with 100,000 parcels.
    """
    import warnings

    from rich.table import Table

    from siting.bench import Result, as_json, measured, rows_named
    from siting.bench.workload import Workload
    from siting.export import write_json

    chosen, work = rows_named(None if rows is None else [name.strip() for name in rows.split(",")]), Workload(parcels)
    table = Table(title=f"CPU time, {parcels:,} parcels (SYNTHETIC)", title_justify="left")
    for name in ("row", "compared", "ratio", "goal", "figures", "sizes", "answers differ by"):
        table.add_column(name, overflow="fold")
    results: list[Result] = []
    with shown_steps(quiet) as steps, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that are compared with
        steps.begin("Drawing the county")
        work.county  # noqa: B018 - drawn when it is first asked for
        for row in chosen:
            steps.begin(f"{row.key}: {row.compared}")
            results += measured([row], work)
    for result in results:
        table.add_row(*result.cells)
    console_of().print(table)
    if out is not None:
        write_json(out, as_json(results, work))
        console_of().print(str(out), markup=False, soft_wrap=True)
