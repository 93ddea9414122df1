"""The terminal: results on the standard output; progress, questions and refusals on the standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console

if TYPE_CHECKING:
    from siting.evaluate import Steps

__all__ = ["console_of", "shown_steps"]


def console_of(quiet: bool = False) -> Console:
    """Where results go."""
    return Console(highlight=False, quiet=quiet)


@contextmanager
def shown_steps(quiet: bool) -> Iterator[Steps]:
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
