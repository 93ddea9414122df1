"""Places on the Hilbert curve, in integers."""

from __future__ import annotations

from numba import types

from siting.kernels.compiled import I1, INT, OUT_I1, njit

__all__ = ["places"]


@njit(types.void, I1, I1, INT, OUT_I1)
def places(column, row, bits, out):  # type: ignore[no-untyped-def]
    """The position of cells along the curve of so many bits an axis (Skilling's turns)."""
    most = (1 << bits) - 1
    for i in range(len(out)):
        x, y, distance = column[i], row[i], 0
        for bit in range(bits - 1, -1, -1):
            right, up = (x >> bit) & 1, (y >> bit) & 1
            distance += ((3 * right) ^ up) << (2 * bit)
            if up == 0:
                if right == 1:
                    x, y = most - x, most - y
                x, y = y, x
        out[i] = distance
