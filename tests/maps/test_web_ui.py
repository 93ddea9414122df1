"""What the page's own scripts do without a browser: controls, words, CSV, YAML (node's test runner)."""

from __future__ import annotations

import base64
import gzip
import re
import subprocess
from pathlib import Path

import pytest

from siting.maps import offline

from ..conftest import program

CARRIED = 60_000  #: bytes of a page for our own scripts (packed) and styles
WRITTEN = 60_000
HERE = Path(__file__).parent / "web"


@pytest.mark.node
@pytest.mark.parametrize("name", ["card", "controls", "dom", "exports", "legend"])
def test_in_node(name: str) -> None:
    node = str(program("SITING_NODE", "node", "nodejs"))
    done = subprocess.run(
        [node, "--test", str(HERE / f"{name}.test.mjs")], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_page_carries_of_our_own_stays_small() -> None:
    scripts = base64.b64encode(gzip.compress(offline._web_text(*offline._SCRIPTS).encode(), 9, mtime=0))
    assert len(scripts) + len(offline._web_text("siting.css").encode()) <= CARRIED


def test_the_sources_stay_small() -> None:
    written = sum(path.stat().st_size for path in (Path(offline.__file__).parent / "web").iterdir())
    assert written <= WRITTEN


def test_comments_stay_in_the_sources_and_code_does_not() -> None:
    for name in (*offline._SCRIPTS, "siting.css"):
        source = (Path(offline.__file__).parent / "web" / name).read_text(encoding="utf-8")
        code = "\n".join(line for line in re.sub(r"(?ms)^\s*/\*.*?\*/$", "", source).splitlines() if line.strip())
        left = "\n".join(line for line in offline._web_text(name).splitlines() if line.strip())
        scoped = f'(() => {{\n"use strict";\n{code}\n}})();' if name.endswith(".js") else code
        assert left == scoped
