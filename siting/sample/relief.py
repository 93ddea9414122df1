"""Where the ranges stand and the river runs, before any water has worked: noise, ranges, first surface."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from siting.sample.frame import Frame

__all__ = ["Relief", "fractal", "lay_out", "named_noise", "resample"]

GRID_M = 240.0
MARGIN = 30
"""Cells of GRID_M beyond the county on each side, so that its border is not where rivers begin."""
RANGE_SHARE = 0.30
"""Share of the county that is bedrock of the ranges."""


@njit("void(f8, f8, f8, i8, f8, i8, f8[:,::1])", cache=True, nogil=True)
def _add_noise(
    west: float, north: float, cell_m: float, seed: int, wave_m: float, octaves: int, out: NDArray[np.float64]
) -> None:
    """Add octaves of gradient noise (Perlin 2002, quintic fade, hashed lattice) to the grid."""
    ny, nx = out.shape
    gain = 1.0
    for octave in range(octaves):
        for r in range(ny):
            v = (north - (r + 0.5) * cell_m) / wave_m
            row = int(np.floor(v))
            v -= row
            fade_v = v * v * v * (v * (v * 6.0 - 15.0) + 10.0)
            for c in range(nx):
                u = (west + (c + 0.5) * cell_m) / wave_m
                column = int(np.floor(u))
                u -= column
                fade_u = u * u * u * (u * (u * 6.0 - 15.0) + 10.0)
                total = 0.0
                for k in range(4):
                    i = k & 1
                    j = k >> 1
                    h = np.uint32(
                        (column + i) * 374761393 + (row + j) * 668265263 + (seed + octave * 7919) * 2246822519
                    )
                    h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(2246822519))
                    h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(3266489917))
                    h ^= h >> np.uint32(16)
                    gx = float(np.int64(h & np.uint32(0xFFFF))) / 32767.5 - 1.0
                    gy = float(np.int64(h >> np.uint32(16))) / 32767.5 - 1.0
                    weight = (fade_u if i else 1.0 - fade_u) * (fade_v if j else 1.0 - fade_v)
                    total += weight * (gx * (u - i) + gy * (v - j))
                out[r, c] += gain * 2.0 * total
        gain *= 0.5
        wave_m *= 0.5


def fractal(
    west: float, north: float, cell_m: float, shape: tuple[int, int], *, seed: int, wave_m: float, octaves: int
) -> NDArray[np.float64]:
    """Fractal noise about 0, mostly within -1 and 1, on a grid (ny, nx) with its north-west corner given."""
    out = np.zeros(shape)
    _add_noise(west, north, cell_m, seed, wave_m, octaves, out)
    return out


def named_noise(
    frame: Frame, name: str, cell_m: float, size: int, *, wave_m: float, octaves: int
) -> NDArray[np.float64]:
    """Fractal noise of its own for every name, on a grid (size, size)."""
    seed = int(frame.rng(name).integers(1, 2**31))
    return fractal(0.0, size * cell_m, cell_m, (size, size), seed=seed, wave_m=wave_m, octaves=octaves)


@njit("void(f8[:,:,::1], f8[:,:,::1], i8, i8, f8[:,:,::1])", cache=True, nogil=True)
def resample(
    grids: NDArray[np.float64], bend: NDArray[np.float64], factor: int, skip: int, out: NDArray[np.float64]
) -> None:
    """Grids (k, n, n) on cells ``factor`` times finer from coarse cell ``skip`` on, bilinear.

    bend : (2, n, n), how far (in coarse cells, down and across) from its place a fine cell looks
    """
    n = grids.shape[1]
    for r in range(out.shape[1]):
        for c in range(out.shape[2]):
            v = (r + 0.5) / factor - 0.5 + skip
            u = (c + 0.5) / factor - 0.5 + skip
            for step in range(2):
                row = min(max(int(np.floor(v)), 0), n - 2)
                column = min(max(int(np.floor(u)), 0), n - 2)
                dv = min(max(v - row, 0.0), 1.0)
                du = min(max(u - column, 0.0), 1.0)
                nw, ne = (1.0 - dv) * (1.0 - du), (1.0 - dv) * du
                sw, se = dv * (1.0 - du), dv * du
                if step == 0:
                    for k in range(2):
                        b = bend[k]
                        d = nw * b[row, column] + ne * b[row, column + 1]
                        d += sw * b[row + 1, column] + se * b[row + 1, column + 1]
                        if k == 0:
                            v += d
                        else:
                            u += d
            for k in range(grids.shape[0]):
                g = grids[k]
                d = nw * g[row, column] + ne * g[row, column + 1]
                out[k, r, c] = d + sw * g[row + 1, column] + se * g[row + 1, column + 1]


@dataclass(frozen=True, kw_only=True, eq=False)
class Relief:
    """The county and a margin on a coarse grid (n, n) with cells of GRID_M, row 0 in the north.

    height_m : the first surface, without ranges
    rock : how far inside a range, > 0 is bedrock, 1 its heart; below 0 the way to the next range
    strength : slope of the rock, rise / run, where 1 ha drains
    gentle : slope of the alluvium, the same; the apron of a range is steeper, the river's valley flatter
    inflow : row of the cell on the eastern border where the river comes in
    """

    height_m: NDArray[np.float64]
    rock: NDArray[np.float64]
    strength: NDArray[np.float64]
    gentle: NDArray[np.float64]
    inflow: int


def lay_out(frame: Frame) -> Relief:
    """Place the river and the ranges of the county of this frame."""
    side = int(np.ceil(frame.cells * frame.cell_m / GRID_M)) + 2 * MARGIN
    shape = (side, side)
    rng = frame.rng("relief")
    seeds = rng.integers(1, 2**31, 8).tolist()
    span = side * GRID_M

    def noise(k: int, wave_m: float, octaves: int) -> NDArray[np.float64]:
        return fractal(0.0, span, GRID_M, shape, seed=seeds[k], wave_m=wave_m, octaves=octaves)

    x = np.broadcast_to((np.arange(side) + 0.5) * GRID_M, shape)
    y = np.broadcast_to(span - (np.arange(side)[:, None] + 0.5) * GRID_M, shape)
    east, west = span * rng.uniform(0.3, 0.7, 2)
    axis = west + (east - west) * x[0] / span + 4_000.0 * noise(0, 24_000.0, 3)[side // 2]
    off = np.abs(y - axis)
    warp_x, warp_y = 1_500.0 * noise(1, 6_000.0, 4), 1_500.0 * noise(2, 6_000.0, 4)
    rock, strength = _ranges(rng, x + warp_x, y + warp_y, axis)
    rock += 0.34 * noise(3, 5_000.0, 5)
    free = (off - 2_200.0) / 5_000.0  # no range stands on the river
    inside = np.sort(np.where(free > 0, rock, -9.0)[MARGIN:-MARGIN, MARGIN:-MARGIN], axis=None)
    rock = np.minimum(rock - inside[int(len(inside) * (1 - RANGE_SHARE))], free)
    height = 330.0 + 0.0022 * x + 0.007 * off / (1.0 + off / 60_000.0) + 14.0 * noise(4, 9_000.0, 5)
    apron = np.clip(1.0 + rock / 0.5, 0.0, 1.0)
    valley = 1.0 / (1.0 + (off / 2_500.0) * (off / 2_500.0))
    gentle = (0.011 + 0.024 * apron * apron * apron + 0.004 * noise(5, 6_000.0, 3)) * (1.0 - 0.7 * valley)
    row = int(np.clip((span - axis[-1]) / GRID_M, 1, side - 2))
    return Relief(height_m=height, rock=rock, strength=strength, gentle=gentle, inflow=row)


def _ranges(
    rng: np.random.Generator, x: NDArray[np.float64], y: NDArray[np.float64], axis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far inside the nearest range, in half widths, and the strength of its rock, at every place."""
    span = len(axis) * GRID_M
    rock = np.full(x.shape, -4.0)
    strength = np.full(x.shape, 0.35)
    spines = _spines(rng, span, axis)
    for spine, half_m, hard in spines:
        for (x0, y0), (x1, y1) in pairwise(spine):
            dx, dy = x1 - x0, y1 - y0
            t = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0.0, 1.0)
            gap_x, gap_y = x - x0 - t * dx, y - y0 - t * dy
            inside = 1.0 - np.sqrt(gap_x * gap_x + gap_y * gap_y) / half_m
            nearer = inside > rock
            rock[nearer] = inside[nearer]
            strength[nearer] = hard
    return rock, strength


