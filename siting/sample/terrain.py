"""The terrain of a sample county: ranges, an alluvial plain, a river and washes, as one elevation grid."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.sample.drainage import accumulate, grade, horn, route
from siting.sample.frame import Frame
from siting.sample.relief import GRID_M, MARGIN, Relief, fractal, lay_out, resample

__all__ = ["RIVER_M2", "STREAM_M2", "Terrain", "build_terrain", "coarse_grid"]

RIVER_M2 = 6e9
"""Land that the main river drains before it reaches the county."""
STREAM_M2 = 400_000.0
"""Land that makes a wash."""
ROUGHNESS = 0.008
"""Height of the lasting roughness of the ground over the size of a cell."""


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
        return np.asarray((upper * (1 - dv) + lower * dv) / 100, np.float64)


def coarse_grid(terrain: Terrain, step: int) -> tuple[int, float, NDArray[np.float64], NDArray[np.float64]]:
    """Size n, cell in metres, x (n,) and y (n, 1) of the cells of a grid ``step`` times coarser.

    The grid begins in the south-west corner of the county; row 0 is the north.
    """
    cell = step * terrain.frame.cell_m
    size = -(-terrain.frame.cells // step)
    west, south, _, _ = terrain.frame.bounds
    x = west + (np.arange(size, dtype=np.float64) + 0.5) * cell
    y = south + (size - np.arange(size, dtype=np.float64)[:, None] - 0.5) * cell
    return size, cell, x, y


def build_terrain(frame: Frame) -> Terrain:
    """The terrain of the county of this frame: laid out coarsely, then eroded on ever finer grids."""
    relief = lay_out(frame)
    seeds = frame.rng("terrain").integers(1, 2**31, 6).tolist()
    land = _Land.first(relief)
    land.erode(steps=24, pace=1.0, seed=seeds[0])
    land = land.finer(bend=seeds[4])
    land.erode(steps=9, pace=1.0, seed=seeds[1])
    land = land.cropped(frame, bend=seeds[5])
    land.erode(steps=4, pace=0.8, seed=seeds[2])
    land = land.finer(size=frame.cells)
    land.erode(steps=1, pace=0.8, seed=seeds[3])
    return _finished(frame, land, seeds[3])


@dataclass(eq=False)
class _Land:
    """One grid on the way, cells of ``cell_m``.

    grids : (4, n, n): height in metres, rock, strength, gentle (see Relief)
    inflow : (n * n,) m2 of land beyond the border that drain into the cell
    whole : whether this is the county with its margin, by whose east nothing leaves, or the county alone
    """

    cell_m: float
    grids: NDArray[np.float64]
    inflow: NDArray[np.float64]
    whole: bool
    area: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    receiver: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))

    @classmethod
    def first(cls, relief: Relief) -> _Land:
        z = relief.height_m + 300.0 * np.clip(relief.rock, 0.0, 1.0)
        land = cls(GRID_M, np.stack([z, relief.rock, relief.strength, relief.gentle]), np.zeros(z.size), True)
        land.inflow[relief.inflow * len(z) + len(z) - 1] = RIVER_M2
        return land

    def outlets(self) -> NDArray[np.bool_]:
        """The cells of the border, but not where water comes in and 750 m to both sides, (n * n,) bool."""
        n, reach = len(self.grids[0]), round(750 / self.cell_m)
        outlet = np.zeros((n, n), np.bool_)
        outlet[0], outlet[-1], outlet[:, 0], outlet[:, -1] = True, True, True, not self.whole
        for i in np.flatnonzero(self.inflow):
            row, column = divmod(int(i), n)
            outlet[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1] = False
        return outlet.ravel()

    def rough(self, seed: int) -> NDArray[np.float64]:
        """The lasting roughness of the ground in metres, (n, n): it makes the water wander on the plain."""
        n = len(self.grids[0])
        return ROUGHNESS * self.cell_m * _noise(n, self.cell_m, seed, wave_cells=7, octaves=3)

    def erode(self, *, steps: int, pace: float, seed: int) -> None:
        """Let water grade the land: route, accumulate, move every cell towards its slope."""
        n, cell = len(self.grids[0]), self.cell_m
        source = self.inflow + cell * cell
        outlet = self.outlets()
        z, rock, strength, gentle = self.grids.reshape(4, -1)
        hardness = (np.clip(rock / 0.12, 0.0, 1.0) * strength).astype(np.float32)
        alluvium = gentle.astype(np.float32)
        rough = self.rough(seed).ravel()
        order, receiver, filled = (np.empty(n * n, np.int32) for _ in range(3))
        for _ in range(steps):
            route(((z + rough) * 1000).astype(np.int32), outlet, n, n, int(3 * cell), filled, order, receiver)
            area = source.copy()
            accumulate(order, receiver, area)
            grade(z, hardness, alluvium, area, order, receiver, n, cell, pace, 0.62)
        self.area, self.receiver = area, receiver

    def finer(self, *, skip: int = 0, size: int = 0, bend: int | None = None) -> _Land:
        """The same land with cells half as large; ``bend`` is the seed by which straight courses are bent."""
        n = len(self.grids[0])
        course = np.zeros((2, n, n))
        if bend is not None:
            for k in range(2):
                course[k] = 0.9 * _noise(n, self.cell_m, bend + k, wave_cells=6, octaves=2)
        size = size or 2 * n
        grids = np.empty((4, size, size))
        resample(self.grids, course, 2, skip, grids)
        inflow = np.zeros(size * size)
        for i in np.flatnonzero(self.inflow):
            row, column = divmod(int(i), n)
            inflow[_lowest(grids[0], 2 * (row - skip), 2 * (column - skip))] += self.inflow[i]
        return _Land(self.cell_m / 2, grids, inflow, self.whole)

    def cropped(self, frame: Frame, *, bend: int) -> _Land:
        """The county alone, with cells half as large; water that came over its border comes in as a source."""
        n = len(self.grids[0])
        first = 2 * MARGIN
        last = first + int(np.ceil(frame.cells * frame.cell_m / self.cell_m))
        row, column = np.divmod(np.arange(n * n), n)
        inside = (row >= first) & (row < last) & (column >= first) & (column < last)
        crossing = (self.receiver >= 0) & ~inside & inside[self.receiver]
        self.inflow = np.asarray(np.bincount(self.receiver[crossing], self.area[crossing], n * n), np.float64)
        self.inflow[self.inflow < 1e6] = 0
        size = int(np.ceil(frame.cells * frame.cell_m / (self.cell_m / 2)))
        self.whole = False
        return self.finer(skip=first, size=size, bend=bend)


def _noise(n: int, cell_m: float, seed: int, *, wave_cells: int, octaves: int) -> NDArray[np.float64]:
    return fractal(0.0, n * cell_m, cell_m, (n, n), seed=seed, wave_m=wave_cells * cell_m, octaves=octaves)


def _lowest(z: NDArray[np.float64], row: int, column: int) -> int:
    """Flat index of the lowest border cell of the two rows and columns here, or one beyond them."""
    last = len(z) - 1
    rows = np.clip(np.arange(row - 2, row + 4), 0, last)
    columns = np.clip(np.arange(column - 2, column + 4), 0, last)
    block: NDArray[np.float64] = z[rows][:, columns]
    edge = (rows == 0)[:, None] | (rows == last)[:, None] | (columns == 0) | (columns == last)
    at = int(np.argmin(np.where(edge, block, np.inf)))
    return int(rows[at // 6] * len(z) + columns[at % 6])


def _finished(frame: Frame, land: _Land, seed: int) -> Terrain:
    n = frame.cells
    level = np.round((land.grids[0] + land.rough(seed)) * 100).astype(np.int32).ravel()
    dem, order, receiver = (np.empty(n * n, np.int32) for _ in range(3))
    route(level, land.outlets(), n, n, 2, dem, order, receiver)
    area = land.inflow + frame.cell_m**2
    accumulate(order, receiver, area)
    slope = np.empty((n, n), np.float32)
    horn(dem.reshape(n, n), frame.cell_m, slope)
    mountain = land.grids[1] > 0
    return Terrain(
        frame=frame,
        dem_cm=dem.reshape(n, n),
        slope=slope,
        accumulation=area.reshape(n, n),
        receiver=receiver.reshape(n, n),
        order=order,
        mountain=mountain,
        plain=~mountain & (slope < 0.05),
        stream=area.reshape(n, n) >= STREAM_M2,
    )
