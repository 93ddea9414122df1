"""Shapes: geometries as one frozen ragged array, ready for compiled kernels.

A point has one ring of one vertex, a line one ring a part, a polygon closed rings: exteriors
counter-clockwise, holes clockwise, so that signed sums over the rings of a shape are right for
multi-part polygons with holes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.errors import DataError
from siting.kernels.rings import areas, boxes, taken

__all__ = ["Kind", "Shapes", "oriented"]

Kind = Literal["point", "line", "polygon"]
_KIND_OF_TYPE: dict[int, Kind] = {0: "point", 4: "point", 1: "line", 2: "line", 5: "line", 3: "polygon", 6: "polygon"}
_MULTI = 4  #: types of shapely from which on a geometry has parts
_KNOWN = {"bounds", "area_m2"}  #: what is worked out once for each shape

_EMPTY = {"point": shapely.MultiPoint(), "line": shapely.MultiLineString(), "polygon": shapely.MultiPolygon()}
_JOIN: dict[str, Any] = {
    "point": shapely.multipoints,
    "line": shapely.multilinestrings,
    "polygon": shapely.multipolygons,
}


@dataclass(frozen=True, eq=False)
class Shapes:
    """n geometries of one kind as coordinates and offsets.

    coords : (v, 2) float64, C-contiguous, read-only; metres of the study CRS unless said otherwise
    ring_offsets : (r + 1,) int64; ring i has the vertices ring_offsets[i]:ring_offsets[i + 1]
    shape_offsets : (n + 1,) int64; shape i has the rings shape_offsets[i]:shape_offsets[i + 1]
    part_starts : (r,) bool; a ring that begins a part (for polygons: an exterior ring)
    An empty geometry has no rings.
    """

    kind: Kind
    coords: NDArray[np.float64]
    ring_offsets: NDArray[np.int64]
    shape_offsets: NDArray[np.int64]
    part_starts: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for array in (self.coords, self.ring_offsets, self.shape_offsets, self.part_starts):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.shape_offsets) - 1

    @classmethod
    def from_geometries(cls, geometries: Sequence[Any] | NDArray[np.object_], kind: Kind | None = None) -> Shapes:
        """Shapes from shapely geometries of one kind; None and whatever is empty, parts and holes too, have no rings.

        ``kind`` is needed only where every geometry is empty (else it is checked).

        >>> s = Shapes.from_geometries([shapely.box(0, 0, 2, 1), shapely.Polygon()])
        >>> s.kind, len(s), s.area_m2.tolist()
        ('polygon', 2, [2.0, 0.0])
        """
        array = np.asarray(geometries, dtype=object)
        missing = shapely.is_missing(array) | shapely.is_empty(array)
        present = array[~missing]
        kind = _kind_of(present, kind)
        parts, owner = present, np.arange(len(present))
        if (shapely.get_type_id(present) >= _MULTI).any():
            parts, owner = shapely.get_parts(present, return_index=True)
        if kind == "polygon":
            rings, part = shapely.get_rings(parts, return_index=True)
            owner = owner[part]
            starts = np.ones(len(rings), bool)
            starts[1:] = part[1:] != part[:-1]
        else:
            rings, starts = parts, np.ones(len(parts), bool)
        coords, ring = shapely.get_coordinates(rings, return_index=True)
        ring_offsets = np.searchsorted(ring, np.arange(len(rings) + 1)).astype(np.int64)
        filled = np.diff(ring_offsets) > 0
        if not filled.all():  # parts and holes that are empty
            owner, starts = owner[filled], starts[filled]
            ring_offsets = np.append(ring_offsets[:-1][filled], len(coords))
        row = np.flatnonzero(~missing)[owner] if len(owner) else np.empty(0, np.int64)
        shape_offsets = np.searchsorted(row, np.arange(len(array) + 1)).astype(np.int64)
        coords = np.ascontiguousarray(coords)
        if kind == "polygon":
            coords = oriented(coords, ring_offsets, starts)
        return cls(kind, coords, ring_offsets, shape_offsets, starts)

    @classmethod
    def joined(cls, given: Sequence[Shapes], coords: NDArray[np.float64] | None = None) -> Shapes:
        """Shapes of one kind, one after the other; at least one of them.

        coords : the coordinates of all, where they lie one after the other already

        >>> one, two = (Shapes.from_geometries([shapely.Point(x, 0)]) for x in (1, 2))
        >>> Shapes.joined([one, two]).coords.tolist()
        [[1.0, 0.0], [2.0, 0.0]]
        """
        if len(given) == 1:
            return given[0]

        def offsets(arrays: list[NDArray[np.int64]]) -> NDArray[np.int64]:
            return np.concatenate([[0], np.cumsum(np.concatenate([np.diff(a) for a in arrays]))]).astype(np.int64)

        return cls(
            given[0].kind,
            np.concatenate([shapes.coords for shapes in given]) if coords is None else coords,
            offsets([shapes.ring_offsets for shapes in given]),
            offsets([shapes.shape_offsets for shapes in given]),
            np.concatenate([shapes.part_starts for shapes in given]),
        )

    @cached_property
    def geometries(self) -> NDArray[np.object_]:
        """The shapely geometries, built when first asked for; always multi-part."""
        out = np.full(len(self), _EMPTY[self.kind], dtype=object)
        if len(self.coords):
            parts, owner = self._parts()
            filled = np.flatnonzero(np.diff(self.shape_offsets))
            out[filled] = _JOIN[self.kind](parts, indices=np.searchsorted(filled, owner))
        return out

    def _parts(self) -> tuple[Any, NDArray[np.int64]]:
        """Single-part geometries, and the shape that each belongs to."""
        ring = np.repeat(np.arange(len(self.part_starts)), np.diff(self.ring_offsets))
        owner = np.repeat(np.arange(len(self)), np.diff(self.shape_offsets))
        if self.kind == "point":
            return shapely.points(self.coords), owner[ring]
        if self.kind == "line":
            return shapely.linestrings(self.coords, indices=ring), owner
        rings: Any = shapely.linearrings(self.coords, indices=ring)
        return shapely.polygons(rings, indices=np.cumsum(self.part_starts) - 1), owner[self.part_starts]

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """(n, 4) west, south, east, north; NaN for empty shapes."""
        return boxes(self.coords, self.ring_offsets[self.shape_offsets])

    @cached_property
    def total_bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all shapes; NaN where there are none."""
        if not len(self.coords):
            return (np.nan,) * 4
        west, south = np.fmin.reduce(self.bounds[:, :2]).tolist()
        east, north = np.fmax.reduce(self.bounds[:, 2:]).tolist()
        return west, south, east, north

    @cached_property
    def area_m2(self) -> NDArray[np.float64]:
        """(n,) planar area in square units of the CRS; 0 for points, lines and empty shapes.

        Each ring is summed relative to its first vertex, so that large coordinates cost no digits.
        """
        if self.kind != "polygon":
            return np.zeros(len(self))
        return areas(self.coords, self.ring_offsets, self.shape_offsets)

    def take(self, rows: NDArray[np.int64]) -> Shapes:
        """The shapes of these rows, in this order."""
        rows = np.ascontiguousarray(rows, np.int64)
        if len(rows) == len(self) and np.array_equal(rows, np.arange(len(self))):
            return self
        out = Shapes(self.kind, *taken(rows, self.coords, self.ring_offsets, self.shape_offsets, self.part_starts))
        for name in _KNOWN & self.__dict__.keys():  # what is known of shapes is known of some of them
            out.__dict__[name] = self.__dict__[name][rows]
        return out

    def between(self, start: int, stop: int) -> Shapes:
        """The shapes start:stop, whose coordinates stay where they are.

        >>> lots = Shapes.from_geometries([shapely.box(x, 0, x + 1, 1) for x in range(3)])
        >>> lots.between(1, 3).bounds[:, 0].tolist()
        [1.0, 2.0]
        """
        rings = self.shape_offsets[start : stop + 1]
        vertices = self.ring_offsets[rings[0] : rings[-1] + 1]
        out = Shapes(
            self.kind, self.coords[vertices[0] : vertices[-1]], vertices - vertices[0], rings - rings[0],
            self.part_starts[rings[0] : rings[-1]],
        )  # fmt: skip
        for name in _KNOWN & self.__dict__.keys():
            out.__dict__[name] = self.__dict__[name][start:stop]
        return out

    def labelled(self, kind: Kind) -> Shapes:
        """The same coordinates as shapes of another kind; whoever asks knows that they are."""
        if kind == self.kind:
            return self
        out = Shapes(kind, self.coords, self.ring_offsets, self.shape_offsets, self.part_starts)
        if "bounds" in self.__dict__:
            out.__dict__["bounds"] = self.bounds
        return out

    def with_coords(self, coords: NDArray[np.float64]) -> Shapes:
        """The same shapes with moved vertices (a reprojection that adds none)."""
        return Shapes(
            self.kind, np.ascontiguousarray(coords, np.float64), self.ring_offsets, self.shape_offsets, self.part_starts
        )


