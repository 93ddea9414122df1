"""The command line in this process."""

from __future__ import annotations

import sys

import pytest

from siting.cli import main
from tests.cli.shell import Done, Run


@pytest.fixture
def siting_(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line as a shell would, in this process."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SITING_DATA", raising=False)

    def done(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["siting", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Done(code, said.out, said.err)

    return done
