"""Masks: the land that one cut of usable land closes, as small overlapping polygons that are quick to subtract.

Large outlines are divided into pieces that overlap by a centimetre, so that subtracting one after the
other leaves no slivers on the seams; their union is the mask. Raster masks are the closed cells,
outlined along their borders and carried to the study's CRS, nothing resampled.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray

from siting.crs import reproject_shapely, reproject_shapes
from siting.errors import StudyError, did_you_mean, named
from siting.kernels.coverage import over_cells
from siting.kernels.interior import Interior
from siting.kernels.overlap import PolygonGrid
from siting.kernels.slope import horn_slope
from siting.kernels.zonal import Numeric
from siting.layer import RasterLayer, VectorLayer, select
from siting.layer.geometry import of_kind
from siting.metrics.features import COVERED_SHARE
from siting.metrics.grid import CellGrid, Cells
from siting.metrics.zonal import valid_share
from siting.shapes import Shapes
from siting.units import parse_unit
from siting.where import Where, numbers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siting.measure import Layers
    from siting.parcels import Parcels
    from siting.units import Length, Slope

__all__ = ["LocalMask", "Mask", "mask_of", "masks_near", "polygons_of"]

_MANY_VERTICES = 128
_SEAM_M = 0.01
_QUARTER_SEGMENTS = 32  #: a buffer's arc lies at most 0.03 % of its radius inside the true one
_VALID = 0.99  #: a parcel with cells under less of it than this is not mapped (judgement)
_BLOCK = 256  #: cells a side of the blocks in which a raster is outlined
#: rasterio silences a warning of its own here, which only one thread may do at a time, or the warning comes through
_OUTLINING = Lock()


@dataclass(frozen=True, eq=False)
class LocalMask:
    """A mask near some parcels.

    pieces : polygons whose union is the mask there
    pairs : (parcel, piece) rows that touch
    covers : (n,) whether the layer covers the parcel, so that "nothing cut" is an answer
    inner : (n,) what the mask leaves of each parcel, for a setback; its strip has the parcel's own border, and taking
        that away leaves slivers along it
    """

    pieces: Shapes
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
    covers: NDArray[np.bool_]
    inner: NDArray[np.object_] | None = None


class Mask(Protocol):
    """What a cut closes, asked near some parcels."""

    def near(self, parcels: Parcels) -> LocalMask:
        """The mask near these parcels."""


class _CutSpec(Protocol):
    """The part of a cut that a mask needs."""

    @property
    def name(self) -> str: ...
    @property
    def layer(self) -> str | None: ...
    @property
    def where(self) -> Where | None: ...
    @property
    def buffer(self) -> Length | None: ...
    @property
    def buffer_by(self) -> Mapping[str, Any] | None: ...
    @property
    def slope_above(self) -> Slope | None: ...
    @property
    def above(self) -> float | None: ...
    @property
    def below(self) -> float | None: ...
    @property
    def classes(self) -> tuple[int, ...] | None: ...
    @property
    def setback(self) -> Length | None: ...
    @property
    def band(self) -> int | None: ...
    @property
    def steps(self) -> tuple[str, tuple[tuple[float, float], ...]] | None: ...
    @property
    def reach_m(self) -> float: ...
    def steps_in(self, unit: str | None) -> tuple[str, tuple[tuple[float, float], ...]] | None: ...


def mask_of(cut: _CutSpec, layers: Layers) -> Mask:
    """The mask of a cut. Raises StudyError where the layer is missing or cannot be cut so.

    Features for which ``where`` is unknown are cut: land is not called usable because an attribute is missing.
    """
    if cut.setback is not None:
        return _Setback(cut.setback.value)
    layer = layers.get(str(cut.layer))
    if layer is None:
        raise StudyError(
            f"The cut {cut.name!r} names the layer {cut.layer!r}, which the study does not have."
            f"{did_you_mean(str(cut.layer), layers)} Its layers are {named(layers)}."
        )
    raster = isinstance(layer, RasterLayer)
    for key in ("where", "buffer", "buffer_by") if raster else ("slope_above", "above", "below", "classes", "band"):
        if getattr(cut, key) is not None:
            raise StudyError(
                f"The cut {cut.name!r} says {key!r}, which is for {'features' if raster else 'cells'}, but the layer "
                f"{layer.name!r} is {'a raster' if raster else 'one of features'}. "
                + ("Use slope_above, above, below or classes." if raster else "Use where, buffer or buffer_by.")
            )
    if not isinstance(layer, RasterLayer):
        return _vector_mask(cut, layer)
    if cut.slope_above is None and cut.above is None and cut.below is None and cut.classes is None:
        raise StudyError(
            f"The cut {cut.name!r} does not say which cells of the raster {layer.name!r} are closed. "
            "Add slope_above, above, below or classes."
        )
    coverage = None
    if layer.coverage is not None:
        coverage = Interior(PolygonGrid.build(Shapes.from_geometries([layer.coverage], "polygon")))
    return _RasterMask(cut, layer, CellGrid.of(layer), coverage)


@dataclass(frozen=True)
class _Setback:
    """A strip along the parcel's own border."""

    distance_m: float

    def near(self, parcels: Parcels) -> LocalMask:
        n = len(parcels)
        own = parcels.shapes.geometries
        inner = shapely.buffer(own, -self.distance_m, quad_segs=_QUARTER_SEGMENTS)
        strip = polygons_of(shapely.difference(own, inner))
        rows = np.flatnonzero(~shapely.is_empty(strip))
        return LocalMask(Shapes.from_geometries(strip, "polygon"), (rows, rows), np.ones(n, bool), inner)


