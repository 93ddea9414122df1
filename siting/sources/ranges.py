"""A file on a server, read piece by piece: what GDAL and Arrow read through instead of their own network code.

GDAL's ``/vsicurl`` would do the reading, but it resolves names and follows redirects on its own, to any host.
"""

from __future__ import annotations

import io
import re
import threading
from collections import OrderedDict
from typing import Any

from siting.errors import SourceError
from siting.sources.access import shown_url
from siting.sources.http import Answer, Client, UnfitError

__all__ = ["RangeFile"]

_BLOCK = 1 << 16
_HELD = 512  #: blocks in memory: 32 MB


class RangeFile(io.RawIOBase):
    """A read-only file behind an address; safe in threads one call at a time.

    Raises SourceError where the server gives no ranges, or where the file changes while it is read.
    """

    def __init__(self, client: Client, url: str, *, credential: str | None = None) -> None:
        super().__init__()
        self._client, self._url, self._credential = client, url, credential
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._at, self._lock = 0, threading.RLock()
        self.etag, self.size, self.asked = "", 0, 0
        head = self._range(0, _BLOCK - 1)
        self.etag = head.etag
        self.size = int(_content_range(head, url)[2])
        self._blocks[0] = head.data

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Read into a buffer; fewer bytes at the end of the file."""
        view = memoryview(buffer).cast("B")
        data = self._bytes(self._at, min(len(view), max(0, self.size - self._at)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read so many bytes, all that are left without a number."""
        left = max(0, self.size - self._at)
        data = self._bytes(self._at, left if size is None or size < 0 else min(size, left))
        self._at += len(data)
        return data

    def _bytes(self, start: int, count: int) -> bytes:
        if count <= 0:
            return b""
        with self._lock:
            first, last = start // _BLOCK, (start + count - 1) // _BLOCK
            if last - first >= _HELD // 2:  # a long piece is not kept
                return self._range(start, start + count - 1).data
            self._bring(first, last)
            data = b"".join(self._blocks[number] for number in range(first, last + 1))
            for number in range(first, last + 1):
                self._blocks.move_to_end(number)
            while len(self._blocks) > _HELD:
                self._blocks.popitem(last=False)
        return data[start - first * _BLOCK :][:count]

    def _bring(self, first: int, last: int) -> None:
        """The blocks that are missing, neighbours in one question."""
        missing = [number for number in range(first, last + 1) if number not in self._blocks]
        while missing:
            run = 1
            while run < len(missing) and missing[run] == missing[run - 1] + 1:
                run += 1
            begin, end = missing[0] * _BLOCK, min(self.size, (missing[run - 1] + 1) * _BLOCK)
            data = self._range(begin, end - 1).data
            for number in missing[:run]:
                self._blocks[number] = data[number * _BLOCK - begin :][:_BLOCK]
            missing = missing[run:]

    def _range(self, start: int, end: int) -> Answer:
        def check(answer: Answer) -> None:
            if answer.status != 206:
                raise SourceError(
                    f"'{shown_url(self._url)}' does not give pieces of files (ranges). Write type: file of its "
                    "service, so that it is brought as a whole."
                )
            if self.etag and answer.etag != self.etag:
                raise SourceError(f"'{shown_url(self._url)}' changed while it was read. Start again.")
            begin, stop, size = _content_range(answer, self._url)
            if int(begin) != start or len(answer.data) != int(stop) - start + 1 or int(stop) != min(end, int(size) - 1):
                raise UnfitError("it gives another piece of the file than was asked for")

        self.asked += 1
        return self._client.get(
            self._url, headers={"range": f"bytes={start}-{end}", "accept-encoding": "identity"},
            credential=self._credential, check=check,
        )  # fmt: skip


def _content_range(answer: Answer, url: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers.get("content-range", "").strip())
    if found is None:
        raise SourceError(f"'{shown_url(url)}' does not say how long it is. Write type: file of its service.")
    return found[1], found[2], found[3]
