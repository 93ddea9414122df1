"""Coordinate reference systems: the study's CRS, exact operations, and reprojection that keeps shape.

A study is measured in one projected CRS in metres with a known name. A straight edge in a source's CRS
is a curve in the study's, so edges are bisected before they are carried over, until every piece lies
within a tolerance (0.05 m) of its true image; the added vertices are counted.
"""

from __future__ import annotations

import math
import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError as ProjCrsError
from pyproj.transformer import TransformerGroup

from siting.errors import CrsError
from siting.shapes import Kind, Shapes

__all__ = [
    "TOLERANCE_M",
    "Distortion",
    "Operation",
    "StudyCrs",
    "carry",
    "distortion",
    "known_crs",
    "metre_crs",
    "operation",
    "reproject_shapely",
    "reproject_shapes",
    "study_crs",
    "transform_bounds",
]

TOLERANCE_M = 0.05
Bounds = tuple[float, float, float, float]

#: An edge shorter than this (at the default tolerance) would need a radius of curvature under 25 km to
#: bulge by more than the tolerance: no map projection bends lines so, away from its singular points.
_SHORT_M = 100.0
_DEEPEST = 20  # halvings: by then a kilometre is a millimetre
_FEET = {"foot": "international feet", "US survey foot": "US survey feet"}
_of_thread = threading.local()
_NAMELESS = {
    "",
    "unknown",
    "unnamed",
    "undefined",
    "undefined geographic srs",
    "undefined cartesian srs",
    "engineering crs",
}


