"""Outlines of regions on a grid: smooth contours of a whole-number field, and borders of labelled cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import rasterio.features
import shapely
from numba import njit
from numpy.typing import NDArray
from rasterio import Affine
from scipy import ndimage

__all__ = ["contours", "label_outlines", "polygon_parts", "smoothed"]


@njit("i8(i4[:,::1], f8, f8, f8, f8[:,::1], i8[::1], i8[::1])", cache=True, nogil=True)
def _trace(
    field: NDArray[np.int32],
    west: float,
    north: float,
    cell_m: float,
    coords: NDArray[np.float64],
    ring_offsets: NDArray[np.int64],
    inside: NDArray[np.int64],
) -> int:
    """Marching squares: rings around field > 0 with the inside on the left; returns how many rings.

    A grid edge whose ends differ in sign is crossed once; edges are numbered 2 * cell (eastwards from the
    cell) and 2 * cell + 1 (southwards). In every square each way out leads to the next way in,
    counter-clockwise, so that diagonal cells join. ``inside`` holds one inside cell of every ring.
    """
    ny, nx = field.shape
    onward = np.full(2 * ny * nx, -1, np.int64)
    corner = np.empty(4, np.int64)
    edge = np.empty(4, np.int64)
    for r in range(ny - 1):
        for c in range(nx - 1):
            i = r * nx + c
            corner[0], corner[1], corner[2], corner[3] = i, i + nx, i + nx + 1, i + 1
            edge[0], edge[1], edge[2], edge[3] = 2 * i + 1, 2 * (i + nx), 2 * (i + 1) + 1, 2 * i
            for k in range(4):
                a, b = corner[k], corner[(k + 1) % 4]
                if field[a // nx, a % nx] > 0 and field[b // nx, b % nx] <= 0:
                    for step in range(1, 4):
                        m = (k + step) % 4
                        a, b = corner[m], corner[(m + 1) % 4]
                        if field[a // nx, a % nx] <= 0 and field[b // nx, b % nx] > 0:
                            onward[edge[k]] = edge[m]
                            break
    rings = 0
    used = 0
    for start in range(len(onward)):
        if onward[start] < 0:
            continue
        at = start
        first = used
        while onward[at] >= 0:
            i = at // 2
            r, c = i // nx, i % nx
            south = at % 2
            here, there = field[r, c], field[r + south, c + 1 - south]
            share = here / (here - there)
            coords[used, 0] = west + (c + 0.5 + (1 - south) * share) * cell_m
            coords[used, 1] = north - (r + 0.5 + south * share) * cell_m
            if at == start:
                inside[rings] = i if here > 0 else (r + south) * nx + c + 1 - south
            used += 1
            target = onward[at]
            onward[at] = -1
            at = target
        coords[used] = coords[first]
        used += 1
        rings += 1
        ring_offsets[rings] = used
    return rings


def contours(field: NDArray[np.int32], west: float, north: float, cell_m: float) -> NDArray[np.object_]:
    """Polygons of the regions where the field is above 0, on the 1 cm grid, holes included.

    field : (ny, nx) whole numbers at the cell centres; 0 counts as outside; interpolated linearly.
    The field goes on unchanged for half a cell beyond its border, so that a region can be cut there.

    >>> field = np.full((3, 3), -1, np.int32); field[1, 1] = 1
    >>> float(contours(field, 0.0, 30.0, 10.0)[0].area)
    50.0
    """
    bordered = np.pad(np.pad(np.asarray(field, np.int32), 1, mode="edge"), 1, constant_values=-1)
    signs = bordered > 0
    if not signs.any():
        return np.empty(0, object)
    crossings = int((signs[1:] != signs[:-1]).sum() + (signs[:, 1:] != signs[:, :-1]).sum())
    coords = np.empty((2 * crossings, 2))
    offsets = np.zeros(crossings + 1, np.int64)
    inside = np.empty(crossings, np.int64)
    count = _trace(
        np.ascontiguousarray(bordered), west - 2 * cell_m, north + 2 * cell_m, cell_m, coords, offsets, inside
    )
    offsets = offsets[: count + 1]
    coords = np.round(coords[: offsets[-1]], 2)
    region = np.asarray(ndimage.label(signs, np.ones((3, 3)))[0], np.int64).ravel()[inside[:count]]
    return _assembled(coords, offsets, region)


def _assembled(
    coords: NDArray[np.float64], offsets: NDArray[np.int64], region: NDArray[np.int64]
) -> NDArray[np.object_]:
    """One polygon a region from its rings: the counter-clockwise one is the shell, the others are holes."""
    rings = shapely.linearrings(coords, indices=np.repeat(np.arange(len(region)), np.diff(offsets)))
    hole = ~shapely.is_ccw(rings)
    by_region = np.lexsort((np.arange(len(region)), hole, region))
    sizes = np.diff(offsets)[by_region]
    starts = np.repeat(offsets[:-1][by_region] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    ring_offsets = np.concatenate([[0], np.cumsum(sizes)])
    polygon_offsets = np.flatnonzero(np.diff(region[by_region], prepend=-1, append=-1))
    coords = coords[starts + np.arange(len(starts))]
    found = shapely.from_ragged_array(shapely.GeometryType.POLYGON, coords, (ring_offsets, polygon_offsets))
    broken = ~shapely.is_valid(found)
    found[broken] = shapely.make_valid(found[broken])
    return polygon_parts(found)[0]


def polygon_parts(geometries: Any, smallest_m2: float = 0.0) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """The single polygons of geometries and the index each comes from; other parts and small ones are left out."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    deeper = shapely.get_type_id(parts) >= 4
    if deeper.any():
        inner, inner_owner = shapely.get_parts(parts, return_index=True)
        parts, owner = inner, owner[inner_owner]
    keep = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts) & (shapely.area(parts) > smallest_m2)
    return parts[keep], owner[keep]


