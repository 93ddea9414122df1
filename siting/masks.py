"""Masks: the land that one cut of usable land closes, as small overlapping polygons that are quick to subtract.

Large outlines are divided into pieces that overlap by a centimetre, so that subtracting one after the
other leaves no slivers on the seams; their union is the mask. Raster masks are the closed cells,
outlined along their borders and carried to the study's CRS, nothing resampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray

from siting.crs import reproject_shapely, reproject_shapes
from siting.errors import StudyError, did_you_mean, named
from siting.kernels.coverage import zonal_numeric
from siting.kernels.overlap import covered_area
from siting.kernels.slope import horn_slope
from siting.layer import RasterLayer, VectorLayer, select
from siting.metrics.grid import CellGrid, Cells
from siting.shapes import Shapes
from siting.units import parse_unit
from siting.where import Where, numbers_of

if TYPE_CHECKING:
    from siting.measure import Layers
    from siting.parcels import Parcels
    from siting.units import Length, Slope

__all__ = ["LocalMask", "Mask", "mask_of"]

_MANY_VERTICES = 128
_SEAM_M = 0.01
_QUARTER_SEGMENTS = 32  #: a buffer's arc lies at most 0.03 % of its radius inside the true one
_COVERED = 0.999
_VALID = 0.99


@dataclass(frozen=True, eq=False)
class LocalMask:
    """A mask near some parcels.

    pieces : polygons whose union is the mask there
    pairs : (parcel, piece) rows that touch
    covers : (n,) whether the layer covers the parcel, so that "nothing cut" is an answer
    """

    pieces: Shapes
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
    covers: NDArray[np.bool_]


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
    def steps(self) -> tuple[str, tuple[tuple[float, float], ...]] | None: ...


def mask_of(cut: _CutSpec, layers: Layers) -> Mask:
    """The mask of a cut. Raises StudyError where the layer is missing or cannot be cut so."""
    if cut.setback is not None:
        return _Setback(cut.setback.value)
    layer = layers.get(str(cut.layer))
    if layer is None:
        raise StudyError(
            f"The cut {cut.name!r} names the layer {cut.layer!r}, which the study does not have."
            f"{did_you_mean(str(cut.layer), layers)} Its layers are {named(layers)}."
        )
    if isinstance(layer, RasterLayer):
        if cut.slope_above is None and cut.above is None and cut.below is None and cut.classes is None:
            raise StudyError(f"The cut {cut.name!r} does not say which cells of the raster {layer.name!r} are closed. Add slope_above, above, below or classes.")
        return _RasterMask(cut, layer)
    return _vector_mask(cut, layer)


@dataclass(frozen=True)
class _Setback:
    """A strip along the parcel's own border."""

    distance_m: float

    def near(self, parcels: Parcels) -> LocalMask:
        n = len(parcels)
        own = parcels.shapes.geometries
        strip = shapely.difference(own, shapely.buffer(own, -self.distance_m, quad_segs=_QUARTER_SEGMENTS))
        rows = np.flatnonzero(~shapely.is_empty(strip))
        return LocalMask(Shapes.from_geometries(strip, "polygon"), (rows, rows), np.ones(n, bool))


@dataclass(frozen=True, eq=False)
class _VectorMask:
    """Polygons, divided once for all parcels."""

    pieces: NDArray[np.object_]
    tree: shapely.STRtree
    coverage: shapely.Polygon | shapely.MultiPolygon | None

    def near(self, parcels: Parcels) -> LocalMask:
        rows, items = self.tree.query(parcels.shapes.geometries, predicate="intersects")
        return _local(self.pieces, rows, items, _covers(parcels.shapes, self.coverage))


