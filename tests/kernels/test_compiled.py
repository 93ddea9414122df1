from __future__ import annotations

import importlib

import numpy as np
import pytest

from siting.kernels.compiled import F1, FLOAT, INT, OUT_F1, njit


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


KERNELS = ["adjacency", "cost_distance", "coverage", "length", "nearest", "overlap", "segments", "slope", "union"]


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_have_one_signature_release_the_gil_and_keep_their_bits(name: str) -> None:
    module = importlib.import_module(f"siting.kernels.{name}")
    kernels = [value for value in vars(module).values() if hasattr(value, "nopython_signatures")]
    assert kernels
    for kernel in kernels:
        assert len(kernel.nopython_signatures) == 1
        assert kernel.targetoptions["nogil"]
        assert "parallel" not in kernel.targetoptions
        assert "fastmath" not in kernel.targetoptions
