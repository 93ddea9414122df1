"""The corners of parcels, each once: neighbours share every vertex along a common border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.sample.aliquots import Outlines
from siting.sample.grid import SectionGrid

__all__ = ["Nodes"]

_KEY = 1 << 25


@dataclass(frozen=True, eq=False, kw_only=True)
class Nodes:
    """All corners of the plane once, with their places on the ground.

    key : (m,) sorted v * 2**25 + u; turned : (m,) sorted u * 2**25 + v; turned_id : their rows in ``key``
    ground : (m, 2) metres of EPSG:26912
    """

    key: NDArray[np.int64]
    turned: NDArray[np.int64]
    turned_id: NDArray[np.int64]
    ground: NDArray[np.float64]

    @classmethod
    def of(cls, grid: SectionGrid, u: NDArray[np.int64], v: NDArray[np.int64], bend: NDArray[np.float64]) -> Nodes:
        """The nodes of these corners."""
        key = np.unique(v * _KEY + u)
        v, u = np.divmod(key, _KEY)
        turned = u * _KEY + v
        order = np.argsort(turned)
        return cls(key=key, turned=turned[order], turned_id=order, ground=grid.metres(grid.ground(u, v, bend)))

    def polygons(self, outlines: Outlines) -> NDArray[np.object_]:
        """(n,) polygons on the ground, with every node on their borders as a vertex."""
        ids, offsets = self._walk(outlines)
        count = np.diff(offsets)
        closed = np.concatenate([[0], np.cumsum(count + 1)]).astype(np.int64)
        at = np.arange(closed[-1]) - np.repeat(closed[:-1], count + 1)
        at = np.repeat(offsets[:-1], count + 1) + np.where(at == np.repeat(count, count + 1), 0, at)
        rings = np.arange(len(outlines) + 1)
        out = shapely.from_ragged_array(shapely.GeometryType.POLYGON, self.ground[ids[at]], (closed, rings))
        return np.asarray(out, dtype=object)

    def _walk(self, outlines: Outlines) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Node ids along each outline, not closed, and their offsets."""
        u, v = outlines.u, outlines.v
        after = np.arange(1, len(u) + 1)
        after[outlines.offsets[1:] - 1] = outlines.offsets[:-1]
        flat = v == v[after]
        a, b = np.empty(len(u), np.int64), np.empty(len(u), np.int64)
        for side, table, p, q in ((flat, self.key, v, u), (~flat, self.turned, u, v)):
            a[side] = np.searchsorted(table, p[side] * _KEY + q[side])
            b[side] = np.searchsorted(table, p[side] * _KEY + q[after[side]])
        count = np.abs(b - a)
        first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        step = np.arange(first[-1]) - np.repeat(first[:-1], count)
        ids = np.repeat(a, count) + np.repeat(np.sign(b - a), count) * step
        upright = ~np.repeat(flat, count)
        ids[upright] = self.turned_id[ids[upright]]
        return ids, first[outlines.offsets]
