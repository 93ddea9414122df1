"""Reprojection that keeps shape.

A straight edge in a source's CRS is a curve in the study's, so edges are bisected before they are carried over,
until every piece lies within a tolerance (0.05 m) of its true image; the added vertices are counted.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from siting.crs.contract import parsed_crs, short_crs
from siting.crs.operation import carry
from siting.errors import CrsError
from siting.shapes import Kind, Shapes

__all__ = ["TOLERANCE_M", "reproject_shapely", "reproject_shapes"]

TOLERANCE_M = 0.05

#: An edge shorter than this (at the default tolerance) would need a radius of curvature under 25 km to
#: bulge by more than the tolerance: no map projection bends lines so, away from its singular points.
_SHORT_M = 100.0
_DEEPEST = 20  # halvings: by then a kilometre is a millimetre


def reproject_shapely(
    geometries: NDArray[np.object_], source: str, target: str, *, tolerance_m: float = TOLERANCE_M
) -> tuple[NDArray[np.object_], int]:
    """Geometries carried to another CRS with their shape, and the number of vertices added.

    None and empty geometries stay as they are; a single-part geometry stays single-part. Polygons come
    back with exteriors counter-clockwise. Geometry collections are refused.
    """
    array = np.asarray(geometries, dtype=object)
    out, added = array.copy(), 0
    types = shapely.get_type_id(array)
    present = ~(shapely.is_missing(array) | shapely.is_empty(array))
    kinds: list[tuple[Kind, int, int]] = [("point", 0, 4), ("line", 1, 5), ("line", 2, 5), ("polygon", 3, 6)]
    for kind, single, multi in kinds:
        rows = np.flatnonzero(present & ((types == single) | ((types == multi) & (single != 2))))
        if len(rows):
            shapes, more = reproject_shapes(
                Shapes.from_geometries(array[rows], kind), source, target, tolerance_m=tolerance_m
            )
            made = shapes.geometries.copy()
            alone = types[rows] == single
            made[alone] = shapely.get_geometry(made[alone], 0)
            out[rows] = made
            added += more
    if np.any(present & (types == 7)):
        raise CrsError("A geometry collection cannot be reprojected as one shape; take its parts of one kind first.")
    return out, added


def reproject_shapes(
    shapes: Shapes, source: str, target: str, *, tolerance_m: float = TOLERANCE_M
) -> tuple[Shapes, int]:
    """Shapes carried to another CRS, and the number of vertices added.

    Every edge is bisected in the source's CRS until its pieces lie within ``tolerance_m`` (metres on
    the ground, whatever the unit of the target) of the image of the straight source edge. The points of
    bisection do not depend on the direction of an edge, so neighbours stay neighbours.
    """
    if source == target:
        return shapes, 0
    image = carry(shapes.coords, source, target)
    if shapes.kind == "point" or len(image) < 2:
        return shapes.with_coords(image), 0
    inside = np.ones(len(image), bool)
    inside[shapes.ring_offsets[1:] - 1] = False
    edge, at, new = _bisect(shapes.coords, image, np.flatnonzero(inside), source, target, tolerance_m)
    if not len(edge):
        return shapes.with_coords(image), 0
    order = np.lexsort((at, edge))
    coords = np.insert(image, edge[order] + 1, new[order], axis=0)
    per_vertex = np.concatenate([[0], np.cumsum(np.bincount(edge, minlength=len(image)))]).astype(np.int64)
    ring_offsets = shapes.ring_offsets + per_vertex[shapes.ring_offsets]
    made = Shapes(shapes.kind, np.ascontiguousarray(coords), ring_offsets, shapes.shape_offsets, shapes.part_starts)
    return made, len(edge)


def _metres(crs: CRS, xy: NDArray[np.float64]) -> tuple[Any, Any]:
    """Metres per unit of x and of y at these points of a CRS (a sphere is exact enough for a tolerance)."""
    unit = crs.axis_info[0].unit_conversion_factor
    if not crs.is_geographic:
        return unit, unit
    earth = 6_371_000.0 * unit
    return earth * np.maximum(np.cos(xy[:, 1] * unit), 1e-6), earth


def _bisect(
    coords: NDArray[np.float64],
    image: NDArray[np.float64],
    edges: NDArray[np.int64],
    source: str,
    target: str,
    tolerance_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """The points to add: their edge (by its first vertex), place along it in (0, 1) and image.

    An edge is tested at its quarters: its image may be an S whose middle lies on the chord.
    """
    crs = parsed_crs(target)
    p, q, fp, fq = coords[edges], coords[edges + 1], image[edges], image[edges + 1]
    mx, my = _metres(crs, (fp + fq) / 2)
    length_m = np.hypot((fq[:, 0] - fp[:, 0]) * mx, (fq[:, 1] - fp[:, 1]) * my)
    long = length_m > _SHORT_M * math.sqrt(tolerance_m / TOLERANCE_M)
    edges, p, q, fp, fq = edges[long], p[long], q[long], fp[long], fq[long]
    low, high, middle = np.zeros(len(edges)), np.ones(len(edges)), (p + q) / 2
    fm = carry(middle, source, target)
    found: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []
    for depth in range(_DEEPEST):
        if not len(edges):
            break
        left, right = (p + middle) / 2, (middle + q) / 2
        fl, fr = np.split(carry(np.concatenate([left, right]), source, target), 2)
        mx, my = _metres(crs, fm)
        scale = np.column_stack(np.broadcast_arrays(mx, my, fm[:, 0]))[:, :2]
        off = np.max([_off_chord((f - fp) * scale, (fq - fp) * scale) for f in (fl, fm, fr)], axis=0)
        s = off > 0.9 * tolerance_m  # the largest departure is seen at the quarters to within a tenth
        if depth == _DEEPEST - 1 and s.any():
            raise CrsError(
                f"{_edges(edges[s])} cannot be carried from {short_crs(source)} to {short_crs(target)} "
                f"within {tolerance_m} m: there the CRS is torn (a pole, the antimeridian). "
                "Clip the layer, or choose another CRS."
            )
        at = (low + high) / 2
        found.append((edges[s], at[s], fm[s]))
        low, high = np.concatenate([low[s], at[s]]), np.concatenate([at[s], high[s]])
        p, q = np.concatenate([p[s], middle[s]]), np.concatenate([middle[s], q[s]])
        fp, fq = np.concatenate([fp[s], fm[s]]), np.concatenate([fm[s], fq[s]])
        middle, fm = np.concatenate([left[s], right[s]]), np.concatenate([fl[s], fr[s]])
        edges = np.concatenate([edges[s], edges[s]])
    if not found:
        return edges, low, fp
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))  # type: ignore[return-value]


def _edges(edges: NDArray[np.int64]) -> str:
    count = len(np.unique(edges))
    return "1 edge" if count == 1 else f"{count:,} edges"


def _off_chord(point: NDArray[np.float64], chord: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of points from segments that start at the origin."""
    length2 = np.maximum((chord**2).sum(axis=1), 1e-300)
    along = np.clip((point * chord).sum(axis=1) / length2, 0, 1)
    return np.asarray(np.hypot(*(point - along[:, None] * chord).T))
