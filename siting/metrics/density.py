"""How much of a layer lies within a radius: counts, lengths, apportioned sums and decayed sums."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from siting.errors import StudyError
from siting.kernels.nearest import SegmentGrid, within
from siting.kernels.overlap import PolygonGrid, length_within, pair_areas
from siting.measure import Column, Measured, State
from siting.metrics.features import (
    Coverage,
    FeatureMeasure,
    Features,
    checked_unit,
    checked_within,
    column_step,
    on_parcels,
    quantity,
    state_of,
    unit_of,
    unnamed,
)
from siting.shapes import Kind, Shapes
from siting.units import Length

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["AreaSum", "Count", "CountDistinct", "Decay", "LengthWithin"]

MOST_PAIRS = 1_000_000  #: of land and feature, whose geometries are held at a time
QUAD_SEGS = 16  #: edges of a quarter circle where a radius is drawn; it falls short by at most 0.12 %


@dataclass(frozen=True, eq=False)
class _Index:
    """What is built once for all parcels.

    grid, sure : of all features, and of those that surely count where a measure goes by them alone
    values : (m,) the field's numbers, or codes of its texts in alphabetical order, -1 for none
    """

    features: Features
    grid: SegmentGrid | PolygonGrid
    coverage: Coverage | None
    sure: SegmentGrid | None = None
    values: NDArray[Any] | None = None


class _Within(FeatureMeasure):
    """A measure of what lies within a radius of the edge of a parcel or of its usable land."""

    kinds: ClassVar[tuple[Kind, ...]] = ("point", "line", "polygon")

    of: Literal["parcel", "usable"] = "parcel"
    within: Length

    _radius = field_validator("within")(checked_within)

    @property
    def reach_m(self) -> float:
        """The radius."""
        return self.within.value

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """The features and the coverage with their grids."""
        features = Features.of(self, layers, kinds=self.kinds)
        return _Index(features, self._grid(features.shapes), Coverage.of(layers[self.layer_names[0]]))

    def measure(self, parcels: Parcels, layers: Layers, resource: _Index) -> Measured:
        """The one column; NO_DATA where the coverage does not hold the land and the radius around it.

        An interval where features count only perhaps: without them, and with all of them.
        """
        land = parcels.land(self.of)
        low, high = self._bounds(land.shapes, resource)
        state = state_of(land)
        if resource.coverage is not None:
            held = on_parcels(land, resource.coverage.depth_m(land.shapes, self.reach_m)) >= self.reach_m
            state = np.where((state == State.KNOWN) & ~held, State.NO_DATA, state).astype(np.uint8)
        least, most = on_parcels(land, low), on_parcels(land, high)
        state = np.where((state == State.KNOWN) & np.isnan(least), State.NO_DATA, state).astype(np.uint8)
        column = self.columns[0]
        return quantity(
            column.name,
            least,
            most,
            state,
            step=column.step or 0.0,
            notes=(*resource.features.notes, *self._notes(resource)),
        )

    @abstractmethod
    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n,) least and greatest; NaN where a value that matters is not known."""

    def _notes(self, resource: _Index) -> tuple[str, ...]:
        return ()

    def _grid(self, features: Shapes) -> SegmentGrid | PolygonGrid:
        """The grid in which features are found."""
        return SegmentGrid.build(features)

    def _pairs(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Shape and feature of each pair within the radius, in order."""
        offsets, feature = within(shapes, cast("SegmentGrid", resource.grid), self.reach_m)
        return np.repeat(np.arange(len(shapes)), np.diff(offsets)), feature


def _counted(rows: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    return np.bincount(rows, minlength=n).astype(np.float64)


def _summed(rows: NDArray[np.int64], amounts: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Sum of the amounts of each row, added in their order."""
    return np.bincount(rows, amounts, minlength=n).astype(np.float64)


def _sum_bounds(
    rows: NDArray[np.int64], amounts: NDArray[np.float64], sure: NDArray[np.bool_], n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest sum of each row: the sure amounts, with the negative or with the positive doubtful ones."""
    least = np.where(sure, amounts, np.minimum(amounts, 0.0))
    most = np.where(sure, amounts, np.maximum(amounts, 0.0))
    return _summed(rows, least, n), _summed(rows, most, n)


class Count(_Within):
    """Number of features within a radius: ``{count: hospitals, within: 10 km}``."""

    verb: ClassVar[str] = "count"
    doc: ClassVar[str] = "number of features within a radius of the edge"

    layer: str = Field(alias="count")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The number."""
        return (Column(name="count", dimension="count", step=1.0),)

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows, feature = self._pairs(shapes, resource)
        return _counted(rows[resource.features.sure[feature]], len(shapes)), _counted(rows, len(shapes))


class CountDistinct(_Within):
    """Number of different values of a field within a radius: ``{count_distinct: lines, field: ID, within: 10 km}``.

    A feature without a value may repeat another or be one more: it widens the interval (``unknown: interval``),
    does not count (``exclude``) or counts as one more (``include``).
    """

    verb: ClassVar[str] = "count_distinct"
    doc: ClassVar[str] = "number of different values of a field within a radius of the edge"

    layer: str = Field(alias="count_distinct")
    field: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """The number."""
        return (Column(name="count_distinct", dimension="count", step=1.0),)

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """As for all, with the codes of the field; a wrong name is refused."""
        index = super().prepare(layers, area)
        return replace(index, values=_codes(index.features.texts(self.field)))

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows, feature = self._pairs(shapes, resource)
        codes = cast("NDArray[np.int64]", resource.values)
        sure, named = resource.features.sure[feature], codes[feature] >= 0
        n, width = len(shapes), max(int(codes.max(initial=0)) + 1, 1)

        def distinct(kept: NDArray[np.bool_]) -> NDArray[np.float64]:
            return _counted(np.unique(rows[kept] * width + codes[feature[kept]]) // width, n)

        nameless, sure_nameless = _counted(rows[~named], n), _counted(rows[sure & ~named], n)
        low, high = distinct(sure & named), distinct(named)
        if self.unknown == "exclude":
            return low, high
        if self.unknown == "include":
            return low + sure_nameless, high + nameless
        return np.maximum(low, sure_nameless > 0), high + nameless


def _codes(texts: NDArray[np.object_]) -> NDArray[np.int64]:
    """Code of each text in alphabetical order, -1 for None."""
    known = ~unnamed(texts)
    codes = np.full(len(texts), -1, np.int64)
    codes[known] = np.unique(texts[known].astype(str), return_inverse=True)[1]
    return codes


class LengthWithin(_Within):
    """Length of lines within a radius: ``{length: roads, within: 2 km}``. Two lines that coincide count twice."""

    verb: ClassVar[str] = "length"
    doc: ClassVar[str] = "length of lines within a radius of the edge"
    kinds: ClassVar[tuple[Kind, ...]] = ("line",)

    layer: str = Field(alias="length")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The length."""
        return (Column(name="length", dimension="length", step=0.001),)

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """As for all, with the grid of the lines that surely count."""
        index = super().prepare(layers, area)
        features = index.features
        return index if features.sure.all() else replace(index, sure=SegmentGrid.build(features.only(features.sure)))

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        high = length_within(shapes, cast("SegmentGrid", resource.grid), self.reach_m)
        return (high if resource.sure is None else length_within(shapes, resource.sure, self.reach_m)), high


class AreaSum(_Within):
    """Sum of an extensive field, apportioned by area: ``{area_sum: block_groups, field: POP, within: 1 mi}``.

    Each polygon gives its value times the share of its own area that lies within the radius (0: inside the land).
    Circles are drawn with 64 edges, so that the radius falls short by at most 0.12 %. Where a polygon within
    the radius has no value there is no data, unless ``unknown: exclude`` counts it as 0.
    """

    verb: ClassVar[str] = "area_sum"
    doc: ClassVar[str] = "sum of a field of polygons within a radius, apportioned by area"
    kinds: ClassVar[tuple[Kind, ...]] = ("polygon",)

    layer: str = Field(alias="area_sum")
    field: str
    unit: str | None = None

    _unit = field_validator("unit")(checked_unit)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The sum."""
        unit = unit_of(self.unit)
        return (Column(name="area_sum", dimension=unit.dimension if unit else "number", step=column_step(unit)),)

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """As for all, with the numbers of the field; a wrong name is refused."""
        index = super().prepare(layers, area)
        return replace(index, values=index.features.numbers(self.field, unit_of(self.unit)))

    def _grid(self, features: Shapes) -> PolygonGrid:
        return PolygonGrid.build(features)

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        features = resource.features
        zones = shapes
        if self.reach_m > 0:
            drawn = shapely.buffer(shapes.geometries, self.reach_m, quad_segs=QUAD_SEGS)
            zones = Shapes.from_geometries(drawn, "polygon")
        rows, feature, area = pair_areas(zones, cast("PolygonGrid", resource.grid))
        values = cast("NDArray[np.float64]", resource.values)
        if self.unknown != "interval":
            values = np.nan_to_num(values, nan=0.0)
        amounts = values[feature] * (area / features.shapes.area_m2[feature])
        return _sum_bounds(rows, amounts, features.sure[feature], len(shapes))


class Decay(_Within):
    """Sum that fades with distance: ``{decay: industry, scale: 5 km, within: 40 km}``.

    sum of field x exp(-d / scale), or of field x 0.5 ** (d / half), over the features within the radius; d is
    taken from the edge. Without ``field`` every feature counts 1. A feature beyond the radius is left out: the
    notes say how much one would have counted at most. A feature without a value gives no data, unless ``unknown:
    exclude`` counts it as 0.
    """

    verb: ClassVar[str] = "decay"
    doc: ClassVar[str] = "sum over features that fades with distance"

    layer: str = Field(alias="decay")
    field: str | None = None
    scale: Length | None = None
    half: Length | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> Decay:
        given = [length for length in (self.scale, self.half) if length is not None]
        if len(given) != 1 or given[0].value <= 0:
            raise StudyError(
                "The measure 'decay' takes one of 'scale' and 'half', a length above 0, such as scale: 5 km."
            )
        return self

    @property
    def rate_per_m(self) -> float:
        """The exponent's factor: 1 / scale, or ln 2 / half."""
        return 1 / self.scale.value if self.scale is not None else float(np.log(2)) / self.half.value  # type: ignore[union-attr]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The sum."""
        return (Column(name="decay", dimension="number", step=1e-6),)

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """As for all, with the numbers of the field, if one is named."""
        index = super().prepare(layers, area)
        return index if self.field is None else replace(index, values=index.features.numbers(self.field))

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        features = resource.features
        rows, feature = self._pairs(shapes, resource)
        weight = np.ones(len(features)) if resource.values is None else resource.values
        if self.unknown != "interval":
            weight = np.nan_to_num(weight, nan=0.0)
        away = np.empty(len(rows))
        for start in range(0, len(rows), MOST_PAIRS):
            part = slice(start, start + MOST_PAIRS)
            away[part] = shapely.distance(shapes.geometries[rows[part]], features.shapes.geometries[feature[part]])
        amounts = weight[feature] * np.exp(-self.rate_per_m * away)
        return _sum_bounds(rows, amounts, features.sure[feature], len(shapes))

    def _notes(self, resource: _Index) -> tuple[str, ...]:
        left = np.exp(-self.rate_per_m * self.reach_m)
        return (
            f"Features beyond {self.within} are left out; "
            f"each would have counted at most {left:.2%} of its full amount.",
        )
