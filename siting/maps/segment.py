"""A segment of a page: named columns of integers and JSON, one after the other, as gzip in base64.

Integers lie in byte planes, as few as the largest needs; where it helps, they are zig-zag deltas (of numbers of 16 bits
modulo 2^16, so that two planes hold them). The page's
``siting.segment`` reads it (``siting/maps/web/unpack.js``). gzip carries no time, so that the bytes repeat, and base64
holds nothing that could end a script element.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Segment", "byte_planes", "zigzag"]

_Ints = NDArray[np.int64]
_SAMPLE = 20_000
_MOST_DECIMALS = 9


class Segment:
    """Columns to be packed, in the order in which they are added.

    >>> made = Segment()
    >>> made.ints("code", np.array([3, 4, 300]))
    >>> made.json("ids", ["a", "</script>"])
    >>> made.text() == made.text()
    True
    """

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._body: list[bytes] = []
        self._at = 0

    def ints(self, name: str, numbers: NDArray[Any], *, delta: bool | None = None, decimals: int = 0) -> None:
        """Whole numbers below 2^53 of the last of ``decimals`` places.

        delta : as differences from the number before; None: whichever is smaller
        """
        given = np.asarray(numbers, np.int64)
        signed = len(given) > 0 and given.min() < 0
        short = not signed and given.max(initial=0) < 2**16
        plain, steps = zigzag(given) if signed else given, _differences(given, short=short)
        if delta is None:
            delta = len(given) > 8 and _cost(steps) < _cost(plain)
        planes, width = byte_planes(steps if delta else plain)
        kind = ("h" if short else "d") if delta else "z" if signed else "u"
        if np.abs(given).max(initial=0) >= 2**31 or width > 4:
            self.floats(name, given / 10**decimals)
            return
        self._add(name, [kind, len(given), width], planes)
        if decimals:
            self._head[name].append(decimals)

    def numbers(self, name: str, numbers: NDArray[np.float64]) -> None:
        """Numbers as whole ones of their last decimal place, where they are decimal, else as they are."""
        decimals = _decimals(numbers)
        if decimals < 0 or np.abs(numbers).max(initial=0) * 10**decimals >= 2**31:
            self.floats(name, numbers)
        else:
            self.ints(name, np.round(numbers * 10**decimals).astype(np.int64), decimals=decimals)

    def floats(self, name: str, numbers: NDArray[np.float64]) -> None:
        """Numbers as they are, in eight byte planes, little end first."""
        given = np.ascontiguousarray(numbers, "<f8")
        planes = given.view(np.uint8).reshape(-1, 8).T.tobytes() if len(given) else b""
        self._add(name, ["f", len(given), 8], planes)

    def json(self, name: str, content: Any) -> None:
        """Anything that JSON holds; a lone surrogate becomes a question mark."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = text.encode("utf-8", "replace")
        self._add(name, ["j", len(data), 1], data)

    def texts(self, name: str, texts: Sequence[str]) -> None:
        """Texts one after the other, and where each ends, in bytes; a lone surrogate becomes a question mark."""
        data = [text.encode("utf-8", "replace") for text in texts]
        self.ints(f"{name}.end", np.cumsum([len(one) for one in data], dtype=np.int64), delta=True)
        self._add(name, ["t", sum(len(one) for one in data), 1], b"".join(data))

    def _add(self, name: str, entry: list[Any], data: bytes) -> None:
        self._head[name] = [*entry, self._at]
        self._body.append(data)
        self._at += len(data)

    def text(self) -> str:
        """All of it: four bytes with the length of the table of contents, the table, the columns."""
        head = json.dumps(self._head, separators=(",", ":")).encode()
        data = b"".join([len(head).to_bytes(4, "little"), head, *self._body])
        return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def zigzag(numbers: _Ints) -> _Ints:
    """Signed numbers as unsigned ones, small where they are near 0.

    >>> zigzag(np.array([0, -1, 1, -2])).tolist()
    [0, 1, 2, 3]
    """
    return np.asarray(np.where(numbers < 0, -2 * numbers - 1, 2 * numbers), np.int64)


def byte_planes(numbers: _Ints) -> tuple[bytes, int]:
    r"""The lowest bytes of all numbers, then the next ones, ...; and how many planes that are (at least one).

    >>> byte_planes(np.array([1, 258]))
    (b'\x01\x02\x00\x01', 2)
    """
    width = max(1, (int(numbers.max(initial=0)).bit_length() + 7) // 8)
    return b"".join(((numbers >> (8 * k)) & 255).astype(np.uint8).tobytes() for k in range(width)), width


def _differences(numbers: _Ints, *, short: bool = False) -> _Ints:
    """Zig-zag differences; of ``short`` numbers the way round 2^16 that is shorter."""
    steps = np.diff(numbers, prepend=0)
    return zigzag((steps + 2**15) % 2**16 - 2**15 if short else steps)


def _decimals(numbers: NDArray[np.float64]) -> int:
    """The least number of decimals that holds all numbers exactly, -1 where none does."""
    for places in range(_MOST_DECIMALS + 1):
        if np.abs(numbers).max(initial=0) * 10**places < 2**52 and np.array_equal(np.round(numbers, places), numbers):
            whole = np.round(numbers * 10**places)
            if np.array_equal(whole / 10**places, numbers):
                return places
    return -1


def _cost(numbers: _Ints) -> int:
    """About how many bytes the numbers take; the width counts, so that wide deltas do not win by chance."""
    return len(zlib.compress(byte_planes(numbers[:_SAMPLE])[0], 1))
