"""Outlines on an integer grid: Web Mercator in steps of a quarter or half a metre, neighbours beside each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.maps.segment import Segment
from siting.shapes import Shapes

__all__ = ["GridShapes", "grid_shapes", "hilbert", "put_shapes", "steps_of", "world"]

_EQUATOR_M = 40_075_016.685578488
_FINE_M, _COARSE_M, _FINE_UP_TO = 0.25, 0.5, 50_000
_BITS = 16
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class GridShapes:
    """Outlines as whole steps from a corner of the Web Mercator square [0, 1] x [0, 1] (y runs south).

    step, west, north : of the grid, in the square; x, y : (v,) vertices, polygons without their closing ones
    rings : (n,) rings of each shape; counts : (r,) vertices of each ring
    """

    step: float
    west: float
    north: float
    x: _Ints
    y: _Ints
    rings: _Ints
    counts: _Ints

    def in_order(self, order: _Ints) -> GridShapes:
        """The same shapes in another order."""
        first_ring = np.concatenate([[0], np.cumsum(self.rings)])
        ring = _ranges(first_ring[:-1][order], self.rings[order])
        first = np.concatenate([[0], np.cumsum(self.counts)])
        vertex = _ranges(first[:-1][ring], self.counts[ring])
        return GridShapes(
            step=self.step, west=self.west, north=self.north, x=self.x[vertex], y=self.y[vertex],
            rings=self.rings[order], counts=self.counts[ring],
        )  # fmt: skip

    def boxes(self) -> _Ints:
        """(n, 4) west, north, east, south in steps; west beyond east where there is no outline."""
        first = np.concatenate([[0], np.cumsum(self.counts)])[np.concatenate([[0], np.cumsum(self.rings)])]
        there, out = np.flatnonzero(self.rings > 0), np.tile(np.array([0, 0, -1, -1], np.int64), (len(self.rings), 1))
        if len(there):
            starts = first[:-1][there]
            out[there] = np.stack(
                [end.reduceat(axis, starts) for end in (np.minimum, np.maximum) for axis in (self.x, self.y)], axis=1
            )
        return out

    def hilbert_order(self) -> _Ints:
        """(n,) the shapes along a Hilbert curve through their first vertices; empty ones last."""
        first_ring = np.concatenate([[0], np.cumsum(self.rings)])[:-1]
        first = np.concatenate([[0], np.cumsum(self.counts)])[:-1]
        there = np.flatnonzero(self.rings > 0)
        at = first[first_ring[there]]
        scale = max(int(self.x.max(initial=0)), int(self.y.max(initial=0)), 1) / (2**_BITS - 1)
        along = np.full(len(self.rings), 4**_BITS, np.int64)
        along[there] = hilbert((self.x[at] / scale).astype(np.int64), (self.y[at] / scale).astype(np.int64))
        return np.argsort(along, kind="stable").astype(np.int64)


def world(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    """(v, 2) longitudes and latitudes in the Web Mercator square: x runs east, y south, both from 0 to 1.

    >>> world(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    x = (coords[:, 0] + 180) / 360
    y = 0.5 - np.log(np.tan(np.pi / 4 + np.radians(coords[:, 1]) / 2)) / (2 * np.pi)
    return np.stack([x, y], axis=1)


def grid_shapes(shapes: Shapes) -> GridShapes:
    """Shapes in EPSG:4326 on the grid; steps of 0.25 m up to 50,000 shapes, else of 0.5 m, at their mean latitude."""
    counts, keep = np.diff(shapes.ring_offsets), np.ones(len(shapes.coords), bool)
    if shapes.kind == "polygon" and len(counts):
        keep[shapes.ring_offsets[1:] - 1] = False
        counts = counts - 1
    at = world(shapes.coords[keep])
    middle = float(shapes.coords[:, 1].mean()) if len(at) else 0.0
    metres = _FINE_M if len(shapes) <= _FINE_UP_TO else _COARSE_M
    step = metres / (_EQUATOR_M * float(np.cos(np.radians(middle))))
    west, north = (float(side) for side in at.min(axis=0)) if len(at) else (0.0, 0.0)
    steps = np.round((at - [west, north]) / step).astype(np.int64)
    return GridShapes(
        step=step, west=west, north=north, x=steps[:, 0], y=steps[:, 1],
        rings=np.diff(shapes.shape_offsets), counts=counts,
    )  # fmt: skip


def steps_of(coords: NDArray[np.float64], grid: GridShapes) -> NDArray[np.float64]:
    """(v, 2) longitudes and latitudes in steps of a grid, not rounded."""
    return (world(coords) - [grid.west, grid.north]) / grid.step


def put_shapes(segment: Segment, name: str, grid: GridShapes) -> dict[str, float]:
    """Add the outlines to a segment: vertices, the first vertex of each ring, the first ring of each shape.

    Returns the grid's step and corner.
    """
    for part, counts in (("shape", grid.rings), ("ring", grid.counts)):
        segment.ints(f"{name}.{part}", np.concatenate([[0], np.cumsum(counts)]), delta=True)
    for axis, steps in (("x", grid.x), ("y", grid.y)):
        segment.ints(f"{name}.{axis}", steps, delta=True)
    return {"step": grid.step, "west": grid.west, "north": grid.north}


def hilbert(x: _Ints, y: _Ints, bits: int = _BITS) -> _Ints:
    """(n,) places along a Hilbert curve of cells of a square of 2^bits a side.

    >>> hilbert(np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1]), 1).tolist()
    [0, 3, 2, 1]
    """
    x, y, place, side = x.copy(), y.copy(), np.zeros(len(x), np.int64), 1 << (bits - 1)
    while side:
        right, up = ((x & side) > 0).astype(np.int64), ((y & side) > 0).astype(np.int64)
        place += side * side * ((3 * right) ^ up)
        turned, flipped = up == 0, (up == 0) & (right == 1)
        x[flipped], y[flipped] = 2**bits - 1 - x[flipped], 2**bits - 1 - y[flipped]
        x[turned], y[turned] = y[turned], x[turned]
        side >>= 1
    return place


def _ranges(starts: _Ints, counts: _Ints) -> _Ints:
    """starts[0], starts[0] + 1, ... for each start, one after the other."""
    before = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else np.zeros(0, np.int64)
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))