def _spines(
    rng: np.random.Generator, span: float, axis: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], float, float]]:
    """Crooked spines of ranges that trend north-west, each with half width in metres and strength."""
    wanted = max(6, round(span * span / 2.6e8))
    middles = np.empty((0, 2))
    spines = []
    for _ in range(wanted):
        tries = rng.uniform(0, span, (40, 2))
        river = axis[np.clip((tries[:, 0] / GRID_M).astype(np.int64), 0, len(axis) - 1)]
        room = np.abs(tries[:, 1] - river) * 1.6
        for mx, my in middles:
            across = (tries[:, 0] - mx) * 0.87 + (tries[:, 1] - my) * 0.5
            along = (tries[:, 1] - my) * 0.87 - (tries[:, 0] - mx) * 0.5
            room = np.minimum(room, np.sqrt(across * across + 0.3 * along * along))
        middle = tries[int(np.argmax(np.round(room)))]
        middles = np.vstack([middles, middle])
        spines.append((_spine(rng, middle), float(rng.uniform(1_800, 4_200)), float(rng.uniform(0.30, 0.62))))
    return spines


def _spine(rng: np.random.Generator, middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """A crooked line of 5 to 8 points about its middle, trending between north and north-west."""
    t = rng.uniform(0.12, 0.42)
    ahead = np.array([-2 * t, 1 - t * t]) / (1 + t * t)
    aside = np.array([ahead[1], -ahead[0]])
    count = int(rng.integers(5, 9))
    length = rng.uniform(9_000, 24_000)
    along = (np.arange(count) / (count - 1) - 0.5) * length
    wander = np.cumsum(rng.uniform(-1, 1, count)) * length * 0.05
    return np.asarray(middle + along[:, None] * ahead + (wander - wander.mean())[:, None] * aside)