def oriented(
    coords: NDArray[np.float64], ring_offsets: NDArray[np.int64], exterior: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Exteriors counter-clockwise and holes clockwise by their signed areas; the first vertex of each ring stays.

    A library may look at the lowest vertex alone, which is wrong where a ring doubles back in a spike.
    """
    if not len(coords):
        return coords
    area = areas(coords, ring_offsets, np.arange(len(ring_offsets)))
    turned = np.where(exterior, area < 0, area > 0)
    if not turned.any():
        return coords
    first, last, size = ring_offsets[:-1], ring_offsets[1:] - 1, np.diff(ring_offsets)
    at = np.arange(len(coords))
    at = np.where(np.repeat(turned, size), np.repeat(first + last, size) - at, at)
    return np.ascontiguousarray(coords[at])


def _kind_of(present: NDArray[np.object_], kind: Kind | None) -> Kind:
    """The one kind of these geometries, or a refusal."""
    kinds = {_KIND_OF_TYPE.get(int(t)) for t in np.unique(shapely.get_type_id(present))}
    if kind is not None:
        kinds.add(kind)
    if len(kinds) != 1 or None in kinds:
        found = ", ".join(sorted(str(k or "geometry collection") for k in kinds)) or "only empty geometries"
        raise DataError(
            f"Shapes must all be points, all lines or all polygons; found {found}. "
            "Split the layer by geometry type, or say which kind is meant."
        )
    return kinds.pop()  # type: ignore[return-value]
