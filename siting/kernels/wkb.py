"""Geometries out of well-known binary and back: coordinates as arrays, without an object each.

What is plain is taken: points, lines and polygons, single and multi-part, little-endian, with or without heights
(which are left away). Whatever is not (other types and byte orders, measures, numbers that are not finite, rings that
do not close, parts without a vertex) is left to GEOS, which reads it or says what is wrong with it.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.compiled import B1, I1, INT, OUT_B1, OUT_F2, OUT_I1, OUT_I2, njit

__all__ = ["MISSING", "ODD", "read_wkb", "write_wkb"]

MISSING, ODD = -1, 7  #: types of geometry beside shapely's 0 to 6: none at all, and one that GEOS has to read

_POINT, _LINE, _POLYGON, _MULTI = 0, 1, 3, 4  # types of shapely; those from _MULTI on have parts
_U1 = types.Array(types.uint8, 1, "C", readonly=True)
_OUT_U1 = types.uint8[::1]

Parsed = tuple[
    NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]
]  #: type, coordinates, ring offsets, shape offsets, part starts


def read_wkb(
    data: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    room: NDArray[np.float64] | None = None,
) -> Parsed:
    """Types and coordinates of n geometries, laid out as in ``Shapes``; exteriors turn left, holes right.

    data : the bytes of all; begins, ends : (n,) where those of each lie; none at all is ``MISSING``
    room : (v, 2) coordinates are put to its beginning, where they fit
    A geometry that is empty, ``MISSING`` or ``ODD`` has no rings.

    >>> import shapely
    >>> wkb = np.frombuffer(shapely.to_wkb(shapely.LineString([(0, 0), (3, 4)])), np.uint8)
    >>> kind, coords, rings, shapes, _ = read_wkb(wkb, np.array([0]), np.array([len(wkb)]))
    >>> kind.tolist(), coords.tolist(), rings.tolist(), shapes.tolist()
    ([1], [[0.0, 0.0], [3.0, 4.0]], [0, 2], [0, 1])
    """
    seen = np.empty((len(begins), 3), np.int64)
    _survey(data, begins, ends, seen)
    kind, rings, vertices = seen.T
    shape_offsets, count = _offsets(rings), int(vertices.sum())
    coords = np.empty((count, 2)) if room is None or len(room) < count else room[:count]
    ring_offsets, starts = np.zeros(int(shape_offsets[-1]) + 1, np.int64), np.zeros(int(shape_offsets[-1]), np.bool_)
    kind = np.ascontiguousarray(kind)
    _fill(data, begins, shape_offsets, coords.reshape(-1).view(np.uint8), ring_offsets, starts)
    _turn(coords, ring_offsets, shape_offsets, starts, kind)
    odd = (kind == ODD) & (rings > 0)
    if odd.any():
        coords, ring_offsets, shape_offsets, starts = _without(odd, coords, ring_offsets, shape_offsets, starts)
    return kind, coords, ring_offsets, shape_offsets, starts


def write_wkb(
    coords: NDArray[np.float64],
    ring_offsets: NDArray[np.int64],
    shape_offsets: NDArray[np.int64],
    starts: NDArray[np.bool_],
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Polygons as multi-polygons of little-endian WKB, byte after byte, and where each begins (and the last ends).

    The arrays are those of ``Shapes``.

    >>> data, offsets = write_wkb(np.empty((0, 2)), np.array([0]), np.array([0, 0]), np.empty(0, bool))
    >>> bytes(data).hex(), offsets.tolist()
    ('010600000000000000', [0, 9])
    """
    parts = np.concatenate([[0], np.cumsum(starts)])[shape_offsets]
    vertices = ring_offsets[shape_offsets]
    offsets = _offsets(9 + 9 * np.diff(parts) + 4 * np.diff(shape_offsets) + 16 * np.diff(vertices))
    data = np.empty(int(offsets[-1]), np.uint8)
    _write(coords.reshape(-1).view(np.uint8), ring_offsets, shape_offsets, starts, offsets, data)
    return data, offsets


