"""The command line: ``siting run STUDY.yaml --out DIR``. Exit codes: 0 done, 2 a clear refusal, 130 stopped by hand.

Results go to the standard output; progress and refusals to the standard error.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable

import typer

from siting import __version__
from siting.cli.bench import bench
from siting.cli.county import sample
from siting.cli.layers import layers_app
from siting.cli.ranking import demo, rank, robustness, run, why_not
from siting.cli.results import explain, map_, top
from siting.cli.studying import check, schema, studies, weights
from siting.errors import SitingError

__all__ = ["COMMANDS", "app", "main"]

#: new objects before the collector looks for cycles: a start makes a hundred thousand, which all stay
_SELDOM = (500_000, 20, 100)

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Find the best land for a semiconductor-fab cluster: rank parcels from public GIS layers, and show why.",
)  # fmt: skip


def main() -> None:
    """Run the command line; a refusal is one message and exit code 2."""
    _spare_work()
    try:
        app()
    except SitingError as error:
        print(f"siting: {error}", file=sys.stderr)
        sys.exit(2)


def _spare_work() -> None:
    """Leave out what only costs: looking for cycles, idle threads of BLAS, memory that Arrow gives back too soon."""
    gc.set_threshold(*_SELDOM)
    atexit.register(gc.freeze)  # the end of the process takes everything away, cycles too
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read once, when numpy is loaded
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # read once, when pyarrow is loaded


def version() -> None:
    """Print the version."""
    typer.echo(__version__)


#: name -> function, in the order of the help
COMMANDS: dict[str, Callable[..., None]] = {
    "run": run, "rank": rank, "demo": demo, "sample": sample, "check": check, "schema": schema, "explain": explain,
    "top": top, "map": map_, "robustness": robustness, "why-not": why_not, "studies": studies, "weights": weights,
    "bench": bench, "version": version,
}  # fmt: skip
for name, command in COMMANDS.items():
    app.command(name=name)(command)
app.add_typer(layers_app, name="layers")
