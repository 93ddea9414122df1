"""Slope of a terrain model, Horn 1981: the weighted differences of the eight neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["horn_slope"]


def horn_slope(
    dem_m: NDArray[Any], valid: NDArray[np.bool_], dx_m: NDArray[np.float64], dy_m: float | NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Rise over run (h, w), and where it is valid."""
    z = np.where(valid, dem_m, 0.0).astype(np.float64)
    h, w = z.shape
    slope, ok = np.full((h, w), np.nan), np.zeros((h, w), bool)
    if h < 3 or w < 3:
        return slope, ok
    n = {(i, j): z[i : h - 2 + i, j : w - 2 + j] for i in range(3) for j in range(3)}
    m = np.logical_and.reduce([valid[i : h - 2 + i, j : w - 2 + j] for i in range(3) for j in range(3)])
    dx = np.broadcast_to(np.asarray(dx_m, np.float64), (h,))[1:-1, None]
    dy = np.broadcast_to(np.asarray(dy_m, np.float64), (h,))[1:-1, None]
    gx = ((n[0, 2] + 2 * n[1, 2] + n[2, 2]) - (n[0, 0] + 2 * n[1, 0] + n[2, 0])) / (8 * dx)
    gy = ((n[2, 0] + 2 * n[2, 1] + n[2, 2]) - (n[0, 0] + 2 * n[0, 1] + n[0, 2])) / (8 * dy)
    slope[1:-1, 1:-1] = np.where(m, np.sqrt(gx * gx + gy * gy), np.nan)
    ok[1:-1, 1:-1] = m
    return slope, ok
