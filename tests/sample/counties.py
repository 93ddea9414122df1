"""Small counties for the tests of parcels, law and truth, built once."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from siting.sample import SampleCounty, sample_county
from siting.sample.frame import Frame
from siting.sample.grid import SectionGrid, build_grid
from siting.sample.settlement import Settlement


@cache
def county(parcels: int = 1_500, seed: int = 5, dirt: float = 0.0) -> SampleCounty:
    return sample_county(parcels, seed, dirt=dirt)


@cache
def grid(parcels: int = 20_000, seed: int = 3) -> SectionGrid:
    return build_grid(Frame(parcels=parcels, seed=seed))


def plain_land(parcels: int = 2_000, seed: int = 3) -> Settlement:
    """Flat private land without water around one town in the middle of the county."""
    g = build_grid(Frame(parcels=parcels, seed=seed))
    cells, n = g.forties, len(g.forties)
    west, south, east, north = g.frame.bounds
    away = np.sqrt((cells.x - (west + east) / 2) ** 2 + (cells.y - (south + north) / 2) ** 2)
    nothing, none = np.zeros(n), np.zeros(n, bool)
    return Settlement(
        grid=g,
        reach=np.round(away / 1_500, 6),
        town=np.zeros(n, np.int64),
        slope=nothing,
        mountain=nothing,
        floodway=nothing,
        flood=nothing,
        works=none,
        fields=none,
        city=np.full(n, -1),
        owner=np.zeros(n, np.int64),
        dice=np.round(np.random.default_rng(1).random((n, 3)), 9),
        site=np.full(n, -1),
        quiet=none,
    )


def inside_one(parcels: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether each parcel lies in one area, to half a centimetre along its border, and in which."""
    at, area = shapely.STRtree(areas).query(parcels, predicate="intersects")
    out = shapely.area(parcels[at]) - shapely.area(shapely.intersection(parcels[at], areas[area]))
    whole = out <= 0.005 * shapely.length(parcels[at])
    which = np.full(len(parcels), -1)
    which[at[whole]] = area[whole]
    return np.bincount(at[whole], minlength=len(parcels)) == 1, which
