"""What a command said, and the check of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Done", "Run", "refused"]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


def refused(done: Done, message: str) -> None:
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1] == f"siting: {message}"
