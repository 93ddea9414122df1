"""Areas and lengths that parcels and features have in common, exact, with no geometry built.

The region below an edge, taken with the sign of the edge's direction, sums over the rings of a polygon to
the polygon itself (exteriors counter-clockwise, holes clockwise). So the common area of two polygons is a
sum, over pairs of edges, of the area below both. A parcel's edges lie in x slabs, so that only edges over one
another meet; a feature's in chains with boxes, so that what passes beside or over the parcel costs next to
nothing. Where features of one class overlap each other inside a parcel, their union is swept slab by slab.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.boxes import BoxGrid, box_pairs
from siting.kernels.compiled import F2, FLOAT, I1, INT, OUT_B1, OUT_F1, njit
from siting.kernels.edges import CHAINS, SLABS, Chains, Slabs, slab_of
from siting.kernels.length import length_inside, length_within
from siting.kernels.union import union_areas
from siting.shapes import Shapes

__all__ = ["Overlay", "PolygonGrid", "covered_area", "length_inside", "length_within", "pair_areas"]

_NOISE = 1e-12  #: common areas under this share of the boxes' common area are rounding
_BOX = types.UniTuple(types.float64, 4)  # type: ignore[no-untyped-call]


def covered_area(
    parcels: Shapes,
    features: Shapes | PolygonGrid,
    *,
    classes: NDArray[np.int64] | None = None,
    class_count: int = 1,
) -> NDArray[np.float64]:
    """(n, class_count) area of each parcel covered by the features of each class, in square units of the CRS.

    Features of one class that overlap each other count once.

    parcels, features : n and m polygons in the same CRS
    classes : (m,) class of each feature, 0 <= class < class_count; None: all are of class 0

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 4, 4)])
    >>> zones = Shapes.from_geometries([shapely.box(0, 0, 2, 4), shapely.box(1, 0, 3, 4)])
    >>> covered_area(lots, zones).tolist()
    [[12.0]]
    """
    return Overlay.of(parcels, features).covered(classes, class_count)


def pair_areas(
    parcels: Shapes, features: Shapes | PolygonGrid
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Parcel, feature and common area of every pair that has one, in order of parcel and feature.

    Areas under 1e-12 of the common area of the boxes are rounding, and count as none.

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 4, 4), shapely.box(9, 9, 10, 10)])
    >>> rows, columns, areas = pair_areas(lots, Shapes.from_geometries([shapely.box(3, 0, 6, 4)]))
    >>> rows.tolist(), columns.tolist(), areas.tolist()
    ([0], [0], [4.0])
    """
    found = Overlay.of(parcels, features)
    return found.parcel, found.feature, found.area


@dataclass(frozen=True, eq=False)
class PolygonGrid:
    """Polygons ready to be laid over parcels, block by block: shared by threads.

    boxes, chains : how they and their edges are found
    overlaps : which of them overlap each other, as far as it has been asked
    """

    features: Shapes
    boxes: BoxGrid
    chains: Chains
    overlaps: _Overlaps

    def __len__(self) -> int:
        return len(self.features)

    @classmethod
    def build(cls, features: Shapes) -> PolygonGrid:
        """The grid of these polygons."""
        return cls(features, BoxGrid.of(features), Chains.of(features), _Overlaps(features))


@dataclass(eq=False)
class _Overlaps:
    """Whether two features have area in common: found out once for each pair, whichever thread asks first.

    known : keys of pairs, ascending, and the answers
    """

    features: Shapes
    known: tuple[NDArray[np.int64], NDArray[np.bool_]] = (np.empty(0, np.int64), np.empty(0, np.bool_))
    lock: Lock = field(default_factory=Lock)

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process finds out for itself."""
        return type(self), (self.features,)

    def of(self, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the features i and j overlap, i < j."""
        key = i * len(self.features) + j
        keys, answers = self.known
        at = np.searchsorted(keys, key)
        there = at < len(keys)
        there[there] = keys[at[there]] == key[there]
        out = np.zeros(len(key), np.bool_)
        out[there] = answers[at[there]]
        if not there.all():
            new = np.flatnonzero(~there)
            out[new] = _between(self.features, i[new], j[new]) > 0
            self._keep(key[new], out[new])
        return out

    def _keep(self, key: NDArray[np.int64], answer: NDArray[np.bool_]) -> None:
        with self.lock:
            keys, first = np.unique(np.concatenate([self.known[0], key]), return_index=True)
            self.known = keys, np.concatenate([self.known[1], answer])[first]


