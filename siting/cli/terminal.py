"""The terminal: results on the standard output; progress, questions and refusals on the standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from siting.evaluate import Steps

__all__ = ["console_of", "shown_steps"]


def console_of(quiet: bool = False) -> Console:
    """Where results go."""
    from rich.console import Console

    return Console(highlight=False, quiet=quiet)


@contextmanager
def shown_steps(quiet: bool) -> Iterator[Steps]:
    """A bar on a terminal, plain lines elsewhere, nothing when quiet; on the standard error.

    Work that is stopped by hand ends with one sentence and exit code 130.
    """
    try:
        with _nothing() if quiet else _on_the_console() as steps:
            yield steps
    except KeyboardInterrupt:
        print("siting: stopped. Start the same command again to go on; finished parts are kept.", file=sys.stderr)
        raise typer.Exit(130) from None


def _nothing() -> AbstractContextManager[Steps]:
    from siting.progress import steps_of

    return steps_of(None)


def _on_the_console() -> AbstractContextManager[Steps]:
    from rich.console import Console

    from siting.progress import Lines, steps_of

    console = Console(stderr=True, highlight=False)
    return steps_of("auto" if console.is_terminal else Lines(console), console)
