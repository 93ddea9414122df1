"""Pairs of shapes whose boxes meet, through a uniform grid of cells."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import BOOL, F1, F2, I1, OUT_I1, njit
from siting.shapes import Shapes

__all__ = ["box_pairs"]

_CELLS_A_BOX = 8.0  #: on average at most; larger boxes have larger cells


def box_pairs(left: Shapes, right: Shapes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of left and right whose boxes meet (touching included), in order of left and right; not of empty shapes.

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> rows, columns = box_pairs(lots, Shapes.from_geometries([shapely.Point(1, 1), shapely.Point(2, 0)]))
    >>> rows.tolist(), columns.tolist()
    ([0, 1, 1], [0, 0, 1])
    """
    i, j = (np.flatnonzero(np.diff(shapes.shape_offsets)) for shapes in (left, right))
    if not len(i) or not len(j):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    boxes, others = np.ascontiguousarray(left.bounds[i]), np.ascontiguousarray(right.bounds[j])
    frame, columns_rows = _frame(others)
    counts = np.zeros(int(columns_rows.prod()) + 1, np.int64)
    _enter(others, frame, columns_rows, True, counts, np.empty(0, np.int64))
    offsets = np.cumsum(counts)
    items = np.empty(offsets[-1], np.int64)
    _enter(others, frame, columns_rows, False, offsets[:-1].copy(), items)
    found = np.zeros(len(boxes) + 1, np.int64)
    columns = _meet(boxes, others, frame, columns_rows, offsets, items, found)
    return np.repeat(i, found[1:]), j[columns]


def _frame(boxes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """West, south and cell size of a grid for these boxes; columns and rows."""
    west, south = boxes[:, :2].min(axis=0)
    width, height = boxes[:, 2].max() - west, boxes[:, 3].max() - south
    n = len(boxes)
    size = max(np.sqrt(width * height / n), width / n, height / n) or 1.0
    while ((boxes[:, 2:] - boxes[:, :2]) // size + 1).prod(axis=1).sum() > _CELLS_A_BOX * n:
        size *= 1.5
    return np.array([west, south, size]), np.array([width // size + 1, height // size + 1], np.int64)


_CELL_RANGE = types.UniTuple(types.int64, 4)  # type: ignore[no-untyped-call]


@njit(_CELL_RANGE, F2, types.int64, F1, I1)
def _range(boxes, box, frame, columns_rows):  # type: ignore[no-untyped-def]
    """First and last column and row of the cells of a box, within the grid."""
    west, south, size = frame[0], frame[1], frame[2]
    i0 = min(max((boxes[box, 0] - west) / size, 0.0), columns_rows[0] - 1.0)
    j0 = min(max((boxes[box, 1] - south) / size, 0.0), columns_rows[1] - 1.0)
    i1 = min(max((boxes[box, 2] - west) / size, 0.0), columns_rows[0] - 1.0)
    j1 = min(max((boxes[box, 3] - south) / size, 0.0), columns_rows[1] - 1.0)
    return int(i0), int(i1), int(j0), int(j1)


@njit(types.void, F2, F1, I1, BOOL, OUT_I1, OUT_I1)
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


@njit(types.void, OUT_I1, types.int64, types.int64)
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
    """The others that each box meets, ascending, one box after the other; found[box + 1] of each."""
    seen = np.full(len(others), -1, np.int64)
    out, n = np.empty(max(1024, 4 * len(boxes)), np.int64), 0
    for box in range(len(boxes)):
        begin = n
        i0, i1, j0, j1 = _range(boxes, box, frame, columns_rows)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                cell = j * columns_rows[0] + i
                for item in range(offsets[cell], offsets[cell + 1]):
                    other = items[item]
                    if seen[other] == box:
                        continue
                    seen[other] = box
                    if (
                        others[other, 0] <= boxes[box, 2]
                        and others[other, 2] >= boxes[box, 0]
                        and others[other, 1] <= boxes[box, 3]
                        and others[other, 3] >= boxes[box, 1]
                    ):
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
