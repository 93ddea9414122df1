"""Geometries of one kind, repaired: what comes between a file and Shapes."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.errors import DataError
from siting.kernels.simple import surely_valid
from siting.shapes import Kind, Shapes

__all__ = ["KINDS", "kind_of", "of_kind", "repaired", "woven"]

#: type of shapely -> kind; a collection (7) has none
KINDS: dict[int, Kind] = {0: "point", 4: "point", 1: "line", 2: "line", 5: "line", 3: "polygon", 6: "polygon"}
_AGAIN = 5  #: times at most that a repaired polygon is repaired; once has been enough so far
_MULTI: dict[Kind, Any] = {
    "point": shapely.multipoints,
    "line": shapely.multilinestrings,
    "polygon": shapely.multipolygons,
}


def kind_of(types: NDArray[np.int64], wanted: Kind | None, item: str, fix: str) -> Kind:
    """The kind of a layer: the one that is wanted, else the only one that there is.

    types : of its geometries, as shapely numbers them; a layer without any geometry (-1) counts as polygons
    """
    if wanted is not None:
        return wanted
    kinds, counts = np.unique(types, return_counts=True)
    found: dict[str, int] = {}
    for kind, count in zip(kinds, counts, strict=True):
        if kind >= 0:
            name = KINDS.get(int(kind), "geometry collection")
            found[name] = found.get(name, 0) + int(count)
    if not found:
        return "polygon"
    if len(found) == 1 and "geometry collection" not in found:
        return cast(Kind, next(iter(found)))
    listed = ", ".join(f"{name} ({count:,})" for name, count in sorted(found.items()))
    raise DataError(
        f"{item} holds features of several kinds: {listed}. "
        f"Write kind: point, line or polygon to take the parts of one kind, {fix}"
    )


def of_kind(geometry: NDArray[np.object_], kind: Kind) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Two-dimensional geometries reduced to their parts of one kind, and which of them lost something.

    A geometry without such parts becomes None.
    """
    geometry = np.asarray(geometry, dtype=object)
    high = shapely.get_coordinate_dimension(geometry) > 2
    if high.any():
        geometry = geometry.copy()
        geometry[high] = shapely.force_2d(geometry[high])
    types = shapely.get_type_id(geometry)
    good = np.array([KINDS.get(int(t)) == kind for t in range(8)])[np.maximum(types, 0)] & (types >= 0)
    out = geometry.copy()
    out[~good] = None
    rows = np.flatnonzero((types == 7) & ~shapely.is_empty(geometry))
    parts, owner = shapely.get_parts(geometry[rows], return_index=True)
    while np.any(shapely.get_type_id(parts) >= 4):  # collections and multi-part geometries, also nested
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    fits = np.array([KINDS.get(int(t)) == kind for t in shapely.get_type_id(parts)], bool)
    if fits.any():
        having = np.unique(owner[fits])
        out[rows[having]] = _MULTI[kind](parts[fits], indices=np.searchsorted(having, owner[fits]))
    lost = (types >= 0) & ~good & ~shapely.is_empty(geometry)
    kept_all = np.ones(len(rows), bool)
    np.logical_and.at(kept_all, owner, fits)
    lost[rows[kept_all]] = False
    return out, lost


def repaired(shapes: Shapes) -> tuple[Shapes, NDArray[np.bool_]]:
    """Shapes with invalid polygons repaired, and which they were.

    The rule is GEOS's structure method: shells are united, holes are cut out, whatever has collapsed to a line or
    a point is gone; what it cannot do goes through the linework method first. A polygon of which nothing is left
    becomes empty.
    """
    wrong = np.zeros(len(shapes), bool)
    if shapes.kind != "polygon":
        return shapes, wrong
    rows = np.flatnonzero(~surely_valid(shapes))
    geometries = shapes.take(rows).geometries
    bad = ~shapely.is_valid(geometries)
    wrong[rows[bad]] = True
    if not bad.any():
        return shapes, wrong
    fixed, _ = of_kind(_made_valid(geometries[bad]), "polygon")
    good = np.flatnonzero(~wrong)
    return woven(good, shapes.take(good), Shapes.from_geometries(fixed, "polygon")), wrong


def _made_valid(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Valid geometries; where the rounding of a new vertex makes lines cross elsewhere, they are repaired again."""
    out = _structured(geometry)
    for _ in range(_AGAIN):
        wrong = np.flatnonzero(~shapely.is_valid(out))
        if not len(wrong):
            break
        out[wrong] = _structured(out[wrong])
    return out


def _structured(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Geometries repaired once; where GEOS gives up (a vertex may nearly lie on an edge), by their lines first."""
    try:
        return np.asarray(shapely.make_valid(geometry, method="structure", keep_collapsed=False), dtype=object)
    except shapely.errors.GEOSException:
        if len(geometry) > 1:
            return np.concatenate([_structured(geometry[at : at + 1]) for at in range(len(geometry))])
    by_lines = shapely.make_valid(geometry)
    return np.asarray(shapely.make_valid(by_lines, method="structure", keep_collapsed=False), dtype=object)


def woven(rows: NDArray[np.int64], shapes: Shapes, others: Shapes) -> Shapes:
    """Shapes at these rows, and others of their kind, in their order, at the rows between."""
    n = len(shapes) + len(others)
    between = np.ones(n, bool)
    between[rows] = False
    order = np.empty(n, np.int64)
    order[rows], order[between] = np.arange(len(shapes)), np.arange(len(shapes), n)
    both = Shapes.joined([shapes, others])
    return both if len(rows) == n or not len(rows) else both.take(order)
