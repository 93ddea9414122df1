"""The terrain of a sample county: ranges, an alluvial plain, a river and washes, as one elevation grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.sample.frame import Frame

__all__ = ["Terrain", "build_terrain"]


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
    """The terrain of the county of this frame."""
    raise NotImplementedError