@dataclass(frozen=True, eq=False)
class _RasterMask:
    """Closed cells of a raster, read around the parcels."""

    cut: Any
    layer: RasterLayer

    def near(self, parcels: Parcels) -> LocalMask:
        grid, n = CellGrid.of(self.layer), len(parcels)
        on_grid, _ = reproject_shapes(parcels.shapes, parcels.crs, self.layer.crs)
        covers = np.zeros(n, bool)
        pieces, rows, items, count = [], [], [], 0
        for near, cells in grid.windows(on_grid, self.layer, halo=1):
            closed, valid = self._closed(grid, cells)
            covers[near] = _valid_share(on_grid.take(near), cells.with_values(cells.values, valid)) >= _VALID
            outlines = rasterio.features.shapes(closed.astype(np.uint8), closed, 4, Affine(*cells.transform))
            polygons = np.array([shapely.geometry.shape(outline) for outline, _ in outlines], dtype=object)
            if parcels.crs != self.layer.crs and len(polygons):
                polygons, _ = reproject_shapely(polygons, self.layer.crs, parcels.crs)
            here = _divided(polygons)
            at, item = shapely.STRtree(here).query(parcels.shapes.geometries[near], predicate="intersects")
            pieces.append(here)
            rows.append(near[at])
            items.append(item + count)
            count += len(here)
        covers &= _covers(parcels.shapes, self.layer.coverage)
        return _local(np.concatenate(pieces or [np.empty(0, object)]), np.concatenate(rows or [[]]), np.concatenate(items or [[]]), covers)

    def _closed(self, grid: CellGrid, cells: Cells) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which cells are closed, and which have data."""
        cut, values = self.cut, cells.values
        if cut.slope_above is not None:
            factor = parse_unit(self.layer.require_unit("a cut by slope"), "length").factor
            dx_m, dy_m = grid.cell_sizes_m(cells.first_row, len(values))
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


def _valid_share(shapes: Shapes, cells: Cells) -> NDArray[np.float64]:
    """Share of each shape that lies on cells with data."""
    zones = zonal_numeric(shapes, np.zeros_like(cells.values), cells.valid, cells.transform, cells.row_weight, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(zones.valid_weight / (zones.weight + zones.outside * cells.row_weight[0]))


def _vector_mask(cut: _CutSpec, layer: VectorLayer) -> _VectorMask:
    chosen = select(layer, cut.where, unknown="include")
    polygons = chosen.shapes.geometries
    if cut.steps is not None:
        field, steps = cut.steps
        if field not in chosen.table.columns:
            known = [str(column) for column in chosen.table.columns]
            raise StudyError(f"The cut {cut.name!r}: the layer {layer.name!r} has no field {field!r}.{did_you_mean(field, known)} Its fields are {named(known)}.")
        distance = _distance_by(numbers_of(chosen.table[field]), steps)
        polygons = shapely.buffer(polygons[distance > 0], distance[distance > 0], quad_segs=_QUARTER_SEGMENTS)
    elif cut.buffer is not None:
        polygons = shapely.buffer(polygons, cut.buffer.value, quad_segs=_QUARTER_SEGMENTS)
    elif chosen.shapes.kind != "polygon" and len(chosen.shapes):
        raise StudyError(f"The cut {cut.name!r}: the layer {layer.name!r} holds {chosen.shapes.kind}s, which have no area. Add a buffer, such as buffer: 30 m.")
    pieces = _divided(polygons)
    return _VectorMask(pieces, shapely.STRtree(pieces), layer.coverage)


def _distance_by(level: NDArray[np.float64], steps: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """The distance of the highest step that each level reaches; unknown levels take the largest distance."""
    out = np.zeros(len(level))
    for least, distance in reversed(steps):
        out[level >= least] = distance
    out[np.isnan(level)] = max(distance for _, distance in steps)
    return out


def _divided(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Polygons cut into overlapping pieces of at most 128 vertices, by halving their boxes."""
    todo = shapely.get_parts(np.asarray(polygons, dtype=object))
    todo = todo[~shapely.is_empty(todo)]
    done = []
    while len(todo):
        many = shapely.get_num_coordinates(todo) > _MANY_VERTICES
        done.append(todo[~many])
        todo = todo[many]
        if not len(todo):
            break
        west, south, east, north = shapely.bounds(todo).T
        wide = (east - west) >= (north - south)
        x = np.where(wide, (west + east) / 2, east)
        y = np.where(wide, north, (south + north) / 2)
        first = shapely.box(west, south, x + _SEAM_M, y + _SEAM_M)
        second = shapely.box(np.where(wide, x - _SEAM_M, west), np.where(wide, south, y - _SEAM_M), east, north)
        halves = np.concatenate([shapely.intersection(todo, first), shapely.intersection(todo, second)])
        parts = shapely.get_parts(halves)
        todo = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
    return np.concatenate(done) if done else np.empty(0, dtype=object)


def _local(pieces: NDArray[np.object_], rows: NDArray[np.int64], items: NDArray[np.int64], covers: NDArray[np.bool_]) -> LocalMask:
    """The pieces that touch, numbered anew."""
    used, items = np.unique(np.asarray(items, np.int64), return_inverse=True)
    return LocalMask(Shapes.from_geometries(pieces[used], "polygon"), (np.asarray(rows, np.int64), items.astype(np.int64)), covers)


def _covers(parcels: Shapes, coverage: shapely.Polygon | shapely.MultiPolygon | None) -> NDArray[np.bool_]:
    """Whether 99.9 % of each parcel lies inside the coverage."""
    if coverage is None:
        return np.ones(len(parcels), bool)
    inside = covered_area(parcels, Shapes.from_geometries([coverage], "polygon"))[:, 0]
    return inside >= _COVERED * parcels.area_m2
