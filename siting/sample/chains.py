"""Roads of the survey lattice as long edges between the places where roads meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.sample.freeways import Piece
from siting.sample.names import ROADS, ordinal
from siting.sample.routing import on_grid
from siting.sample.section_roads import ARTERIAL, COLLECTOR, HIGHWAY, LOCAL, NONE, SurveyRoads

__all__ = ["road_chains"]

_KIND = {LOCAL: "local", COLLECTOR: "collector", ARTERIAL: "arterial", HIGHWAY: "arterial"}


def road_chains(survey: SurveyRoads) -> list[Piece]:
    """The roads, joined over nodes where nothing branches off and name, class and speed stay the same.

    Where a highway leaves the survey lines its bends are rounded.
    """
    nodes, edges = _with_correction_lines(survey)
    labels = [_label(survey, row) for row in range(len(survey.rank))]
    at: list[list[int]] = [[] for _ in range(len(nodes))]
    for k, (a, b, _) in enumerate(edges):
        at[a].append(k)
        at[b].append(k)
    passes = [len(e) == 2 and labels[edges[e[0]][2]] == labels[edges[e[1]][2]] for e in at]
    used = np.zeros(len(edges), dtype=bool)
    out = []
    for first in (False, True):
        for k, (a, b, row) in enumerate(edges):
            if used[k] or (not first and passes[a] and passes[b]):
                continue
            start = a if not passes[a] or first else b
            chain = _follow(start, k, edges, at, passes, used)
            slanted = any(not survey.lattice.straight[edges[e][2]] for e in chain[1])
            points = nodes[chain[0]]
            kind, name, speed = labels[row]
            out.append(Piece(_rounded(points) if slanted else points, kind, name, "B", speed))
    return out


def _with_correction_lines(survey: SurveyRoads) -> tuple[NDArray[np.float64], list[tuple[int, int, int]]]:
    """Nodes and edges (node, node, row of the lattice) with the jogs of lines from the south on correction lines."""
    lattice = survey.lattice
    present = np.flatnonzero(survey.rank > NONE)
    end = lattice.end[present].copy()
    north = np.abs(lattice.arrival[present] - lattice.place[end]).max(axis=1) > 0.02
    lower, which = np.unique(end[north], return_inverse=True)
    nodes = np.concatenate([lattice.place, lattice.below[lower]])
    end[north] = len(lattice.place) + which
    edges = list(zip(lattice.start[present].tolist(), end.tolist(), present.tolist(), strict=True))
    east = {int(lattice.start[r]): k for k, r in enumerate(present) if lattice.east[r]}
    row_of = dict(zip(end[north].tolist(), present[north].tolist(), strict=True))
    for k, node in enumerate(lower.tolist()):
        extra = len(lattice.place) + k
        to_east = lattice.below[node, 0] > lattice.place[node, 0]
        over = east.get(node if to_east else node - 1)
        if over is None:
            edges.append((extra, node, row_of[extra]))
        else:
            edges += _split(edges, over, extra)
    return nodes, edges


def _split(edges: list[tuple[int, int, int]], over: int, extra: int) -> list[tuple[int, int, int]]:
    """Cut the edge to the east at a node; what lies beyond the node is returned, the rest stays in place."""
    a, b, row = edges[over]
    edges[over] = (a, extra, row)
    return [(extra, b, row)]


def _follow(
    start: int,
    edge: int,
    edges: list[tuple[int, int, int]],
    at: list[list[int]],
    passes: list[bool],
    used: NDArray[np.bool_],
) -> tuple[list[int], list[int]]:
    """The nodes and edges from a node along an edge until the road branches, changes or closes."""
    nodes, chain = [start], []
    while True:
        used[edge] = True
        chain.append(edge)
        a, b, _ = edges[edge]
        nodes.append(b if nodes[-1] == a else a)
        onward = [e for e in at[nodes[-1]] if not used[e]]
        if not passes[nodes[-1]] or not onward:
            return nodes, chain
        edge = onward[0]


def _rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners cut three times, ends kept, straight runs without needless vertices."""
    out = points
    for _ in range(3):
        if len(out) < 3:
            return out
        a, b = out[:-1], out[1:]
        cut = np.empty((2 * len(a), 2))
        cut[0::2], cut[1::2] = a * 0.75 + b * 0.25, a * 0.25 + b * 0.75
        cut[0], cut[-1] = out[0], out[-1]
        out = cut
    return on_grid(out)


def _label(survey: SurveyRoads, row: int) -> tuple[str, str, int]:
    """Class, name and speed (mph) of an edge of the lattice."""
    rank, lattice = int(survey.rank[row]), survey.lattice
    if rank == NONE:
        return "", "", 0
    inside = survey.beyond[row] < 300
    speed = {LOCAL: 35, COLLECTOR: 35 if inside else 45, ARTERIAL: 45, HIGHWAY: 45 if inside else 60}[rank]
    if rank == HIGHWAY:
        return "arterial", f"State Route {20 + 17 * int(survey.route[row]) % 160}", speed
    line, middle = int(lattice.line[row]), lattice.side // 2
    if lattice.east[row]:
        name = (
            f"{ROADS[line // 2 % len(ROADS)]} Road" if line % 2 == 0 else f"{ROADS[(line // 2 + 17) % len(ROADS)]} Lane"
        )
    else:
        name = f"{ordinal(max(1, 4 * abs(line - middle)))} {'Street' if line >= middle else 'Avenue'}"
    return _KIND[rank], name, speed