def _offsets(count: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def _without(
    odd: NDArray[np.bool_],
    coords: NDArray[np.float64],
    ring_offsets: NDArray[np.int64],
    shape_offsets: NDArray[np.int64],
    starts: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """The same without the rings of the odd."""
    rings, vertices = np.diff(shape_offsets), np.diff(ring_offsets)
    ring = np.repeat(~odd, rings)
    return (
        np.ascontiguousarray(coords[np.repeat(ring, vertices)]),
        _offsets(vertices[ring]),
        _offsets(np.where(odd, 0, rings)),
        starts[ring],
    )


@njit(INT, _U1, INT)
def _number(data, at):  # type: ignore[no-untyped-def]
    """The number of four bytes."""
    return (
        np.int64(data[at]) | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2]) << 16 | np.int64(data[at + 3]) << 24
    )


@njit(INT, _U1, INT, INT)
def _type(data, at, end):  # type: ignore[no-untyped-def]
    """The type of shapely of the geometry whose head lies here, 16 more with heights; ``ODD`` for all others."""
    if end - at < 9 or data[at] != 1:
        return 7
    said = _number(data, at + 1)
    high = 0
    if said & 0x80000000:
        said, high = said & 0x7FFFFFFF, 16
    elif 1000 < said < 1007:
        said, high = said - 1000, 16
    if said == 1:
        return high
    if said == 2:
        return high + 1
    if 3 <= said <= 6:
        return high + said
    return 7


@njit(INT, _U1, INT, INT, INT, INT, OUT_I1)
def _part(data, at, end, kind, size, seen):  # type: ignore[no-untyped-def]
    """Count the rings and vertices of one part whose numbers begin here; where it ends, -1 where it is not plain."""
    if kind == _POINT:
        seen[0] += 1
        seen[1] += 1
        return at + size if at + size <= end else -1
    rings = 1
    if kind == _POLYGON:
        if at + 4 > end:
            return -1
        rings = _number(data, at)
        at += 4
    for _ in range(rings):
        if at + 4 > end:
            return -1
        count = _number(data, at)
        at += 4 + size * count
        if count < (4 if kind == _POLYGON else 2) or at > end:
            return -1
        seen[0] += 1
        seen[1] += count
    return at


@njit(types.void, _U1, I1, I1, OUT_I2)
def _survey(data, begins, ends, out):  # type: ignore[no-untyped-def]
    """Type, rings and vertices of each geometry."""
    seen = np.zeros(2, np.int64)
    for row in range(len(begins)):
        at, end = begins[row], ends[row]
        out[row, 0], out[row, 1], out[row, 2] = -1, 0, 0
        if at == end:
            continue
        said = _type(data, at, end)
        kind, size = said & 15, 24 if said & 16 else 16
        out[row, 0] = 7
        if kind == 7:
            continue
        seen[0] = seen[1] = 0
        at += 5
        if kind < _MULTI and kind != _POINT and _number(data, at) == 0:
            at += 4
        elif kind < _MULTI:
            at = _part(data, at, end, kind, size, seen)
        else:
            parts = _number(data, at)
            single = _POLYGON if kind == 6 else kind - _MULTI
            at += 4
            for _ in range(parts):
                inner = _type(data, at, end) if at >= 0 else 7
                if inner != (single | (said & 16)):
                    at = -1
                    break
                if kind == 6 and _number(data, at + 5) == 0:
                    at = -1
                    break
                at = _part(data, at + 5, end, single, size, seen)
                if at < 0:
                    break
        if at == end:
            out[row, 0], out[row, 1], out[row, 2] = kind, seen[0], seen[1]


