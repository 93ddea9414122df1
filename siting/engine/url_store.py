"""A store of finished parts at an address, with the keys and the bytes that a folder would have."""

from __future__ import annotations

import io
from functools import cached_property
from pathlib import Path
from threading import Lock

import pyarrow as pa

from siting.engine.store import Store, read_kept, write_kept
from siting.errors import RunError
from siting.sources.access import shown_url
from siting.sources.remote import listed, read, url_of, write

__all__ = ["UrlStore", "store_at"]


def store_at(out: Path) -> Store:
    """Where the finished parts of a run are kept whose results go to a folder, or to an address."""
    url = url_of(out)
    return UrlStore(f"{url}/.quantities") if url else Store(out / ".quantities")


class UrlStore(Store):
    """Parquet parts below an address by key. What is there is listed once; each part is one object, put whole."""

    def __init__(self, url: str) -> None:
        super().__init__(None)
        self.url = url
        self._listing = Lock()

    @cached_property
    def _there(self) -> set[str]:
        return set(listed(self.url))

    @property
    def place(self) -> str:
        """The address."""
        return self.url

    def path(self, key: str) -> Path | None:
        """None: no part lies on this machine."""
        del key
        return None

    def get(self, key: str) -> pa.Table | None:
        """The part of this key, or None; also where what is there is damaged."""
        name = f"{key[:2]}/{key}.parquet"
        with self._listing:
            known = name in self._there
        content = read(f"{self.url}/{name}") if known else None
        if content is None:
            return None
        try:
            return read_kept(io.BytesIO(content))
        except (pa.ArrowException, OSError):
            return None

    def put(self, key: str, table: pa.Table) -> None:
        """Keep a part. Raises RunError where the store at the address refuses."""
        name, content = f"{key[:2]}/{key}.parquet", io.BytesIO()
        write_kept(table, content)
        try:
            write(f"{self.url}/{name}", content.getvalue())
        except RunError as error:
            raise RunError(
                f"The finished part {key + '.parquet'!r} cannot be kept at '{shown_url(self.url)}': {error} "
                "Start again when it can be written: finished parts are kept."
            ) from None
        with self._listing:
            self._there.add(name)
