"""The towns of a sample county: where they lie and how many people they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from siting.sample.frame import MILE_M, Frame
from siting.sample.lattice import build_lattice
from siting.sample.names import PLACES, drawn

if TYPE_CHECKING:
    from siting.sample.hydrology import Hydrology
    from siting.sample.terrain import Terrain

__all__ = ["build_towns", "people_in", "sizes"]

_HOMES_PERCENT, _IN_TOWNS_PERCENT = 72, 92
_DENSITY = ((2_000, 700), (10_000, 1_100), (50_000, 1_500), (250_000, 1_800))
_DENSEST = 2_100


def people_in(frame: Frame) -> tuple[int, int]:
    """People of the county, and those of them in towns.

    72 % of the parcels are homes of 2.6 people; 92 % of the people live in towns.

    >>> people_in(Frame(parcels=20_000, seed=1))
    (37440, 34444)
    """
    everybody = frame.parcels * _HOMES_PERCENT * 26 // 1_000
    return everybody, everybody * _IN_TOWNS_PERCENT // 100


def sizes(frame: Frame) -> NDArray[np.int64]:
    """People of the towns by rank: the town of rank k has 1/k of the city's (Zipf), within 5 %."""
    count = max(5, 2 * frame.townships - 2)
    jitter = frame.rng("town sizes").integers(950, 1_051, count)
    jitter[0] = 1_000
    share = np.array([1_000 * int(j) // k for k, j in enumerate(jitter, 1)], dtype=np.int64)
    share = np.minimum.accumulate(share)
    _, total = people_in(frame)
    pop = total * share // share.sum()
    pop[0] += total - pop.sum()
    return np.asarray(pop)


def build_towns(terrain: Terrain, hydrology: Hydrology) -> gpd.GeoDataFrame:
    """Points NAME, POP, RADIUS_M (urban radius), RANK (1 is the city).

    Towns lie on section corners of the plain, off the floodway, near a stream where there is one,
    the larger first, each well away from the others.
    """
    frame = terrain.frame
    pop = sizes(frame)
    radius = np.array([_radius_m(int(p)) for p in pop])
    x, y, merit = _merits(terrain, hydrology)
    chosen = _spread(frame, x, y, merit, radius)
    names = drawn(frame.rng("town names"), PLACES)
    table = {
        "NAME": [next(names) for _ in pop],
        "POP": pop,
        "RADIUS_M": radius,
        "RANK": np.arange(1, len(pop) + 1),
    }
    return gpd.GeoDataFrame(
        table, geometry=shapely.points(np.round(x[chosen], 2), np.round(y[chosen], 2)), crs="EPSG:26912"
    )


def _radius_m(pop: int) -> float:
    """Radius of a round town at the density of its size (people / km2), whole tens of metres."""
    density = next((d for below, d in _DENSITY if pop < below), _DENSEST)
    return float(max(300, round(float(np.sqrt(pop / density / np.pi)) * 100) * 10))


def _merits(
    terrain: Terrain, hydrology: Hydrology
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Section corners, and how good each is for a town of some size: (n, 2) for a town, for the city."""
    frame = terrain.frame
    corners = np.arange(2, 6 * frame.townships - 1)
    j, i = (a.ravel() for a in np.meshgrid(corners, corners, indexing="ij"))
    lattice = build_lattice(frame)
    x, y = lattice.place[2 * j * lattice.side + 2 * i].T
    around = _Window(terrain, x, y)
    noise = frame.rng("town sites").integers(0, 300, len(x))
    water = np.minimum(around.permille(hydrology.flood_1pct, 2.0), 60) * 4
    wet = around.permille(hydrology.floodway, 0.5)
    town = around.permille(terrain.plain, 0.8) + around.permille(terrain.plain, 2.0) // 2 + water - 4 * wet + noise
    middle = (
        np.maximum(np.abs(2 * i - 6 * frame.townships), np.abs(2 * j - 6 * frame.townships))
        * 1_000
        // (6 * frame.townships)
    )
    city = town + 2 * around.permille(terrain.plain, 0.12 * 6 * frame.townships) - 2 * middle
    dry = ~hydrology.floodway[terrain.at(x, y)] & ~terrain.mountain[terrain.at(x, y)]
    merit = np.where(dry[:, None], np.column_stack([town, city]), -1_000_000)
    return x, y, merit.astype(np.float64)


class _Window:
    """Shares of a mask in square windows around places, by an integral image."""

    def __init__(self, terrain: Terrain, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        self.cell_m = terrain.frame.cell_m
        self.row, self.column = terrain.at(x, y)

    def permille(self, mask: NDArray[np.bool_], half_miles: float) -> NDArray[np.int64]:
        """Thousandths of the window of so many miles to each side."""
        total = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), dtype=np.int32)
        np.cumsum(mask, axis=0, dtype=np.int32, out=total[1:, 1:])
        np.cumsum(total[1:, 1:], axis=1, out=total[1:, 1:])
        half = int(half_miles * MILE_M / self.cell_m)
        top, bottom = np.maximum(self.row - half, 0), np.minimum(self.row + half + 1, mask.shape[0])
        left, right = np.maximum(self.column - half, 0), np.minimum(self.column + half + 1, mask.shape[1])
        inside = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
        return np.asarray(inside.astype(np.int64) * 1_000 // ((bottom - top) * (right - left)))


def _spread(
    frame: Frame,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    merit: NDArray[np.float64],
    radius: NDArray[np.float64],
) -> list[int]:
    """The best corner for each town that keeps its distance from the towns before it."""
    chosen = [int(np.argmax(merit[:, 1]))]
    reach = 0.62 * frame.size_m / float(np.sqrt(len(radius)))
    for k in range(1, len(radius)):
        for easing in (1.0, 0.8, 0.6, 0.4):
            free = np.ones(len(x), dtype=bool)
            for t, other in enumerate(chosen):
                apart = (radius[k] + radius[t]) * 1.1 + reach * easing
                free &= (x - x[other]) ** 2 + (y - y[other]) ** 2 >= apart**2
            edge = np.minimum.reduce(
                [x - frame.x0, y - frame.y0, frame.x0 + frame.size_m - x, frame.y0 + frame.size_m - y]
            )
            free &= edge > radius[k] + MILE_M
            best = int(np.argmax(np.where(free, merit[:, 0], -2_000_000)))
            if free[best] and merit[best, 0] > 600:
                break
        chosen.append(best)
    return chosen
