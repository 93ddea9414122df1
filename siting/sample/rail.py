"""The railways of a sample county: a main line, branches, yards, and light rail in the city."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point

from siting.sample.lattice import build_lattice
from siting.sample.routing import CostGrid, curve, on_grid, path_to, search, way_through
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.hydrology import Hydrology
    from siting.sample.terrain import Terrain

__all__ = ["RIGHT_OF_WAY_M", "Rail", "build_rail"]

RIGHT_OF_WAY_M = 30.0
_CRS = "EPSG:26912"
_MAIN, _BRANCH = "BRRY", "CVRR"
_Track = tuple[NDArray[np.float64], str, str, int]


@dataclass(frozen=True, eq=False)
class Rail:
    """The railways.

    rail : lines NET (M main, I branch, Y yard), RROWNER1, TRACKS; tracks that meet share a vertex
    rail_yards : points YARDNAME; light_rail : lines NAME; corridor : the land that the heavy rail takes
    """

    rail: gpd.GeoDataFrame
    rail_yards: gpd.GeoDataFrame
    light_rail: gpd.GeoDataFrame
    corridor: shapely.MultiPolygon


def build_rail(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> Rail:
    """A main line from border to border past the city, branches to towns, a yard on each junction of note."""
    grid = CostGrid.of(terrain, hydrology.floodway)
    cost = _cost(grid, towns)
    main = LineString(_main_line(terrain, grid, cost, towns))
    branches, junctions = _branches(grid, cost, main, towns)
    yard_at = [round(main.project(Point(listed(towns)[0].x, listed(towns)[0].y)), 1), *junctions[1:2]]
    tracks: list[_Track] = [(p, "M", _MAIN, 2) for p in _parts(main, junctions)]
    tracks += [(p, "I", _BRANCH, 1) for p in branches]
    tracks += [track for at in yard_at for track in _yard(main, at)]
    lines = [LineString(t[0]) for t in tracks]
    table = {"NET": [t[1] for t in tracks], "RROWNER1": [t[2] for t in tracks], "TRACKS": [t[3] for t in tracks]}
    land = shapely.set_precision(
        [line.buffer(RIGHT_OF_WAY_M / 2, quad_segs=4, cap_style="flat") for line in lines], 0.01
    )
    near = [listed(towns)[int(np.argmin(towns.distance(main.interpolate(at))))].name for at in yard_at]
    yards = shapely.points([on_grid(_at(main, at, 25.0)) for at in yard_at])
    return Rail(
        gpd.GeoDataFrame(table, geometry=lines, crs=_CRS),
        gpd.GeoDataFrame({"YARDNAME": [f"{n} Yard" for n in near]}, geometry=yards, crs=_CRS),
        _light_rail(terrain, towns),
        shapely.MultiPolygon(shapely.get_parts(shapely.set_precision(shapely.union_all(land), 0.01)).tolist()),
    )


def _cost(grid: CostGrid, towns: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Cost of a kilometre of track: trains climb badly, so slope is dearer than for a road."""
    cost = 100 + 9 * grid.steep + 8 * grid.mountain + 4 * grid.floodway
    for town in listed(towns):
        cost += grid.near(town.x, town.y, town.radius_m * 0.3 + 100) * 150
        cost -= (grid.near(town.x, town.y, town.radius_m + 1_500) & (cost < 160)) * 25
    return cost


def _main_line(
    terrain: Terrain, grid: CostGrid, cost: NDArray[np.int64], towns: gpd.GeoDataFrame
) -> NDArray[np.float64]:
    """From the west or south border past the city to the opposite one, whichever pair is cheaper."""
    city = listed(towns)[0]
    reach = city.radius_m * 0.45 + 250
    distance, before = search(grid.graph(cost, 30), grid.at(city.x - 0.4 * reach, city.y + reach))
    h, w = grid.shape
    cells = np.arange(h * w).reshape(h, w)
    cut = h // 6
    sides = {"W": cells[cut:-cut, 0], "E": cells[cut:-cut, -1], "N": cells[0, cut:-cut], "S": cells[-1, cut:-cut]}
    ends = {side: int(c[np.argmin(distance[c])]) for side, c in sides.items()}
    total = {pair: distance[ends[pair[0]]] + distance[ends[pair[1]]] for pair in ("WE", "NS", "WN", "NE")}
    best = min(total, key=lambda pair: (total[pair], pair))
    first, last = best[0], best[1]
    way = way_through(before, ends[first], ends[last])
    points = grid.centre(way) + 0.37 * grid.cell_m
    west, south, east, north = terrain.frame.bounds
    limit = {"W": (0, west), "E": (0, east), "S": (1, south), "N": (1, north)}
    for end, side in ((0, first), (-1, last)):
        points[end, limit[side][0]] = limit[side][1]
    inside = (points >= [west, south]).all(axis=1) & (points <= [east, north]).all(axis=1)
    return curve(points[inside], straighten_m=1.0 * grid.cell_m, rounds=4)