def smoothed(field: NDArray[np.int32], passes: int) -> NDArray[np.int32]:
    """The field after ``passes`` binomial filters (1 2 1) both ways, not divided: 16 times larger a pass.

    >>> smoothed(np.ones((2, 2), np.int32), 1).tolist()
    [[16, 16], [16, 16]]
    """
    out = np.asarray(field, np.int32)
    for _ in range(passes):
        tall = np.pad(out, ((1, 1), (0, 0)), mode="edge")
        out = tall[:-2] + 2 * tall[1:-1] + tall[2:]
        wide = np.pad(out, ((0, 0), (1, 1)), mode="edge")
        out = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    return out


def label_outlines(
    labels: NDArray[np.int32], bounds: tuple[float, float, float, float], cell_m: float, *, tolerance_m: float
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Polygons of labelled cells that tile the bounds, stairs taken off without gaps or overlaps, and their labels.

    labels : (ny, nx), row 0 in the north; the grid starts in the south-west corner of the bounds and may
    reach over it in the north and east by less than a cell. Polygons come in the order of their labels; a
    label whose cells do not touch gives several. The bounds are rounded to 1 cm.
    """
    west, south, east, north = np.round(bounds, 2).tolist()
    top = south + len(labels) * cell_m
    shapes = rasterio.features.shapes(labels, transform=Affine(cell_m, 0, west, 0, -cell_m, top))
    found = [(int(value), shapely.Polygon(s["coordinates"][0], s["coordinates"][1:])) for s, value in shapes]
    polygons = np.array([polygon for _, polygon in found], object)
    values = np.array([value for value, _ in found], np.int64)
    polygons = shapely.segmentize(polygons, cell_m * 1.001)  # neighbours must share every vertex of their border
    polygons = shapely.transform(polygons, lambda c: np.minimum(np.round(c, 2), (east, north)))
    polygons = shapely.coverage_simplify(polygons, tolerance_m, simplify_boundary=False)
    order = np.lexsort((np.arange(len(values)), values))
    return polygons[order], values[order]
