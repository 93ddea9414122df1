"""Servers of the tests as processes of their own: started, asked for their port, ended by their id."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent


@contextmanager
def started(script: str, *arguments: object) -> Iterator[str]:
    """Host and port of a server that runs as long as the context."""
    command = [sys.executable, "-W", "ignore", str(HERE / script), *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
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