@dataclass(frozen=True, eq=False)
class Overlay:
    """Which features lie over which parcels: parcel, feature and common area of each pair, in order of both."""

    parcels: Shapes
    features: PolygonGrid
    parcel: NDArray[np.int64]
    feature: NDArray[np.int64]
    area: NDArray[np.float64]

    @classmethod
    def of(cls, parcels: Shapes, features: Shapes | PolygonGrid) -> Overlay:
        """The pairs that have area in common; see :func:`pair_areas`."""
        grid = features if isinstance(features, PolygonGrid) else PolygonGrid.build(features)
        rows, columns = grid.boxes.pairs(parcels)
        area = _areas(parcels, grid.chains, rows, columns)
        found = area > 0
        return cls(parcels, grid, rows[found], columns[found], area[found])

    def only(self, chosen: NDArray[np.bool_]) -> Overlay:
        """The pairs of the chosen (m,) features."""
        kept = chosen[self.feature]
        return replace(self, parcel=self.parcel[kept], feature=self.feature[kept], area=self.area[kept])

    def covered(self, classes: NDArray[np.int64] | None = None, class_count: int = 1) -> NDArray[np.float64]:
        """(n, class_count) area of each parcel under the features of each class; see :func:`covered_area`."""
        parcel, feature, area, group = self.parcel, self.feature, self.area, self.parcel * class_count
        if classes is not None:
            group = group + np.asarray(classes, np.int64)[feature]
            order = np.argsort(group, kind="stable")
            parcel, feature, area, group = parcel[order], feature[order], area[order], group[order]
        clash = self._clashes(group, feature)
        n = len(self.parcels)
        out = np.bincount(group[~clash], area[~clash], minlength=n * class_count).astype(np.float64)
        if clash.any():
            again, row = np.unique(parcel[clash], return_inverse=True)
            used, column = np.unique(feature[clash], return_inverse=True)
            starts = np.flatnonzero(np.diff(group[clash], prepend=-1))
            offsets = np.append(starts, len(row)).astype(np.int64)
            shapes = self.parcels.take(again), self.features.features.take(used)
            out[group[clash][starts]] += union_areas(*shapes, row[starts], offsets, column)
        return out.reshape(n, class_count)

    def _clashes(self, group: NDArray[np.int64], feature: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which entries (sorted by group) overlap another feature of their group."""
        clash = np.zeros(len(group), np.bool_)
        several = np.zeros(len(group), np.bool_)
        several[1:] = group[1:] == group[:-1]
        several[:-1] |= several[1:]
        if not several.any():
            return clash
        used, column = np.unique(feature[several], return_inverse=True)
        seen = self.features.features.take(used)
        i, j = box_pairs(seen, seen)
        i, j = i[i < j], j[i < j]
        overlapping = self.features.overlaps.of(used[i], used[j])
        i, j = np.concatenate([i[overlapping], j[overlapping]]), np.concatenate([j[overlapping], i[overlapping]])
        partners = j[np.argsort(i, kind="stable")]
        offsets = np.concatenate([[0], np.cumsum(np.bincount(i, minlength=len(used)))]).astype(np.int64)
        marks = np.zeros(len(column), np.bool_)
        _mark(group[several], column, offsets, partners, marks)
        clash[several] = marks
        return clash


def _areas(left: Shapes, right: Chains, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Common area of each of these pairs, in order of the left; of the left only those in them are looked at."""
    new = np.diff(rows, prepend=-1) != 0
    area = np.zeros(len(rows))
    slabs = Slabs.of(left.take(rows[new]))
    _pair_areas(*slabs.arrays, *right.arrays, np.cumsum(new) - 1, columns, 0, len(rows), area)
    return area


def _between(shapes: Shapes, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
    """Common area of shapes i and j; only the shapes in them are looked at."""
    used, column = np.unique(j, return_inverse=True)
    return _areas(shapes, Chains.of(shapes.take(used)), i, column)


@njit(FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, makes_arrays=False)
def _below_both(e0, e1, f0, f1, width):  # type: ignore[no-untyped-def]
    """Area above 0 and below two straight edges over a width, from their heights at its ends."""
    if f0 >= 0.0 and f1 >= 0.0 and e0 >= f0 and e1 >= f1:
        return 0.5 * (f0 + f1) * width
    if e0 >= 0.0 and e1 >= 0.0 and f0 >= e0 and f1 >= e1:
        return 0.5 * (e0 + e1) * width
    total, t0, m0 = 0.0, 0.0, min(e0, f0)
    d0, d1 = e0 - f0, e1 - f1
    t, m = 1.0, min(e1, f1)
    for part in range(2):
        if part == 0:
            if not (d0 < 0.0 < d1 or d1 < 0.0 < d0):
                continue
            t = d0 / (d0 - d1)
            m = e0 + (e1 - e0) * t
        else:
            t, m = 1.0, min(e1, f1)
        if m0 >= 0.0 and m >= 0.0:
            total += 0.5 * (m0 + m) * (t - t0)
        elif m0 > 0.0:
            total += 0.5 * m0 * (t - t0) * (m0 / (m0 - m))
        elif m > 0.0:
            total += 0.5 * m * (t - t0) * (m / (m - m0))
        t0, m0 = t, m
    return total * width


@njit(FLOAT, F2, INT, INT, FLOAT, FLOAT, FLOAT, makes_arrays=False)
def _above(coords, first, last, base, west, east):  # type: ignore[no-untyped-def]
    """Area of the ring first:last above a base and between two meridians."""
    total = 0.0
    for v in range(first, last - 1):
        x0, y0, x1, y1, sign = coords[v, 0], coords[v, 1], coords[v + 1, 0], coords[v + 1, 1], -1.0
        if x0 > x1:
            x0, y0, x1, y1, sign = x1, y1, x0, y0, 1.0
        low, high = max(x0, west), min(x1, east)
        if low >= high or (y0 <= base and y1 <= base):
            continue
        slope = (y1 - y0) / (x1 - x0)
        start, end = y0 - base + (low - x0) * slope, y0 - base + (high - x0) * slope
        total += sign * _below_both(start, end, np.inf, np.inf, high - low)
    return total


@njit(FLOAT, F2, INT, INT, INT, INT, _BOX, F2, INT, INT, makes_arrays=False)
def _over(f_coords, first, last, begin, end, box, p_coords, p_first, p_last):  # type: ignore[no-untyped-def]
    """The area of a parcel's ring below the vertices begin to end of a feature's ring, which pass over all of it.

    box : west, base, east and top of the parcel's ring, cut to the feature's box but for the top. At an end where the
    feature's ring goes on over the parcel nothing is added, as what goes on from there takes the opposite.
    """
    west, base, east, top = box
    total = 0.0
    for side in range(2):
        at = begin if side == 0 else end
        x = f_coords[at, 0]
        if x <= west:  # nothing of the parcel lies there
            continue
        if x < east:
            before, after = at - 1 if at > first else last - 2, at + 1 if at < last - 1 else first + 1
            if f_coords[before if side == 0 else after, 1] >= top:
                continue
        area = _above(p_coords, p_first, p_last, base, west, min(x, east))
        total += area if side == 0 else -area
    return total


@njit(FLOAT, F2, INT, INT, INT, INT, _BOX, F2, I1, INT, F2, I1, I1, I1, makes_arrays=False)
def _below(  # type: ignore[no-untyped-def]
    f_coords, first, last, begin, end, box, p_coords, p_rings, p, p_boxes, p_slabs, p_offsets, p_edges
):
    """The area of a parcel's ring p below the vertices begin to end of a feature's ring first:last, with both signs."""
    west, base, east, top = box
    total, slabs = 0.0, p_slabs[p + 1] - p_slabs[p]
    for v in range(begin, end):
        fx0, fy0, fx1, fy1, f_sign = f_coords[v, 0], f_coords[v, 1], f_coords[v + 1, 0], f_coords[v + 1, 1], 1.0
        if fx0 > fx1:
            fx0, fy0, fx1, fy1, f_sign = fx1, fy1, fx0, fy0, -1.0
        if fx1 <= west or fx0 >= east or (fy0 <= base and fy1 <= base):
            continue
        if fy0 >= top and fy1 >= top:
            total += _over(f_coords, first, last, v, v + 1, box, p_coords, p_rings[p], p_rings[p + 1])
            continue
        if fx0 == fx1:
            continue
        low, high = max(fx0, west), min(fx1, east)
        f_slope = (fy1 - fy0) / (fx1 - fx0)
        p_first = slab_of(low, p_boxes, p, slabs)
        for slab in range(p_first, slab_of(high, p_boxes, p, slabs) + 1):
            for item in range(p_offsets[p_slabs[p] + slab], p_offsets[p_slabs[p] + slab + 1]):
                w = p_edges[item]
                if w < 0:
                    if slab > p_first:  # seen in an earlier slab
                        continue
                    w = -1 - w
                px0, px1, sign = p_coords[w, 0], p_coords[w + 1, 0], f_sign
                if px0 > px1:
                    px0, px1, sign = px1, px0, -f_sign
                x0, x1 = max(low, px0), min(high, px1)
                if x0 >= x1:
                    continue
                py0, py1 = p_coords[w, 1], p_coords[w + 1, 1]
                if sign != f_sign:
                    py0, py1 = py1, py0
                if py0 <= base and py1 <= base:
                    continue
                p_slope = (py1 - py0) / (px1 - px0)
                total += sign * _below_both(
                    py0 - base + (x0 - px0) * p_slope,
                    py0 - base + (x1 - px0) * p_slope,
                    fy0 - base + (x0 - fx0) * f_slope,
                    fy0 - base + (x1 - fx0) * f_slope,
                    x1 - x0,
                )
    return total


@njit(types.void, *SLABS, *CHAINS, I1, I1, INT, INT, OUT_F1, makes_arrays=False)
def _pair_areas(  # type: ignore[no-untyped-def]
    p_coords, p_rings, p_shapes, p_boxes, p_slabs, p_offsets, p_edges,
    f_coords, f_rings, f_shapes, f_ring_boxes, f_chains, f_boxes, rows, columns, start, stop, area,
):  # fmt: skip
    """Common area of the pairs start:stop, ring by ring with its sign."""
    for pair in range(start, stop):
        total, boxes = 0.0, 0.0
        for f in range(f_shapes[columns[pair]], f_shapes[columns[pair] + 1]):
            fx0, fy0, fx1, fy1 = f_ring_boxes[f, 0], f_ring_boxes[f, 1], f_ring_boxes[f, 2], f_ring_boxes[f, 3]
            first, last, chains = f_rings[f], f_rings[f + 1], f_chains[f + 1] - f_chains[f]
            for p in range(p_shapes[rows[pair]], p_shapes[rows[pair] + 1]):
                west, east, top = max(p_boxes[p, 0], fx0), min(p_boxes[p, 2], fx1), p_boxes[p, 3]
                base = max(p_boxes[p, 1], fy0)
                if west >= east or base >= min(top, fy1):
                    continue
                boxes += (east - west) * (min(top, fy1) - base)
                box = west, base, east, top
                for chain in range(chains):
                    at = f_chains[f] + chain
                    if f_boxes[at, 0] >= east or f_boxes[at, 2] <= west or f_boxes[at, 3] <= base:
                        continue
                    begin = first + (last - 1 - first) * chain // chains
                    end = first + (last - 1 - first) * (chain + 1) // chains
                    if f_boxes[at, 1] >= top:
                        total += _over(f_coords, first, last, begin, end, box, p_coords, p_rings[p], p_rings[p + 1])
                        continue
                    total += _below(
                        f_coords, first, last, begin, end, box,
                        p_coords, p_rings, p, p_boxes, p_slabs, p_offsets, p_edges,
                    )  # fmt: skip
        area[pair] = total if total > _NOISE * boxes else 0.0


@njit(types.void, I1, I1, I1, I1, OUT_B1)
def _mark(group, feature, offsets, partners, marks):  # type: ignore[no-untyped-def]
    """Mark the entries (sorted by group) of which a partner is in the same group."""
    latest = np.full(len(offsets), -1, np.int64)
    begin = 0
    while begin < len(group):
        end = begin
        while end < len(group) and group[end] == group[begin]:
            latest[feature[end]] = group[begin]
            end += 1
        for entry in range(begin, end):
            for partner in range(offsets[feature[entry]], offsets[feature[entry] + 1]):
                if latest[partners[partner]] == group[begin]:
                    marks[entry] = True
                    break
        begin = end
