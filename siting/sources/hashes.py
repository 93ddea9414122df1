"""sha256 of files of this machine, remembered: a large file that has not changed is not read for it again.

What is remembered lies in the cache of layers, a note for each path. A note holds as long as size, times of the last
change and inode of the file are what they were. Of a file that was changed so shortly before that another change might
leave them as they are, nothing is remembered: file systems tell times to 2 seconds at the worst.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from siting.errors import DataError

__all__ = ["SETTLED_NS", "file_sha256", "remembered_sha256", "still_has", "unchanged"]

SETTLED_NS = 2_000_000_000  #: how long a file must have stayed as it is; FAT counts in 2 s, all others finer
_SEEN: dict[tuple[str, str], list[int]] = {}  #: what this process has hashed: (path, sha256) -> size, times and inode


def file_sha256(path: Path) -> str:
    """sha256 of a file, read from its beginning to its end."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remembered_sha256(path: Path) -> str:
    """sha256 of a file, or what it was when the file last had this size, these times and this inode."""
    place = str(path.resolve())
    state, note = _state(path), _note(place)
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(note.read_text(encoding="utf-8"))
        if (known["path"], known["state"]) == (place, state):
            _SEEN[place, str(known["sha256"])] = state
            return str(known["sha256"])
    began = time.time_ns()
    digest = file_sha256(path)
    _SEEN[place, digest] = state
    if _state(path) == state and max(state[1:3]) < began - SETTLED_NS:
        with suppress(OSError):  # what cannot be kept costs time only
            note.parent.mkdir(parents=True, exist_ok=True)
            part = note.with_name(f".{note.name}.{os.getpid()}.part")
            part.write_text(json.dumps({"path": place, "state": state, "sha256": digest}), encoding="utf-8")
            part.replace(note)
    return digest


def still_has(path: Path, sha256: str) -> bool:
    """Whether a file has the content of this hash; one whose size, times and inode are as they were is not read."""
    try:
        return _SEEN.get((str(path.resolve()), sha256)) == _state(path) or remembered_sha256(path) == sha256
    except OSError:
        return False


@contextmanager
def unchanged(paths: Sequence[Path], item: str) -> Iterator[None]:
    """Files that are read and hashed within: what is kept of them must not go by the hash of another edition.

    Raises DataError, naming ``item``, where one of them is changed meanwhile.
    """

    def content() -> list[list[int]]:  # a backup changes the other times
        return [_state(path)[:2] for path in paths if path.exists()]

    before = content()
    yield
    if content() != before:
        raise DataError(
            f"{item} was changed while it was read: its size or its time is another now. Start again when nothing "
            "writes to it."
        )


def _state(path: Path) -> list[int]:
    """Size, time of the last change of the content, of anything (which nobody can set back), inode."""
    said = path.stat()
    return [said.st_size, said.st_mtime_ns, said.st_ctime_ns, said.st_ino]


def _note(place: str) -> Path:
    from siting.sources.cache import cache_folder

    return cache_folder() / "hashes" / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.json"
