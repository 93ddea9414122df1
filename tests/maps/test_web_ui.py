"""What the page's own scripts do without a browser: state in the hash, CSV, YAML, PNG (node's test runner)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ..conftest import program

HERE = Path(__file__).parent / "web"


@pytest.mark.node
@pytest.mark.parametrize("name", ["exports", "state"])
def test_in_node(name: str) -> None:
    node = str(program("SITING_NODE", "node", "nodejs"))
    done = subprocess.run(
        [node, "--test", str(HERE / f"{name}.test.mjs")], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
