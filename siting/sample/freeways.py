"""Freeways of a sample county: centre lines over the land, carriageways, interchanges and ramps."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point

from siting.sample.names import FREEWAYS
from siting.sample.routing import CostGrid, curve, on_grid, search, way_through
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.terrain import Terrain

__all__ = [
    "RIGHT_OF_WAY_M",
    "TERMINAL_M",
    "Crossing",
    "Freeway",
    "Piece",
    "carriageways",
    "centre_lines",
    "diamond",
    "system_ramps",
]

RIGHT_OF_WAY_M, TERMINAL_M = 90.0, 95.0
_HALF_MEDIAN_M = 14.0
_RAMP_M, _SYSTEM_M = 430.0, 700.0


@dataclass(frozen=True, eq=False)
class Piece:
    """A stretch of road before nodes are numbered; its ends are where it meets others."""

    points: NDArray[np.float64]
    kind: str
    name: str
    oneway: str = "B"
    speed: int = 0


@dataclass(frozen=True, eq=False)
class Crossing:
    """Where a road passes over a freeway: metres along the freeway, and the place.

    right, left : where ramps meet the road on both sides, 95 m from the centre line
    """

    along_m: float
    place: NDArray[np.float64]
    right: NDArray[np.float64]
    left: NDArray[np.float64]
    name: str


@dataclass(eq=False)
class Freeway:
    """A freeway under construction: its centre line and where ramps meet it (metres along, -1 left or 1 right)."""

    name: str
    line: LineString
    joints: dict[int, list[float]] = field(default_factory=lambda: {-1: [], 1: []})

    @property
    def length_m(self) -> float:
        """Length of the centre line."""
        return float(self.line.length)

    def at(self, along_m: float, off_m: float = 0.0) -> NDArray[np.float64]:
        """The place so far along and so far to the right of the centre line."""
        here: NDArray[np.float64] = shapely.get_coordinates(self.line.interpolate(along_m))[0]
        if not off_m:
            return here
        step = self.direction(along_m)
        return np.array([here[0] + step[1] * off_m, here[1] - step[0] * off_m])

    def direction(self, along_m: float) -> NDArray[np.float64]:
        """Unit vector of the centre line there."""
        ends = max(along_m - 5.0, 0.0), min(along_m + 5.0, self.length_m)
        a, b = (shapely.get_coordinates(self.line.interpolate(m))[0] for m in ends)
        return np.asarray((b - a) / np.hypot(*(b - a)))

    def joint(self, along_m: float, side: int) -> NDArray[np.float64]:
        """A place on the carriageway of this side where a ramp leaves or arrives; remembered."""
        self.joints[side].append(along_m)
        return on_grid(self.at(along_m, side * _HALF_MEDIAN_M))


def centre_lines(terrain: Terrain, grid: CostGrid, towns: gpd.GeoDataFrame) -> list[Freeway]:
    """One freeway in a small county, up to four in a large one, from border to border past the city."""
    count = {3: 1, 4: 2, 5: 2, 6: 2, 7: 2}.get(terrain.frame.townships, 3 if terrain.frame.townships < 11 else 4)
    plans = [(0, "WE", 0.55, -0.62), (0, "SN", -0.6, 0.5), (1, "WESN", 0.6, 0.6), (2, "WESN", -0.6, -0.6)]
    used = np.zeros(grid.shape, dtype=np.int64)
    out = []
    for name, (rank, borders, right, up) in zip(FREEWAYS, plans[:count], strict=False):
        town = listed(towns)[rank]
        reach = town.radius_m + 900.0
        via = town.x + right * reach, town.y + up * reach
        cells, first, last = _through(grid, _cost(grid, towns, used), via, borders)
        out.append(Freeway(name, LineString(_to_border(terrain, grid, cells, first, last))))
        used += (_near(grid, out[-1].line, 2.2 * grid.cell_m) + _near(grid, out[-1].line, 7 * grid.cell_m)) * 45
    return out


def _near(grid: CostGrid, line: LineString, radius_m: float) -> NDArray[np.int64]:
    """(h, w) 1 where the centre of a cell lies within the radius of the line."""
    x, y = grid.centres()
    at = shapely.points(*np.meshgrid(x, y))
    shapely.prepare(line)
    return np.asarray(shapely.dwithin(line, at, radius_m), dtype=np.int64)


def _cost(grid: CostGrid, towns: gpd.GeoDataFrame, used: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cost of a kilometre of freeway: steep land, ranges, floodways and the hearts of towns are dear."""
    cost = 100 + 4 * grid.steep + 6 * grid.mountain + 5 * grid.floodway + used
    for town in listed(towns):
        heart = 0.45 if town.rank == 1 else 1.0
        cost += grid.near(town.x, town.y, town.radius_m * heart + 250) * 250
        cost -= (grid.near(town.x, town.y, town.radius_m + 2_500) & (cost < 160)) * 25
    return cost


