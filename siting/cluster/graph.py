"""Which parcels can be joined to one site: neighbours across a narrow gap, and no barrier between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.kernels.adjacency import TOLERANCE_M, neighbours
from siting.shapes import Shapes

__all__ = ["BARRIER_M", "connections"]

BARRIER_M = 0.5  #: half the width that a line or a point has as a barrier (judgement)


def connections(
    parcels: Shapes, *, gap_m: float, barriers: Sequence[Shapes] = ()
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The parcels that each of n can be joined with.

    Two parcels can be joined where they are no farther apart than ``gap_m`` and one can cross from one to the other
    without meeting a barrier. The ground for crossing is what lies within the gap of both; barriers are taken from it,
    and one piece of the rest must touch both parcels.

    gap_m : metres; the usual 60 m lets a site lie on both sides of a local road
    barriers : features that divide (freeways, canals); a line is 1 m wide

    Returns
    -------
    offsets : (n + 1,); parcel i can be joined with ``neighbour[offsets[i]:offsets[i + 1]]``
    neighbour : int64, ascending within a parcel

    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 100, 100), shapely.box(120, 0, 200, 100)])
    >>> canal = Shapes.from_geometries([shapely.linestrings([[110, -500], [110, 500]])])
    >>> connections(lots, gap_m=60)[1].tolist(), connections(lots, gap_m=60, barriers=[canal])[1].tolist()
    ([1, 0], [])
    """
    offsets, neighbour = neighbours(parcels, rule="gap", gap_m=max(gap_m, TOLERANCE_M))
    row = np.repeat(np.arange(len(parcels)), np.diff(offsets))
    once = row < neighbour
    first, second = row[once], neighbour[once]
    walls = _walls(barriers)
    if len(walls):
        keep = ~_cut(parcels.geometries, first, second, max(gap_m, 2 * BARRIER_M), walls)
        first, second = first[keep], second[keep]
    row, other = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((other, row))
    counts = np.bincount(row, minlength=len(parcels))
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), other[order]


def _walls(barriers: Sequence[Shapes]) -> NDArray[np.object_]:
    """The barriers as polygons."""
    parts = [
        layer.geometries if layer.kind == "polygon" else shapely.buffer(layer.geometries, BARRIER_M, cap_style="flat")
        for layer in barriers
    ]
    walls = np.concatenate(parts) if parts else np.empty(0, object)
    return walls[~shapely.is_empty(walls)]


def _cut(
    geometries: NDArray[np.object_],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    reach_m: float,
    walls: NDArray[np.object_],
) -> NDArray[np.bool_]:
    """(pairs,) whether barriers part the two parcels."""
    cut = np.zeros(len(first), bool)
    wider = np.array([-reach_m, -reach_m, reach_m, reach_m])
    boxes = [shapely.bounds(geometries[rows]) + wider for rows in (first, second)]
    low, high = np.maximum(boxes[0][:, :2], boxes[1][:, :2]), np.minimum(boxes[0][:, 2:], boxes[1][:, 2:])
    pair, wall = shapely.STRtree(walls).query(shapely.box(*low.T, *high.T), predicate="intersects")
    for at in np.unique(pair):
        one, other = geometries[first[at]], geometries[second[at]]
        ground = shapely.box(*low[at], *high[at])
        one, other = shapely.intersection([one, other], ground)
        shared = shapely.intersection(*shapely.buffer([one, other], reach_m))
        free = shapely.get_parts(shapely.difference(shared, shapely.union_all(walls[wall[pair == at]])))
        cut[at] = not np.any(shapely.intersects(free, one) & shapely.intersects(free, other))
    return cut
