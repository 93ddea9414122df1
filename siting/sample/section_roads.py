"""Which edges of the survey lattice carry a road in a sample county, and which of them are highways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import minimum_spanning_tree

from siting.sample.lattice import Along, Lattice, along, beyond_towns
from siting.sample.routing import search
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.freeways import Freeway
    from siting.sample.hydrology import Hydrology
    from siting.sample.terrain import Terrain

__all__ = ["ARTERIAL", "COLLECTOR", "HIGHWAY", "LOCAL", "NONE", "SurveyRoads", "survey_roads"]

NONE, LOCAL, COLLECTOR, ARTERIAL, HIGHWAY = range(5)


@dataclass(frozen=True, eq=False)
class SurveyRoads:
    """The roads of the lattice.

    rank : (m,) NONE to HIGHWAY for each edge; route : (m,) number of the highway, 0 elsewhere
    beyond : (m,) metres to the edge of the nearest town
    """

    lattice: Lattice
    rank: NDArray[np.int64]
    route: NDArray[np.int64]
    beyond: NDArray[np.float64]


def survey_roads(
    lattice: Lattice, terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame, freeways: list[Freeway]
) -> SurveyRoads:
    """Roads on the lattice: a grid in and around towns, thinner outside, and highways that join all towns.

    In and around towns every mile line is an arterial and every half mile a collector; farm roads
    thin out with distance; none climbs a range or, unless it carries traffic, crosses a floodway;
    none runs along a freeway, and small roads do not cross one.
    """
    land = along(lattice, terrain, hydrology.floodway)
    beyond = beyond_towns(lattice.middle, towns)
    rank = _grid_ranks(lattice, land, terrain, beyond)
    crossed, beside = _freeway_conflicts(lattice, freeways)
    rank[beside | (crossed & (rank <= COLLECTOR) & (lattice.line % 4 != 0))] = NONE
    route = _highways(lattice, land, rank, beside, towns)
    rank = np.where(route > 0, HIGHWAY, _clear_nodes(lattice, rank, freeways))
    return SurveyRoads(lattice, rank, route, beyond)


def _grid_ranks(lattice: Lattice, land: Along, terrain: Terrain, beyond: NDArray[np.float64]) -> NDArray[np.int64]:
    """Ranks before freeways and highways."""
    mile = lattice.line % 2 == 0
    fits = lattice.straight & ~lattice.border & (land.mountain == 0) & (land.steep < 130)
    dry = land.floodway == 0
    kept = fits & mile & _kept_by_chance(lattice, terrain, beyond)
    rank = np.zeros(len(beyond), dtype=np.int64)
    rank[kept & dry] = LOCAL
    rank[kept & (beyond < 6_000) & (lattice.line % 4 == 0)] = COLLECTOR
    rank[fits & mile & (beyond < 2_400) & dry] = COLLECTOR
    rank[fits & ~mile & (beyond < -50) & dry] = COLLECTOR
    rank[fits & mile & (beyond < 700)] = ARTERIAL
    return rank


def _kept_by_chance(lattice: Lattice, terrain: Terrain, beyond: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Farm and ranch roads come and go in stretches of three miles, denser near towns, on the plain only."""
    stretch = (lattice.step + 5 * lattice.line) // 6
    chance = terrain.frame.rng("farm roads").integers(0, 1_000, (2, lattice.side, lattice.side))
    drawn = chance[lattice.east.astype(int), lattice.line, stretch % lattice.side]
    main = (lattice.line % 4 == 0) * 150 + (lattice.line % 12 == 0) * 250
    near = [beyond < 2_500, beyond < 6_000, beyond < 10_000, beyond < 16_000]
    wanted = np.select(near, [950, 720, 420, 200], 60) + main
    ends = (terrain.plain[terrain.at(*lattice.place[node].T)] for node in (lattice.start, lattice.end))
    kept: NDArray[np.bool_] = (drawn < wanted) & next(ends) & next(ends)
    return kept


