"""The geometries of a file: the coordinates of those that are plain, and objects of the others.

Most geometries are plain (see ``siting.kernels.wkb``) and never become objects: GEOS sees what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from siting.kernels.wkb import MISSING, ODD, read_wkb
from siting.layer.geometry import KINDS, of_kind, woven
from siting.shapes import Kind, Shapes

__all__ = ["Geometries"]

Box = tuple[float, float, float, float]
Reader = Callable[[pa.Array], NDArray[np.object_]]
_LONG = (1, 2, 3, 5, 6)  #: types of shapely that are lines or polygons: every coordinate counts in their length
_KIND_LIST: tuple[Kind, ...] = ("point", "line", "polygon")


@dataclass(frozen=True, eq=False)
class Geometries:
    """n geometries of a file, of any kinds.

    types : (n,) types of shapely, -1 where there is none
    plain : (n,) the coordinates of those that are plain, of whatever kind; no rings for the others
    odd : (k,) rows of the others, ascending; objects : (k,) they as shapely has them, may hold None
    """

    types: NDArray[np.int64]
    plain: Shapes
    odd: NDArray[np.int64]
    objects: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.types)

    @classmethod
    def of_objects(cls, objects: NDArray[np.object_]) -> Geometries:
        """Geometries that are objects already."""
        n = len(objects)
        types = np.asarray(shapely.get_type_id(objects), np.int64)
        return cls(types, _without_rings(n), np.arange(n), np.asarray(objects, dtype=object))

    @classmethod
    def of_arrays(cls, arrays: Iterable[pa.Array], read: Reader, vertices: int = 0) -> Geometries:
        """Geometries of arrays of WKB, which may be gone when the next one comes.

        read : gives objects for some of an array, or says why it cannot
        vertices : how many there are; where they are not more, coordinates are never held twice
        """
        room, filled, parts = np.empty((vertices, 2)), 0, list[Geometries]()
        for array in arrays:
            parts.append(cls._of_array(array, read, room[filled:]))
            filled += len(parts[-1].plain.coords)
        if not parts:
            return cls.of_objects(np.empty(0, object))
        first = np.cumsum([0, *map(len, parts)])
        there = all(part.plain.coords.base is room for part in parts)
        return cls(
            np.concatenate([part.types for part in parts]),
            Shapes.joined([part.plain for part in parts], room[:filled] if there else None),
            np.concatenate([part.odd + at for part, at in zip(parts, first, strict=False)]),
            np.concatenate([part.objects for part in parts]),
        )

    @classmethod
    def _of_array(cls, array: pa.Array, read: Reader, room: NDArray[np.float64]) -> Geometries:
        types, plain = _parsed(array, room)
        odd = np.flatnonzero(types == ODD)
        objects = read(array.take(pa.array(odd))) if len(odd) else np.empty(0, object)
        types[odd] = shapely.get_type_id(objects)
        return cls(types, plain, odd, objects)

    def take(self, rows: NDArray[np.int64]) -> Geometries:
        """These geometries, in this order."""
        place = np.full(len(self), -1, np.int64)
        place[self.odd] = np.arange(len(self.odd))
        at = place[rows]
        there = np.flatnonzero(at >= 0)
        return Geometries(self.types[rows], self.plain.take(rows), there, self.objects[at[there]])

    def finite(self) -> tuple[Geometries, NDArray[np.int64]]:
        """The same without those that have a coordinate that is no finite number, and the rows of those."""
        at = _not_finite(self.objects)
        if not len(at):
            return self, at
        objects, types = self.objects.copy(), self.types.copy()
        objects[at], types[self.odd[at]] = None, MISSING
        return replace(self, objects=objects, types=types), self.odd[at]

    def shapes(self, kind: Kind) -> tuple[Shapes, NDArray[np.bool_]]:
        """Two-dimensional shapes of one kind, and which geometries have parts that are not of it, and lost them."""
        fits = np.array([KINDS.get(number) == kind for number in range(8)] + [False])[self.types]
        there = np.diff(self.plain.shape_offsets) > 0
        lost = there & ~fits
        if not len(self.odd) and not lost.any():
            return self.plain.labelled(kind), lost
        others = np.full(len(self), None, dtype=object)
        others[self.odd], lost[self.odd] = of_kind(self.objects, kind)
        rows = np.flatnonzero(there & fits)
        rest = np.delete(others, rows)
        return woven(rows, self.plain.take(rows).labelled(kind), Shapes.from_geometries(rest, kind)), lost

    def as_objects(self) -> NDArray[np.object_]:
        """(n,) all of them as shapely has them, plain ones always multi-part."""
        out = np.full(len(self), None, dtype=object)
        for kind in _KIND_LIST:
            rows = np.flatnonzero([KINDS.get(number) == kind for number in self.types.tolist()])
            out[rows] = self.plain.take(rows).labelled(kind).geometries
        out[self.odd] = self.objects
        return out

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(n, 4) west, south, east, north; NaN where there is nothing."""
        out = self.plain.bounds
        if len(self.odd):
            out = out.copy()
            out[self.odd] = shapely.bounds(self.objects)
        return out

    @property
    def total_bounds(self) -> Box:
        """West, south, east, north of all; NaN where there is nothing."""
        one = self.plain.total_bounds
        other = shapely.total_bounds(self.objects) if len(self.odd) else one
        west, south = np.fmin(one, other)[:2].tolist()
        east, north = np.fmax(one, other)[2:].tolist()
        return west, south, east, north

    def meets(self, box: Box) -> NDArray[np.int64]:
        """Rows of what meets a box, as GDAL has it; those of nothing too, so that they are counted."""
        west, south, east, north = self.bounds.T
        with np.errstate(invalid="ignore"):
            away = (west > box[2]) | (east < box[0]) | (south > box[3]) | (north < box[1])
            inside = (west >= box[0]) & (east <= box[2]) & (south >= box[1]) & (north <= box[3])
        beside = np.flatnonzero(~away & ~inside & ~np.isnan(west))
        away[beside] = ~shapely.intersects(self.take(beside).as_objects(), shapely.box(*box))
        return np.flatnonzero(~away)


