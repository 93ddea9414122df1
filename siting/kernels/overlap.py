"""Areas and lengths that parcels and features have in common, exact, with no geometry built.

The region below an edge, taken with the sign of the edge's direction, sums over the rings of a polygon to
the polygon itself (exteriors counter-clockwise, holes clockwise). So the common area of two polygons is a
sum, over pairs of edges, of the area below both. A parcel's edges lie in x slabs, so that only edges over one
another meet; a feature's in chains with boxes, so that what passes beside or over the parcel costs next to
nothing. Where features of one class overlap each other inside a parcel, their union is swept slab by slab.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from siting.kernels.boxes import box_pairs
from siting.kernels.compiled import BOOL, F1, F2, FLOAT, I1, INT, OUT_B1, OUT_F1, OUT_F2, OUT_I1, njit
from siting.kernels.length import length_inside, length_within
from siting.kernels.union import union_areas
from siting.shapes import Shapes

__all__ = ["covered_area", "length_inside", "length_within", "pair_areas"]

_PER_SLAB = 8  #: edges of a ring a slab, about
_NOISE = 1e-12  #: common areas under this share of the boxes' common area are rounding

_SLABS = (F2, I1, I1, F2, I1, I1, I1)  # as _Slabs.arrays
_CHAINS = (F2, I1, I1, I1, F2)  # as _Chains.arrays


def covered_area(
    parcels: Shapes, features: Shapes, *, classes: NDArray[np.int64] | None = None, class_count: int = 1
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
    parcel, feature, area = pair_areas(parcels, features)
    group = parcel * class_count + (0 if classes is None else np.asarray(classes, np.int64)[feature])
    order = np.argsort(group, kind="stable")
    parcel, feature, area, group = parcel[order], feature[order], area[order], group[order]
    clash = _clashes(features, group, feature)
    out = np.bincount(group[~clash], area[~clash], minlength=len(parcels) * class_count).astype(np.float64)
    if clash.any():
        again, row = np.unique(parcel[clash], return_inverse=True)
        used, column = np.unique(feature[clash], return_inverse=True)
        starts = np.flatnonzero(np.diff(group[clash], prepend=-1))
        offsets = np.append(starts, len(row)).astype(np.int64)
        out[group[clash][starts]] += union_areas(parcels.take(again), features.take(used), row[starts], offsets, column)
    return out.reshape(len(parcels), class_count)


def pair_areas(parcels: Shapes, features: Shapes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Parcel, feature and common area of every pair that has one, in order of parcel and feature.

    Areas under 1e-12 of the common area of the boxes are rounding, and count as none.

    >>> import shapely
    >>> lots = Shapes.from_geometries([shapely.box(0, 0, 4, 4), shapely.box(9, 9, 10, 10)])
    >>> rows, columns, areas = pair_areas(lots, Shapes.from_geometries([shapely.box(3, 0, 6, 4)]))
    >>> rows.tolist(), columns.tolist(), areas.tolist()
    ([0], [0], [4.0])
    """
    rows, columns = box_pairs(parcels, features)
    area = _areas(parcels, features, rows, columns)
    found = area > 0
    return rows[found], columns[found], area[found]


