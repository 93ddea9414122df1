"""What is worked out for every ring of ``Shapes``: boxes, signed areas, and some shapes out of many."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import B1, F2, I1, OUT_B1, OUT_F1, OUT_F2, OUT_I1, njit

__all__ = ["areas", "boxes", "taken"]

_Ragged = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]


def boxes(coords: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, 4) west, south, east, north of the vertices ``offsets[i]:offsets[i + 1]``; NaN where there are none.

    >>> boxes(np.array([[0.0, 5.0], [2.0, 1.0]]), np.array([0, 2, 2])).tolist()
    [[0.0, 1.0, 2.0, 5.0], [nan, nan, nan, nan]]
    """
    out = np.empty((len(offsets) - 1, 4))
    _boxes(coords, offsets, out)
    return out


def areas(
    coords: NDArray[np.float64], ring_offsets: NDArray[np.int64], shape_offsets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n,) the signed areas of the rings of each shape, added up; 0 where there are none.

    Each ring is summed relative to its first vertex, so that large coordinates cost no digits.
    """
    out = np.empty(len(shape_offsets) - 1)
    _areas(coords, ring_offsets, shape_offsets, out)
    return out


def taken(
    rows: NDArray[np.int64],
    coords: NDArray[np.float64],
    ring_offsets: NDArray[np.int64],
    shape_offsets: NDArray[np.int64],
    starts: NDArray[np.bool_],
) -> _Ragged:
    """The shapes of these rows, one after the other; arrays as in ``Shapes``."""
    first, last = shape_offsets[rows], shape_offsets[rows + 1]
    shapes = _offsets(last - first)
    vertices = int((ring_offsets[last] - ring_offsets[first]).sum())
    rings = int(shapes[-1])
    out = np.empty((vertices, 2)), np.zeros(rings + 1, np.int64), shapes, np.empty(rings, np.bool_)
    _take(rows, coords, ring_offsets, shape_offsets, starts, out[0], out[1], out[3])
    return out


def _offsets(count: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


@njit(types.void, F2, I1, OUT_F2)
def _boxes(coords, offsets, out):  # type: ignore[no-untyped-def]
    """The box of each range of vertices."""
    for shape in range(len(out)):
        first, last = offsets[shape], offsets[shape + 1]
        if first == last:
            out[shape] = np.nan
            continue
        west, south, east, north = coords[first, 0], coords[first, 1], coords[first, 0], coords[first, 1]
        for v in range(first + 1, last):
            west, east = min(west, coords[v, 0]), max(east, coords[v, 0])
            south, north = min(south, coords[v, 1]), max(north, coords[v, 1])
        out[shape, 0], out[shape, 1], out[shape, 2], out[shape, 3] = west, south, east, north


@njit(types.void, F2, I1, I1, OUT_F1)
def _areas(coords, ring_offsets, shape_offsets, out):  # type: ignore[no-untyped-def]
    """Half the sum of the cross products along the rings of each shape."""
    for shape in range(len(out)):
        twice = 0.0
        for ring in range(shape_offsets[shape], shape_offsets[shape + 1]):
            first, last = ring_offsets[ring], ring_offsets[ring + 1] - 1
            x, y = coords[first, 0], coords[first, 1]
            for v in range(first, last):
                twice += (coords[v, 0] - x) * (coords[v + 1, 1] - y) - (coords[v + 1, 0] - x) * (coords[v, 1] - y)
        out[shape] = twice / 2


@njit(types.void, I1, F2, I1, I1, B1, OUT_F2, OUT_I1, OUT_B1)
def _take(rows, coords, ring_offsets, shape_offsets, starts, out, offsets, out_starts):  # type: ignore[no-untyped-def]
    """Copy the rings of some shapes."""
    at = ring = 0
    for row in rows:
        for old in range(shape_offsets[row], shape_offsets[row + 1]):
            first, last = ring_offsets[old], ring_offsets[old + 1]
            for v in range(first, last):
                out[at + v - first, 0], out[at + v - first, 1] = coords[v, 0], coords[v, 1]
            at += last - first
            out_starts[ring] = starts[old]
            ring += 1
            offsets[ring] = at
