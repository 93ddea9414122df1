"""Every command has help, and refuses a wrong option by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.cli import COMMANDS
from tests.cli.shell import Run


@pytest.mark.parametrize("words", [[], ["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help(siting_: Run, words: list[str]) -> None:
    done = siting_(*words)
    assert "Usage:" in done.out + done.err
    assert max(map(len, (done.out + done.err).splitlines())) <= 80


def test_a_wrong_option_is_refused_by_name(siting_: Run, world: Path) -> None:
    for words in (
        ["rank", world],
        ["rank", world, "--out", "x", "--workers", "0"],
        ["rnak"],
        ["rank", world, "--quit"],
    ):
        assert siting_(*words).code == 2
