"""Transmission lines of a sample county: which stations they join, on which ways, as which circuits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from siting.sample.lattice import Lattice, along, beyond_towns
from siting.sample.routing import CostGrid, on_grid, path_to, search
from siting.sample.stations import Plant, Station
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.terrain import Terrain

__all__ = ["Line", "build_lines"]


@dataclass(frozen=True, eq=False)
class Line:
    """A line of one voltage between two stations; rows with the same circuit fail together."""

    points: NDArray[np.float64]
    kv: int
    first: str
    second: str
    circuit: str


@dataclass(frozen=True, eq=False)
class _Link:
    """A wish for lines: two places, kV, how many circuits, and whether they may leave the survey lines."""

    a: Station
    b: Station
    kv: int
    circuits: int = 1
    free: bool = False


def build_lines(
    terrain: Terrain, lattice: Lattice, towns: gpd.GeoDataFrame, stations: list[Station], plants: list[Plant]
) -> tuple[list[Line], list[Station]]:
    """The lines, and the taps (stations without transformers) on some of them.

    500 and 345 kV lines go straight over open land from border to border through the bulk stations;
    230 kV lines ring the city and reach the next towns and plants; 115 and 69 kV lines follow section
    lines, many of them to a station that hangs on a single circuit.
    """
    links = _links(terrain, stations, plants)
    grid = CostGrid.of(terrain)
    over, survey = _OverLand(grid, towns), _OnSurvey(terrain, lattice, towns)
    out: list[Line] = []
    for link in links:
        for k in range(link.circuits):
            way = over.way(link, k) if link.free else survey.way(link, k)
            out.append(Line(way, link.kv, link.a.name, link.b.name, f"C{len(out) + 1:04d}"))
    return _tapped(terrain, out)


def _links(terrain: Terrain, stations: list[Station], plants: list[Plant]) -> list[_Link]:
    """Which stations are joined."""
    by = {role: [s for s in stations if s.role == role] for role in ("bulk", "ring", "town", "local", "plant")}
    rng = terrain.frame.rng("links")
    out = _bulk_links(terrain, by["bulk"])
    ring = by["ring"]
    out += [_Link(a, b, 230) for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
    for s in by["bulk"]:
        near = _nearest(s, ring, 2)
        out += [_Link(s, near[0], 230, 2 if s.high_kv == 500 else 1), _Link(s, near[1], 230)]
    for plant in plants:
        yard = plant.yard
        hosts = by["bulk"] if yard.high_kv >= 230 else ring + by["town"]
        hosts = [s for s in hosts if yard.high_kv < 500 or s.high_kv == 500]
        if yard.high_kv == 230 and plant.source == "solar":
            hosts = hosts + ring + [s for s in by["town"] if s.high_kv == 230]
        circuits = 1 if plant.source in ("solar", "batteries") else 2
        out.append(_Link(yard, _nearest(yard, hosts, 1)[0], yard.high_kv, circuits, free=yard.high_kv == 500))
    fed = ring + by["bulk"]
    for s in sorted(by["town"], key=lambda s: (-s.high_kv, s.town)):
        hosts = [h for h in fed if h.low_kv <= s.high_kv <= h.high_kv or (s.high_kv == 115 and h.high_kv >= 115)]
        near = _nearest(s, hosts, 2)
        twice = s.town == 2 or int(rng.integers(0, 100)) < 35
        out += [_Link(s, h, s.high_kv) for h in near[: 2 if twice and len(near) > 1 else 1]]
        fed.append(s)
    sources = [s for s in fed if s.low_kv == 69 or s.high_kv == 69]
    for s in by["local"]:
        near = _nearest(s, sources, 2)
        twice = int(rng.integers(0, 100)) < 45
        out += [_Link(s, h, 69) for h in near[: 2 if twice and len(near) > 1 else 1]]
        sources.append(s)
    return out


def _bulk_links(terrain: Terrain, bulk: list[Station]) -> list[_Link]:
    """The high grid from border to border; what lies beyond is not in the county's table of substations."""
    west, south, east, _ = terrain.frame.bounds
    size = terrain.frame.size_m
    ids = terrain.frame.rng("far stations").integers(100_000, 399_999, 6).tolist()

    def far(k: int, x: float, y: float, kv: int) -> Station:
        return Station(f"UNKNOWN{ids[k]}", round(x, 2), round(y, 2), kv, kv, "far")

    at500, at345 = [s for s in bulk if s.high_kv == 500], [s for s in bulk if s.high_kv == 345]
    first, last = at500[0], at500[1 if len(at500) > 1 else 0]
    out = [
        _Link(far(0, west, first.y + 0.05 * size, 500), first, 500, 2, free=True),
        _Link(last, far(1, east, last.y + 0.04 * size, 500), 500, free=True),
    ]
    if first is not last:
        out.append(_Link(first, last, 500, free=True))
    if len(at500) > 2:
        out.append(_Link(at500[2], first, 500, free=True))
        out.append(_Link(far(4, at500[2].x - 0.05 * size, south, 500), at500[2], 500, free=True))
    for s in at345:
        out.append(_Link(far(2, s.x + 0.06 * size, south, 345), s, 345, free=True))
        out.append(_Link(s, far(3, east, s.y - 0.07 * size, 345), 345, free=True))
    return out