@dataclass(frozen=True)
class StudyCrs:
    """The CRS of a study: projected, in metres, with a known name.

    text : as the study writes it ("EPSG:26912")
    name : as the register writes it ("NAD83 / UTM zone 12N")
    """

    text: str
    name: str

    @property
    def crs(self) -> CRS:
        """The pyproj object."""
        return _crs(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Operation:
    """How coordinates are carried from one CRS to another.

    name : the operation as PROJ describes it
    accuracy_m : stated accuracy in metres; NaN where none is stated
    missing : grids that a better operation would need and that are not installed
    """

    name: str
    accuracy_m: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Distortion:
    """How far a CRS departs from the ground over an area: 1.0004 is 40 cm in a kilometre.

    length_min, length_max : ratio of a length on the map to the length on the ellipsoid
    area_min, area_max : ratio of an area on the map to the area on the ellipsoid
    """

    length_min: float
    length_max: float
    area_min: float
    area_max: float


def study_crs(text: str, *, around: Bounds | None = None) -> StudyCrs:
    """The CRS of a study, or a refusal that names one that would do.

    Parameters
    ----------
    text:
        what the study writes: an authority code ("EPSG:26912"), WKT or a PROJ string
    around:
        west, south, east, north of the study in degrees, if known, for the advice of a refusal

    Raises
    ------
    CrsError
        if it cannot be read, is not projected, is not in metres, is nameless, or is Web Mercator.

    >>> study_crs("EPSG:26912").name
    'NAD83 / UTM zone 12N'
    """
    try:
        crs = _crs(text)
    except ProjCrsError as error:
        raise CrsError(
            f"The study's CRS {text!r} cannot be read: it is neither an authority code, WKT nor a PROJ string. "
            "Write the code of a projected CRS in metres, such as crs: EPSG:26912."
        ) from error
    fault = _study_fault(crs)
    if fault:
        raise CrsError(f"The study's CRS {text!r} ({crs.name}) {fault}. Write crs: {metre_crs(crs, around)}.")
    return StudyCrs(text, crs.name)


def known_crs(text: str, *, item: str, fix: str = "in the study.") -> CRS:
    """The CRS of a source; refuses one without a datum, because nobody knows where it lies.

    ``item`` names the file or layer in the refusal, ``fix`` where the study corrects it.
    """
    try:
        crs = _crs(text)
    except ProjCrsError as error:
        raise CrsError(
            f"{item} has a CRS that cannot be read: {_short(text)}. Write crs: with its code, such as EPSG:4326, {fix}"
        ) from error
    if _nameless(crs):
        raise CrsError(
            f"{item} has a CRS without a known name or datum: {crs.name!r}. "
            f"Write crs: with the code of the right one, such as EPSG:4326, {fix}"
        )
    return crs


def metre_crs(crs: CRS, around: Bounds | None = None) -> str:
    """A projected CRS in metres that fits the area of ``crs``: a UTM zone on the same datum.

    >>> metre_crs(CRS("EPSG:2223"))
    'EPSG:26912'
    """
    if around is None and crs.area_of_use is not None:
        west, south, east, north = crs.area_of_use.bounds
        around = (west, south, east, north) if 0 < east - west < 30 else None
    if around is None:
        return "a UTM zone of your area, such as EPSG:26912 for most of Arizona"
    lon, lat = (around[0] + around[2]) / 2, (around[1] + around[3]) / 2
    zone = min(60, int((lon + 180) // 6) + 1)
    datum = crs.datum.name if crs.datum is not None else ""
    if "North American Datum 1983" in datum or "NAD83" in datum:
        if lat > 0 and zone <= 23:
            return f"EPSG:{26900 + zone}"
    elif "European Terrestrial" in datum and 28 <= zone <= 38:
        return f"EPSG:{25800 + zone}"
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def operation(source: str, target: str) -> Operation:
    """The operation that carries coordinates from ``source`` to ``target``, and its stated accuracy.

    It is the best one that needs no grid that is missing here, for the area of use of the more local
    CRS of the two; one operation serves a whole layer.

    >>> operation("EPSG:4326", "EPSG:26912").accuracy_m
    4.0
    """
    return _chosen(source, target)[0]


def carry(xy: NDArray[np.float64], source: str, target: str) -> NDArray[np.float64]:
    """(n, 2) points from one CRS to another, x or longitude first; never silently infinite."""
    if not len(xy) or source == target:
        return np.array(xy, np.float64)
    x, y = _chosen(source, target)[1].transform(xy[:, 0], xy[:, 1])
    out = np.column_stack([x, y])
    bad = ~np.isfinite(out).all(axis=1)
    if bad.any():
        first = xy[np.argmax(bad)]
        raise CrsError(
            f"{int(bad.sum()):,} of {len(xy):,} points cannot be carried from {_short(source)} to {_short(target)}, "
            f"the first at ({first[0]:.6g}, {first[1]:.6g}). "
            "Check that the layer's CRS is the one its coordinates are in; crs: in the study corrects it."
        )
    return out


def transform_bounds(bounds: Bounds, source: str, target: str, *, margin: float = 0.01) -> Bounds:
    """A box in ``target`` that holds the box ``bounds`` of ``source``, with a margin (a share of its size)."""
    west, south, east, north = bounds
    along = np.linspace(0, 1, 65)
    none, all_ = np.zeros(65), np.ones(65)
    x = west + np.concatenate([along, all_, along, none]) * (east - west)
    y = south + np.concatenate([none, along, all_, along]) * (north - south)
    xy = carry(np.column_stack([x, y]), source, target)
    (x0, y0), (x1, y1) = xy.min(axis=0), xy.max(axis=0)
    dx, dy = margin * (x1 - x0), margin * (y1 - y0)
    return float(x0 - dx), float(y0 - dy), float(x1 + dx), float(y1 + dy)


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


def distortion(crs: StudyCrs, bounds: Bounds) -> Distortion:
    """Distortion of length and area over a box in the study's CRS, on a grid of 9 by 9 points.

    >>> d = distortion(study_crs("EPSG:26912"), (400_000, 3_600_000, 450_000, 3_650_000))
    >>> round(d.length_min, 5), round(d.area_max, 4)
    (0.99963, 0.9994)
    """
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(bounds[0], bounds[2], 9), np.linspace(bounds[1], bounds[3], 9)))
    proj = Proj(crs.crs)
    lon, lat = proj(x, y, inverse=True)
    factors = proj.get_factors(lon, lat)
    return Distortion(
        length_min=float(np.min(factors.tissot_semiminor)),
        length_max=float(np.max(factors.tissot_semimajor)),
        area_min=float(np.min(factors.areal_scale)),
        area_max=float(np.max(factors.areal_scale)),
    )


@lru_cache(maxsize=256)
def _crs(text: str) -> CRS:
    return CRS.from_user_input(text)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _nameless(crs: CRS) -> bool:
    """Whether nothing says which place on Earth its coordinates mean."""
    if crs.to_authority(min_confidence=70) is not None:
        return False
    datum = crs.datum.name if crs.datum is not None else ""
    return datum.casefold() in _NAMELESS or datum.casefold().startswith("unknown")


def _study_fault(crs: CRS) -> str:
    """Why this CRS cannot serve a study, or nothing."""
    if crs.is_compound:
        return "is compound (it has heights)"
    if crs.is_geographic:
        return "is in degrees, and lengths and areas in degrees mean nothing"
    if not crs.is_projected:
        return "is not projected"
    if crs.name.casefold() in _NAMELESS or _nameless(crs):
        return "has no known name"
    units = {_FEET.get(axis.unit_name, axis.unit_name) for axis in crs.axis_info}
    if any(axis.unit_conversion_factor != 1.0 for axis in crs.axis_info):
        return f"is in {', '.join(sorted(units))}, not in metres"
    if crs.coordinate_operation is not None and "Pseudo Mercator" in crs.coordinate_operation.method_name:
        return "is Web Mercator, which stretches lengths by 1 / cos(latitude)"
    return ""


def _chosen(source: str, target: str) -> tuple[Operation, Transformer]:
    """The operation for a pair of CRS, made once a thread: a transformer of a group is not thread-safe."""
    made: dict[tuple[str, str], tuple[Operation, Transformer]] = _of_thread.__dict__.setdefault("made", {})
    if (source, target) not in made:
        made[source, target] = _choose(source, target)
    return made[source, target]


def _choose(source: str, target: str) -> tuple[Operation, Transformer]:
    """One operation for the whole layer, so that no seam can appear inside it."""
    a, b = _crs(source), _crs(target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a missing grid is recorded below
        group = TransformerGroup(a, b, always_xy=True, area_of_interest=_interest(a, b))  # type: ignore[arg-type]
    if not group.transformers:
        raise CrsError(f"No operation is known that carries coordinates from {_short(source)} to {_short(target)}.")
    best = group.transformers[0]
    better = [] if group.best_available else group.unavailable_operations[:1]
    missing = tuple(sorted({grid.short_name for operation in better for grid in operation.grids}))
    accuracy = float(best.accuracy) if best.accuracy is not None and best.accuracy >= 0 else math.nan
    return Operation(best.description, accuracy, missing), best


def _interest(a: CRS, b: CRS) -> AreaOfInterest | None:
    """The area of use of the more local of two CRS."""
    areas = [crs.area_of_use for crs in (a, b) if crs.area_of_use is not None]
    if not areas:
        return None
    least = min(areas, key=lambda area: (area.east - area.west) % 360 * (area.north - area.south))
    return AreaOfInterest(least.west, least.south, least.east, least.north)


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
    crs = _crs(target)
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
                f"{_edges(edges[s])} cannot be carried from {_short(source)} to {_short(target)} "
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
