from __future__ import annotations

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from siting.kernels.compiled import F1, FLOAT, INT, OUT_F1, Compiled, njit


@njit(FLOAT, F1)
def total(values):  # type: ignore[no-untyped-def]
    out = 0.0
    for value in values:
        out += value
    return out


def test_writable_and_read_only_arrays_are_accepted() -> None:
    values = np.array([1.0, 2.0])
    assert total(values) == 3.0
    values.flags.writeable = False
    assert total(values) == 3.0


def test_other_types_are_refused_rather_than_compiled_again() -> None:
    with pytest.raises(TypeError, match="No matching definition"):
        total(np.array([1.0, 2.0], np.float32))


def test_division_by_zero_is_as_in_numpy() -> None:
    @njit(FLOAT, FLOAT, FLOAT)
    def ratio(a, b):  # type: ignore[no-untyped-def]
        return a / b

    assert ratio(1.0, 0.0) == np.inf


def test_outputs_are_written() -> None:
    @njit(INT, OUT_F1)
    def fill(out):  # type: ignore[no-untyped-def]
        for i in range(len(out)):
            out[i] = i
        return len(out)

    values = np.zeros(3)
    assert fill(values) == 3
    assert values.tolist() == [0.0, 1.0, 2.0]


def test_a_kernel_that_makes_no_arrays_leaves_those_it_is_given_to_their_owner() -> None:
    @njit(FLOAT, F1, makes_arrays=False)
    def last(values):  # type: ignore[no-untyped-def]
        return values[len(values) - 1]

    @njit(FLOAT, F1, OUT_F1, makes_arrays=False)
    def handed_on(values, out):  # type: ignore[no-untyped-def]
        for i in range(len(values)):
            out[i] = last(values) * i
        return last(out)

    @njit(FLOAT, F1)
    def made(values):  # type: ignore[no-untyped-def]
        return handed_on(values, np.empty(len(values)))

    values, out = np.array([1.0, 2.0, 3.0]), np.empty(3)
    held = sys.getrefcount(values), sys.getrefcount(out)
    for _ in range(100):
        assert handed_on(values, out) == made(values) == 6.0
    assert out.tolist() == [0.0, 3.0, 6.0]
    assert (sys.getrefcount(values), sys.getrefcount(out)) == held


KERNELS = [
    "adjacency",
    "cost_distance",
    "coverage",
    "length",
    "nearest",
    "overlap",
    "segments",
    "simple",
    "slope",
    "union",
]


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_have_one_signature_release_the_gil_and_keep_their_bits(name: str) -> None:
    module = importlib.import_module(f"siting.kernels.{name}")
    kernels = [value for value in vars(module).values() if isinstance(value, Compiled)]
    assert kernels
    for kernel in kernels:
        assert len(kernel.dispatcher.nopython_signatures) == 1
        assert kernel.dispatcher.targetoptions["nogil"]
        assert "parallel" not in kernel.dispatcher.targetoptions
        assert "fastmath" not in kernel.dispatcher.targetoptions


def test_kernels_are_compiled_when_they_are_needed_and_once() -> None:
    @njit(FLOAT, FLOAT)
    def half(x):  # type: ignore[no-untyped-def]
        return x / 2

    @njit(FLOAT, FLOAT)
    def quarter(x):  # type: ignore[no-untyped-def]
        return half(half(x))

    assert quarter._dispatcher is None
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(quarter, [1.0, 2.0, 4.0, 8.0])) == [0.25, 0.5, 1.0, 2.0]
    assert quarter.dispatcher is quarter.dispatcher
    assert len(half.dispatcher.nopython_signatures) == 1
