"""Progress: a bar on a terminal, lines in a log, nothing where nobody looks."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from siting.evaluate import Silence
from siting.progress import Bar, Lines, steps_of


def console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=terminal, width=80, color_system=None, legacy_windows=False), text


def test_a_bar_has_the_step_the_count_and_the_time() -> None:
    screen, text = console(terminal=True)
    with Bar(screen) as bar:
        bar.begin("Reading")
        bar.advance()
        bar.begin("Measuring", 3)
        for _ in range(3):
            bar.advance()
        bar.begin("Nothing to measure", 0)
    said = text.getvalue()
    assert "Reading" in said
    assert "3/3" in said
    assert "0/0" in said
    assert max(len(line) for line in said.splitlines()[-1].split("\r")) <= 80


def test_a_bar_that_is_stopped_by_an_error_does_not_claim_to_be_done() -> None:
    screen, text = console(terminal=True)

    def measure() -> None:
        with Bar(screen) as bar:
            bar.begin("Measuring", 3)
            raise KeyError("x")

    with pytest.raises(KeyError):
        measure()
    assert "3/3" not in text.getvalue()


def test_a_bar_that_nobody_began() -> None:
    screen, _ = console(terminal=True)
    with Bar(screen) as bar:
        bar.advance()


def test_lines_for_a_log() -> None:
    screen, text = console(terminal=False)
    lines = Lines(screen)
    lines.begin("Reading")
    lines.begin("Opening [layers]", 1)
    lines.begin("Measuring", 1200)
    lines.advance()
    assert text.getvalue() == "Reading ...\nOpening [layers] (1 part) ...\nMeasuring (1,200 parts) ...\n"


def test_who_hears() -> None:
    mine = Silence()
    with steps_of(mine) as steps:
        assert steps is mine
    with steps_of(None) as steps:
        assert isinstance(steps, Silence)
    with steps_of("auto", console(terminal=True)[0]) as steps:
        assert isinstance(steps, Bar)
    screen, text = console(terminal=False)
    with steps_of("auto", screen) as steps:
        assert isinstance(steps, Silence)
    assert text.getvalue() == ""


def test_words_on_a_step_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar shows the last of them; a log has a line every ten seconds."""
    now = [100.0]
    monkeypatch.setattr("siting.progress.time.monotonic", lambda: now[0])
    screen, text = console(terminal=False)
    lines = Lines(screen)
    lines.begin("Fetching wells")
    for now[0] in (101.0, 110.0, 111.0, 119.9, 120.0):
        lines.tell(f"Fetching wells: {now[0]:g} features")
    assert text.getvalue() == ("Fetching wells ...\nFetching wells: 110 features\nFetching wells: 120 features\n")


def test_a_bar_shows_the_last_words() -> None:
    screen, text = console(terminal=True)
    with Bar(screen) as bar:
        bar.tell("nobody began")
        bar.begin("Fetching wells", 1)
        bar.tell("Fetching wells: 5 features")
    assert "Fetching wells: 5 features" in text.getvalue()
    assert "nobody began" not in text.getvalue()
