"""Layers made from others: buffered, dissolved, reduced.

Features that a condition may or may not hold for stay uncertain: what is made of them alone is uncertain too.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.errors import StudyError, did_you_mean, named
from siting.layer.crosswalk import code_text
from siting.layer.data import VectorLayer
from siting.layer.geometry import of_kind
from siting.shapes import Shapes

__all__ = ["buffered", "difference", "dissolved", "quarter_segments"]

_TOLERANCE_M = 0.05  #: a buffer's edge lies at most so far inside the true one, as with reprojection


def quarter_segments(by_m: float) -> int:
    """Segments a quarter circle that keep a buffer's edge within 5 cm of the true arc.

    The sagitta of a chord over the angle a is r (1 - cos(a / 2)), and a = 90 degrees / segments.

    >>> quarter_segments(0.01), quarter_segments(150.0), quarter_segments(5000.0)
    (8, 31, 176)
    """
    if by_m <= _TOLERANCE_M:
        return 8
    return max(8, math.ceil(math.pi / 4 / math.acos(1 - _TOLERANCE_M / by_m)))


def buffered(layer: VectorLayer, by_m: float) -> VectorLayer:
    """The land within a distance of each feature, feature by feature, with its attributes.

    Where absence was known up to an edge, it is now known only ``by_m`` inside that edge.
    """
    shapes = shapely.buffer(layer.shapes.geometries, by_m, quad_segs=quarter_segments(by_m))
    coverage: Any = None if layer.coverage is None else shapely.buffer(layer.coverage, -by_m)
    return replace(layer, shapes=Shapes.from_geometries(shapes, "polygon"), coverage=coverage)


def dissolved(layer: VectorLayer, by: tuple[str, ...], *, item: str) -> VectorLayer:
    """One feature for each combination of the values of ``by`` (a null is a value), with those fields alone.

    Uncertain features are joined by themselves, so that a group may be there twice: certain, and possible.
    """
    for name in by:
        if name not in layer.table.columns:
            raise StudyError(
                f"{item} has by: {name!r}, which is no field of it.{did_you_mean(name, layer.table.columns)} "
                f"Its fields are {named(layer.table.columns)}."
            )
    texts = [[code_text(value) for value in layer.table[name]] for name in by]
    keys = list(zip(*texts, layer.certain.tolist(), strict=True)) if len(layer) else []
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    order = sorted(groups, key=lambda key: (key[:-1], not key[-1]))
    joined = [shapely.union_all(layer.shapes.geometries[groups[key]]) for key in order]
    first = np.array([groups[key][0] for key in order], np.int64)
    return replace(
        layer,
        shapes=Shapes.from_geometries(_array(joined), layer.shapes.kind),
        table=layer.table[list(by)].iloc[first].reset_index(drop=True),
        ids=_array([", ".join(key[:-1]) or "all" for key in order]),
        certain=np.array([key[-1] for key in order], bool),
        units={name: unit for name, unit in layer.units.items() if name in by},
    )


def difference(layer: VectorLayer, minus: VectorLayer, *, item: str) -> VectorLayer:
    """The features without what lies in the polygons of another layer; features without anything left go.

    What only an uncertain polygon takes away may still be there: that piece is an uncertain feature of its own.
    Absence is known where it is known of both layers.
    """
    if len(minus) and minus.shapes.kind != "polygon":
        raise StudyError(
            f"{item} takes away {minus.shapes.kind}s, which cover no land. Name polygons under minus:, or make some: "
            "minus: {buffer: {of: ..., by: 10 m}}."
        )
    geometry, sure = layer.shapes.geometries, minus.certain
    certain_gone = _over(geometry, minus.shapes.geometries[sure])
    possible = _over(geometry, minus.shapes.geometries[~sure])
    left = shapely.difference(geometry, certain_gone)
    solid, _ = of_kind(shapely.difference(left, possible), layer.shapes.kind)
    loose, _ = of_kind(shapely.intersection(left, possible), layer.shapes.kind)
    rows = np.arange(len(layer))
    pieces = [(solid, rows, layer.certain), (loose, rows, np.zeros(len(layer), bool))]
    shapes = np.concatenate([piece for piece, _, _ in pieces])
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    source, certain = np.concatenate([rows for _, rows, _ in pieces]), np.concatenate([c for _, _, c in pieces])
    out = layer.take(source[there])
    return replace(
        out,
        shapes=Shapes.from_geometries(shapes[there], layer.shapes.kind),
        certain=certain[there],
        coverage=_both(layer.coverage, minus.coverage),
    )


def _over(geometry: NDArray[np.object_], polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """(n,) the union of the polygons that meet each geometry; empty where none does."""
    out = np.full(len(geometry), shapely.Polygon(), dtype=object)
    if not len(polygons) or not len(geometry):
        return out
    row, hit = shapely.STRtree(polygons).query(geometry, predicate="intersects")
    order = np.lexsort((hit, row))
    row, hit = row[order], hit[order]
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    for at, members in zip(row[starts], np.split(hit, starts[1:]), strict=True) if len(row) else ():
        out[at] = shapely.union_all(polygons[members])
    return out


def _both(one: Any, two: Any) -> Any:
    """Where both are known; None is everywhere."""
    if one is None or two is None:
        return two if one is None else one
    return shapely.intersection(one, two)


def _array(items: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out