def _through(
    grid: CostGrid, cost: NDArray[np.int64], via: tuple[float, float], borders: str
) -> tuple[NDArray[np.int64], str, str]:
    """The cheapest cells from one border through a place to another, without a hairpin, and the two borders."""
    distance, before = search(grid.graph(cost, 12), grid.at(*via))
    ends = {side: int(c[np.argmin(distance[c])]) for side in borders for c in (_border(grid, side),)}
    away = {side: grid.centre(np.array([cell]))[0] - via for side, cell in ends.items()}
    best = (np.inf, 0.0, borders[0], borders[1])
    for k, a in enumerate(borders):
        for b in borders[:k]:
            cosine = round(float(away[a] @ away[b] / np.hypot(*away[a]) / np.hypot(*away[b])), 4)
            hairpin = cosine > -0.2
            best = min(best, (distance[ends[a]] + distance[ends[b]] + 1e9 * hairpin, cosine, b, a))
    _, _, first, last = best
    return way_through(before, ends[first], ends[last]), first, last


def _border(grid: CostGrid, side: str) -> NDArray[np.int64]:
    """The cells along a border, less its corners."""
    h, w = grid.shape
    cells = np.arange(h * w).reshape(h, w)
    cut = h // 8
    return {"W": cells[cut:-cut, 0], "E": cells[cut:-cut, -1], "S": cells[-1, cut:-cut], "N": cells[0, cut:-cut]}[side]


def _to_border(
    terrain: Terrain, grid: CostGrid, cells: NDArray[np.int64], first: str, last: str
) -> NDArray[np.float64]:
    """The curve through the cells, drawn out to the county line itself."""
    points = grid.centre(cells)
    west, south, east, north = terrain.frame.bounds
    limit = {"W": (0, west), "E": (0, east), "S": (1, south), "N": (1, north)}
    for end, side in ((0, first), (-1, last)):
        axis, value = limit[side]
        points[end, axis] = value
    inside = (points >= [west, south]).all(axis=1) & (points <= [east, north]).all(axis=1)
    return curve(points[inside], straighten_m=0.9 * grid.cell_m, rounds=4)


def diamond(freeway: Freeway, crossing: Crossing) -> list[Piece]:
    """The four one-way ramps of an interchange."""
    s, name = crossing.along_m, crossing.name
    ramps = []
    for side, terminal in ((1, crossing.right), (-1, crossing.left)):
        back, on = s - side * _RAMP_M, s + side * _RAMP_M
        leave = [freeway.joint(back, side), *_beside(freeway, s, side, (-0.72, -0.4, -0.1)), terminal]
        enter = [terminal, *_beside(freeway, s, side, (0.1, 0.4, 0.72)), freeway.joint(on, side)]
        ramps += [Piece(on_grid(np.array(way)), "ramp", f"{name} Ramp", "F", 40) for way in (leave, enter)]
    return ramps


def _beside(freeway: Freeway, s: float, side: int, shares: tuple[float, ...]) -> list[NDArray[np.float64]]:
    """Places of a ramp between the carriageway and the road above, in the direction of travel."""
    off = {0.72: 26.0, 0.4: 58.0, 0.1: 88.0}
    return [freeway.at(s + side * share * _RAMP_M, side * off[abs(share)]) for share in shares]


def system_ramps(a: Freeway, b: Freeway) -> tuple[list[Piece], NDArray[np.float64]]:
    """The eight ramps where two freeways cross for the first time, and the place; nothing where they do not."""
    met = shapely.get_coordinates(shapely.intersection(a.line, b.line))
    for place in met:
        s, t = a.line.project(Point(place)), b.line.project(Point(place))
        room = min(s, a.length_m - s, t, b.length_m - t)
        if room > _SYSTEM_M + 300:
            pieces = [
                _bend(one, p, side, other, q, turn, place)
                for one, p, other, q in ((a, s, b, t), (b, t, a, s))
                for side in (1, -1)
                for turn in (1, -1)
            ]
            return pieces, place
    return [], np.zeros(2)


def _bend(a: Freeway, s: float, side: int, b: Freeway, t: float, turn: int, corner: NDArray[np.float64]) -> Piece:
    """A ramp from the carriageway of one freeway to that of another, a parabola past their crossing."""
    start, end = a.joint(s - side * _SYSTEM_M, side), b.joint(t + turn * _SYSTEM_M, turn)
    u = np.linspace(0, 1, 13)[:, None]
    way = on_grid(start * (1 - u) ** 2 + corner * 2 * u * (1 - u) + end * u**2)
    return Piece(way, "ramp", f"{a.name} to {b.name}", "F", 50)


def carriageways(freeway: Freeway, urban: shapely.Geometry) -> list[Piece]:
    """Both one-way carriageways cut where ramps meet them; they join at the county line.

    Both are drawn in the direction of the centre line: the right one is ONEWAY F, the left one T.
    """
    out = []
    ends = on_grid(shapely.get_coordinates(freeway.line)[[0, -1]])
    for side, oneway in ((1, "F"), (-1, "T")):
        joints = np.unique(np.round(freeway.joints[side], 3))
        marks = np.concatenate([[0.0], joints, [freeway.length_m]])
        vertex = shapely.get_coordinates(freeway.line)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(vertex, axis=0).T))])
        for low, high in pairwise(marks.tolist()):
            inner = along[(along > low + 1) & (along < high - 1)]
            way = [freeway.at(float(m), side * _HALF_MEDIAN_M) for m in (low, *inner, high)]
            if low == 0.0:
                way[0] = ends[0]
            if high == freeway.length_m:
                way[-1] = ends[1]
            middle = Point(way[len(way) // 2])
            speed = 65 if shapely.intersects(urban, middle) else 75
            out.append(Piece(on_grid(np.array(way)), "freeway", freeway.name, oneway, speed))
    return out
