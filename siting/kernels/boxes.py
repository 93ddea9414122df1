"""Pairs of shapes whose boxes meet, through a uniform grid of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import BOOL, F1, F2, I1, OUT_I1, njit
from siting.shapes import Shapes

__all__ = ["BoxGrid", "box_pairs"]

_CELLS_A_BOX = 8.0  #: on average at most; larger boxes have larger cells


@dataclass(frozen=True, eq=False)
class BoxGrid:
    """The boxes of shapes in a uniform grid of cells: immutable, and shared by threads.

    rows : (k,) of the shapes that are not empty, and boxes : (k, 4) of these
    frame : west, south and cell size; columns_rows : number of columns and rows
    offsets, items : CSR of the boxes that touch each cell, row by row from the south
    """

    rows: NDArray[np.int64]
    boxes: NDArray[np.float64]
    frame: NDArray[np.float64]
    columns_rows: NDArray[np.int64]
    offsets: NDArray[np.int64]
    items: NDArray[np.int64]

    @classmethod
    def of(cls, shapes: Shapes) -> BoxGrid:
        """The grid of these shapes."""
        rows = np.flatnonzero(np.diff(shapes.shape_offsets))
        boxes = np.ascontiguousarray(shapes.bounds[rows])
        frame, columns_rows = _frame(boxes)
        counts = np.zeros(int(columns_rows.prod()) + 1, np.int64)
        _enter(boxes, frame, columns_rows, True, counts, np.empty(0, np.int64))
        offsets = np.cumsum(counts)
        items = np.empty(offsets[-1], np.int64)
        _enter(boxes, frame, columns_rows, False, offsets[:-1].copy(), items)
        return cls(rows, boxes, frame, columns_rows, offsets, items)

    def pairs(self, shapes: Shapes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of shapes, and of those of the grid whose boxes meet theirs (touching included), in order of both."""
        i = np.flatnonzero(np.diff(shapes.shape_offsets))
        if not len(i) or not len(self.rows):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        found = np.zeros(len(i) + 1, np.int64)
        boxes = np.ascontiguousarray(shapes.bounds[i])
        items = _meet(boxes, self.boxes, self.frame, self.columns_rows, self.offsets, self.items, found)
        return np.repeat(i, found[1:]), self.rows[items]


def box_pairs(left: Shapes, right: Shapes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of left and right whose boxes meet (touching included), in order of left and right; not of empty shapes.

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> rows, columns = box_pairs(lots, Shapes.from_geometries([shapely.Point(1, 1), shapely.Point(2, 0)]))
    >>> rows.tolist(), columns.tolist()
    ([0, 1, 1], [0, 0, 1])
    """
    return BoxGrid.of(right).pairs(left)


def _frame(boxes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """West, south and cell size of a grid for these boxes; columns and rows."""
    n = len(boxes)
    if not n:
        return np.array([0.0, 0.0, 1.0]), np.ones(2, np.int64)
    west, south = boxes[:, :2].min(axis=0)
    width, height = boxes[:, 2].max() - west, boxes[:, 3].max() - south
    size = max(np.sqrt(width * height / n), width / n, height / n) or 1.0
    while ((boxes[:, 2:] - boxes[:, :2]) // size + 1).prod(axis=1).sum() > _CELLS_A_BOX * n:
        size *= 1.5
    return np.array([west, south, size]), np.array([width // size + 1, height // size + 1], np.int64)


_CELL_RANGE = types.UniTuple(types.int64, 4)  # type: ignore[no-untyped-call]


@njit(_CELL_RANGE, F2, types.int64, F1, I1, makes_arrays=False)
def _range(boxes, box, frame, columns_rows):  # type: ignore[no-untyped-def]
    """First and last column and row of the cells of a box, within the grid."""
    west, south, size = frame[0], frame[1], frame[2]
    i0 = min(max((boxes[box, 0] - west) / size, 0.0), columns_rows[0] - 1.0)
    j0 = min(max((boxes[box, 1] - south) / size, 0.0), columns_rows[1] - 1.0)
    i1 = min(max((boxes[box, 2] - west) / size, 0.0), columns_rows[0] - 1.0)
    j1 = min(max((boxes[box, 3] - south) / size, 0.0), columns_rows[1] - 1.0)
    return int(i0), int(i1), int(j0), int(j1)


@njit(types.void, F2, F1, I1, BOOL, OUT_I1, OUT_I1, makes_arrays=False)
def _enter(boxes, frame, columns_rows, count, at, items):  # type: ignore[no-untyped-def]
    """Count the boxes of each cell (into at[cell + 1]), or put them in their places at[cell]."""
    for box in range(len(boxes)):
        i0, i1, j0, j1 = _range(boxes, box, frame, columns_rows)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                cell = j * columns_rows[0] + i
                if count:
                    at[cell + 1] += 1
                else:
                    items[at[cell]] = box
                    at[cell] += 1


@njit(types.void, OUT_I1, types.int64, types.int64, makes_arrays=False)
def _ascend(items, begin, end):  # type: ignore[no-untyped-def]
    """Sort the items begin:end (Shell's sort: numpy's own takes seconds to compile)."""
    gap = 1
    while gap < (end - begin) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(begin + gap, end):
            item, j = items[i], i
            while j - gap >= begin and items[j - gap] > item:
                items[j] = items[j - gap]
                j -= gap
            items[j] = item
        gap //= 3


@njit(OUT_I1, F2, F2, F1, I1, I1, I1, OUT_I1)
def _meet(boxes, others, frame, columns_rows, offsets, items, found):  # type: ignore[no-untyped-def]
    """The others that each box meets, ascending, one box after the other; found[box + 1] of each.

    Where both have several cells in common, the pair counts in the first of these.
    """
    out, n = np.empty(max(1024, 4 * len(boxes)), np.int64), 0
    for box in range(len(boxes)):
        begin = n
        i0, i1, j0, j1 = _range(boxes, box, frame, columns_rows)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                cell = j * columns_rows[0] + i
                for item in range(offsets[cell], offsets[cell + 1]):
                    other = items[item]
                    if (
                        others[other, 0] > boxes[box, 2]
                        or others[other, 2] < boxes[box, 0]
                        or others[other, 1] > boxes[box, 3]
                        or others[other, 3] < boxes[box, 1]
                    ):
                        continue
                    if i > i0 or j > j0:
                        first_i, _, first_j, _ = _range(others, other, frame, columns_rows)
                        if i != max(i0, first_i) or j != max(j0, first_j):
                            continue
                    if n == len(out):
                        grown = np.empty(2 * n, np.int64)
                        for k in range(n):  # a slice takes seconds to compile
                            grown[k] = out[k]
                        out = grown
                    out[n] = other
                    n += 1
        _ascend(out, begin, n)
        found[box + 1] = n - begin
    return out[:n].copy()
