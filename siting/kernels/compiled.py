"""How every kernel is compiled: once it is needed, for one signature, cached on disk, without the GIL, bits unchanged.

Inputs are read-only contiguous arrays (those of pandas and Arrow are read-only); outputs are writable.
Never ``parallel`` (two threads that call it end the interpreter) nor ``fastmath`` (it changes bits).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numba
from numba import types
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import typeof_impl

__all__ = [
    "B1",
    "B2",
    "BOOL",
    "F1",
    "F2",
    "FLOAT",
    "I1",
    "I2",
    "INT",
    "OUT_B1",
    "OUT_B2",
    "OUT_F1",
    "OUT_F2",
    "OUT_I1",
    "OUT_I2",
    "Compiled",
    "njit",
]

Kernel = Callable[..., Any]
_COMPILING = global_compiler_lock  # the one that numba takes: two locks could wait for each other

FLOAT, INT, BOOL = types.float64, types.int64, types.boolean
F1 = types.Array(types.float64, 1, "C", readonly=True)
F2 = types.Array(types.float64, 2, "C", readonly=True)
B1 = types.Array(types.boolean, 1, "C", readonly=True)
I1 = types.Array(types.int64, 1, "C", readonly=True)
I2 = types.Array(types.int64, 2, "C", readonly=True)
B2 = types.Array(types.boolean, 2, "C", readonly=True)
OUT_F1, OUT_F2 = types.float64[::1], types.float64[:, ::1]
OUT_I1, OUT_I2 = types.int64[::1], types.int64[:, ::1]
OUT_B1, OUT_B2 = types.boolean[::1], types.boolean[:, ::1]


class Compiled:
    """A kernel that is compiled, or read from the cache, when it is first called or first used by another kernel.

    So a start costs only the kernels that a study needs.
    """

    def __init__(self, function: Kernel, signature: Any, options: Mapping[str, Any] | None = None) -> None:
        self.__doc__, self.__name__, self.__module__ = function.__doc__, function.__name__, function.__module__
        self.__wrapped__ = function
        self._signature, self._options, self._dispatcher = signature, options or {}, None

    @property
    def dispatcher(self) -> Any:
        """What numba has compiled, for the one signature."""
        if self._dispatcher is None:
            with _COMPILING:
                if self._dispatcher is None:
                    make = numba.njit(self._signature, nogil=True, cache=True, error_model="numpy", **self._options)
                    self._dispatcher = make(self.__wrapped__)
        return self._dispatcher

    def __call__(self, *arguments: Any) -> Any:
        """What the kernel gives."""
        return self.dispatcher(*arguments)


@typeof_impl.register(Compiled)
def _type_of(kernel: Compiled, _: Any) -> Any:
    """In another kernel it is what numba has compiled."""
    return types.Dispatcher(kernel.dispatcher)


def njit(result: Any, *arguments: Any, makes_arrays: bool = True) -> Callable[[Kernel], Compiled]:
    """A decorator that compiles a function for these types of its result and its arguments, once it is needed.

    makes_arrays : False for a kernel that makes none: those it is given outlive the call, so that nobody has to count
        who holds them, which costs small kernels that kernels call half of their time
    """
    options = {} if makes_arrays else {"_nrt": False}
    return lambda function: Compiled(function, result(*arguments), options)
