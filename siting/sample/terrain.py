"""The terrain of a sample county: ranges, an alluvial plain, a river and washes, as one elevation grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.sample.drainage import accumulate, grade, horn, route
from siting.sample.frame import Frame
from siting.sample.relief import GRID_M, MARGIN, Relief, bilinear, fractal, lay_out

__all__ = ["RIVER_M2", "STREAM_M2", "Terrain", "build_terrain"]

RIVER_M2 = 6e9
"""Land that the main river drains before it reaches the county."""
STREAM_M2 = 400_000.0
"""Land that makes a wash."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Terrain:
    """The land of a sample county; all grids are (ny, nx), row 0 in the north, cells of ``frame.cell_m``.

    dem_cm : int32, whole centimetres
    slope : float32, rise / run
    accumulation : float64, m2 of land upstream of the cell, itself included
    receiver : int32, flat index of the cell downstream, -1 where the water leaves the county
    order : (ny * nx,) int32, flat indices from downstream to upstream
    mountain, plain, stream : bool; plain is gentle alluvial land, stream the cells of a wash or river
    """

    frame: Frame
    dem_cm: NDArray[np.int32]
    slope: NDArray[np.float32]
    accumulation: NDArray[np.float64]
    receiver: NDArray[np.int32]
    order: NDArray[np.int32]
    mountain: NDArray[np.bool_]
    plain: NDArray[np.bool_]
    stream: NDArray[np.bool_]

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of the cells that hold the places; places outside count as the nearest cell."""
        cell, _, west, _, _, north = self.frame.transform
        last = self.frame.cells - 1
        row = np.clip(np.floor((north - np.asarray(y)) / cell), 0, last).astype(np.int64)
        column = np.clip(np.floor((np.asarray(x) - west) / cell), 0, last).astype(np.int64)
        return row, column

    def sample(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Elevation in metres at the places, bilinear between cell centres."""
        cell, _, west, _, _, north = self.frame.transform
        last = self.frame.cells - 1
        v = np.clip((north - np.asarray(y, dtype=np.float64)) / cell - 0.5, 0, last)
        u = np.clip((np.asarray(x, dtype=np.float64) - west) / cell - 0.5, 0, last)
        row = np.minimum(np.floor(v).astype(np.int64), last - 1)
        column = np.minimum(np.floor(u).astype(np.int64), last - 1)
        dv, du = v - row, u - column
        z = self.dem_cm
        upper = z[row, column] * (1 - du) + z[row, column + 1] * du
        lower = z[row + 1, column] * (1 - du) + z[row + 1, column + 1] * du
        return (upper * (1 - dv) + lower * dv) / 100


def build_terrain(frame: Frame) -> Terrain:
    """The terrain of the county of this frame: laid out coarsely, then eroded on ever finer grids."""
    relief = lay_out(frame)
    seeds = frame.rng("terrain").integers(1, 2**31, 3).tolist()
    land = _Land.first(relief)
    land.erode(steps=30, pace=1.0, inflow=relief.inflow)
    land = land.finer(skip=0, size=2 * len(relief.rock), noise=(seeds[0], 600.0, 3, 2.5))
    land.erode(steps=12, pace=1.0, inflow=(2 * relief.inflow[0], 2 * relief.inflow[1] + 1))
    land = land.cropped(frame, noise=(seeds[1], 300.0, 2, 1.2))
    land.erode(steps=4, pace=0.8)
    land = land.finer(skip=0, size=frame.cells, noise=(seeds[2], 150.0, 2, 0.5))
    land.erode(steps=1, pace=0.8)
    return _finished(frame, land)


