"""Rasters that stay open between two windows: opening one takes as long as decoding a few of its blocks."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

__all__ = ["MOST_OPEN", "OpenFiles"]

MOST_OPEN = 16  #: files that wait open, of all threads together


class OpenFiles:
    """Open files that nobody reads at the moment; who takes one has it alone until it is given back.

    A file that was written since, is not there any more, or was opened before a fork, is not given out; nor is one of
    another version. On Windows, where an open file cannot be replaced, none waits.
    """

    def __init__(self, most: int = 0 if sys.platform == "win32" else MOST_OPEN) -> None:
        self.most = most
        self._waiting: list[tuple[Hashable, Any]] = []  # the one given back last at the end
        self._lock = threading.Lock()

    def take(self, path: Path, opened: Callable[[Path], Any], version: Hashable = None) -> tuple[Hashable, Any]:
        """A file that waits, else one that is opened now; with what to give it back by.

        version : of what the file is read with: the parts of a mosaic, a mask beside it
        """
        key = _state(path, version)
        with self._lock:
            for place in range(len(self._waiting) - 1, -1, -1):
                if key is not None and self._waiting[place][0] == key:
                    return self._waiting.pop(place)
        return key, opened(path)

    def give_back(self, key: Hashable, source: Any) -> None:
        """Let a file wait; those that wait longest are closed."""
        with self._lock:
            self._waiting.append((key, source))
            closed = self._waiting[: max(0, len(self._waiting) - self.most)]
            del self._waiting[: len(closed)]
        for _, each in closed:
            each.close()


def _state(path: Path, version: Hashable) -> Hashable:
    """What tells a file from every other, and from itself before it was written again; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return os.getpid(), path, version, found.st_size, found.st_mtime_ns, found.st_ino