@dataclass(frozen=True, eq=False)
class _Slabs:
    """Shapes whose edges are found by x: ring i has the slabs slab_offsets[i]:slab_offsets[i + 1] of equal width.

    boxes : (r, 4) of the rings; edge_offsets, edges : CSR of the edges that pass each slab: the first vertex v
        of an edge that begins in the slab, -1 - v of one that comes from the slab before
    """

    shapes: Shapes
    boxes: NDArray[np.float64]
    slab_offsets: NDArray[np.int64]
    edge_offsets: NDArray[np.int64]
    edges: NDArray[np.int64]

    @property
    def arrays(self) -> tuple[NDArray[np.float64] | NDArray[np.int64], ...]:
        """What the kernels read."""
        shapes = self.shapes
        rings = shapes.ring_offsets, shapes.shape_offsets, self.boxes
        return shapes.coords, *rings, self.slab_offsets, self.edge_offsets, self.edges

    @classmethod
    def of(cls, shapes: Shapes) -> _Slabs:
        rings = len(shapes.ring_offsets) - 1
        as_shapes = Shapes("polygon", shapes.coords, shapes.ring_offsets, np.arange(rings + 1), np.ones(rings, bool))
        boxes = np.ascontiguousarray(as_shapes.bounds)
        slabs = np.maximum((np.diff(shapes.ring_offsets) - 1) // _PER_SLAB, 1)
        slab_offsets = np.concatenate([[0], np.cumsum(slabs)]).astype(np.int64)
        counts = np.zeros(slab_offsets[-1] + 1, np.int64)
        _bin_edges(shapes.coords, shapes.ring_offsets, boxes, slab_offsets, True, counts, np.empty(0, np.int64))
        offsets = np.cumsum(counts)
        edges = np.empty(offsets[-1], np.int64)
        _bin_edges(shapes.coords, shapes.ring_offsets, boxes, slab_offsets, False, offsets[:-1].copy(), edges)
        return cls(shapes, boxes, slab_offsets, offsets, edges)


@dataclass(frozen=True, eq=False)
class _Chains:
    """Shapes whose edges are found by boxes of chains: ring i has the chains offsets[i]:offsets[i + 1] of equal length.

    boxes : (c, 4) of the chains
    """

    shapes: Shapes
    offsets: NDArray[np.int64]
    boxes: NDArray[np.float64]

    @property
    def arrays(self) -> tuple[NDArray[np.float64] | NDArray[np.int64], ...]:
        """What the kernels read."""
        return self.shapes.coords, self.shapes.ring_offsets, self.shapes.shape_offsets, self.offsets, self.boxes

    @classmethod
    def of(cls, shapes: Shapes, used: NDArray[np.int64]) -> _Chains:
        """Chains as many as each is long; none for shapes that are not used."""
        wanted = np.zeros(len(shapes), np.bool_)
        wanted[used] = True
        counts = np.floor(np.sqrt(np.diff(shapes.ring_offsets))).astype(np.int64)
        counts[~np.repeat(wanted, np.diff(shapes.shape_offsets))] = 0
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        boxes = np.empty((offsets[-1], 4))
        _chain_boxes(shapes.coords, shapes.ring_offsets, offsets, boxes)
        return cls(shapes, offsets, boxes)


def _areas(left: Shapes, right: Shapes, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Common area of each of these pairs; only the shapes in them are looked at."""
    used, row = np.unique(rows, return_inverse=True)
    area = np.zeros(len(rows))
    _pair_areas(
        *_Slabs.of(left.take(used)).arrays, *_Chains.of(right, columns).arrays, row, columns, 0, len(rows), area
    )
    return area


def _clashes(features: Shapes, group: NDArray[np.int64], feature: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which entries (sorted by group) overlap another feature of their group."""
    clash = np.zeros(len(group), np.bool_)
    several = np.zeros(len(group), np.bool_)
    several[1:] = group[1:] == group[:-1]
    several[:-1] |= several[1:]
    if not several.any():
        return clash
    used, column = np.unique(feature[several], return_inverse=True)
    seen = features.take(used)
    i, j = box_pairs(seen, seen)
    i, j = i[i < j], j[i < j]
    overlapping = _areas(seen, seen, i, j) > 0
    i, j = np.concatenate([i[overlapping], j[overlapping]]), np.concatenate([j[overlapping], i[overlapping]])
    partners = j[np.argsort(i, kind="stable")]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(i, minlength=len(used)))]).astype(np.int64)
    marks = np.zeros(len(column), np.bool_)
    _mark(group[several], column, offsets, partners, marks)
    clash[several] = marks
    return clash


@njit(INT, FLOAT, F2, INT, INT)
def _slab(x, boxes, ring, slabs):  # type: ignore[no-untyped-def]
    """The slab of a ring in which x lies."""
    width = boxes[ring, 2] - boxes[ring, 0]
    if slabs == 1 or width <= 0.0:
        return 0
    return min(max(int((x - boxes[ring, 0]) / width * slabs), 0), slabs - 1)


@njit(types.void, F2, I1, F2, I1, BOOL, OUT_I1, OUT_I1)
def _bin_edges(coords, ring_offsets, boxes, slab_offsets, count, at, edges):  # type: ignore[no-untyped-def]
    """Count the edges that pass each slab (into at[slab + 1]), or put them in their places at[slab]."""
    for ring in range(len(ring_offsets) - 1):
        slabs = slab_offsets[ring + 1] - slab_offsets[ring]
        for v in range(ring_offsets[ring], ring_offsets[ring + 1] - 1):
            xa, xb = min(coords[v, 0], coords[v + 1, 0]), max(coords[v, 0], coords[v + 1, 0])
            begin = _slab(xa, boxes, ring, slabs)
            for slab in range(begin, _slab(xb, boxes, ring, slabs) + 1):
                if count:
                    at[slab_offsets[ring] + slab + 1] += 1
                else:
                    edges[at[slab_offsets[ring] + slab]] = v if slab == begin else -1 - v
                    at[slab_offsets[ring] + slab] += 1


