"""Work that is stopped by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Run


def test_stopped_by_hand(siting_: Run, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("siting.run.rank", stop)
    done = siting_("rank", world, "--out", tmp_path / "out")
    assert done.code == 130
    assert done.err == "siting: stopped. Start the same command again to go on; finished parts are kept.\n"
