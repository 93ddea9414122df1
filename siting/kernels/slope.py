"""Slope of a terrain model by the weighted differences of the eight neighbours.

Horn, B. K. P. (1981), Hill shading and the reflectance map, Proceedings of the IEEE 69(1), 14-47: each
side's three neighbours weigh 1, 2, 1.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import B2, F1, F2, INT, OUT_B2, OUT_F2, njit

__all__ = ["horn_slope"]


def horn_slope(
    dem_m: NDArray[Any],
    valid: NDArray[np.bool_],
    dx_m: float | NDArray[np.float64],
    dy_m: float | NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Slope as rise over run, and where it is known.

    A cell's slope needs the cell and all its eight neighbours: cells at the edge, and cells beside a cell
    without data, are not valid (NaN). So read a window one cell wider than the parcels.

    Parameters
    ----------
    dem_m, valid : (h, w) heights in metres, and where they are data
    dx_m, dy_m : width and height of the cells in metres; one number, or (h,) one a row (a geographic grid)

    >>> plane = np.add.outer(np.zeros(3), [0.0, 3.0, 6.0])
    >>> slope, valid = horn_slope(plane, plane >= 0, 10.0, 10.0)
    >>> float(slope[1, 1]), valid.tolist()
    (0.3, [[False, False, False], [False, True, False], [False, False, False]])
    """
    height, width = dem_m.shape
    dx, dy = (np.ascontiguousarray(np.broadcast_to(np.asarray(size, np.float64), (height,))) for size in (dx_m, dy_m))
    slope, known = np.full((height, width), np.nan), np.zeros((height, width), np.bool_)
    dem, there = np.ascontiguousarray(dem_m, np.float64), np.ascontiguousarray(valid, np.bool_)
    _horn(dem, there, dx, dy, 1, height - 1, slope, known)
    return slope, known


@njit(types.void, F2, B2, F1, F1, INT, INT, OUT_F2, OUT_B2)
def _horn(z, valid, dx, dy, start, stop, slope, known):  # type: ignore[no-untyped-def]
    """Slope of the rows start:stop (1 <= start, stop <= h - 1)."""
    for r in range(start, stop):
        for c in range(1, z.shape[1] - 1):
            whole = True
            for i in range(r - 1, r + 2):
                whole = whole and valid[i, c - 1] and valid[i, c] and valid[i, c + 1]
            if not whole:
                continue
            east = z[r - 1, c + 1] + 2.0 * z[r, c + 1] + z[r + 1, c + 1]
            west = z[r - 1, c - 1] + 2.0 * z[r, c - 1] + z[r + 1, c - 1]
            south = z[r + 1, c - 1] + 2.0 * z[r + 1, c] + z[r + 1, c + 1]
            north = z[r - 1, c - 1] + 2.0 * z[r - 1, c] + z[r - 1, c + 1]
            x, y = (east - west) / (8.0 * dx[r]), (south - north) / (8.0 * dy[r])
            slope[r, c] = sqrt(x * x + y * y)
            known[r, c] = True
