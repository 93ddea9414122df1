"""Polygons with holes and parts on a small lattice, so that borders often coincide; in several frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st

from siting.shapes import Kind, Shapes

#: (unit of the lattice, its corner, what an independent answer may differ by)
FRAMES = [(1.0, 0.0, 1e-9), (1 / 3, 0.0, 1e-9), (1.0, 1e7, 2e-6)]

_points = st.tuples(st.integers(0, 8), st.integers(0, 8))


def shapes_of(*geometries: Any, kind: Kind | None = None) -> Shapes:
    return Shapes.from_geometries(list(geometries), kind)


def _hull(points: list[tuple[int, int]]) -> Any:
    hull = shapely.convex_hull(shapely.MultiPoint(points))
    return hull if hull.geom_type == "Polygon" else shapely.Polygon()


def _polygons_only(geometry: Any) -> Any:
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and p.area > 0]
    return shapely.MultiPolygon(parts)


hulls = st.lists(_points, min_size=3, max_size=5).map(_hull)


@st.composite
def areas(draw: st.DrawFn) -> Any:
    """A multipolygon, perhaps with holes, perhaps empty, in the lattice 0..8."""
    filled = shapely.union_all(draw(st.lists(hulls, min_size=1, max_size=3)))
    holes = shapely.union_all(draw(st.lists(hulls, max_size=2)))
    return _polygons_only(shapely.difference(filled, holes))


points = _points.map(shapely.Point)
lines = st.lists(_points, min_size=2, max_size=4).map(shapely.LineString)


def framed(geometries: list[Any], unit: float, corner: float) -> Any:
    """The same drawing in another unit and place."""
    array = np.empty(len(geometries), object)
    array[:] = geometries
    return shapely.transform(array, lambda c: c * unit + corner)
