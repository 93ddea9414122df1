"""Parcels of a sample county: lots, farms and merged aliquot parts, as rings that tile the land.

Neighbours share every vertex along a common border: the corner of one parcel on another's side is a
vertex of both (``Nodes``), so that no rounding opens a gap or an overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siting.errors import RunError
from siting.sample.aliquots import HALVES_EAST_WEST, WHOLE, Outlines, aliquot_parts, joined
from siting.sample.blocks import Kind, divide, lot_count
from siting.sample.grid import FORTIES
from siting.sample.nodes import Nodes
from siting.sample.rights_of_way import Pieces, cut_by
from siting.sample.settlement import Settlement, trimmed

__all__ = ["Fabric", "parcel_fabric"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Fabric:
    """The parcels as drawn, exactly as many as asked for, in the order of forties.

    geometry : (n,) polygons in EPSG:26912 on the 1 cm grid
    forty : (n,) a forty of each; kind : (n,) of ``Kind``; park : (n,) bool
    part : (n,) 0 for an uncut parcel, 1, 2, ... for the pieces that a corridor left of one
    source : (n,) equal for the pieces of one parcel
    cells : (forties,) the forties themselves with the same vertices, for zoning and limits
    kinds : (forties,)
    """

    geometry: NDArray[np.object_]
    forty: NDArray[np.int64]
    kind: NDArray[np.int64]
    park: NDArray[np.bool_]
    part: NDArray[np.int64]
    source: NDArray[np.int64]
    cells: NDArray[np.object_]
    kinds: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Drawing:
    """Parcels before corridors cut them."""

    outlines: Outlines
    nodes: Nodes
    polygons: NDArray[np.object_]


def parcel_fabric(
    land: Settlement, group: NDArray[np.int64], modes: dict[int, int], corridors: Sequence[BaseGeometry]
) -> Fabric:
    """Exactly ``frame.parcels`` parcels.

    group : (forties,) open forties merge only where these agree (owner, jurisdiction, zone)
    modes : section -> how its open land is merged, where that is planned
    corridors : rights of way that cut parcels
    Raises RunError where the number cannot be met.
    """
    frame = land.grid.frame
    target = frame.parcels + max(4, frame.parcels // 300)
    for _ in range(8):
        kind = _kinds_for(land, group, modes, target)
        drawing = _drawing(land, kind, group, modes)
        cut = cut_by(drawing.polygons, corridors)
        pairs = _pairs(drawing.outlines, cut)
        surplus = len(cut.source) - frame.parcels
        if 0 <= surplus <= max(3, len(pairs) // 5):
            chosen = frame.rng("double lots").permutation(len(pairs))[:surplus]
            return _finished(land, kind, drawing, cut, pairs[np.sort(chosen)])
        target += max(2, frame.parcels // 500) - surplus
    raise RunError(
        f"The sample county of {frame.parcels:,} parcels and seed {frame.seed} could not be divided into exactly "
        "that many. Ask for another seed or another number."
    )


def _kinds_for(land: Settlement, group: NDArray[np.int64], modes: dict[int, int], target: int) -> NDArray[np.int64]:
    """Kinds whose parcels, before corridors, number ``target`` or a few more."""

    def count(kind: NDArray[np.int64]) -> int:
        return int(lot_count(kind, land.has_park).sum()) + len(_open_land(land, kind, group, modes))

    low, high = 0.2, 6.0
    for _ in range(20):
        middle = (low + high) / 2
        enough = count(land.scaled(middle).kinds()) >= target
        low, high = (low, middle) if enough else (middle, high)
    scaled = land.scaled(high)
    kind = scaled.kinds()
    for _ in range(4):
        surplus = count(kind) - target
        if surplus < 4:
            break
        kind = trimmed(kind, scaled, surplus)
    return kind


def _open_land(land: Settlement, kind: NDArray[np.int64], group: NDArray[np.int64], modes: dict[int, int]) -> Outlines:
    """Farms and open land, merged by chance: public land and ranges in large parts, farms in smaller ones."""
    grid = land.grid
    sections = len(kind) // FORTIES
    rng = grid.frame.rng("aliquots")
    die, quarter_die = rng.random(sections), rng.random((sections, 4))
    farm = (kind == Kind.FARM).reshape(sections, FORTIES)
    wide = farm.sum(axis=1) < 8
    private = land.owner.reshape(sections, FORTIES)[:, 0] == 0
    section_mode = np.where(
        wide,
        np.searchsorted([0.12, 0.62, 0.70, 0.78, 0.835, 0.89, 0.945], die, side="right"),
        np.searchsorted([0.52, 0.57, 0.68, 0.79, 0.84, 0.89, 0.945], die, side="right"),
    )
    section_mode = np.where(
        wide & private, np.searchsorted([0.3, 0.5, 0.62, 0.74, 0.80, 0.87, 0.94], die, side="right"), section_mode
    )
    farm_quarter = farm[:, [0, 2, 8, 10]]
    quarter_mode = np.where(
        farm_quarter,
        np.searchsorted([0.26, 0.60, 0.72, 0.84, 0.88, 0.92, 0.96], quarter_die, side="right"),
        np.searchsorted([0.10, 0.76, 0.82, 0.88, 0.91, 0.94, 0.97], quarter_die, side="right"),
    )
    thin = 1 - min(1.0, grid.frame.parcels / sections / 22)
    whole = 1.12 * thin
    section_mode[rng.random(sections) < whole] = WHOLE
    quarter_mode[rng.random((sections, 4)) < whole] = WHOLE
    for section, mode in modes.items():
        section_mode[section] = mode
    too_large = np.where(section_mode > 3, 850.0, 1_270.0)
    section_mode[np.where(section_mode == WHOLE, ~grid.one_parcel, grid.section_acres > too_large)] = HALVES_EAST_WEST
    alike = group * 2 + (kind if thin < 0.5 else 0)
    return aliquot_parts(grid.forties, np.where(kind <= Kind.FARM, alike, -1), section_mode, quarter_mode)


def _drawing(land: Settlement, kind: NDArray[np.int64], group: NDArray[np.int64], modes: dict[int, int]) -> _Drawing:
    """All outlines, their nodes and their polygons on the ground."""
    grid, cells = land.grid, land.grid.forties
    lots = divide(cells, kind, land.has_park, land.turned, grid.frame.rng("lots"))
    blocks = Outlines(
        u=np.stack([lots.u0, lots.u1, lots.u1, lots.u0], axis=1).ravel(),
        v=np.stack([lots.v0, lots.v0, lots.v1, lots.v1], axis=1).ravel(),
        offsets=np.arange(len(lots) + 1, dtype=np.int64) * 4,
        forty=lots.forty,
        row=lots.row,
        park=lots.park,
    )
    outlines = joined([blocks, _open_land(land, kind, group, modes)])
    u = np.concatenate([outlines.u, cells.u0, cells.u1, cells.u1, cells.u0])
    v = np.concatenate([outlines.v, cells.v0, cells.v0, cells.v1, cells.v1])
    nodes = Nodes.of(grid, u, v, _bends(land, kind))
    return _Drawing(outlines=outlines, nodes=nodes, polygons=nodes.polygons(outlines))


def _bends(land: Settlement, kind: NDArray[np.int64]) -> NDArray[np.float64]:
    """(forties, 4) centimetres: streets curve strongly in suburbs, hardly in rural splits, not downtown."""
    rng = land.grid.frame.rng("bends")
    size = np.zeros(len(Kind))
    size[[Kind.LOTS, Kind.HALVES, Kind.ACRES]] = 2_200, 2_600, 2_600
    size[[Kind.SMALL_LOTS, Kind.RANCHETTES]] = 450, 900
    curved = rng.random(len(kind)) < 0.6
    drawn = rng.uniform(-1, 1, (len(kind), 4)) * np.array([0.6, 0.9, 0.6, 0.9])
    square = land.grid.section_acres[np.arange(len(kind)) // FORTIES] > 625
    return np.asarray(
        drawn * (size[kind] * (curved & square & ~land.has_park))[:, None]
    )  # parks have long straight sides


def _pairs(outlines: Outlines, cut: Pieces) -> NDArray[np.int64]:
    """(m, 2) neighbouring lots of a row that may become one, each lot in one pair at most."""
    row = outlines.row
    n = int((row >= 0).sum())
    same = (row[: n - 1] == row[1:n]) & ~cut.touched[: n - 1] & ~cut.touched[1:n] if n > 1 else np.zeros(0, bool)
    start = np.flatnonzero(same)
    start = start[start % 2 == 0]
    return np.stack([start, start + 1], axis=1)


def _finished(
    land: Settlement, kind: NDArray[np.int64], drawing: _Drawing, cut: Pieces, pairs: NDArray[np.int64]
) -> Fabric:
    """The fabric with some neighbours merged, in the order of forties."""
    geometry, source = cut.geometry.copy(), cut.source
    merged = _double_lots(drawing, pairs)
    where = np.full(len(drawing.outlines), -1, np.int64)
    where[source[cut.part == 0]] = np.flatnonzero(cut.part == 0)
    geometry[where[pairs[:, 0]]] = merged
    keep = np.ones(len(source), bool)
    keep[where[pairs[:, 1]]] = False
    rows = np.flatnonzero(keep)
    forty = drawing.outlines.forty[source[rows]]
    rows = rows[np.lexsort((cut.part[rows], source[rows], forty))]
    cells = land.grid.forties
    n = len(cells)
    squares = Outlines(
        u=np.stack([cells.u0, cells.u1, cells.u1, cells.u0], axis=1).ravel(),
        v=np.stack([cells.v0, cells.v0, cells.v1, cells.v1], axis=1).ravel(),
        offsets=np.arange(n + 1, dtype=np.int64) * 4,
        forty=np.arange(n),
        row=np.full(n, -1, np.int64),
        park=np.zeros(n, bool),
    )
    forty = drawing.outlines.forty[source[rows]]
    return Fabric(
        geometry=geometry[rows],
        forty=forty,
        kind=kind[forty],
        park=drawing.outlines.park[source[rows]],
        part=cut.part[rows],
        source=source[rows],
        cells=drawing.nodes.polygons(squares),
        kinds=kind,
    )


def _double_lots(drawing: _Drawing, pairs: NDArray[np.int64]) -> NDArray[np.object_]:
    """(m,) polygons of pairs of lots, with the vertices of their neighbours."""
    o = drawing.outlines
    corner = pairs[:, :, None] * 4 + np.arange(4)
    u, v = o.u[corner].reshape(-1, 8), o.v[corner].reshape(-1, 8)
    low_u, high_u, low_v, high_v = u.min(axis=1), u.max(axis=1), v.min(axis=1), v.max(axis=1)
    n = len(pairs)
    both = Outlines(
        u=np.stack([low_u, high_u, high_u, low_u], axis=1).ravel(),
        v=np.stack([low_v, low_v, high_v, high_v], axis=1).ravel(),
        offsets=np.arange(n + 1, dtype=np.int64) * 4,
        forty=o.forty[pairs[:, 0]],
        row=o.row[pairs[:, 0]],
        park=np.zeros(n, bool),
    )
    return drawing.nodes.polygons(both)
