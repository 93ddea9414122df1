"""Population and jobs of a sample county by half-mile cells, and the block groups drawn around them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from siting.sample.lattice import Lattice
from siting.sample.town import listed
from siting.sample.towns import people_in

if TYPE_CHECKING:
    from siting.sample.terrain import Terrain

__all__ = ["LARGEST_PEOPLE", "SMALLEST_PEOPLE", "Cells", "block_groups", "populate"]

SMALLEST_PEOPLE, LARGEST_PEOPLE = 600, 3_000
_JOBS_PERCENT, _MAKING_PERCENT = 46, 9


@dataclass(frozen=True, eq=False)
class Cells:
    """Whole numbers by half-mile cell, (rows, columns) from the south-west: people, jobs, manufacturing jobs."""

    people: NDArray[np.int64]
    jobs: NDArray[np.int64]
    making: NDArray[np.int64]


def populate(terrain: Terrain, lattice: Lattice, towns: gpd.GeoDataFrame) -> Cells:
    """People dense in the middle of towns and thin at their edges, the rest on the plain; jobs nearer the middle."""
    side = lattice.side
    node = np.arange(side * side).reshape(side, side)
    centre = (lattice.place[node[:-1, :-1]] + lattice.place[node[1:, 1:]]) / 2
    good = _good_land(terrain, centre)
    everybody, _ = people_in(terrain.frame)
    people = np.zeros(good.shape, dtype=np.int64)
    jobs, making = people.copy(), people.copy()
    near = people.copy()
    total_jobs = everybody * _JOBS_PERCENT // 100
    made = total_jobs * _MAKING_PERCENT // 100
    sizes = np.array([town.people for town in listed(towns)], dtype=np.int64)
    share = _dealt(made, sizes), _dealt(total_jobs - made, sizes)
    for k, town in enumerate(listed(towns)):
        away = (centre[..., 0] - town.x) ** 2 + (centre[..., 1] - town.y) ** 2
        radius = max(town.radius_m, 700.0)
        inside = np.maximum(0, np.rint(1_000 * (1.35 - away / radius**2))).astype(np.int64) * (good + 5)
        heart = np.maximum(0, np.rint(1_000 * (1.1 - away / radius**2))).astype(np.int64)
        ring = np.maximum(0, np.rint(1_000 * (0.9 - np.abs(away / radius**2 - 1.0)))).astype(np.int64) * (good + 5)
        people += _dealt(town.people, inside)
        jobs += _dealt(int(share[1][k]), heart**2 + 1_000 * (heart > 0) + (inside > 0))
        making += _dealt(int(share[0][k]), ring)
        near += np.where(away < (radius + 6_000) ** 2, 6, 0)
    rural = everybody - int(people.sum())
    people += _dealt(rural, good * (1 + near))
    return Cells(people, jobs + making, making)


def _good_land(terrain: Terrain, centre: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many of 36 places of each cell are plain."""
    step = (np.arange(6) - 2.5) * 134
    out = np.zeros(centre.shape[:2], dtype=np.int64)
    for dx in step:
        for dy in step:
            at = terrain.at(centre[..., 0] + dx, centre[..., 1] + dy)
            out += terrain.plain[at] & ~terrain.stream[at]
    return out