def _branches(
    grid: CostGrid, cost: NDArray[np.int64], main: LineString, towns: gpd.GeoDataFrame
) -> tuple[list[NDArray[np.float64]], list[float]]:
    """Branches to the largest towns away from the main line, and where along it they leave."""
    out, junctions = [], []
    count = len(towns)
    away = [
        t for t in listed(towns) if main.distance(Point(t.x, t.y)) > t.radius_m + 2_500 and t.rank <= count * 2 // 3
    ]
    vertex = shapely.get_coordinates(main)[1:-1]
    own = np.unique([grid.at(*p) for p in vertex])
    for town in away[: max(1, count // 5)]:
        here = np.array([town.x, town.y])
        towards = shapely.get_coordinates(main.interpolate(main.project(Point(here))))[0] - here
        stop = here + towards / np.hypot(*towards) * (town.radius_m + 300)
        distance, before = search(grid.graph(cost, 30), grid.at(*stop))
        meet = int(own[np.argmin(distance[own])])
        points = grid.centre(path_to(before, meet))
        at = round(main.project(Point(points[-1])), 1)
        points[0], points[-1] = stop, _at(main, at)
        out.append(curve(points, straighten_m=0.9 * grid.cell_m))
        junctions.append(at)
    return out, junctions


def _at(line: LineString, along_m: float, off_m: float = 0.0) -> NDArray[np.float64]:
    """A place on a line, or so far to its right."""
    a, b, here = (shapely.get_coordinates(line.interpolate(along_m + d))[0] for d in (-5.0, 5.0, 0.0))
    step = (b - a) / np.hypot(*(b - a))
    return on_grid(here + np.array([step[1], -step[0]]) * off_m)


def _parts(main: LineString, junctions: list[float]) -> list[NDArray[np.float64]]:
    """The main line cut where branches leave."""
    marks = [0.0, *sorted(set(junctions)), main.length]
    vertex = shapely.get_coordinates(main)
    along = np.array([0.0, *np.cumsum(np.hypot(*np.diff(vertex, axis=0).T))])
    out = []
    for low, high in pairwise(marks):
        inner = vertex[(along > low + 1) & (along < high - 1)]
        ends = [vertex[0] if low == 0 else _at(main, low), vertex[-1] if high == main.length else _at(main, high)]
        out.append(on_grid(np.vstack([ends[0], inner, ends[1]])))
    return out


def _yard(main: LineString, at: float) -> list[_Track]:
    """Three tracks beside the main line that leave and rejoin it."""
    at = min(max(at, 1_300.0), main.length - 1_300.0)
    marks = np.arange(-1_000.0, 1_001.0, 125.0)
    out = []
    for k, off in enumerate((15.0, 22.0, 29.0)):
        inner = [_at(main, at + m, off) for m in marks[k + 1 : len(marks) - k - 1]]
        way = [_at(main, at + marks[k]), *inner, _at(main, at - marks[k])]
        out.append((np.array(way), "Y", _MAIN, 1))
    return out


def _light_rail(terrain: Terrain, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Two lines in the streets of the city that cross in its middle, on lines of the survey."""
    lattice, city = build_lattice(terrain.frame), listed(towns)[0]
    centre, side = lattice.node_at(city.x, city.y), lattice.side
    reach = max(1, round(city.radius_m * 0.7 / 804.672))
    east = centre + np.arange(-reach, reach + 1)
    bent = np.concatenate(
        [centre + side * np.arange(-reach, reach + 1), centre + side * reach + np.arange(1, reach + 1)]
    )
    lines = [LineString(lattice.track(nodes)) for nodes in (east, bent)]
    return gpd.GeoDataFrame({"NAME": ["Sun Line", "River Line"]}, geometry=lines, crs=_CRS)
