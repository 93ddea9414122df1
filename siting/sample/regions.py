"""Regions of equal labels on a grid: found, and freed of small ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["connected", "merged"]


def connected(label: NDArray[np.int32]) -> NDArray[np.int64]:
    """Number the parts of equal labels that hang together by sides of cells, from 0.

    >>> connected(np.array([[7, 7, 3], [3, 7, 3]])).tolist()
    [[0, 0, 1], [2, 0, 1]]
    """
    twice = np.zeros((2 * len(label) - 1, 2 * label.shape[1] - 1), np.bool_)
    twice[::2, ::2] = True
    twice[1::2, ::2] = label[1:] == label[:-1]
    twice[::2, 1::2] = label[:, 1:] == label[:, :-1]
    return np.asarray(ndimage.label(twice)[0][::2, ::2], np.int64) - 1


def merged(label: NDArray[np.int32], least_cells: float) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Regions of ``least_cells`` or more, each hanging together, and the label of each region.

    A smaller region joins the neighbour with which it shares the longest border, smallest regions first.

    >>> merged(np.array([[1, 1, 2], [1, 1, 1]], np.int32), 2)
    (array([[0, 0, 0],
           [0, 0, 0]], dtype=int32), array([1]))
    """
    region = connected(label)
    count = int(region.max()) + 1
    size = np.bincount(region.ravel(), minlength=count).tolist()
    borders = _borders(region, count)
    parent = np.arange(count)
    for k in sorted((k for k in range(count) if size[k] < least_cells), key=lambda k: (size[k], k)):
        if size[k] >= least_cells or not borders[k]:
            continue
        into = min(borders[k], key=lambda other, k=k: (-borders[k][other], other))  # type: ignore[misc]
        for other, shared in borders[k].items():
            del borders[other][k]
            if other != into:
                borders[into][other] = borders[into].get(other, 0) + shared
                borders[other][into] = borders[into][other]
        size[into] += size[k]
        borders[k] = {}
        parent[k] = into
    while (parent[parent] != parent).any():
        parent = parent[parent]
    left, number = np.unique(parent, return_inverse=True)
    first = np.unique(region.ravel(), return_index=True)[1]
    return number[region].astype(np.int32), label.ravel()[first[left]].astype(np.int64)


def _borders(region: NDArray[np.int64], count: int) -> list[dict[int, int]]:
    """For every region its neighbours, and how many cell sides they share."""
    low = np.concatenate([region[1:].ravel(), region[:, 1:].ravel()])
    high = np.concatenate([region[:-1].ravel(), region[:, :-1].ravel()])
    apart = low != high
    low, high = low[apart], high[apart]
    code, length = np.unique(np.minimum(low, high) * count + np.maximum(low, high), return_counts=True)
    borders: list[dict[int, int]] = [{} for _ in range(count)]
    for a, b, shared in zip((code // count).tolist(), (code % count).tolist(), length.tolist(), strict=True):
        borders[a][b] = borders[b][a] = shared
    return borders
