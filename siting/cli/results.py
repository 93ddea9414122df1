"""Commands about a finished run: explain, top, map."""

from __future__ import annotations

from typing import Annotated

import typer

from siting.cli.options import RunFolder
from siting.cli.terminal import console_of

__all__ = ["explain", "map_", "top"]


def explain(
    folder: RunFolder,
    parcel: Annotated[str, typer.Argument(help="The parcel's id.", metavar="ID", show_default=False)],
) -> None:
    """Explain where a parcel of a finished run stands, and why."""
    from siting.say import say_explanation
    from siting.stored import open_ranking

    say_explanation(open_ranking(folder).explain(parcel), console_of())


def top(folder: RunFolder, count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 20) -> None:
    """Print the best parcels of a finished run."""
    from siting.say import say_top
    from siting.stored import open_ranking

    stored = open_ranking(folder)
    say_top(stored.top(count), console_of(), marking=str(stored.manifest.get("synthetic_note", "")))


def map_(
    folder: RunFolder, open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False
) -> None:
    """Print where the map of a finished run is."""
    from siting.stored import open_ranking

    path = open_ranking(folder).map_path
    typer.echo(str(path))
    if open_:
        typer.launch(path.resolve().as_uri())
