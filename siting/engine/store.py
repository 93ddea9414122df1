"""The store: finished parts as files, written atomically, found again by what they were made from."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from siting.errors import RunError, said_by_system

__all__ = ["Store", "read_kept", "write_kept"]


class Store:
    """Parquet parts in a folder by key; without a folder nothing is kept and nothing is found.

    A key says everything the part was made from, so a part is right whenever it is there. A file that
    cannot be read (a disk that was full, a copy that was cut) counts as not there.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    @property
    def place(self) -> str | Path | None:
        """Where it is: a folder, or an address; None where nothing is kept."""
        return self.folder

    def path(self, key: str) -> Path | None:
        """Where a part lies, or would lie."""
        return None if self.folder is None else self.folder / key[:2] / f"{key}.parquet"

    def get(self, key: str) -> pa.Table | None:
        """The part of this key, or None."""
        path = self.path(key)
        if path is None or not path.is_file():
            return None
        try:
            return read_kept(path)
        except (pa.ArrowException, OSError):
            return None

    def put(self, key: str, table: pa.Table) -> None:
        """Keep a part: a temporary file in the same folder, then one rename. Raises RunError when the disk refuses."""
        path = self.path(key)
        if path is None:
            return
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
        try:
            try:
                write_kept(table, temporary)
            except FileNotFoundError:  # the first of its folder
                path.parent.mkdir(parents=True, exist_ok=True)
                write_kept(table, temporary)
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            folder, why = path.parent.parent.name, said_by_system(error)
            raise RunError(
                f"The finished part {path.name!r} cannot be written to {folder!r}: {why}. Free some space "
                "or name another folder, then start again: finished parts are kept."
            ) from error

    def take_away_halves(self) -> None:
        """Take away what a run that was killed had not finished writing; nobody else may be writing here."""
        if self.folder is not None:
            for left in (*self.folder.glob(".*"), *self.folder.glob("*/.*")):
                with suppress(OSError):
                    left.unlink()


def read_kept(source: Path | IO[bytes]) -> pa.Table:
    """What ``write_kept`` has written. Raises ArrowException or OSError where a byte of it is not as it was."""
    return pq.read_table(source, use_threads=False, page_checksum_verification=True)


def write_kept(table: pa.Table, target: Path | IO[bytes]) -> None:
    """Write a part in the way that costs least: it is read once or twice, and whole.

    Only texts are worth a dictionary, and nobody asks what the least and greatest of its numbers are.
    """
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    pq.write_table(
        table, target, compression="lz4", use_dictionary=texts or False, write_statistics=False,
        write_page_checksum=True,
    )  # fmt: skip