def _dealt(total: int, weight: NDArray[np.int64]) -> NDArray[np.int64]:
    """``total`` in whole parts by weight, to within one; the sum is exact, all arithmetic is whole.

    >>> _dealt(10, np.array([1, 1, 2])).tolist()
    [2, 3, 5]
    """
    run: list[int] = np.cumsum(weight).tolist()
    if not run[-1]:
        return np.zeros_like(weight)
    scaled = np.array([total * r // run[-1] for r in run], dtype=np.int64)
    return np.asarray(np.diff(scaled, prepend=0).reshape(weight.shape))


def block_groups(lattice: Lattice, cells: Cells) -> gpd.GeoDataFrame:
    """Polygons GEOID, POP, C000 (jobs), CNS05 (manufacturing jobs) that tile the county along survey lines.

    The county is cut at offset correction lines, then halved again and again where the people balance,
    down to 600 to 3,000 people; a single cell may hold more, and a band of open land less.
    """
    blocks = _divided(cells.people, _bands(lattice))
    table: dict[str, list[int] | list[str]] = {
        "GEOID": [f"04990{k // 4 + 1:06d}{k % 4 + 1}" for k in range(len(blocks))]
    }
    for name, grid in (("POP", cells.people), ("C000", cells.jobs), ("CNS05", cells.making)):
        table[name] = [int(grid[r0:r1, c0:c1].sum()) for r0, r1, c0, c1 in blocks]
    return gpd.GeoDataFrame(table, geometry=[_outline(lattice, *b) for b in blocks], crs="EPSG:26912")


def _bands(lattice: Lattice) -> list[int]:
    """Rows at which the county is cut first: its south and north, and the correction lines where columns are offset."""
    off = np.abs(lattice.below - lattice.place).reshape(lattice.side, lattice.side, 2).max(axis=(1, 2))
    return [0, *np.flatnonzero(off > 1.0).tolist(), lattice.side - 1]


def _divided(people: NDArray[np.int64], bands: list[int]) -> list[tuple[int, int, int, int]]:
    """Rectangles of cells (rows from, to, columns from, to) in a fixed order."""
    out = []
    todo = [(r0, r1, 0, people.shape[1]) for r0, r1 in pairwise(bands)]
    while todo:
        r0, r1, c0, c1 = todo.pop()
        cut = _cut(people[r0:r1, c0:c1])
        if cut is None:
            out.append((r0, r1, c0, c1))
        elif cut[0] == 0:
            todo += [(r0 + cut[1], r1, c0, c1), (r0, r0 + cut[1], c0, c1)]
        else:
            todo += [(r0, r1, c0 + cut[1], c1), (r0, r1, c0, c0 + cut[1])]
    return out


def _cut(people: NDArray[np.int64]) -> tuple[int, int] | None:
    """Where to halve a rectangle: (axis, cells before the cut), across the longer side if both parts suffice."""
    total = int(people.sum())
    if total < 2 * SMALLEST_PEOPLE or (total < 2_000 and people.size < 600):
        return None
    axes = (0, 1) if people.shape[0] >= people.shape[1] else (1, 0)
    for axis in axes:
        run = np.cumsum(people.sum(axis=1 - axis))[:-1]
        if not len(run):
            continue
        at = int(np.argmin(np.abs(2 * run - total)))
        if min(int(run[at]), total - int(run[at])) >= SMALLEST_PEOPLE:
            return axis, at + 1
    return None


def _outline(lattice: Lattice, r0: int, r1: int, c0: int, c1: int) -> Polygon:
    """The rectangle on the ground: through every node on its border, with the jogs on correction lines."""
    south = _along_row(lattice, r0, c0, c1, lower=False)
    north = _along_row(lattice, r1, c0, c1, lower=True)
    east, west = _along_column(lattice, c1, r0, r1), _along_column(lattice, c0, r0, r1)
    return Polygon(np.concatenate([south, east, north[::-1], west[::-1]]))


def _along_row(lattice: Lattice, row: int, c0: int, c1: int, *, lower: bool) -> NDArray[np.float64]:
    """The nodes of a row between two columns; on a correction line those of both sides."""
    nodes = row * lattice.side + np.arange(lattice.side)
    own = (lattice.below if lower else lattice.place)[nodes]
    points = np.unique(np.concatenate([lattice.place[nodes], lattice.below[nodes]]), axis=0)
    return np.asarray(points[(points[:, 0] >= own[c0, 0]) & (points[:, 0] <= own[c1, 0])])


def _along_column(lattice: Lattice, column: int, r0: int, r1: int) -> NDArray[np.float64]:
    """The nodes of a column strictly between two rows."""
    return np.asarray(lattice.place[np.arange(r0 + 1, r1) * lattice.side + column])
