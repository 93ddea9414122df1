"""Rasters under a parcel: exact cell fractions on the raster's own grid, and slope from an elevation model.

A raster is never warped: parcels go to its CRS. Cells are weighted by the share of them that is land and, on a
geographic grid, by their true area on the ellipsoid.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from siting.crs import reproject_shapes
from siting.errors import StudyError, did_you_mean, named
from siting.kernels.coverage import over_cells
from siting.kernels.slope import horn_slope
from siting.kernels.zonal import Numeric, Quantile, ZonalNumeric
from siting.layer import RasterLayer
from siting.measure import Column, Measure, Measured, State
from siting.metrics.features import Coverage, checked_share, checked_unit, column_step, on_parcels, state_of, unit_of
from siting.metrics.grid import CellGrid, Cells
from siting.shapes import Shapes
from siting.units import Share, Slope, parse_unit

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.land import Land
    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["RasterStatistic", "SlopeStatistic", "valid_share"]

MIN_COVERAGE = 0.5  #: judgement: a cell speaks for the extremes of a parcel when half of it is land
MOST_CELLS = 32_000_000  #: of several rasters under nearby parcels, held at a time (9 bytes each)
MIN_VALID = 0.99  #: judgement: cells without data on more than 1 % of the land leave the statistic open


@dataclass(frozen=True, eq=False)
class _Index:
    """What is built once for all parcels."""

    layer: RasterLayer
    grid: CellGrid
    coverage: Coverage | None


class _Zonal(Measure):
    """A statistic of cells under the land.

    quantile : for statistic: quantile, the share of the land that lies on cells up to the value (50 %: median)
    min_coverage : for "max" and "min" a cell counts when at least this share of it is land (default 50 %); for
        land too small for such a cell, every cell that it touches counts
    min_valid : share of the land that must lie on cells with data (default 99 %); below it there is no data
    band : which band of the raster, from 1; needed where there are several
    """

    halo: ClassVar[int] = 0

    of: Literal["parcel", "usable"] = "parcel"
    quantile: Share | None = None
    min_coverage: Share | None = None
    min_valid: Share | None = None
    band: int | None = Field(default=None, ge=1)

    _shares = field_validator("quantile", "min_coverage", "min_valid")(checked_share)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The one raster."""
        return (str(getattr(self, "layer")),)  # noqa: B009 - declared by every child, under its own verb

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land (for slope: and one cell around it) matters."""
        return 0.0

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """The raster's grid and the coverage's grids."""
        layer = _raster_layer(self, layers)
        self._check(layer)
        return _Index(layer, CellGrid.of(layer), Coverage.of(layer))

    def measure(self, parcels: Parcels, layers: Layers, resource: _Index) -> Measured:
        """The statistic in SI units; NO_DATA where too much of the land has no data, or leaves the raster."""
        return self.measure_in_one([(self, resource)], parcels, layers)[0]

    def pass_of(self, resource: _Index) -> Hashable:
        """The land and the grid: all statistics of all rasters of one grid are measured in one pass."""
        return "cells", self.of, resource.layer.crs, resource.grid.key

    @classmethod
    def measure_in_one(
        cls, asked: Sequence[tuple[_Zonal, _Index]], parcels: Parcels, _layers: Layers, /
    ) -> list[Measured]:
        """The columns of statistics of rasters of one grid; the coverage of a parcel is worked out once for all."""
        measure, index = asked[0]
        land = parcels.land(measure.of)
        shapes, _ = reproject_shapes(land.shapes, parcels.crs, index.layer.crs)
        values = np.full((len(asked), len(shapes)), np.nan)
        valid = np.zeros((len(asked), len(shapes)))
        for rows, box, under in _one_after_another(shapes, index.grid):
            for some in _batches(asked, box):
                window = _Window(index.grid, box, under)
                statistics = [window.statistic(*asked[number]) for number in some]
                outside = window.pass_over()
                for number, statistic in zip(some, statistics, strict=True):
                    values[number, rows], valid[number, rows] = statistic(outside)
        held: dict[Any, NDArray[np.bool_]] = {}
        for _, index in asked:
            if index.coverage is not None and index.layer.coverage not in held:
                held[index.layer.coverage] = index.coverage.holds(land.shapes)
        return [
            measure._measured(land, values[number], valid[number], held.get(index.layer.coverage))
            for number, (measure, index) in enumerate(asked)
        ]

    def _measured(
        self,
        land: Land,
        values: NDArray[np.float64],
        valid: NDArray[np.float64],
        held: NDArray[np.bool_] | None,
    ) -> Measured:
        """The column, from statistic and valid share of each shape, and whether the coverage holds it."""
        column, state = self.columns[0], state_of(land)
        least = MIN_VALID if self.min_valid is None else self.min_valid.value
        enough = (valid >= least - 1e-9) & ~np.isnan(values)
        if held is not None:
            enough &= held
        state[(state == State.KNOWN) & (on_parcels(land, enough.astype(np.float64)) != 1)] = State.NO_DATA
        quantities = np.where(state == State.KNOWN, on_parcels(land, values), np.nan)
        return Measured(columns={column.name: quantities}, state=state)

    @property
    def threshold(self) -> float:
        """The share of a cell that must be land for the cell to count in the extremes."""
        return MIN_COVERAGE if self.min_coverage is None else self.min_coverage.value

    @abstractmethod
    def _check(self, layer: RasterLayer) -> None:
        """Refuse a layer that cannot serve."""

    @property
    @abstractmethod
    def preparation(self) -> Hashable:
        """What decides how cells are prepared, beside the layer and the band."""

    @abstractmethod
    def prepared(self, cells: Cells, resource: _Index) -> Cells:
        """The cells as the statistic wants them."""


#: (n,) statistic and share of each shape on valid cells, from the area outside the grid
_Statistic = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]


@dataclass(frozen=True, eq=False)
class _Window:
    """The cells under some shapes: every raster is read and prepared once, every coverage worked out once.

    kept : cells, prepared cells and reducers by what they are made from
    """

    grid: CellGrid
    box: tuple[int, int, int, int]
    shapes: Shapes
    kept: dict[Hashable, Any] = field(default_factory=dict)

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def _cells(self, measure: _Zonal, index: _Index) -> tuple[Hashable, Cells]:
        """The cells as a measure wants them, and what they are made from."""
        made = index.layer.name, measure.band, measure.halo
        cells = self._once(made, lambda: self.grid.cells(index.layer, self.box, measure.band, halo=measure.halo))
        key = (*made, measure.preparation)
        origin = self.grid.transform_at(*self.box[:2])
        return key, self._once(key, lambda: measure.prepared(cells, index).within(self.box, origin))

    def statistic(self, measure: _Zonal, index: _Index) -> _Statistic:
        """What the pass is to find out for a measure."""
        what = str(getattr(measure, "statistic"))  # noqa: B009 - declared by every child, each with its own list
        made, cells = self._cells(measure, index)
        weights = np.ones(len(cells.row_weight)) if what == "sum" else cells.row_weight
        plain, n = what == "sum", len(self.shapes)
        key = (made, plain, measure.threshold)
        numeric = self._once(key, lambda: Numeric.of(n, cells.values, cells.valid, weights, measure.threshold))
        if what == "quantile" and measure.quantile is not None:
            q = measure.quantile.value
            quantile = self._once((key, q), lambda: Quantile.of(n, cells.values, cells.valid, weights, q))
            return lambda outside: (quantile.out, valid_share(numeric.result(outside), weights))
        return lambda outside: _picked(what, numeric.result(outside), weights)

    def pass_over(self) -> NDArray[np.float64]:
        """Work out the coverage once, for all that was asked; the area of each shape outside the grid."""
        size = self.box[2] - self.box[0], self.box[3] - self.box[1]
        reducers = [made for made in self.kept.values() if isinstance(made, Numeric | Quantile)]
        return over_cells(self.shapes, self.grid.transform_at(*self.box[:2]), size, reducers)


def valid_share(zones: ZonalNumeric, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each shape that lies on valid cells."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = zones.valid_weight / (zones.weight + zones.outside * weights[0])
    return np.asarray(np.nan_to_num(share, nan=0.0), np.float64)


def _picked(
    what: str, zones: ZonalNumeric, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One of the statistics; for land too small for the extremes, every cell that it touches counts."""
    values = {"sum": zones.sum, "max": zones.max, "min": zones.min}.get(what, zones.mean)
    if what in ("max", "min"):
        tiny = np.isnan(values) & (zones.valid_weight > 0)
        values = np.where(tiny, zones.highest if what == "max" else zones.lowest, values)
    return values, valid_share(zones, weights)


