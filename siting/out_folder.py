"""The folder of a run, held by one run at a time."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from siting.errors import RunError

__all__ = ["BLOCKS", "LOCK", "NEW", "held"]

BLOCKS = ".blocks"  #: the folder in which a run in blocks keeps what it has finished, until its files are there
LOCK = ".lock"  #: the file that a run holds; its text is the number of the process
NEW = ".new"  #: how the folders begin in which files are made before they are put in place
_AT = 1 << 30  # the byte that is locked, beyond the text, which others read
_holders: dict[Path, int] = {}


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder: nobody else writes to it until the end, whatever the end is.

    The system itself gives the lock back when a process ends, so that a killed run leaves nothing to undo; what it
    was making is taken away. The same thread may hold a folder twice.

    Raises RunError where another run writes there.
    """
    key = folder.resolve()
    if _holders.get(key) == threading.get_ident():
        yield
        return
    descriptor = _taken(folder)
    _holders[key] = threading.get_ident()
    try:
        for left in folder.glob(f"{NEW}*"):  # of a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        _holders.pop(key, None)
        with suppress(OSError):
            (folder / LOCK).unlink()
        os.close(descriptor)


def _taken(folder: Path) -> int:
    """The open, locked file of the folder."""
    path = folder / LOCK
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise RunError(
                f"The folder '{folder}' cannot be written: {error.strerror}. Name another folder."
            ) from error
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            process = f" (process {holder})" if holder else ""
            raise RunError(
                f"Another run{process} writes to the folder '{folder}'. "
                "Wait until it has ended, or name another folder for this one."
            ) from None
        except OSError:
            return descriptor  # a file system without locks: there is nothing to hold
        if _same(path, descriptor):
            with suppress(OSError):  # a full disk: the number is for people only
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode())
            return descriptor
        os.close(descriptor)  # the run before took its file away meanwhile


def _same(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one that the folder shows."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> None:
    """Lock a file for this process alone, or raise OSError at once."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _AT, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