@njit(FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT)
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


@njit(FLOAT, F2, INT, INT, FLOAT, FLOAT, FLOAT)
def _between(coords, first, last, base, west, east):  # type: ignore[no-untyped-def]
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


@njit(types.void, F2, I1, I1, OUT_F2)
def _chain_boxes(coords, ring_offsets, chain_offsets, boxes):  # type: ignore[no-untyped-def]
    """The boxes of the chains of each ring."""
    for ring in range(len(ring_offsets) - 1):
        first, last, chains = (
            ring_offsets[ring],
            ring_offsets[ring + 1] - 1,
            chain_offsets[ring + 1] - chain_offsets[ring],
        )
        for chain in range(chains):
            begin, end = first + (last - first) * chain // chains, first + (last - first) * (chain + 1) // chains
            x0 = y0 = np.inf
            x1 = y1 = -np.inf
            for v in range(begin, end + 1):
                x0, x1 = min(x0, coords[v, 0]), max(x1, coords[v, 0])
                y0, y1 = min(y0, coords[v, 1]), max(y1, coords[v, 1])
            at = chain_offsets[ring] + chain
            boxes[at, 0], boxes[at, 1], boxes[at, 2], boxes[at, 3] = x0, y0, x1, y1


@njit(FLOAT, F2, INT, INT, INT, INT, F1, F2, INT, INT)
def _over(f_coords, first, last, begin, end, box, p_coords, p_first, p_last):  # type: ignore[no-untyped-def]
    """The area of a parcel's ring below the vertices begin to end of a feature's ring, which pass over all of it.

    box : west, base, east and top of the parcel's ring, cut to the feature's box but for the top. At an end where the
    feature's ring goes on over the parcel nothing is added, as what goes on from there takes the opposite.
    """
    total, west, base, east, top = 0.0, box[0], box[1], box[2], box[3]
    for side in range(2):
        at = begin if side == 0 else end
        x = f_coords[at, 0]
        if west < x < east:
            before, after = at - 1 if at > first else last - 2, at + 1 if at < last - 1 else first + 1
            if f_coords[before if side == 0 else after, 1] >= top:
                continue
        area = _between(p_coords, p_first, p_last, base, west, min(x, east))
        total += area if side == 0 else -area
    return total


@njit(FLOAT, F2, INT, INT, INT, INT, F1, F2, I1, INT, F2, I1, I1, I1)
def _below(  # type: ignore[no-untyped-def]
    f_coords, first, last, begin, end, box, p_coords, p_rings, p, p_boxes, p_slabs, p_offsets, p_edges
):
    """The area of a parcel's ring p below the vertices begin to end of a feature's ring first:last, with both signs."""
    total, west, base, east, top = 0.0, box[0], box[1], box[2], box[3]
    slabs = p_slabs[p + 1] - p_slabs[p]
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
        p_first = _slab(low, p_boxes, p, slabs)
        for slab in range(p_first, _slab(high, p_boxes, p, slabs) + 1):
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


@njit(types.void, *_SLABS, *_CHAINS, I1, I1, INT, INT, OUT_F1)
def _pair_areas(  # type: ignore[no-untyped-def]
    p_coords, p_rings, p_shapes, p_boxes, p_slabs, p_offsets, p_edges,
    f_coords, f_rings, f_shapes, f_chains, f_boxes, rows, columns, start, stop, area,
):  # fmt: skip
    """Common area of the pairs start:stop, ring by ring with its sign."""
    box = np.empty(4)
    for pair in range(start, stop):
        total, boxes = 0.0, 0.0
        for f in range(f_shapes[columns[pair]], f_shapes[columns[pair] + 1]):
            fx0 = fy0 = np.inf
            fx1 = fy1 = -np.inf
            for chain in range(f_chains[f], f_chains[f + 1]):
                fx0, fy0 = min(fx0, f_boxes[chain, 0]), min(fy0, f_boxes[chain, 1])
                fx1, fy1 = max(fx1, f_boxes[chain, 2]), max(fy1, f_boxes[chain, 3])
            first, last, chains = f_rings[f], f_rings[f + 1], f_chains[f + 1] - f_chains[f]
            for p in range(p_shapes[rows[pair]], p_shapes[rows[pair] + 1]):
                west, east, top = max(p_boxes[p, 0], fx0), min(p_boxes[p, 2], fx1), p_boxes[p, 3]
                base = max(p_boxes[p, 1], fy0)
                if west >= east or base >= min(top, fy1):
                    continue
                boxes += (east - west) * (min(top, fy1) - base)
                box[0], box[1], box[2], box[3] = west, base, east, top
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
