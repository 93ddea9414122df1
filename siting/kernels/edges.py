"""The edges of polygons, found by x in slabs or by place in chains with boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import BOOL, F2, FLOAT, I1, INT, OUT_F2, OUT_I1, njit
from siting.kernels.rings import boxes
from siting.shapes import Shapes

__all__ = ["CHAINS", "SLABS", "Chains", "Slabs", "ring_boxes", "slab_of"]

_PER_SLAB = 8  #: edges of a ring a slab, about

SLABS = (F2, I1, I1, F2, I1, I1, I1)  #: types of Slabs.arrays
CHAINS = (F2, I1, I1, F2, I1, F2)  #: types of Chains.arrays


def ring_boxes(shapes: Shapes) -> NDArray[np.float64]:
    """(r, 4) west, south, east and north of each ring.

    >>> import shapely
    >>> ring_boxes(Shapes.from_geometries([shapely.box(0, 0, 9, 9)])).tolist()
    [[0.0, 0.0, 9.0, 9.0]]
    """
    return boxes(shapes.coords, shapes.ring_offsets)


@dataclass(frozen=True, eq=False)
class Slabs:
    """Shapes whose edges are found by x: ring i has the slabs slab_offsets[i]:slab_offsets[i + 1] of equal width.

    boxes : (r, 4) of the rings; edge_offsets, edges : CSR of the edges that pass each slab: the first vertex v
        of an edge that begins in the slab, -1 - v of one that comes from the slab before
    """

    shapes: Shapes
    boxes: NDArray[np.float64]
    slab_offsets: NDArray[np.int64]
    edge_offsets: NDArray[np.int64]
    edges: NDArray[np.int64]

    @property
    def arrays(self) -> tuple[NDArray[np.float64] | NDArray[np.int64], ...]:
        """What the kernels read."""
        shapes = self.shapes
        rings = shapes.ring_offsets, shapes.shape_offsets, self.boxes
        return shapes.coords, *rings, self.slab_offsets, self.edge_offsets, self.edges

    @classmethod
    def of(cls, shapes: Shapes) -> Slabs:
        """The slabs of these shapes."""
        of_rings = ring_boxes(shapes)
        slabs = np.maximum((np.diff(shapes.ring_offsets) - 1) // _PER_SLAB, 1)
        slab_offsets = np.concatenate([[0], np.cumsum(slabs)]).astype(np.int64)
        counts = np.zeros(slab_offsets[-1] + 1, np.int64)
        _bin_edges(shapes.coords, shapes.ring_offsets, of_rings, slab_offsets, True, counts, np.empty(0, np.int64))
        offsets = np.cumsum(counts)
        edges = np.empty(offsets[-1], np.int64)
        _bin_edges(shapes.coords, shapes.ring_offsets, of_rings, slab_offsets, False, offsets[:-1].copy(), edges)
        return cls(shapes, of_rings, slab_offsets, offsets, edges)


@dataclass(frozen=True, eq=False)
class Chains:
    """Shapes whose edges are found by boxes of chains: ring i has the chains offsets[i]:offsets[i + 1] of equal length.

    ring_boxes : (r, 4); boxes : (c, 4) of the chains
    """

    shapes: Shapes
    ring_boxes: NDArray[np.float64]
    offsets: NDArray[np.int64]
    boxes: NDArray[np.float64]

    @property
    def arrays(self) -> tuple[NDArray[np.float64] | NDArray[np.int64], ...]:
        """What the kernels read."""
        shapes = self.shapes
        return shapes.coords, shapes.ring_offsets, shapes.shape_offsets, self.ring_boxes, self.offsets, self.boxes

    @classmethod
    def of(cls, shapes: Shapes) -> Chains:
        """As many chains of each ring as each is long."""
        counts = np.floor(np.sqrt(np.diff(shapes.ring_offsets))).astype(np.int64)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        of_chains = np.empty((offsets[-1], 4))
        _chain_boxes(shapes.coords, shapes.ring_offsets, offsets, of_chains)
        return cls(shapes, ring_boxes(shapes), offsets, of_chains)


@njit(INT, FLOAT, F2, INT, INT, makes_arrays=False)
def slab_of(x, boxes, ring, slabs):  # type: ignore[no-untyped-def]
    """The slab of a ring in which x lies."""
    width = boxes[ring, 2] - boxes[ring, 0]
    if slabs == 1 or width <= 0.0:
        return 0
    return min(max(int((x - boxes[ring, 0]) / width * slabs), 0), slabs - 1)


@njit(types.void, F2, I1, F2, I1, BOOL, OUT_I1, OUT_I1, makes_arrays=False)
def _bin_edges(coords, ring_offsets, boxes, slab_offsets, count, at, edges):  # type: ignore[no-untyped-def]
    """Count the edges that pass each slab (into at[slab + 1]), or put them in their places at[slab]."""
    for ring in range(len(ring_offsets) - 1):
        slabs = slab_offsets[ring + 1] - slab_offsets[ring]
        for v in range(ring_offsets[ring], ring_offsets[ring + 1] - 1):
            xa, xb = min(coords[v, 0], coords[v + 1, 0]), max(coords[v, 0], coords[v + 1, 0])
            begin = slab_of(xa, boxes, ring, slabs)
            for slab in range(begin, slab_of(xb, boxes, ring, slabs) + 1):
                if count:
                    at[slab_offsets[ring] + slab + 1] += 1
                else:
                    edges[at[slab_offsets[ring] + slab]] = v if slab == begin else -1 - v
                    at[slab_offsets[ring] + slab] += 1


@njit(types.void, F2, I1, I1, OUT_F2, makes_arrays=False)
def _chain_boxes(coords, ring_offsets, chain_offsets, boxes):  # type: ignore[no-untyped-def]
    """The boxes of the chains of each ring."""
    for ring in range(len(ring_offsets) - 1):
        first, last = ring_offsets[ring], ring_offsets[ring + 1] - 1
        chains = chain_offsets[ring + 1] - chain_offsets[ring]
        for chain in range(chains):
            begin, end = first + (last - first) * chain // chains, first + (last - first) * (chain + 1) // chains
            x0 = y0 = np.inf
            x1 = y1 = -np.inf
            for v in range(begin, end + 1):
                x0, x1 = min(x0, coords[v, 0]), max(x1, coords[v, 0])
                y0, y1 = min(y0, coords[v, 1]), max(y1, coords[v, 1])
            at = chain_offsets[ring] + chain
            boxes[at, 0], boxes[at, 1], boxes[at, 2], boxes[at, 3] = x0, y0, x1, y1
