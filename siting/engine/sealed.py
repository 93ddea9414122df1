"""Bytes for many machines: small ones travel, large ones are left where all may read them, known by their sha256."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir

from siting.errors import SitingError
from siting.sources.remote import delete, read, url_of, write

__all__ = ["SMALL", "Sealed", "sealed"]

SMALL = 16_000_000  #: bytes that travel in any case


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """Bytes, or where they lie.

    place : path or address; "" where they travel
    """

    sha256: str
    content: bytes = b""
    place: str = ""

    def open(self) -> bytes | None:
        """The bytes; None where this machine does not see them as they were sealed."""
        if not self.place:
            return self.content
        url = url_of(self.place)
        try:
            content = read(url) if url else Path(self.place).read_bytes()
        except (OSError, SitingError):
            return None
        return content if content is not None and hashlib.sha256(content).hexdigest() == self.sha256 else None

    def whole(self) -> Sealed:
        """The same bytes, to travel. Raises OSError or SitingError where they are gone."""
        content = self.open()
        if content is None:
            raise OSError(f"{self.place} is gone")
        return replace(self, content=content, place="")

    def remove(self) -> None:
        """Nothing is left lying."""
        if self.place:
            url = url_of(self.place)
            with suppress(OSError, SitingError):
                if url:
                    delete(url)
                else:
                    Path(self.place).unlink(missing_ok=True)


def sealed(content: bytes, folder: str | Path | None = None) -> Sealed:
    """Bytes as they travel, or left in a folder (or at an address) where the machines that need them may read them.

    folder : None: where this machine keeps temporary files, which its own processes see
    """
    known = Sealed(sha256=hashlib.sha256(content).hexdigest(), content=content)
    if len(content) <= SMALL:
        return known
    name = f".siting-{known.sha256[:16]}-{os.getpid()}"
    url = None if folder is None else url_of(folder)
    place = f"{url}/{name}" if url else str(Path(folder or gettempdir()).resolve() / name)
    try:
        if url:
            write(place, content)
        else:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            Path(place).write_bytes(content)
    except (OSError, SitingError):
        return known  # slower, but as good
    return Sealed(sha256=known.sha256, place=place)