def _not_finite(geometry: NDArray[np.object_]) -> NDArray[np.int64]:
    """Rows of geometries with a coordinate that is no finite number.

    A line or a polygon of finite length has none, so that only the others' coordinates are looked at.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        measured = np.isin(shapely.get_type_id(geometry), _LONG) & np.isfinite(shapely.length(geometry))
    rows = np.flatnonzero(~measured)
    coordinates, owner = shapely.get_coordinates(geometry[rows], return_index=True)
    return rows[np.unique(owner[~np.isfinite(coordinates).all(axis=1)])]


def _without_rings(n: int) -> Shapes:
    nothing = np.zeros(1, np.int64)
    return Shapes("polygon", np.empty((0, 2)), nothing, np.zeros(n + 1, np.int64), np.empty(0, bool))


def _parsed(chunk: Any, room: NDArray[np.float64]) -> tuple[NDArray[np.int64], Shapes]:
    """Types and coordinates of an array of WKB; they are put to the beginning of ``room``, where they fit."""
    array = chunk.storage if isinstance(chunk, pa.ExtensionArray) else chunk
    array = array if pa.types.is_large_binary(array.type) else array.cast(pa.large_binary())
    _, at, values = array.buffers()
    offsets = np.frombuffer(at, np.int64)[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(values, np.uint8) if values is not None else np.empty(0, np.uint8)
    begins, ends = offsets[:-1], offsets[1:]
    if array.null_count:
        ends = np.where(array.is_valid().to_numpy(zero_copy_only=False), ends, begins)
    kind, coords, ring_offsets, shape_offsets, starts = read_wkb(data, begins, ends, room)
    return kind, Shapes("polygon", coords, ring_offsets, shape_offsets, starts)
