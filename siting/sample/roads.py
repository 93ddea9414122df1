"""The roads of a sample county, routable: shared nodes, one-way ramps, speeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from shapely import LineString

from siting.sample.chains import road_chains
from siting.sample.freeways import (
    RIGHT_OF_WAY_M,
    TERMINAL_M,
    Crossing,
    Freeway,
    Piece,
    carriageways,
    centre_lines,
    diamond,
    system_ramps,
)
from siting.sample.lattice import build_lattice
from siting.sample.routing import CostGrid, on_grid
from siting.sample.section_roads import survey_roads
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.hydrology import Hydrology
    from siting.sample.terrain import Terrain

__all__ = ["Roads", "build_roads"]

_CRS = "EPSG:26912"


@dataclass(frozen=True, eq=False)
class Roads:
    """The road network.

    roads : lines CLASS, NAME, ONEWAY, MAXSPEED (mph), FROM_NODE, TO_NODE; edges that meet share a node
    and its exact coordinates; a road that passes over a freeway has no node there
    interchanges : points NAME; corridors : the land that freeways and their ramps take
    """

    roads: gpd.GeoDataFrame
    interchanges: gpd.GeoDataFrame
    corridors: shapely.MultiPolygon


def build_roads(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> Roads:
    """Freeways, their ramps, and the roads on section lines; every node can be reached from every other."""
    grid = CostGrid.of(terrain, hydrology.floodway)
    freeways = centre_lines(terrain, grid, towns)
    lattice = build_lattice(terrain.frame)
    chains = road_chains(survey_roads(lattice, terrain, hydrology, towns, freeways))
    urban = shapely.union_all([shapely.Point(t.x, t.y).buffer(t.radius_m + 2_000.0) for t in listed(towns)])
    pieces, places, hulls = _interchanges(freeways, chains, urban)
    for freeway in freeways:
        pieces += carriageways(freeway, urban)
    corridors = [freeway.line.buffer(RIGHT_OF_WAY_M / 2, quad_segs=4) for freeway in freeways] + hulls
    land = shapely.set_precision(shapely.union_all(shapely.set_precision(corridors, 0.01)), 0.01)
    return Roads(
        _network(pieces, lattice.place[lattice.node_at(listed(towns)[0].x, listed(towns)[0].y)]),
        gpd.GeoDataFrame({"NAME": [n for n, _ in places]}, geometry=shapely.points([p for _, p in places]), crs=_CRS),
        shapely.MultiPolygon(shapely.get_parts(land).tolist()),
    )


def _interchanges(
    freeways: list[Freeway], chains: list[Piece], urban: shapely.Geometry
) -> tuple[list[Piece], list[tuple[str, NDArray[np.float64]]], list[shapely.Geometry]]:
    """All roads with ramps added and cut where ramps meet them; names and places; land of the interchanges."""
    places: list[tuple[str, NDArray[np.float64]]] = []
    hulls: list[shapely.Geometry] = []
    ramps: list[Piece] = []
    cuts: dict[int, list[NDArray[np.float64]]] = {}
    closed: dict[str, list[float]] = {f.name: [] for f in freeways}
    for k, a in enumerate(freeways):
        for b in freeways[:k]:
            new, place = system_ramps(a, b)
            if new:
                ramps += new
                places.append((f"{a.name} at {b.name}", on_grid(place)))
                hulls += [LineString(p.points).buffer(15, quad_segs=2) for p in new]
                closed[a.name].append(a.line.project(shapely.Point(place)))
                closed[b.name].append(b.line.project(shapely.Point(place)))
    for freeway in freeways:
        for chain, crossing in _chosen(freeway, chains, urban, closed[freeway.name]):
            new = diamond(freeway, crossing)
            ramps += new
            cuts.setdefault(chain, []).extend([crossing.right, crossing.left])
            places.append((f"{freeway.name} at {crossing.name}", on_grid(crossing.place)))
            hulls.append(
                shapely.convex_hull(shapely.MultiPoint(np.concatenate([p.points for p in new]))).buffer(8, quad_segs=1)
            )
    cut = [part for k, chain in enumerate(chains) for part in _cut(chain, cuts.get(k, []))]
    return cut + ramps, places, hulls


def _chosen(
    freeway: Freeway, chains: list[Piece], urban: shapely.Geometry, closed: list[float]
) -> list[tuple[int, Crossing]]:
    """The crossings that get ramps: arterials every mile in towns, the better roads every few miles outside."""
    found = _crossings(freeway, chains)
    taken: list[float] = []
    out = []
    for rural_gap, kinds in ((5_000.0, ("arterial",)), (9_000.0, ("collector", "local"))):
        for along, k, crossing in found:
            gap = 1_400.0 if shapely.intersects(urban, shapely.Point(crossing.place)) else rural_gap
            free = all(abs(along - t) >= gap for t in taken) and all(abs(along - c) >= 1_500 for c in closed)
            if chains[k].kind in kinds and free and 900 < along < freeway.length_m - 900:
                taken.append(along)
                out.append((k, crossing))
    return out


def _crossings(freeway: Freeway, chains: list[Piece]) -> list[tuple[float, int, Crossing]]:
    """Roads over the freeway that could meet ramps: not too slanted, straight there, and without a corner near."""
    lines = [LineString(c.points) for c in chains]
    out = []
    for k in np.sort(shapely.STRtree(lines).query(freeway.line, predicate="intersects")).tolist():
        for place in shapely.get_coordinates(shapely.intersection(lines[k], freeway.line)):
            crossing = _crossing(freeway, chains[k].name, lines[k], place)
            if crossing is not None:
                out.append((crossing.along_m, k, crossing))
    return sorted(out, key=lambda c: c[:2])


def _crossing(freeway: Freeway, name: str, road: LineString, place: NDArray[np.float64]) -> Crossing | None:
    """The crossing with the places for its ramps on the road; None where there is no room for them."""
    s = round(float(freeway.line.project(shapely.Point(place))), 3)
    t = float(road.project(shapely.Point(place)))
    if min(t, road.length - t) < 60:
        return None
    back, on = (shapely.get_coordinates(road.interpolate(m))[0] for m in (t - 50, t + 50))
    step, ahead = (on - back) / np.hypot(*(on - back)), freeway.direction(s)
    sine = round(float(ahead[1] * step[0] - ahead[0] * step[1]), 6)
    if abs(sine) < 0.55 or min(t, road.length - t) < 1.3 * TERMINAL_M / abs(sine):
        return None
    right, left = (shapely.get_coordinates(road.interpolate(t + side * TERMINAL_M / sine))[0] for side in (1, -1))
    return Crossing(s, place, on_grid(right), on_grid(left), name)


def _cut(piece: Piece, places: list[NDArray[np.float64]]) -> list[Piece]:
    """The piece in parts that end at these places on it."""
    if not places:
        return [piece]
    line = LineString(piece.points)
    vertices = [(line.project(shapely.Point(p)), 0, p) for p in piece.points]
    vertices[-1] = (line.length, 0, piece.points[-1])
    ordered = sorted(vertices + [(line.project(shapely.Point(p)), 1, p) for p in places], key=lambda v: v[:2])
    out, part = [], [ordered[0][2]]
    for _, is_cut, place in ordered[1:]:
        part.append(place)
        if is_cut:
            out.append(Piece(np.array(part), piece.kind, piece.name, piece.oneway, piece.speed))
            part = [place]
    return [*out, Piece(np.array(part), piece.kind, piece.name, piece.oneway, piece.speed)]


def _network(pieces: list[Piece], centre: NDArray[np.float64]) -> gpd.GeoDataFrame:
    """The pieces as numbered edges, without those that cannot be reached from the city and left again."""
    ends = np.rint(np.array([p.points[[0, -1]] for p in pieces]) * 100).astype(np.int64)
    _, node = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    a, b = node.reshape(-1, 2).T
    oneway = np.array([p.oneway for p in pieces])
    go, come = oneway != "T", oneway != "F"
    starts, stops = np.concatenate([a[go], b[come]]), np.concatenate([b[go], a[come]])
    graph = csr_array((np.ones(len(starts)), (starts, stops)), shape=(node.max() + 1,) * 2)
    _, group = connected_components(graph, connection="strong")
    home = group[node[np.argmin(np.abs(ends.reshape(-1, 2) - np.rint(centre * 100)).sum(axis=1))]]
    kept = [p for p, same in zip(pieces, (group[a] == home) & (group[b] == home), strict=True) if same]
    ends = np.rint(np.array([p.points[[0, -1]] for p in kept]) * 100).astype(np.int64)
    _, node = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    table = {
        "CLASS": [p.kind for p in kept],
        "NAME": [p.name for p in kept],
        "ONEWAY": [p.oneway for p in kept],
        "MAXSPEED": np.array([p.speed for p in kept], dtype=np.int64),
        "FROM_NODE": node.reshape(-1, 2)[:, 0].astype(np.int64),
        "TO_NODE": node.reshape(-1, 2)[:, 1].astype(np.int64),
    }
    return gpd.GeoDataFrame(table, geometry=[LineString(p.points) for p in kept], crs=_CRS)
