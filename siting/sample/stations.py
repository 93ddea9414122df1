"""Power plants and substations of a sample county: where they stand and what they are rated for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from siting.sample.lattice import Lattice, beyond_towns
from siting.sample.names import FAMILY, PLACES, drawn
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.terrain import Terrain

__all__ = ["Plant", "Station", "Yard", "build_stations"]

_RING = ((1.0, 0.1), (0.6, 0.85), (-0.3, 1.0), (-1.0, 0.35), (-0.8, -0.7), (0.1, -1.0), (0.8, -0.65), (0.2, 0.15))


@dataclass(frozen=True, eq=False)
class Station:
    """A substation: place in metres, kV of its highest and lowest side, and the role it plays."""

    name: str
    x: float
    y: float
    high_kv: int
    low_kv: int
    role: str
    town: int = 0


@dataclass(frozen=True, eq=False)
class Plant:
    """A power plant, its source in EIA's words, its size, and the substation it feeds."""

    name: str
    x: float
    y: float
    source: str
    megawatts: int
    yard: Station


class Yard:
    """Free places for stations: beside section corners of the plain, each corner once."""

    def __init__(self, terrain: Terrain, lattice: Lattice, towns: gpd.GeoDataFrame) -> None:
        rng = terrain.frame.rng("station sites")
        corner = np.arange(lattice.side**2).reshape(lattice.side, lattice.side)[2:-2:2, 2:-2:2].ravel()
        off = rng.integers(130, 420, (len(corner), 2)) * rng.choice([-1, 1], (len(corner), 2))
        self.place: NDArray[np.float64] = np.round(lattice.place[corner] + off, 2)
        at = terrain.at(*self.place.T)
        self.free: NDArray[np.bool_] = terrain.plain[at] & ~terrain.stream[at]
        self.beyond = beyond_towns(self.place, towns)

    def take(self, x: float, y: float, *, outside_m: float | None = None) -> tuple[float, float]:
        """The free place nearest to a wish, at least so far outside all towns; taken from now on."""
        apart = np.rint((self.place[:, 0] - x) ** 2 + (self.place[:, 1] - y) ** 2)
        wanted = self.free if outside_m is None else self.free & (self.beyond >= outside_m)
        k = int(np.argmin(np.where(wanted, apart, np.inf)))
        self.free[k] = False
        return float(self.place[k, 0]), float(self.place[k, 1])


def build_stations(terrain: Terrain, lattice: Lattice, towns: gpd.GeoDataFrame) -> tuple[list[Station], list[Plant]]:
    """All stations, bulk supply first, and the plants with their switchyards."""
    yard = Yard(terrain, lattice, towns)
    names = drawn(terrain.frame.rng("station names"), FAMILY)
    stations = _bulk(terrain, yard, towns, names) + _city(yard, towns, names) + _towns(yard, towns, names)
    plants = _plants(terrain, yard, stations)
    return stations + [p.yard for p in plants], plants


def _bulk(terrain: Terrain, yard: Yard, towns: gpd.GeoDataFrame, names: Iterator[str]) -> list[Station]:
    """The stations of the 500 and 345 kV grid, out on the plain around the city."""
    city, frame = listed(towns)[0], terrain.frame
    reach = city.radius_m + 0.11 * frame.size_m
    plan = [(-0.9, 0.5, 500), (0.4, -1.0, 345), (1.1, 0.55, 500), (-0.2, -1.5, 500)]
    count = 2 if frame.townships < 5 else 3 if frame.townships < 9 else 4
    out = []
    for right, up, kv in plan[:count]:
        x, y = yard.take(city.x + right * reach, city.y + up * reach, outside_m=1_500)
        out.append(Station(f"{next(names).upper()} {'SWITCHYARD' if kv == 500 else 'JUNCTION'}", x, y, kv, 230, "bulk"))
    return out


def _city(yard: Yard, towns: gpd.GeoDataFrame, names: Iterator[str]) -> list[Station]:
    """A ring of 230 kV stations around the city and 69 kV stations within."""
    city = listed(towns)[0]
    ring = min(3 + city.people // 60_000, len(_RING))
    reach = city.radius_m * 0.85 + 600
    out = []
    for right, up in _RING[:: 2 if ring <= 4 else 1][:ring]:
        x, y = yard.take(city.x + right * reach, city.y + up * reach)
        out.append(Station(next(names).upper(), x, y, 230, 69, "ring", 1))
    return out


def _towns(yard: Yard, towns: gpd.GeoDataFrame, names: Iterator[str]) -> list[Station]:
    """A supply station for every other town, and 69 kV stations for every 25,000 people."""
    out = []
    for town in listed(towns):
        x, y, r = town.x, town.y, town.radius_m
        if town.rank > 1:
            kv = 230 if town.rank <= max(3, len(towns) // 4) else 115 if town.rank <= max(5, len(towns) // 2) else 69
            px, py = yard.take(x + (0.6 if town.rank % 2 else -0.6) * r, y - 0.7 * r)
            out.append(Station(town.name.upper(), px, py, kv, 12 if kv == 69 else 69, "town", town.rank))
        for k in range(min(1 + town.people // 25_000, 16) if town.rank == 1 or town.people > 8_000 else 0):
            u, v = _RING[(3 * k + town.rank) % len(_RING)]
            share = (0.35, 0.7, 0.9)[k % 3]
            px, py = yard.take(x + u * r * share, y + v * r * share)
            out.append(Station(next(names).upper(), px, py, 69, 12, "local", town.rank))
    return out


def _plants(terrain: Terrain, yard: Yard, stations: list[Station]) -> list[Plant]:
    """A gas plant by each second bulk station, solar farms far out, batteries, nuclear in a large county."""
    frame = terrain.frame
    rng, names = frame.rng("power plants"), drawn(frame.rng("plant names"), PLACES[::-1])
    bulk = [s for s in stations if s.role == "bulk"]
    plan: list[tuple[str, int, float, float, int, str]] = []
    for s in bulk[::2]:
        plan.append(
            ("natural gas", int(rng.integers(42, 115)) * 10, s.x + 2_500, s.y - 2_500, 230, "Generating Station")
        )
    for _ in range(frame.townships):
        x, y = frame.x0 + rng.random() * frame.size_m, frame.y0 + rng.random() * frame.size_m
        size = int(rng.integers(2, 31)) * 10
        plan.append(("solar", size, x, y, 69 if size < 90 else 230, "Solar"))
    for s in bulk[:2]:
        plan.append(("batteries", int(rng.integers(4, 21)) * 10, s.x - 1_800, s.y - 1_800, 230, "Energy Storage"))
    if frame.townships >= 9:
        plan.append(
            ("nuclear", 2_420, frame.x0 + 0.06 * frame.size_m, frame.y0 + 0.3 * frame.size_m, 500, "Nuclear Station")
        )
    out = []
    for source, size, wx, wy, kv, kind in plan:
        x, y = yard.take(wx, wy, outside_m=2_000 if source == "batteries" else 3_000)
        name = f"{next(names)} {kind}"
        switchyard = Station(
            f"{name} Switchyard".upper(), x, y, kv, 34 if source in ("solar", "batteries") else 18, "plant"
        )
        out.append(Plant(name, round(x + 260.0, 2), round(y + 180.0, 2), source, size, switchyard))
    return out