@njit(types.void, _U1, I1, I1, _OUT_U1, OUT_I1, OUT_B1)
def _fill(data, begins, shape_offsets, coords, ring_offsets, starts):  # type: ignore[no-untyped-def]
    """Copy the coordinates of all plain geometries, as bytes."""
    vertex = 0
    for row in range(len(begins)):
        ring, last = shape_offsets[row], shape_offsets[row + 1]
        if ring == last:
            continue
        at = begins[row]
        said = _type(data, at, at + 9)
        kind, size = said & 15, 24 if said & 16 else 16
        at += 5
        if kind >= _MULTI:
            at += 4
        while ring < last:
            if kind >= _MULTI:
                at += 5
            rings, count = 1, 1
            if kind == _POLYGON or kind == 6:
                rings = _number(data, at)
                at += 4
            starts[ring] = True
            for _ in range(rings):
                if kind != _POINT and kind != _MULTI:
                    count = _number(data, at)
                    at += 4
                if size == 16:
                    coords[16 * vertex : 16 * (vertex + count)] = data[at : at + 16 * count]
                else:
                    for v in range(count):
                        to, of = 16 * (vertex + v), at + 24 * v
                        coords[to : to + 16] = data[of : of + 16]
                at += size * count
                vertex += count
                ring += 1
                ring_offsets[ring] = vertex


@njit(types.void, OUT_F2, I1, I1, B1, OUT_I1)
def _turn(coords, ring_offsets, shape_offsets, starts, kind):  # type: ignore[no-untyped-def]
    """Turn exteriors left and holes right by their signed areas; what is not finite or does not close is odd."""
    for row in range(len(shape_offsets) - 1):
        polygon = kind[row] == _POLYGON or kind[row] == 6
        for ring in range(shape_offsets[row], shape_offsets[row + 1]):
            first, last = ring_offsets[ring], ring_offsets[ring + 1] - 1
            x0, y0, area, sum_ = coords[first, 0], coords[first, 1], 0.0, 0.0
            for v in range(first, last + 1):
                sum_ += abs(coords[v, 0]) + abs(coords[v, 1])
            if not np.isfinite(sum_):
                kind[row] = 7
                break
            if not polygon:
                continue
            if x0 != coords[last, 0] or y0 != coords[last, 1]:
                kind[row] = 7
                break
            for v in range(first, last):
                area += (coords[v, 0] - x0) * (coords[v + 1, 1] - y0) - (coords[v + 1, 0] - x0) * (coords[v, 1] - y0)
            if area < 0.0 if starts[ring] else area > 0.0:
                low, high = first, last
                while low < high:
                    for k in range(2):
                        coords[low, k], coords[high, k] = coords[high, k], coords[low, k]
                    low, high = low + 1, high - 1


@njit(INT, _OUT_U1, INT, INT)
def _put(data, at, number):  # type: ignore[no-untyped-def]
    """Put a number into four bytes; where they end."""
    for k in range(4):
        data[at + k] = (number >> (8 * k)) & 255
    return at + 4


@njit(INT, _OUT_U1, INT, INT, INT)
def _put_head(data, at, kind, count):  # type: ignore[no-untyped-def]
    """Put byte order, type and a count; where they end."""
    data[at] = 1
    return _put(data, _put(data, at + 1, kind), count)


@njit(types.void, _U1, I1, I1, B1, I1, _OUT_U1)
def _write(coords, ring_offsets, shape_offsets, starts, offsets, data):  # type: ignore[no-untyped-def]
    """Write polygons; ``coords`` are bytes."""
    for shape in range(len(shape_offsets) - 1):
        first, last = shape_offsets[shape], shape_offsets[shape + 1]
        parts = 0
        for ring in range(first, last):
            parts += starts[ring]
        at = _put_head(data, offsets[shape], 6, parts)
        for ring in range(first, last):
            if starts[ring]:
                rings = 1
                while ring + rings < last and not starts[ring + rings]:
                    rings += 1
                at = _put_head(data, at, _POLYGON, rings)
            begin, end = ring_offsets[ring], ring_offsets[ring + 1]
            at = _put(data, at, end - begin)
            data[at : at + 16 * (end - begin)] = coords[16 * begin : 16 * end]
            at += 16 * (end - begin)