def _one_after_another(
    shapes: Shapes, grid: CellGrid
) -> Iterator[tuple[NDArray[np.int64], tuple[int, int, int, int], Shapes]]:
    """Rows and box of each window of the grid with its shapes, which are brought together once for all windows."""
    windows = list(grid.windows(shapes))
    together = shapes.take(np.concatenate([rows for rows, _ in windows])) if windows else shapes
    start = 0
    for rows, box in windows:
        yield rows, box, together.between(start, start + len(rows))
        start += len(rows)


def _batches(asked: Sequence[tuple[_Zonal, _Index]], box: tuple[int, int, int, int]) -> Iterator[list[int]]:
    """The numbers of measures whose cells are held together: all, unless that is more than ``MOST_CELLS``."""
    most = max(MOST_CELLS // max((box[2] - box[0]) * (box[3] - box[1]), 1), 1)
    for start in range(0, len(asked), most):
        yield list(range(start, min(start + most, len(asked))))


class RasterStatistic(_Zonal):
    """Statistic of a raster: ``{raster: landcover, statistic: share, classes: [21, 22]}``.

    statistic : mean, max, min, sum (values x covered fractions of cells), quantile (lowest value whose cumulative
        share of the land reaches ``quantile``), share (of the land on cells with one of ``classes``)
    unit : unit of the cell values; None: plain numbers
    """

    verb: ClassVar[str] = "raster"
    doc: ClassVar[str] = "statistic of raster cells under the land, with exact cell fractions"

    layer: str = Field(alias="raster")
    statistic: Literal["mean", "max", "min", "sum", "quantile", "share"] = "mean"
    classes: tuple[int, ...] | None = Field(default=None, strict=False)
    unit: str | None = None

    _unit = field_validator("unit")(checked_unit)

    @model_validator(mode="after")
    def _consistent(self) -> RasterStatistic:
        _needs(self, "quantile", self.quantile, "quantile: 50 %")
        _needs(self, "share", self.classes, "classes: [21, 22]", key="classes")
        return self

    @property
    def columns(self) -> tuple[Column, ...]:
        """The statistic."""
        if self.statistic == "share":
            return (Column(name="raster", dimension="share", step=1e-6),)
        unit = unit_of(self.unit)
        return (Column(name="raster", dimension=unit.dimension if unit else "number", step=column_step(unit)),)

    def _check(self, layer: RasterLayer) -> None:
        if self.unit is not None and layer.unit and parse_unit(self.unit) != parse_unit(layer.unit):
            raise StudyError(
                f"The measure 'raster' says that the cells of the layer {layer.name!r} are in {self.unit!r}, but the "
                f"layer says {layer.unit!r}. Leave out one of the two."
            )

    @property
    def preparation(self) -> Hashable:
        """The classes, or the unit."""
        return (self.verb, self.classes if self.statistic == "share" else self.unit)

    def prepared(self, cells: Cells, resource: _Index) -> Cells:
        """Whether a cell has one of the classes, or its value in SI units."""
        if self.classes is not None and self.statistic == "share":
            return cells.with_values(np.isin(cells.values, self.classes).astype(np.float64))
        unit = unit_of(self.unit)
        if unit is None or unit.factor == 1:
            return cells
        values = np.tan(np.radians(cells.values)) if np.isnan(unit.factor) else cells.values * unit.factor
        return cells.with_values(values)


class SlopeStatistic(_Zonal):
    """Statistic of the slope of an elevation model: ``{slope: dem, statistic: mean, of: usable}``.

    Horn's slope (1981), rise over run, from the 3 x 3 cells around each cell, in one step: with metre cell sizes
    of each row for a model in degrees, and the vertical unit that the layer must say. No slope at the raster's edge.
    statistic : mean, max, quantile (with ``quantile``), share (of the land steeper than ``above``)
    """

    verb: ClassVar[str] = "slope"
    doc: ClassVar[str] = "statistic of the slope (Horn) of an elevation model under the land"
    halo: ClassVar[int] = 1

    layer: str = Field(alias="slope")
    statistic: Literal["mean", "max", "quantile", "share"] = "mean"
    above: Slope | None = None

    @model_validator(mode="after")
    def _consistent(self) -> SlopeStatistic:
        _needs(self, "quantile", self.quantile, "quantile: 50 %")
        _needs(self, "share", self.above, "above: 15 % slope", key="above")
        return self

    @property
    def columns(self) -> tuple[Column, ...]:
        """The statistic."""
        return (Column(name="slope", dimension="share" if self.statistic == "share" else "slope", step=1e-6),)

    def _check(self, layer: RasterLayer) -> None:
        parse_unit(layer.require_unit("slope"), "length")

    @property
    def preparation(self) -> Hashable:
        """The slope above which land is counted."""
        return (self.verb, None if self.above is None else self.above.value)

    def prepared(self, cells: Cells, resource: _Index) -> Cells:
        """The slope, or whether it is above the one asked for."""
        slope, valid = _slope(cells, resource.layer, resource.grid)
        if self.statistic == "share" and self.above is not None:
            slope = np.where(valid, slope > self.above.value, np.nan)
        return cells.with_values(np.ascontiguousarray(slope, np.float64), valid)


def _slope(cells: Cells, layer: RasterLayer, grid: CellGrid) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Horn's slope of cells with the layer's vertical unit."""
    factor = parse_unit(layer.require_unit("slope"), "length").factor
    dx_m, dy_m = grid.cell_sizes_m(cells.first_row, len(cells.row_weight))
    return horn_slope(np.ascontiguousarray(cells.values * factor), cells.valid, dx_m, dy_m)


def _needs(measure: _Zonal, statistic: str, given: object, example: str, *, key: str | None = None) -> None:
    """Refuse a statistic without its parameter, and a parameter without its statistic."""
    asked = getattr(measure, "statistic")  # noqa: B009 - declared by every child, each with its own list
    if asked == statistic and given is None:
        raise StudyError(
            f"The measure {measure.verb!r} with statistic: {statistic} needs {key or statistic!r}, such as {example}."
        )
    if asked != statistic and given is not None:
        raise StudyError(
            f"The measure {measure.verb!r} takes {key or statistic!r} only with statistic: {statistic}, not {asked}."
        )


def _raster_layer(measure: _Zonal, layers: Layers) -> RasterLayer:
    """The measure's layer, or a refusal."""
    (name,) = measure.layer_names
    if name not in layers:
        raise StudyError(
            f"The measure {measure.verb!r} names the layer {name!r}, which the study does not have."
            f"{did_you_mean(name, layers)} Its layers are {named(layers)}."
        )
    layer = layers[name]
    if not isinstance(layer, RasterLayer):
        raise StudyError(
            f"The measure {measure.verb!r} needs a raster, but the layer {name!r} holds features. "
            "Use 'share', 'class' or 'area_mean'."
        )
    return layer
