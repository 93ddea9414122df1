"""The segments of features in a uniform grid of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import BOOL, F1, F2, I1, OUT_I1, njit
from siting.shapes import Shapes

__all__ = ["GRID", "SegmentGrid"]

_MOST_CELLS = 4_000_000  #: bounds the memory of the grid (8 bytes a cell)

GRID = (F2, I1, types.Array(types.int8, 1, "C", readonly=True), I1, I1, F1, I1, BOOL)  #: types of SegmentGrid.arrays


@dataclass(frozen=True, eq=False)
class SegmentGrid:
    """The segments of m features in a uniform grid: immutable, and shared by threads.

    segments : (s, 4) x, y of both ends, the lesser end first, so that a border shared
        by two features is the same numbers in both
    owner : (s,) the feature; upward : (s,) 1 where a polygon's ring goes up there, -1 down, 0 level
    cell_offsets, cell_items : CSR of the segments that touch each cell, row by row from the south
    frame : west, south, cell size, and a distance that outweighs rounding
    columns_rows : number of columns and rows
    """

    features: Shapes
    segments: NDArray[np.float64]
    owner: NDArray[np.int64]
    upward: NDArray[np.int8]
    cell_offsets: NDArray[np.int64]
    cell_items: NDArray[np.int64]
    frame: NDArray[np.float64]
    columns_rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        for array in self.arrays[:-1]:
            array.flags.writeable = False  # type: ignore[union-attr]

    def __len__(self) -> int:
        return len(self.features)

    @property
    def cell_m(self) -> float:
        """The size of a cell."""
        return float(self.frame[2])

    @property
    def arrays(self) -> tuple[NDArray[np.generic] | bool, ...]:
        """What the kernels read."""
        segments = self.segments, self.owner, self.upward
        cells = self.cell_offsets, self.cell_items, self.frame, self.columns_rows
        return *segments, *cells, self.features.kind == "polygon"

    @classmethod
    def build(cls, features: Shapes, *, cell_m: float | None = None, slack_m: float = 0.0) -> SegmentGrid:
        """The grid of these features.

        ``cell_m`` None: about one cell a segment, and larger where long segments would fill many cells.
        A size that gives more than 4 million cells is enlarged. ``slack_m``: a segment is also in the cells
        that it misses by this, so that segments this near each other have a cell in common.
        """
        segments, owner, upward = _segments(features)
        frame, columns_rows = _frame(segments, cell_m)
        frame[3] = max(frame[3], slack_m)
        counts = np.zeros(int(columns_rows.prod()) + 1, np.int64)
        nothing = np.empty(0, np.int64)
        _register(segments, frame, columns_rows, True, counts, nothing)
        offsets = np.cumsum(counts)
        items = np.empty(offsets[-1], np.int64)
        _register(segments, frame, columns_rows, False, offsets[:-1].copy(), items)
        return cls(features, segments, owner, upward, offsets, items, frame, columns_rows)


def _segments(shapes: Shapes) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int8]]:
    """The segments of shapes with their owners and directions; a single vertex is a segment of no length."""
    first, last = shapes.ring_offsets[:-1], shapes.ring_offsets[1:]
    starts = np.ones(len(shapes.coords), bool)
    starts[last[last - first > 1] - 1] = False
    start = np.flatnonzero(starts)
    ring = np.repeat(np.arange(len(first)), last - first)[start]
    ends = np.minimum(start + 1, last[ring] - 1)
    segments = np.concatenate([shapes.coords[start], shapes.coords[ends]], axis=1)
    upward = np.sign(segments[:, 3] - segments[:, 1]).astype(np.int8)
    swap = (segments[:, 2] < segments[:, 0]) | ((segments[:, 2] == segments[:, 0]) & (segments[:, 3] < segments[:, 1]))
    segments[swap] = segments[swap][:, [2, 3, 0, 1]]
    owner = np.repeat(np.arange(len(shapes)), np.diff(shapes.shape_offsets))[ring]
    return np.ascontiguousarray(segments), owner, upward


def _frame(segments: NDArray[np.float64], cell_m: float | None) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Origin, cell size, rounding slack; columns and rows."""
    n = len(segments)
    if not n:
        return np.array([0.0, 0.0, 1.0, 0.0]), np.ones(2, np.int64)
    west, south = segments[:, :2].min(axis=0)[0], segments[:, 1::2].min()
    width, height = segments[:, 2].max() - west, segments[:, 1::2].max() - south
    most = _MOST_CELLS / 4 if cell_m is not None else min(n, _MOST_CELLS / 4)
    size = max(np.sqrt(width * height / most), width / most, height / most)
    if cell_m is None:
        length = np.abs(segments[:, 2:] - segments[:, :2]).sum()
        size = max(size, length / (8.0 * n))
    else:
        size = max(size, cell_m)
    size = float(size) or 1.0
    slack = 1e-6 * size + 1e-14 * float(np.abs(segments).max())
    return np.array([west, south, size, slack]), np.array([width // size + 1, height // size + 1], np.int64)


@njit(types.void, F2, F1, I1, BOOL, OUT_I1, OUT_I1, makes_arrays=False)
def _register(segments, frame, columns_rows, count, at, items):  # type: ignore[no-untyped-def]
    """Count the segments that touch each cell (into at[cell + 1]), or put them in their places at[cell]."""
    west, south, size, slack = frame[0], frame[1], frame[2], frame[3]
    columns, rows = columns_rows[0], columns_rows[1]
    for s in range(len(segments)):
        ax, ay, bx, by = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
        low, high = min(ay, by), max(ay, by)
        j0 = min(max(int((low - slack - south) / size), 0), rows - 1)
        j1 = min(max(int((high + slack - south) / size), 0), rows - 1)
        for j in range(j0, j1 + 1):
            xa, xb = ax, bx
            if j1 > j0 and ay != by:  # the part of the segment in this row
                t0 = (south + j * size - slack - ay) / (by - ay)
                t1 = (south + (j + 1) * size + slack - ay) / (by - ay)
                xa = ax + (bx - ax) * min(max(min(t0, t1), 0.0), 1.0)
                xb = ax + (bx - ax) * min(max(max(t0, t1), 0.0), 1.0)
            i0 = min(max(int((xa - slack - west) / size), 0), columns - 1)
            i1 = min(max(int((xb + slack - west) / size), 0), columns - 1)
            for i in range(i0, i1 + 1):
                cell = j * columns + i
                if count:
                    at[cell + 1] += 1
                else:
                    items[at[cell]] = s
                    at[cell] += 1