@dataclass(eq=False)
class _Land:
    """One grid on the way: heights and what decides the slopes, (n, n) each; and water from beyond the border."""

    cell_m: float
    z: NDArray[np.float64]
    rock: NDArray[np.float64]
    strength: NDArray[np.float64]
    inflow: NDArray[np.float64]
    area: NDArray[np.float64]
    receiver: NDArray[np.int32]

    @classmethod
    def make(
        cls,
        cell_m: float,
        z: NDArray[np.float64],
        rock: NDArray[np.float64],
        strength: NDArray[np.float64],
        inflow: NDArray[np.float64],
    ) -> _Land:
        return cls(cell_m, z, rock, strength, inflow, np.empty(0), np.empty(0, np.int32))

    @classmethod
    def first(cls, relief: Relief) -> _Land:
        z = relief.height_m + 300.0 * np.clip(relief.rock, 0.0, 1.0)
        return cls.make(GRID_M, z, relief.rock, relief.strength, np.zeros(z.size))

    def erode(self, *, steps: int, pace: float, inflow: tuple[int, int] | None = None) -> None:
        """Let water grade the land: route, accumulate, move every cell towards its slope."""
        n = len(self.z)
        source = self.inflow.copy()
        if inflow is not None:
            source[inflow[0] * n + inflow[1]] = RIVER_M2
        rock = np.clip(self.rock / 0.12, 0.0, 1.0)
        apron = np.clip(1.0 + self.rock / 0.45, 0.0, 1.0)
        hardness = (rock * self.strength).astype(np.float32).ravel()
        gentle = (0.011 + 0.024 * apron * apron * apron).astype(np.float32).ravel()
        level, order, receiver, filled = (np.empty(n * n, np.int32) for _ in range(4))
        z = self.z.ravel()
        for _ in range(steps):
            level = np.floor(z * 1000).astype(np.int32)
            route(level, n, n, filled, order, receiver)
            area = source + self.cell_m * self.cell_m
            accumulate(order, receiver, area)
            grade(z, hardness, gentle, area, order, receiver, n, self.cell_m, pace, 0.62)
        self.z, self.area, self.receiver = z.reshape(n, n), area, receiver

    def finer(self, *, skip: int, size: int, noise: tuple[int, float, int, float]) -> _Land:
        """The same land with cells half as large, and a little roughness for the water to work on."""
        cell = self.cell_m / 2
        grids = [bilinear(grid, 2, skip, size) for grid in (self.z, self.rock, self.strength)]
        seed, wave_m, octaves, height_m = noise
        rough = fractal(0.0, size * cell, cell, (size, size), seed=seed, wave_m=wave_m, octaves=octaves)
        grids[0] += height_m * rough * (0.15 + np.clip(4.0 * grids[1], 0.0, 1.0))
        inflow = np.zeros(size * size)
        for i in np.flatnonzero(self.inflow):
            row, column = divmod(int(i), len(self.z))
            place = _lowest(grids[0], 2 * (row - skip), 2 * (column - skip), 2)
            inflow[place] += self.inflow[i]
        return _Land.make(cell, *grids, inflow)

    def cropped(self, frame: Frame, *, noise: tuple[int, float, int, float]) -> _Land:
        """The county alone, with cells half as large; water that came over its border comes in as a source."""
        n = len(self.z)
        first = 2 * MARGIN
        last = first + int(np.ceil(frame.cells * frame.cell_m / self.cell_m))
        row, column = np.divmod(np.arange(n * n), n)
        inside = (row >= first) & (row < last) & (column >= first) & (column < last)
        crossing = (self.receiver >= 0) & ~inside & inside[self.receiver]
        self.inflow = np.bincount(self.receiver[crossing], self.area[crossing], n * n)
        self.inflow[self.inflow < 1e6] = 0
        size = int(np.ceil(frame.cells * frame.cell_m / (self.cell_m / 2)))
        return self.finer(skip=first, size=size, noise=noise)


def _lowest(z: NDArray[np.float64], row: int, column: int, count: int) -> int:
    """Flat index of the lowest cell of a square block."""
    rows = np.clip(np.arange(row, row + count), 0, len(z) - 1)
    columns = np.clip(np.arange(column, column + count), 0, len(z) - 1)
    at = int(np.argmin(z[np.ix_(rows, columns)]))
    return int(rows[at // count] * len(z) + columns[at % count])


def _finished(frame: Frame, land: _Land) -> Terrain:
    n = frame.cells
    level = np.round(land.z * 100).astype(np.int32).ravel()
    dem, order, receiver = (np.empty(n * n, np.int32) for _ in range(3))
    route(level, n, n, dem, order, receiver)
    area = land.inflow + frame.cell_m**2
    accumulate(order, receiver, area)
    dem = dem.reshape(n, n)
    slope = np.empty((n, n), np.float32)
    horn(dem, frame.cell_m, slope)
    mountain = land.rock > 0
    return Terrain(
        frame=frame,
        dem_cm=dem,
        slope=slope,
        accumulation=area.reshape(n, n),
        receiver=receiver.reshape(n, n),
        order=order,
        mountain=mountain,
        plain=~mountain & (slope < 0.05),
        stream=area.reshape(n, n) >= STREAM_M2,
    )
