"""Plain polygons straight out of WKB: the coordinates of single rings as arrays, without a geometry object each.

Most parcels are one ring. Where that ring is convex beyond doubt it is valid too; the others are looked at by GEOS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from siting.shapes import Shapes, oriented

__all__ = ["Rings", "no_rings", "single_rings", "surely_convex", "valid_rings", "woven"]

#: little-endian: a polygon of one ring, and a multi-polygon of one such polygon
_HEADS = (bytes([1, 3, 0, 0, 0, 1, 0, 0, 0]), bytes([1, 6, 0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0]))
_SURE = 1e-15  #: a cross product over this share of its terms has its true sign (a few roundings of 2**-53 each)
_FLAT = 1e-9  #: a ring whose area is under this share of its box squared turns neither way for sure


@dataclass(frozen=True, eq=False)
class Rings:
    """Single rings of a column of WKB.

    rows : their places in the column, ascending
    shapes : polygons with that ring counter-clockwise, from the same first vertex
    """

    rows: NDArray[np.int64]
    shapes: Shapes


def no_rings() -> Rings:
    """None at all."""
    return Rings(np.empty(0, np.int64), Shapes.from_geometries([], "polygon"))


def single_rings(column: pa.ChunkedArray) -> Rings:
    """The polygons of one ring without holes, two-dimensional, finite, with an area; others are left to GEOS."""
    data, starts, ends = _bytes_of(column)
    begin, count = _single(data, starts, ends)
    rows = np.flatnonzero(count >= 4)
    coords, offsets = _coordinates(data, begin[rows], count[rows])
    shapes = Shapes("polygon", coords, offsets, np.arange(len(rows) + 1), np.ones(len(rows), bool))
    with np.errstate(invalid="ignore", over="ignore"):
        width, height = (shapes.bounds[:, 2:] - shapes.bounds[:, :2]).T
        area = np.abs(shapes.area_m2)  # no number where a coordinate is none
        good = np.isfinite(area) & (area > _FLAT * np.maximum(width, height) ** 2)
    good &= (coords[offsets[:-1]] == coords[offsets[1:] - 1]).all(axis=1)
    rows, shapes = rows[good], shapes.take(np.flatnonzero(good))
    return Rings(rows, _counter_clockwise(shapes))


def _bytes_of(column: pa.ChunkedArray) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """All bytes of a column, and where each value begins and ends (nulls are empty)."""
    whole = pa.chunked_array(column.chunks, column.type).cast(pa.large_binary()).combine_chunks()
    array = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    _, at, values = array.buffers()
    offsets = np.frombuffer(at, np.int64)[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(values, np.uint8) if values is not None else np.empty(0, np.uint8)
    ends = np.where(array.is_valid().to_numpy(zero_copy_only=False), offsets[1:], offsets[:-1])
    return data, offsets[:-1], ends


def _single(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the coordinates of each single ring begin, and how many vertices it has; 0 for what is none."""
    begin, count = starts.copy(), np.zeros(len(starts), np.int64)
    for head in _HEADS:
        long = np.flatnonzero(ends - starts >= len(head) + 4)
        if not len(long):
            continue
        said = np.lib.stride_tricks.sliding_window_view(data, len(head) + 4)[starts[long]]
        same = (said[:, :-4] == np.frombuffer(head, np.uint8)).all(axis=1)
        rows = long[same]
        number = np.ascontiguousarray(said[same, -4:]).view("<u4")[:, 0].astype(np.int64)
        fits = len(head) + 4 + 16 * number == (ends - starts)[rows]
        count[rows[fits]] = number[fits]
        begin[rows[fits]] = starts[rows[fits]] + len(head) + 4
    return begin, count


def _coordinates(
    data: NDArray[np.uint8], begin: NDArray[np.int64], count: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Coordinates of rings one after the other, and where each begins; rings of one length are taken together."""
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    coords = np.empty((int(offsets[-1]), 2))
    for number in np.unique(count).tolist():
        rows = np.flatnonzero(count == number)
        taken = np.lib.stride_tricks.sliding_window_view(data, 16 * number)[begin[rows]]
        at = offsets[rows][:, None] + np.arange(number)
        coords[at.reshape(-1)] = taken.view("<f8").reshape(-1, 2)
    return coords, offsets


def _counter_clockwise(shapes: Shapes) -> Shapes:
    """Single rings turned counter-clockwise; their first vertex stays."""
    coords = oriented(shapes.coords, shapes.ring_offsets, shapes.part_starts)
    return shapes if coords is shapes.coords else shapes.with_coords(coords)


def valid_rings(shapes: Shapes) -> NDArray[np.bool_]:
    """(n,) whether each polygon of a single ring is valid: convex beyond doubt, else what GEOS says."""
    valid = surely_convex(shapes)
    rows = np.flatnonzero(~valid)
    if len(rows):
        some = shapes.take(rows)
        ring = np.repeat(np.arange(len(rows)), np.diff(some.ring_offsets))
        valid[rows] = shapely.is_valid(shapely.polygons(shapely.linearrings(some.coords, indices=ring)))
    return valid


def surely_convex(shapes: Shapes) -> NDArray[np.bool_]:
    """(n,) whether a counter-clockwise single ring turns left at every vertex for sure, and round only once."""
    if not len(shapes):
        return np.zeros(0, bool)
    first, last = shapes.ring_offsets[:-1], shapes.ring_offsets[1:] - 1
    step = np.empty_like(shapes.coords)
    step[:-1] = shapes.coords[1:] - shapes.coords[:-1]
    step[last] = step[first]  # the closing vertex turns into the first edge
    after = np.empty_like(step)
    after[:-1] = step[1:]
    after[last] = after[first]
    one, other = step[:, 0] * after[:, 1], step[:, 1] * after[:, 0]
    left = one - other > _SURE * (np.abs(one) + np.abs(other))
    way = np.where(step[:, 0] == 0, np.sign(after[:, 0]), np.sign(step[:, 0]))  # an upright edge goes as the next
    turned = np.zeros(len(way), np.int64)
    turned[:-1] = way[1:] != way[:-1]
    left[last], turned[last] = True, 0
    return np.asarray(np.logical_and.reduceat(left, first) & (np.add.reduceat(turned, first) == 2))


def woven(rows: NDArray[np.int64], shapes: Shapes, others: Shapes) -> Shapes:
    """Polygons at these rows, and the others in their order at the rows between."""
    n = len(shapes) + len(others)
    between = np.ones(n, bool)
    between[rows] = False
    order = np.empty(n, np.int64)
    order[rows], order[between] = np.arange(len(shapes)), np.arange(len(shapes), n)
    both = Shapes(
        "polygon",
        np.concatenate([shapes.coords, others.coords]),
        np.concatenate([shapes.ring_offsets, others.ring_offsets[1:] + shapes.ring_offsets[-1]]),
        np.concatenate([shapes.shape_offsets, others.shape_offsets[1:] + shapes.shape_offsets[-1]]),
        np.concatenate([shapes.part_starts, others.part_starts]),
    )
    return both if len(rows) == n or not len(rows) else both.take(order)
