"""A segment read back in Python, by the description of its format alone."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Read:
    """The columns of a segment by name."""

    def __init__(self, text: str) -> None:
        data = gzip.decompress(base64.b64decode(text))
        start = 4 + int.from_bytes(data[:4], "little")
        self.head: dict[str, list[Any]] = json.loads(data[4:start])
        self.body = data[start:]

    def json(self, name: str) -> Any:
        _, length, _, at = self.head[name][:4]
        return json.loads(self.body[at : at + length])

    def texts(self, name: str) -> list[str]:
        at = self.head[name][3]
        ends = self.ints(f"{name}.end").tolist()
        return [self.body[at + a : at + b].decode() for a, b in zip([0, *ends], ends, strict=False)]

    def ints(self, name: str) -> NDArray[Any]:
        kind, count, width, at, *decimals = self.head[name]
        planes = np.frombuffer(self.body, np.uint8, count * width, at).reshape(width, count)
        if kind == "f":
            return np.ascontiguousarray(planes.T).view("<f8").ravel()
        out = sum((planes[k].astype(np.int64) << (8 * k) for k in range(width)), np.zeros(count, np.int64))
        if kind[0] != "u":
            out = np.where(out % 2 == 1, -(out + 1) // 2, out // 2)
        whole = np.cumsum(out) if kind[0] in "dh" else out
        whole = whole % 2**16 if kind == "h" else whole
        return whole / 10 ** decimals[0] if decimals else whole
