"""A point well inside each parcel, for the mark of its rank and for its coordinates."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.maps.grid import GridShapes, steps_of
from siting.shapes import Shapes

__all__ = ["spots_of"]

_Floats = NDArray[np.float64]
_ENOUGH = 0.7  #: of the best room: the middle of the box is taken (judgement)
_LEAST = 0.9  #: of area / outline, which every inscribed circle surpasses: less is searched for better (judgement)


def spots_of(shapes: Shapes, grid: GridShapes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) steps right and (n,) steps down from the middle of each shape's box on the grid to a point inside it.

    shapes : polygons in EPSG:4326; grid : the same on the grid. The middle itself, the centre of gravity or a point of
    the interior: where none of them has room around it, the middle of the greatest circle in the shape. 0 without area.
    """
    flat = shapes.with_coords(steps_of(shapes.coords, grid)).geometries
    west, north, east, south = grid.boxes().T
    middle = np.stack([(west + east) // 2, (north + south) // 2], axis=1)
    area = shapely.area(flat)
    there = np.flatnonzero(area > 0)
    out = middle.copy()
    if not len(there):
        return out[:, 0] - middle[:, 0], out[:, 1] - middle[:, 1]
    flat, area = flat[there], area[there]
    given = [middle[there].astype(np.float64)]
    given += [shapely.get_coordinates(points(flat)) for points in (shapely.centroid, shapely.point_on_surface)]
    room = np.stack([_room(flat, points) for points in given])
    room[0] /= _ENOUGH
    chosen = np.stack(given)[room.argmax(axis=0), np.arange(len(there))]
    for k in np.flatnonzero(room.max(axis=0) < _LEAST * area / shapely.length(flat)).tolist():
        chosen[k] = _widest(flat[k])
    out[there] = np.round(chosen).astype(np.int64)
    return out[:, 0] - middle[:, 0], out[:, 1] - middle[:, 1]


def _room(shapes: NDArray[np.object_], points: _Floats) -> _Floats:
    """(n,) how far each point lies from the outline of its shape; -1 outside."""
    inside = shapely.contains_xy(shapes, points[:, 0], points[:, 1])
    return np.where(inside, shapely.distance(shapely.boundary(shapes), shapely.points(points)), -1.0)


def _widest(shape: shapely.Geometry) -> _Floats:
    """The middle of the greatest circle in a shape."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    largest = parts[int(np.argmax(shapely.area(parts)))]
    return np.asarray(shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[0], np.float64)
