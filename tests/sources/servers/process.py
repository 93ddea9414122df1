"""Servers of the tests as processes of their own: started, asked for their port, ended by their id."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent


@contextmanager
def started(script: str, *arguments: object, program: str = "") -> Iterator[str]:
    """Host and port of a server that runs as long as the context; by default this Python is its program."""
    command = [program] if program else [sys.executable, "-W", "ignore"]
    environment = {**os.environ, "SUPPRESS_NO_CONFIG_WARNING": "1"}  # of the library "config", which Koop uses
    process = subprocess.Popen(
        [*command, str(HERE / script), *map(str, arguments)], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"The server {script!r} did not start.")
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