@dataclass(frozen=True, eq=False)
class _VectorMask:
    """Polygons, divided once for all parcels; ``coverage`` is where all features that reach a parcel are known."""

    pieces: NDArray[np.object_]
    tree: shapely.STRtree
    coverage: Interior | None

    def near(self, parcels: Parcels) -> LocalMask:
        rows, items = self.tree.query(parcels.shapes.geometries, predicate="intersects")
        return _local(self.pieces, rows, items, _covers(parcels.shapes, self.coverage))


@dataclass(frozen=True, eq=False)
class _RasterMask:
    """Closed cells of a raster, read around the parcels in fixed blocks, so that a parcel meets the same pieces always.

    Neighbouring blocks overlap by two cells: their union has no seam.
    """

    cut: Any
    layer: RasterLayer
    grid: CellGrid
    coverage: Interior | None

    def near(self, parcels: Parcels) -> LocalMask:
        return masks_near([self], parcels)[0]

    def valid(self, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
        """Which cells of a box of the grid have data."""
        _, valid = self._closed(cells := self.grid.cells(self.layer, box, self.cut.band, halo=1))
        return cells.with_values(cells.values, valid).within(box, cells.transform).valid

    def of(self, parcels: Parcels, on_grid: Shapes, covers: NDArray[np.bool_]) -> LocalMask:
        """The mask near parcels, which lie ``on_grid`` in the raster's CRS; ``covers``: whether cells with data do."""
        met = np.concatenate([rows for rows, _ in self.grid.windows(on_grid)] or [np.empty(0, np.int64)])
        divided = [self._pieces(block, parcels.crs) for block in sorted(self._blocks(on_grid.bounds[met]))]
        pieces = np.concatenate(divided) if divided else np.empty(0, object)
        rows, items = shapely.STRtree(pieces).query(parcels.shapes.geometries, predicate="intersects")
        order = np.lexsort((items, rows))
        return _local(pieces, rows[order], items[order], covers & _covers(parcels.shapes, self.coverage))

    def _blocks(self, bounds: NDArray[np.float64]) -> set[tuple[int, int]]:
        """Block row and column of every block that one of these boxes meets."""
        a, b, c, d, e, f = self.grid.transform
        x, y = bounds[:, [0, 0, 2, 2]] - c, bounds[:, [1, 3, 1, 3]] - f
        column, row = (e * x - b * y) / (a * e - b * d), (a * y - d * x) / (a * e - b * d)
        size = np.array([self.grid.height, self.grid.width]) - 1
        least = np.clip(np.column_stack([row.min(axis=1), column.min(axis=1)]), 0, size).astype(np.int64) // _BLOCK
        most = np.clip(np.column_stack([row.max(axis=1), column.max(axis=1)]), 0, size).astype(np.int64) // _BLOCK
        return {
            (int(i), int(j))
            for r0, c0, r1, c1 in np.unique(np.concatenate([least, most], axis=1), axis=0)
            for i in range(r0, r1 + 1)
            for j in range(c0, c1 + 1)
        }

    def _pieces(self, block: tuple[int, int], crs: str) -> NDArray[np.object_]:
        """The closed cells of one block, and of one cell around it, as small polygons in the parcels' CRS."""
        first = np.maximum(np.array(block) * _BLOCK - 2, 0)
        last = np.minimum(np.array(block) * _BLOCK + _BLOCK + 2, (self.grid.height, self.grid.width))
        box = int(first[0]), int(first[1]), int(last[0]), int(last[1])
        cells = self.grid.cells(self.layer, box, self.cut.band)
        closed, _ = self._closed(cells)
        top, left = np.array(block) * _BLOCK - 1 - first  # the outermost cells are there for the slope alone
        inner = np.zeros_like(closed)
        part = (slice(max(top, 0), top + _BLOCK + 2), slice(max(left, 0), left + _BLOCK + 2))
        inner[part] = closed[part]
        with _OUTLINING:
            outlines = list(rasterio.features.shapes(inner.astype(np.uint8), inner, 4, Affine(*cells.transform)))
        polygons = np.array([shapely.geometry.shape(outline) for outline, _ in outlines], dtype=object)
        if crs != self.layer.crs and len(polygons):
            polygons, _ = reproject_shapely(polygons, self.layer.crs, crs)
        return _divided(polygons)

    def _closed(self, cells: Cells) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which cells are closed, and which have data."""
        cut, values = self.cut, cells.values
        if cut.slope_above is not None:
            factor = parse_unit(self.layer.require_unit("a cut by slope"), "length").factor
            dx_m, dy_m = self.grid.cell_sizes_m(cells.first_row, len(values))
            slope, valid = horn_slope(np.ascontiguousarray(values * factor), cells.valid, dx_m, dy_m)
            with np.errstate(invalid="ignore"):
                return valid & (slope > cut.slope_above.value), valid
        closed = cells.valid.copy()
        if cut.classes is not None:
            closed &= np.isin(values, cut.classes)
        with np.errstate(invalid="ignore"):
            if cut.above is not None:
                closed &= values > cut.above
            if cut.below is not None:
                closed &= values < cut.below
        return closed, cells.valid


def masks_near(masks: Sequence[Mask], parcels: Parcels) -> list[LocalMask]:
    """The masks near these parcels; the coverage of a parcel by a grid's cells is worked out once for its masks."""
    out: dict[int, LocalMask] = {}
    grids: dict[Hashable, list[int]] = {}
    for number, mask in enumerate(masks):
        if isinstance(mask, _RasterMask):
            grids.setdefault((mask.layer.crs, mask.grid.key), []).append(number)
        else:
            out[number] = mask.near(parcels)
    for numbers in grids.values():
        some = [mask for number in numbers if isinstance(mask := masks[number], _RasterMask)]
        on_grid, _ = reproject_shapes(parcels.shapes, parcels.crs, some[0].layer.crs)
        for number, mask, share in zip(numbers, some, _valid_shares(some, on_grid), strict=True):
            out[number] = mask.of(parcels, on_grid, share >= _VALID)
    return [out[number] for number in range(len(masks))]


def _valid_shares(masks: Sequence[_RasterMask], on_grid: Shapes) -> NDArray[np.float64]:
    """(k, n) share of each shape that lies on cells with data, for k masks of one grid.

    Where all cells have data, the share of a shape within the grid is 1, and nothing is worked out.
    """
    grid, share = masks[0].grid, np.zeros((len(masks), len(on_grid)))
    for rows, box in grid.windows(on_grid):
        valid = [mask.valid(box) for mask in masks]
        if all(cells.all() for cells in valid):
            within = grid.holds(on_grid.take(rows))
            share[:, rows[within]] = 1.0
            rows = rows[~within]
        if not len(rows):
            continue
        origin, weights = grid.transform_at(*box[:2]), grid.row_weights(box[0], box[2] - box[0])
        nothing = np.zeros(valid[0].shape)
        counted = [Numeric.of(len(rows), nothing, cells, weights, 0.0) for cells in valid]
        outside = over_cells(on_grid.take(rows), origin, nothing.shape, counted)
        share[:, rows] = [valid_share(numeric.result(outside), weights) for numeric in counted]
    return share


def _vector_mask(cut: _CutSpec, layer: VectorLayer) -> _VectorMask:
    chosen = select(layer, cut.where, unknown="include")
    polygons = chosen.shapes.geometries
    if cut.steps is not None:
        field, steps = cut.steps
        if field not in chosen.table.columns:
            known = [str(column) for column in chosen.table.columns]
            raise StudyError(
                f"The cut {cut.name!r}: the layer {layer.name!r} has no field {field!r}.{did_you_mean(field, known)} "
                f"Its fields are {named(known)}."
            )
        level = numbers_of(chosen.table[field])
        if len(level) and np.isnan(level).all():
            raise StudyError(
                f"The cut {cut.name!r}: the field {field!r} of the layer {layer.name!r} holds no number, so "
                "'buffer_by' cannot go by it. Name another field, or write buffer: 30 m."
            )
        _, steps = cut.steps_in(layer.units.get(field)) or (field, steps)
        distance = _distance_by(level, steps)
        polygons = shapely.buffer(polygons[distance > 0], distance[distance > 0], quad_segs=_QUARTER_SEGMENTS)
    elif cut.buffer is not None:
        polygons = shapely.buffer(polygons, cut.buffer.value, quad_segs=_QUARTER_SEGMENTS)
    elif chosen.shapes.kind != "polygon" and len(chosen.shapes):
        raise StudyError(
            f"The cut {cut.name!r}: the layer {layer.name!r} holds {chosen.shapes.kind}s, which have no area. "
            "Add a buffer, such as buffer: 30 m."
        )
    pieces = _divided(polygons)
    tree = shapely.STRtree(pieces)
    tree.query(shapely.Point(0, 0))  # builds it now: threads share it
    coverage = None
    if layer.coverage is not None:
        inner = shapely.buffer(layer.coverage, -cut.reach_m)
        coverage = Interior(PolygonGrid.build(Shapes.from_geometries([inner], "polygon")))
    return _VectorMask(pieces, tree, coverage)


def _distance_by(level: NDArray[np.float64], steps: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """The distance of the highest step that each level reaches; unknown levels take the largest distance."""
    out = np.zeros(len(level))
    for least, distance in reversed(steps):
        out[level >= least] = distance
    out[np.isnan(level)] = max(distance for _, distance in steps)
    return out


def _divided(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Polygons cut into overlapping pieces of at most 128 vertices, by halving their boxes."""
    waiting = shapely.get_parts(np.asarray(polygons, dtype=object))
    waiting = waiting[~shapely.is_empty(waiting)]
    done = []
    while len(waiting):
        many = shapely.get_num_coordinates(waiting) > _MANY_VERTICES
        done.append(waiting[~many])
        waiting = waiting[many]
        if not len(waiting):
            break
        west, south, east, north = shapely.bounds(waiting).T
        wide = (east - west) >= (north - south)
        x = np.where(wide, (west + east) / 2, east)
        y = np.where(wide, north, (south + north) / 2)
        first = shapely.box(west, south, x + _SEAM_M, y + _SEAM_M)
        second = shapely.box(np.where(wide, x - _SEAM_M, west), np.where(wide, south, y - _SEAM_M), east, north)
        halves = np.concatenate([shapely.intersection(waiting, first), shapely.intersection(waiting, second)])
        parts = shapely.get_parts(halves)
        waiting = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
    return np.concatenate(done) if done else np.empty(0, dtype=object)


def polygons_of(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """The polygons of geometries: GEOS may leave a line where rounding has made a polygon that thin."""
    odd = ~np.isin(shapely.get_type_id(geometries), (3, 6))
    if not odd.any():
        return geometries
    out = geometries.copy()
    out[odd], _ = of_kind(geometries[odd], "polygon")
    out[shapely.is_missing(out)] = shapely.Polygon()
    return out


def _local(
    pieces: NDArray[np.object_], rows: NDArray[np.int64], items: NDArray[np.int64], covers: NDArray[np.bool_]
) -> LocalMask:
    """The pieces that touch, numbered anew."""
    used, items = np.unique(np.asarray(items, np.int64), return_inverse=True)
    pairs = (np.asarray(rows, np.int64), items.astype(np.int64))
    return LocalMask(Shapes.from_geometries(pieces[used], "polygon"), pairs, covers)


def _covers(parcels: Shapes, coverage: Interior | None) -> NDArray[np.bool_]:
    """Whether 99.9 % of each parcel lies inside the coverage (borders are digitised twice)."""
    if coverage is None:
        return np.ones(len(parcels), bool)
    return coverage.holds(parcels, COVERED_SHARE)
