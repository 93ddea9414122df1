"""Progress for people: the step, the count and the time left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from siting.evaluate import Silence, Steps

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

__all__ = ["Asked", "Bar", "Lines", "steps_of"]

Asked: TypeAlias = Literal["auto"] | Steps | None
_BETWEEN_S = 10.0  #: seconds between lines of a log on how far a step is


class Bar:
    """A line a step; the running one has a bar, its count and the time left."""

    def __init__(self, console: Console) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(),
            TimeElapsedColumn(), TimeRemainingColumn(), console=console,
        )  # fmt: skip
        self._task: TaskID | None = None
        self._total: int | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._progress.stop()

    def begin(self, text: str, total: int | None = None) -> None:
        """The step before is done, this one begins."""
        self._finish()
        self._task, self._total = self._progress.add_task(text, total=total), total

    def advance(self) -> None:
        """A part of the step is done."""
        if self._task is not None:
            self._progress.advance(self._task)

    def tell(self, text: str) -> None:
        """How far the running step is, in words."""
        if self._task is not None:
            self._progress.update(self._task, description=text)

    def _finish(self) -> None:
        if self._task is not None:
            done = 1 if self._total is None else self._total
            self._progress.update(self._task, total=done, completed=done)
            self._progress.stop_task(self._task)


class Lines:
    """A line a step, for logs: no bar, no colour, nothing that moves."""

    def __init__(self, console: Console) -> None:
        self._console, self._told = console, 0.0

    def begin(self, text: str, total: int | None = None) -> None:
        """Say which step begins, and in how many parts."""
        parts = "" if total is None else f" ({total:,} part{'' if total == 1 else 's'})"
        self._console.print(f"{text}{parts} ...", markup=False, highlight=False)
        self._told = time.monotonic()

    def advance(self) -> None:
        """Nothing."""

    def tell(self, text: str) -> None:
        """How far the running step is, in words; a line now and then."""
        if time.monotonic() - self._told >= _BETWEEN_S:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
            self._told = time.monotonic()


@contextmanager
def steps_of(asked: Asked, console: Console | None = None) -> Iterator[Steps]:
    """Who hears how far the work is: the given object; nobody (None); "auto": a bar on a terminal or in a notebook."""
    if asked != "auto":
        yield Silence() if asked is None else asked
        return
    from rich.console import Console

    console = console or Console(stderr=True)
    if console.is_terminal or console.is_jupyter:
        with Bar(console) as bar:
            yield bar
    else:
        yield Silence()
