"""How every kernel is compiled: eagerly for one signature, cached on disk, without the GIL, bits unchanged.

Inputs are read-only contiguous arrays (those of pandas and Arrow are read-only); outputs are writable.
Never ``parallel`` (two threads that call it end the interpreter) nor ``fastmath`` (it changes bits).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba import types

__all__ = [
    "B2",
    "BOOL",
    "F1",
    "F2",
    "FLOAT",
    "I1",
    "INT",
    "OUT_B1",
    "OUT_B2",
    "OUT_F1",
    "OUT_F2",
    "OUT_I1",
    "OUT_I2",
    "njit",
]

Kernel = Callable[..., Any]

FLOAT, INT, BOOL = types.float64, types.int64, types.boolean
F1 = types.Array(types.float64, 1, "C", readonly=True)
F2 = types.Array(types.float64, 2, "C", readonly=True)
I1 = types.Array(types.int64, 1, "C", readonly=True)
B2 = types.Array(types.boolean, 2, "C", readonly=True)
OUT_F1, OUT_F2 = types.float64[::1], types.float64[:, ::1]
OUT_I1, OUT_I2 = types.int64[::1], types.int64[:, ::1]
OUT_B1, OUT_B2 = types.boolean[::1], types.boolean[:, ::1]


def njit(result: Any, *arguments: Any) -> Callable[[Kernel], Kernel]:
    """A decorator that compiles a function for these types of its result and its arguments."""
    compile_: Callable[[Kernel], Kernel] = numba.njit(result(*arguments), nogil=True, cache=True, error_model="numpy")
    return compile_