def _nearest(s: Station, others: list[Station], count: int) -> list[Station]:
    """The nearest other stations, in order."""
    apart = [(round((o.x - s.x) ** 2 + (o.y - s.y) ** 2), k) for k, o in enumerate(others) if o is not s]
    return [others[k] for _, k in sorted(apart)[:count]]


class _OverLand:
    """Ways straight over open land, with few bends: around ranges and towns."""

    def __init__(self, grid: CostGrid, towns: gpd.GeoDataFrame) -> None:
        cost = 100 + 2 * grid.steep + 3 * grid.mountain
        for town in listed(towns):
            cost += grid.near(town.x, town.y, town.radius_m + 900) * 700
        self.grid, self.graph = grid, grid.graph(cost, 3)

    def way(self, link: _Link, parallel: int) -> NDArray[np.float64]:
        """The way of the k-th of parallel circuits."""
        a, b = link.a, link.b
        _, before = search(self.graph, self.grid.at(a.x, a.y))
        points = self.grid.centre(path_to(before, self.grid.at(b.x, b.y)))
        if len(points) < 2:
            points = np.zeros((2, 2))
        points[0], points[-1] = (a.x, a.y), (b.x, b.y)
        bends = shapely.get_coordinates(shapely.simplify(LineString(points), 2.2 * self.grid.cell_m))
        bends[1:-1] += 42.0 * parallel
        return on_grid(bends)


class _OnSurvey:
    """Ways along section lines, beside lines that stand there already."""

    def __init__(self, terrain: Terrain, lattice: Lattice, towns: gpd.GeoDataFrame) -> None:
        land = along(lattice, terrain)
        rough = np.where(lattice.line % 2 == 0, 100, 190) + land.steep + land.mountain * 60
        rough = np.where(lattice.straight, rough, rough * 5)
        inside = beyond_towns(lattice.middle, towns) < 0
        self.lattice = lattice
        self.cost = np.where(lattice.border, 4_000, rough).astype(np.int64) * 10
        self.high = np.where(inside, self.cost * 2, self.cost)
        self.used = np.zeros(len(self.cost), dtype=np.int64)

    def way(self, link: _Link, parallel: int) -> NDArray[np.float64]:
        """The way of the k-th of parallel circuits, a few metres beside the lines before it."""
        a, b = link.a, link.b
        base = self.high if link.kv >= 230 else self.cost
        cost = np.where(self.used > 0, base * 7 // 10, base)
        first, last = self.lattice.node_at(a.x, a.y), self.lattice.node_at(b.x, b.y)
        node, edge = self.lattice.path(cost, first, last)
        beside = 16.0 + 14.0 * (min(int(self.used[edge].max(initial=0)), 5) if parallel == 0 else parallel + 1)
        self.used[edge] += 1
        track = self.lattice.track(node) + beside
        return on_grid(_joined((a.x, a.y), track, (b.x, b.y)))


def _joined(a: tuple[float, float], track: NDArray[np.float64], b: tuple[float, float]) -> NDArray[np.float64]:
    """A track that starts and ends at stations off it, each square to the first and last stretch."""
    if len(track) < 2:
        return np.array([a, (b[0], a[1]), b]) if abs(a[0] - b[0]) > 1 and abs(a[1] - b[1]) > 1 else np.array([a, b])
    first, last = track[0].copy(), track[-1].copy()
    axis = 0 if abs(track[1, 0] - track[0, 0]) > abs(track[1, 1] - track[0, 1]) else 1
    first[axis] = a[axis]
    axis = 0 if abs(track[-1, 0] - track[-2, 0]) > abs(track[-1, 1] - track[-2, 1]) else 1
    last[axis] = b[axis]
    return np.vstack([a, first, track[1:-1], last, b])


def _tapped(terrain: Terrain, lines: list[Line]) -> tuple[list[Line], list[Station]]:
    """The lines with a tap in the middle of about one in twelve; both halves keep the circuit."""
    rng = terrain.frame.rng("taps")
    can = [k for k, line in enumerate(lines) if line.kv <= 230 and len(line.points) >= 4]
    wanted = set(rng.permutation(can)[: max(1, len(lines) // 12)].tolist())
    ids = rng.permutation(np.arange(100_000, 200_000))[: len(wanted)].tolist()
    out: list[Line] = []
    taps: list[Station] = []
    for k, line in enumerate(lines):
        if k not in wanted:
            out.append(line)
            continue
        middle = len(line.points) // 2
        x, y = line.points[middle].tolist()
        tap = Station(f"TAP{ids[len(taps)]}", x, y, line.kv, line.kv, "tap")
        taps.append(tap)
        out.append(replace(line, points=line.points[: middle + 1], second=tap.name))
        out.append(replace(line, points=line.points[middle:], first=tap.name))
    return out, taps
