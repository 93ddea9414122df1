"""Where parcels come from, as a key: the same file, use, CRS and code give the same parcels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property

from siting.catalogue import Finder, Found
from siting.crs import StudyCrs
from siting.errors import DataError
from siting.layer.chunks import open_chunks
from siting.layer.file import belonging, file_hashes
from siting.parcels.records import FIX, origin
from siting.parcels.use import ParcelsUse
from siting.sources.hashes import remembered_sha256
from siting.versions import code_hash

__all__ = ["CHUNK_SIZE", "Source"]

CHUNK_SIZE = 65_536
_GROWTH, _BASE = 20, 500  #: judgement: what a record takes as objects, in times of its bytes in the file, and beside
#: the rooms whose code decides what a parcel is
_ROOMS = frozenset({"catalogue", "crs", "hilbert", "kernels", "layer", "parcels", "shapes", "units", "where"})


class Source:
    """The file of the parcels, or of the area of their grid, as it stands when it is first asked for."""

    def __init__(self, use: ParcelsUse, finder: Finder, crs: StudyCrs) -> None:
        self.use, self.finder, self.crs = use, finder, crs
        self.found = self._found()
        self.state = self._state()

    def _found(self) -> Found | None:
        grid = self.use.grid
        if grid is None:
            return origin(self.use, self.finder)[0]
        return self.finder.find(grid.area) if isinstance(grid.area, str) else None

    def _state(self) -> dict[str, tuple[int, int]]:
        """Size and time of the last change of each file, by path."""
        out = {}
        for path in belonging(self.found.path) if self.found else ():
            with suppress(OSError):
                said = path.stat()
                out[str(path.resolve())] = (said.st_size, said.st_mtime_ns)
        return out

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """sha256 by file name."""
        return file_hashes(self.found.path) if self.found else {}

    def key(self, block_size: int) -> str:
        """A hash of everything that the blocks are made from."""
        spec = self.found.spec if self.found else None
        candidates = self.use.candidates
        listed = remembered_sha256(self.finder.table(candidates)) if isinstance(candidates, str) else ""
        where = (self.found.layer, self.found.crs, self.found.name) if self.found else ()
        basis = (
            code_hash(_ROOMS), self.use.model_dump_json(), str(self.crs), dict(self.hashes), where, listed, block_size,
            spec.model_dump_json() if spec else "",
        )  # fmt: skip
        return hashlib.sha256(repr(basis).encode()).hexdigest()

    def chunk_size(self, memory_bytes: int) -> int:
        """How many records may be read at once."""
        if self.found is None or self.use.grid is not None:
            return CHUNK_SIZE
        layer = self.use.layer or self.found.layer
        file = open_chunks(self.found.path, item=origin(self.use, self.finder)[1], fix=FIX, layer=layer)
        return int(min(max(memory_bytes // 8 // (_GROWTH * file.record_bytes + _BASE), 256), CHUNK_SIZE))

    def check_unchanged(self) -> None:
        """Refuse a file that was changed since it was first looked at."""
        if self.found is not None and self._state() != self.state:
            raise DataError(
                f"The file {self.found.name!r} changed while the parcels were read: its size or its time is another "
                "now. Start again when nothing writes to it."
            )
