"""People of a sample county: block groups, homes, schools, hospitals and universities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from siting.sample.blockgroups import Cells, block_groups, populate
from siting.sample.lattice import Lattice, build_lattice
from siting.sample.names import FAMILY, PLACES, drawn
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.roads import Roads
    from siting.sample.terrain import Terrain

__all__ = ["build_people"]

_CRS = "EPSG:26912"


def build_people(terrain: Terrain, towns: gpd.GeoDataFrame, roads: Roads | None = None) -> dict[str, gpd.GeoDataFrame]:
    """block_groups, universities, hospitals, schools and residences.

    With ``roads``, no home stands on the land of a freeway.
    """
    lattice = build_lattice(terrain.frame)
    cells = populate(terrain, lattice, towns)
    places = _Places(terrain, lattice, towns)
    return {
        "block_groups": block_groups(lattice, cells),
        "universities": _universities(terrain, towns, places),
        "hospitals": _named("hospitals", terrain, towns, places, per_town=60_000, least=6_000, suffix="Medical Center"),
        "schools": _named("schools", terrain, towns, places, per_town=2_400, least=0, suffix="School"),
        "residences": _residences(terrain, lattice, cells, roads),
    }


class _Places:
    """Places inside towns, off the streets of the survey."""

    def __init__(self, terrain: Terrain, lattice: Lattice, towns: gpd.GeoDataFrame) -> None:
        self.terrain, self.lattice, self.towns = terrain, lattice, listed(towns)

    def draw(self, rng: np.random.Generator, town: int, reach: float) -> tuple[float, float]:
        """A place within so many radii of the town, 90 to 300 m from the nearest section corner's lines."""
        place, radius = self.towns[town], self.towns[town].radius_m
        best = (0, 0.0, 0.0)
        for _ in range(12):
            u, v = rng.uniform(-1, 1, 2)
            if u * u + v * v > 1:
                continue
            x, y = place.x + u * reach * radius, place.y + v * reach * radius
            corner = self.lattice.place[self.lattice.node_at(x, y)]
            off = np.array([x, y]) - corner
            off = np.where(off < 0, -1, 1) * np.clip(np.abs(off), 90, 700)
            x, y = (round(float(c), 2) for c in corner + off)
            at = self.terrain.at(np.array([x]), np.array([y]))
            good = int((self.terrain.plain[at] & ~self.terrain.stream[at])[0])
            if good:
                return x, y
            best = max(best, (good, x, y))
        return (best[1], best[2]) if best[1] else (round(place.x + 120.0, 2), round(place.y + 95.0, 2))


def _universities(terrain: Terrain, towns: gpd.GeoDataFrame, places: _Places) -> gpd.GeoDataFrame:
    """Points NAME, COMPLETIONS (degrees a year): one in the city and one more per 400,000 people, colleges in towns."""
    rng, names = terrain.frame.rng("universities"), drawn(terrain.frame.rng("university names"), FAMILY)
    rows = []
    for k, pop in enumerate(towns["POP"].to_list()[: max(2, len(towns) // 4)]):
        for n in range(1 + pop // 400_000 if k == 0 else 1):
            kind = "University" if k == 0 else "Community College"
            name = f"{towns['NAME'].iloc[k]} State University" if k == n == 0 else f"{next(names)} {kind}"
            degrees = max(40, pop * int(rng.integers(26, 40) if k == 0 else rng.integers(10, 22)) // 1_000)
            rows.append((name, degrees, *places.draw(rng, k, 0.6)))
    table = {"NAME": [r[0] for r in rows], "COMPLETIONS": [r[1] for r in rows]}
    return gpd.GeoDataFrame(table, geometry=shapely.points([r[2:] for r in rows]), crs=_CRS)


def _named(
    stream: str, terrain: Terrain, towns: gpd.GeoDataFrame, places: _Places, *, per_town: int, least: int, suffix: str
) -> gpd.GeoDataFrame:
    """Points NAME: one per so many people in each town of at least ``least`` people; the city has one in any case."""
    rng = terrain.frame.rng(stream)
    names = drawn(terrain.frame.rng(f"{stream} names"), FAMILY + PLACES)
    rows = []
    for k, pop in enumerate(towns["POP"].to_list()):
        if k and pop < least:
            continue
        rows += [(f"{next(names)} {suffix}", *places.draw(rng, k, 0.9)) for _ in range(1 + pop // per_town)]
    return gpd.GeoDataFrame({"NAME": [r[0] for r in rows]}, geometry=shapely.points([r[1:] for r in rows]), crs=_CRS)


def _residences(terrain: Terrain, lattice: Lattice, cells: Cells, roads: Roads | None) -> gpd.GeoDataFrame:
    """Points UNITS (homes): a point for about six homes in towns, for one or two in the country."""
    rng = terrain.frame.rng("residences")
    homes = (cells.people * 10 + 13) // 26
    group = np.where(homes > 60, 6, np.where(homes > 12, 3, 1))
    count = -(-homes // group)
    cell = np.repeat(np.arange(homes.size), count.ravel())
    first = np.concatenate([[0], np.cumsum(count.ravel())])[cell]
    k, n = np.arange(len(cell)) - first, count.ravel()[cell]
    units = homes.ravel()[cell] * (k + 1) // n - homes.ravel()[cell] * k // n
    place = _inside(lattice, homes.shape[1], cell, rng)
    for _ in range(4):
        bad = np.flatnonzero(_unfit(terrain, place, roads))
        place[bad] = _inside(lattice, homes.shape[1], cell[bad], rng)
    return gpd.GeoDataFrame({"UNITS": units}, geometry=shapely.points(place), crs=_CRS)


def _inside(lattice: Lattice, columns: int, cell: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Random places in cells, at least 40 m off the half-mile and quarter-mile lines."""
    u, v = rng.uniform(0.05, 0.45, (2, len(cell))) + 0.5 * rng.integers(0, 2, (2, len(cell)))
    row, column = np.divmod(cell, columns)
    node = row * lattice.side + column
    south = lattice.place[node] * (1 - u[:, None]) + lattice.place[node + 1] * u[:, None]
    upper = node + lattice.side
    north = lattice.below[upper] * (1 - u[:, None]) + lattice.below[upper + 1] * u[:, None]
    return np.asarray(np.round(south * (1 - v[:, None]) + north * v[:, None], 2))


def _unfit(terrain: Terrain, place: NDArray[np.float64], roads: Roads | None) -> NDArray[np.bool_]:
    """Places in mountains, in stream beds or on the land of a freeway."""
    at = terrain.at(*place.T)
    bad: NDArray[np.bool_] = terrain.mountain[at] | terrain.stream[at]
    if roads is not None and not roads.corridors.is_empty:
        shapely.prepare(roads.corridors)
        bad |= shapely.contains_xy(roads.corridors, place[:, 0], place[:, 1])
    return bad
