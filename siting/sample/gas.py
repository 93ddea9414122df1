"""Natural-gas transmission of a sample county."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from siting.sample.lattice import build_lattice
from siting.sample.routing import CostGrid, curve, on_grid, search, way_through
from siting.sample.stations import Plant
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.terrain import Terrain

__all__ = ["build_gas"]


def build_gas(terrain: Terrain, towns: gpd.GeoDataFrame, plants: list[Plant]) -> gpd.GeoDataFrame:
    """Lines TYPEPIPE, Operator, Status: a pipeline from border to border, laterals to gas plants and towns."""
    grid = CostGrid.of(terrain)
    trunk = LineString(_trunk(terrain, grid, towns))
    lattice = build_lattice(terrain.frame)
    lines, kinds = [trunk], [("Interstate", "Red Mesa Natural Gas")]
    ends = [(p.x, p.y) for p in plants if p.source == "natural gas"]
    ends += [(t.x - 0.8 * t.radius_m, t.y + 0.8 * t.radius_m) for t in listed(towns)[:4]]
    cost = np.where(lattice.straight, 100, 150) * np.where(lattice.border, 50, 1)
    for x, y in ends:
        tap = shapely.get_coordinates(trunk.interpolate(round(trunk.project(shapely.Point(x, y)), 1)))[0]
        node, _ = lattice.path(cost, lattice.node_at(*tap), lattice.node_at(x, y))
        way = np.vstack([tap, lattice.track(node) - 24.0, (x, y)])
        lines.append(LineString(on_grid(way)))
        kinds.append(("Intrastate", "Valley Gas Transmission"))
    table = {"TYPEPIPE": [k for k, _ in kinds], "Operator": [o for _, o in kinds], "Status": ["Operating"] * len(kinds)}
    return gpd.GeoDataFrame(table, geometry=lines, crs="EPSG:26912")


def _trunk(terrain: Terrain, grid: CostGrid, towns: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """The pipeline: nearly straight, past the city, clear of every town."""
    city, frame = listed(towns)[0], terrain.frame
    cost = 100 + 2 * grid.steep + 3 * grid.mountain
    for town in listed(towns):
        cost += grid.near(town.x, town.y, town.radius_m + 500) * 400
    reach = city.radius_m + 0.05 * frame.size_m
    _, before = search(grid.graph(cost, 3), grid.at(city.x + 0.3 * reach, city.y + reach))
    west, east = (
        (frame.x0, frame.y0 + 0.83 * frame.size_m),
        (frame.x0 + frame.size_m - 1.0, frame.y0 + 0.36 * frame.size_m),
    )
    cells = way_through(before, grid.at(*west), grid.at(*east))
    points = grid.centre(cells)
    points[0], points[-1] = west, (frame.x0 + frame.size_m, points[-1, 1])
    return curve(points[points[:, 0] <= frame.x0 + frame.size_m], straighten_m=1.6 * grid.cell_m, rounds=1)