def _freeway_conflicts(lattice: Lattice, freeways: list[Freeway]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Edges that cross a freeway, and edges that run along one."""
    ends = np.stack([lattice.place[lattice.start], lattice.place[lattice.end]], axis=1)
    lines = np.asarray(shapely.linestrings(ends))
    crossed, beside = np.zeros(len(ends), dtype=np.bool_), np.zeros(len(ends), dtype=np.bool_)
    tree = shapely.STRtree(lines)
    for freeway in freeways:
        strip = shapely.buffer(freeway.line, 120, quad_segs=2)
        at = tree.query(strip, predicate="intersects")
        crossed[tree.query(freeway.line, predicate="intersects")] = True
        beside[at] |= np.asarray(np.round(shapely.length(shapely.intersection(lines[at], strip)), 2) > 480)
    return crossed, beside


def _clear_nodes(lattice: Lattice, rank: NDArray[np.int64], freeways: list[Freeway]) -> NDArray[np.int64]:
    """The ranks without the lesser road at corners that a freeway covers: a bridge carries one road, not a crossing."""
    out = rank.copy()
    at = np.asarray(shapely.points(lattice.place))
    for freeway in freeways:
        shapely.prepare(freeway.line)
        for node in np.flatnonzero(shapely.dwithin(freeway.line, at, 170.0)):
            ahead = np.abs(freeway.direction(freeway.line.project(at[node])))
            ends = (lattice.start == node) | (lattice.end == node)
            lesser = lattice.east if ahead[0] > ahead[1] else ~lattice.east
            out[ends & lattice.straight & lesser] = NONE
    return out


def _highways(
    lattice: Lattice, land: Along, rank: NDArray[np.int64], beside: NDArray[np.bool_], towns: gpd.GeoDataFrame
) -> NDArray[np.int64]:
    """Number of the highway on each edge: a tree that joins the towns, and a few ways where the tree is a detour."""
    node = [lattice.node_at(t.x, t.y) for t in listed(towns)]
    cost = _highway_cost(lattice, land, rank, beside)
    taken, banned = np.zeros(len(rank), dtype=np.int64), np.zeros(len(rank), dtype=bool)
    for number, (a, b) in enumerate(_pairs(lattice, cost, node), 1):
        now = np.where(banned, 10**9, np.where(taken > 0, cost // 2, cost))
        _, edge = lattice.path(now, node[a], node[b])
        taken[edge] = np.where(taken[edge] == 0, number, taken[edge])
        banned |= _crossing(lattice, edge)
    return np.asarray(taken)


def _highway_cost(
    lattice: Lattice, land: Along, rank: NDArray[np.int64], beside: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Cost of a highway on each edge: survey lines that carry a road already are cheap, ranges and rivers dear."""
    length = np.where(lattice.straight, 100, 141)
    main, mile = lattice.line % 4 == 0, lattice.line % 2 == 0
    paved = np.select([rank >= ARTERIAL, main, rank >= LOCAL, mile], [72, 80, 92, 112], 150)
    rough = np.where(lattice.straight, paved, 122) + land.steep * 3 + land.mountain * 40 + land.floodway * 60
    cost = length * rough + land.climb * 60
    return np.asarray(np.where(lattice.border | beside, cost * 20, cost), dtype=np.int64)


def _pairs(lattice: Lattice, cost: NDArray[np.int64], node: list[int]) -> list[tuple[int, int]]:
    """Pairs of towns to join, the spanning tree first."""
    graph = lattice.graph(cost)
    apart = np.array([search(graph, n)[0][node] for n in node])
    tree = minimum_spanning_tree(apart).toarray()
    ways = np.where(tree + tree.T > 0, tree + tree.T, np.inf)
    np.fill_diagonal(ways, 0)
    joined = sorted(((int(a), int(b)) for a, b in zip(*np.nonzero(tree), strict=True)), key=lambda p: (apart[p], p))
    every = sorted(((a, b) for a in range(len(node)) for b in range(a)), key=lambda p: (apart[p], p))
    more = 0
    for a, b in every:
        if more < len(node) // 3 and _shortest(ways)[a, b] > 2.2 * apart[a, b]:
            joined.append((a, b))
            ways[a, b] = ways[b, a] = apart[a, b]
            more += 1
    return joined


def _shortest(ways: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shortest ways between all pairs (Floyd and Warshall)."""
    out = ways.copy()
    for k in range(len(out)):
        out = np.minimum(out, out[:, k : k + 1] + out[k])
    return out


def _crossing(lattice: Lattice, edge: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The diagonals that cross the diagonals of a way between nodes."""
    out = np.zeros(len(lattice.start), dtype=bool)
    slanted = edge[~lattice.straight[edge]]
    (sj, si), (ej, ei) = np.divmod(lattice.start[slanted], lattice.side), np.divmod(lattice.end[slanted], lattice.side)
    out[lattice.edge_of(sj * lattice.side + ei, ej * lattice.side + si)] = True
    return out
