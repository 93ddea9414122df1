"""Compiled steps of the drainage: flooding, receivers, accumulation, grading towards a slope, and slope itself.

Grids are flat (ny * nx), row 0 in the north. Nothing here uses an operation whose last bit depends on
the processor: additions, products, quotients and square roots only.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["accumulate", "grade", "horn", "route"]

_DIAGONAL = 1.4142135623730951


@njit("void(i4[::1], b1[::1], i8, i8, i8, i4[::1], i4[::1], i4[::1])", cache=True, nogil=True)
def route(
    level: NDArray[np.int32],
    outlet: NDArray[np.bool_],
    ny: int,
    nx: int,
    jitter: int,
    filled: NDArray[np.int32],
    order: NDArray[np.int32],
    receiver: NDArray[np.int32],
) -> None:
    """Fill the pits, order the cells from downstream to upstream, and name each cell's receiver.

    Priority flood from the outlets (at least one) with a bucket for each level (Barnes et al. 2014; levels are
    integers, so a queue is an array): a cell is at least one unit above the one it was reached from, and
    less than 1 + ``jitter``, so that the courses over what was a lake branch instead of running straight.
    The receiver is the steepest of the eight neighbours on the filled surface. An outlet has a
    receiver only where the steepest way does not lead to another outlet; else the water leaves, -1.
    """
    n = ny * nx
    low = level[0]
    high = level[0]
    for i in range(n):
        low = min(low, level[i])
        high = max(high, level[i])
    size = high - low + 2 + (1 + jitter) * max(ny * nx // 4, ny + nx)
    size = min(size, high - low + 1_000_000)
    head = np.full(size, -1, np.int32)
    tail = np.full(size, -1, np.int32)
    following = np.full(n, -1, np.int32)
    filled[:] = -1
    for i in range(n):
        if outlet[i]:
            at = level[i] - low
            filled[i] = at
            if head[at] < 0:
                head[at] = i
            else:
                following[tail[at]] = i
            tail[at] = i
    done = 0
    for current in range(size):
        i = head[current]
        while i >= 0:
            order[done] = i
            done += 1
            row = i // nx
            column = i - row * nx
            best = 0.0
            target = -1
            for dr in range(-1, 2):
                r = row + dr
                if r < 0 or r >= ny:
                    continue
                for dc in range(-1, 2):
                    c = column + dc
                    if c < 0 or c >= nx:
                        continue
                    j = r * nx + c
                    if filled[j] < 0:
                        h = np.uint32(j * 2654435761)
                        h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(2246822519))
                        lift = current + 1 + np.int64(h >> np.uint32(8)) % (1 + jitter)
                        at = min(max(level[j] - low, lift), size - 1)
                        filled[j] = at
                        if head[at] < 0:
                            head[at] = j
                        else:
                            following[tail[at]] = j
                        tail[at] = j
                    elif filled[j] < current:
                        drop = float(current - filled[j])
                        if dr != 0 and dc != 0:
                            drop /= _DIAGONAL
                        if drop > best:
                            best = drop
                            target = j
            if outlet[i] and target >= 0 and outlet[target]:
                target = -1
            receiver[i] = target
            i = following[i]
    for i in range(n):
        filled[i] += low


@njit("void(i4[::1], i4[::1], f8[::1])", cache=True, nogil=True)
def accumulate(order: NDArray[np.int32], receiver: NDArray[np.int32], area: NDArray[np.float64]) -> None:
    """Add every cell's area to all cells downstream of it, in place."""
    for k in range(len(order) - 1, -1, -1):
        i = order[k]
        if receiver[i] >= 0:
            area[receiver[i]] += area[i]


@njit("void(f8[::1], f4[::1], f4[::1], f8[::1], i4[::1], i4[::1], i8, f8, f8, f8)", cache=True, nogil=True)
def grade(
    z: NDArray[np.float64],
    hardness: NDArray[np.float32],
    gentle: NDArray[np.float32],
    area: NDArray[np.float64],
    order: NDArray[np.int32],
    receiver: NDArray[np.int32],
    nx: int,
    cell_m: float,
    pace: float,
    steepest: float,
) -> None:
    """Move every cell towards the slope at which its stream is in grade, from downstream upwards, in place.

    slope = hardness * (A0 / A) ** 0.375 + gentle * (A0 / A) ** 0.125, A0 = 1 ha, at most ``steepest``:
    the first term is rock, the second alluvium (slope-area laws, Flint 1974). ``pace`` is the share
    pace / (1 + pace) of the way that one step goes.
    """
    for k in range(len(order)):
        i = order[k]
        j = receiver[i]
        if j < 0:
            continue
        quarter = np.sqrt(np.sqrt(10_000.0 / area[i]))
        eighth = np.sqrt(quarter)
        slope = min(hardness[i] * quarter * eighth + gentle[i] * eighth, steepest)
        step = abs(i - j)
        length = cell_m if step == 1 or step == nx else cell_m * _DIAGONAL
        z[i] = (z[i] + pace * (z[j] + slope * length)) / (1.0 + pace)


@njit("void(i4[:,::1], f8, f4[:,::1])", cache=True, nogil=True)
def horn(z: NDArray[np.int32], cell_m: float, slope: NDArray[np.float32]) -> None:
    """Slope (rise / run) after Horn (1981) from whole centimetres; the border repeats its own cells."""
    ny, nx = z.shape
    for r in range(ny):
        up, down = max(r - 1, 0), min(r + 1, ny - 1)
        for c in range(nx):
            left, right = max(c - 1, 0), min(c + 1, nx - 1)
            east = z[up, right] + 2 * z[r, right] + z[down, right] - z[up, left] - 2 * z[r, left] - z[down, left]
            south = z[down, left] + 2 * z[down, c] + z[down, right] - z[up, left] - 2 * z[up, c] - z[up, right]
            across = float(east) / (400.0 * cell_m * (right - left))
            along = float(south) / (400.0 * cell_m * (down - up))
            slope[r, c] = np.sqrt(across * across + along * along)
