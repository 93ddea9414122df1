"""Attributes: of the feature that covers or is nearest to a parcel, of the parcel itself, and area-weighted means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from siting.errors import StudyError
from siting.kernels.nearest import SegmentGrid, nearest
from siting.kernels.overlap import PolygonGrid, pair_areas
from siting.measure import Column, Measure, Measured, State
from siting.metrics.features import (
    Coverage,
    FeatureMeasure,
    Features,
    checked_share,
    checked_unit,
    checked_within,
    column_step,
    numbers_in,
    on_parcels,
    quantity,
    state_of,
    texts_in,
    unit_of,
    unnamed,
)
from siting.shapes import Kind, Shapes
from siting.units import Length, Share, parse_unit

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["AreaMean", "Attribute", "ParcelField"]

Values = Literal["number", "text"]
NONE, UNKNOWN = "none", "unknown"
SAME_SHARE = 1e-6  #: of the land: shares that differ by less are equal but for rounding
MIN_COVERED = 0.5  #: judgement: a mean over less than half of the land does not speak for it


@dataclass(frozen=True, eq=False)
class _Index:
    """What is built once for all parcels; the field's values, one of them None."""

    features: Features
    grid: SegmentGrid | PolygonGrid
    coverage: Coverage | None
    numbers: NDArray[np.float64] | None
    texts: NDArray[np.object_] | None


class Attribute(FeatureMeasure):
    """Field of one feature: ``{attribute: water_basins, field: BUDGET_MGD, unit: MGD}``.

    relation : "covering" takes the feature with the largest overlap, "nearest" the nearest within ``within``; equal
        ones (shares of the land that are equal to 1e-6) go to the first feature of the layer, and where covering ones
        have different values a note says so
    unit : unit of the numbers in the field; None: plain numbers
    values : "number", or "text" for names and codes
    """

    verb: ClassVar[str] = "attribute"
    doc: ClassVar[str] = "field of the feature that covers most of the land, or of the nearest one"

    layer: str = Field(alias="attribute")
    field: str
    of: Literal["parcel", "usable"] = "parcel"
    relation: Literal["covering", "nearest"] = "covering"
    within: Length | None = None
    unit: str | None = None
    values: Values = "number"

    _unit = field_validator("unit")(checked_unit)
    _radius = field_validator("within")(checked_within)

    @model_validator(mode="after")
    def _consistent(self) -> Attribute:
        if self.relation == "covering" and self.within is not None:
            raise StudyError(
                "The measure 'attribute' takes 'within' only with relation: nearest; "
                "a covering feature touches the land."
            )
        if self.values == "text" and self.unit is not None:
            raise StudyError(
                f"The measure 'attribute' has the unit {self.unit!r}, but values: text. Leave out one of the two."
            )
        return self

    @property
    def reach_m(self) -> float:
        """0 for the covering feature, the search radius (infinite without ``within``) for the nearest."""
        if self.relation == "covering":
            return 0.0
        return np.inf if self.within is None else self.within.value

    @property
    def columns(self) -> tuple[Column, ...]:
        """The value and the id of the feature."""
        return (
            _column("attribute", self.unit, self.values),
            Column(name="feature_id", dimension="text", missing="no such feature"),
        )

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """The features with their values and grids."""
        kinds: tuple[Kind, ...] = ("polygon",) if self.relation == "covering" else ("point", "line", "polygon")
        features = Features.of(self, layers, kinds=kinds)
        layer = layers[self.layer]
        return _Index(
            features,
            SegmentGrid.build(features.shapes) if self.relation == "nearest" else PolygonGrid.build(features.shapes),
            Coverage.of(layer),
            features.numbers(self.field, unit_of(self.unit)) if self.values == "number" else None,
            features.texts(self.field) if self.values == "text" else None,
        )

    def measure(self, parcels: Parcels, layers: Layers, resource: _Index) -> Measured:
        """Numbers in SI units, or text.

        Where there is no such feature: no data for a number, "none" for a text. Where its field is null: no
        data for a number, "unknown" for a text. A feature that counts only perhaps gives no data ("unknown").
        """
        land = parcels.land(self.of)
        item, held, notes = self._feature(land.shapes, resource)
        state = state_of(land)
        rows = np.flatnonzero(state == State.KNOWN)
        feature = np.full(len(state), -1, np.int64)
        feature[rows] = item[land.offsets[rows]]
        known = np.zeros(len(state), bool)
        known[rows] = held[land.offsets[rows]]
        state[(state == State.KNOWN) & ~known] = State.NO_DATA
        feature[state != State.KNOWN] = -1
        found = feature >= 0
        ids = np.full(len(state), None, dtype=object)
        ids[found] = resource.features.ids[feature[found]]
        sure = np.zeros(len(state), bool)
        sure[found] = resource.features.sure[feature[found]]
        return self._valued(feature, found, sure, state, ids, resource, (*resource.features.notes, *notes))

    def _feature(
        self, shapes: Shapes, resource: _Index
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], tuple[str, ...]]:
        """(n,) feature of each shape, -1 for none; whether the coverage lets one say so; and what to say of it."""
        held = np.ones(len(shapes), bool)
        if isinstance(resource.grid, SegmentGrid):
            distance, feature = nearest(shapes, resource.grid, within_m=self.reach_m)
            if resource.coverage is not None:
                held = resource.coverage.depth_m(shapes, self.reach_m) >= np.minimum(distance[:, 0], self.reach_m)
            return feature[:, 0], held, ()
        if resource.coverage is not None:
            held = resource.coverage.holds(shapes)
        rows, feature, area = pair_areas(shapes, resource.grid)
        most = np.zeros(len(shapes))
        np.maximum.at(most, rows, area)
        largest = area >= most[rows] - SAME_SHARE * shapes.area_m2[rows]
        rows, feature = rows[largest], feature[largest]
        none = len(resource.features.ids)
        out = np.full(len(shapes), none, np.int64)
        np.minimum.at(out, rows, feature)
        kind = pd.factorize(cast("NDArray[Any]", resource.numbers if resource.texts is None else resource.texts))[0]
        doubtful = bool((kind[feature] != kind[out[rows]]).any())
        return np.where(out == none, -1, out), held, (self._several,) if doubtful else ()

    @property
    def _several(self) -> str:
        """What is said where features with different values cover land alike."""
        return (
            f"Several features of {self.layer!r} with different {self.field!r} cover the same land alike: the first of "
            f"the layer counts there. Choose among them with where: under layers: {self.layer}:."
        )

    def _valued(
        self, feature: NDArray[np.int64], found: NDArray[np.bool_], sure: NDArray[np.bool_], state: NDArray[np.uint8],
        ids: NDArray[np.object_], resource: _Index, notes: tuple[str, ...],
    ) -> Measured:  # fmt: skip
        """The values of these features."""
        if resource.texts is not None:
            texts = np.full(len(state), None, dtype=object)
            texts[state == State.KNOWN] = NONE
            texts[found] = resource.texts[feature[found]]
            lost = found & (~sure | unnamed(texts))
            texts[lost] = UNKNOWN
            state[lost] = State.UNKNOWN
            return Measured(columns={"attribute": texts, "feature_id": ids}, state=state, notes=notes)
        numbers = np.full(len(state), np.nan)
        if resource.numbers is not None:
            numbers[found & sure] = resource.numbers[feature[found & sure]]
        state[(state == State.KNOWN) & np.isnan(numbers)] = State.NO_DATA
        return Measured(columns={"attribute": numbers, "feature_id": ids}, state=state, notes=notes)


class ParcelField(Measure):
    """The parcel's own field: ``{field: IMPROVEMENT, unit: USD, per: acre}``; numbers in text ("  118,650") are read.

    per : divide by the parcel's computed area, a unit of area; None: not divided
    values : "number", or "text" for names and codes
    """

    verb: ClassVar[str] = "field"
    doc: ClassVar[str] = "field of the parcel itself, per area if asked"

    name: str = Field(alias="field")
    unit: str | None = None
    per: str | None = None
    values: Values = "number"

    _unit = field_validator("unit")(checked_unit)

    @field_validator("per")
    @classmethod
    def _area_unit(cls, text: str | None) -> str | None:
        if text is not None:
            parse_unit(text, "area")
        return text

    @model_validator(mode="after")
    def _consistent(self) -> ParcelField:
        if self.values == "text" and (self.unit is not None or self.per is not None):
            raise StudyError(
                f"The measure 'field' reads {self.name!r} as text; leave out 'unit' and 'per', or values: text."
            )
        return self

    @property
    def layer_names(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def reach_m(self) -> float:
        """Nothing beyond the parcel matters."""
        return 0.0

    @property
    def columns(self) -> tuple[Column, ...]:
        """The value."""
        if self.per is None:
            return (_column("field", self.unit, self.values),)
        unit = unit_of(self.unit)
        if unit is not None and unit.dimension == "money":
            return (_column("field", f"{self.unit}/{self.per}", "number"),)
        return (Column(name="field", dimension="number", step=1e-6 * column_step(unit) / parse_unit(self.per).factor),)

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """Numbers in SI units (per square metre with ``per``), or text; NO_DATA where the field is null."""
        if self.values == "text":
            texts = texts_in(parcels.table, self.name, "the parcels")
            state = np.where(unnamed(texts), State.UNKNOWN, State.KNOWN).astype(np.uint8)
            return Measured(columns={"field": np.where(unnamed(texts), UNKNOWN, texts)}, state=state)
        numbers = numbers_in(parcels.table, self.name, unit_of(self.unit), "the parcels")
        if self.per is not None:
            area = parcels.shapes.area_m2
            plain = unit_of(self.unit) is None
            with np.errstate(invalid="ignore", divide="ignore"):
                numbers = np.where(area > 0, numbers / area, np.nan) * (parse_unit(self.per).factor if plain else 1.0)
        state = np.where(np.isnan(numbers), State.NO_DATA, State.KNOWN).astype(np.uint8)
        return Measured(columns={"field": numbers}, state=state)


class AreaMean(FeatureMeasure):
    """Area-weighted mean of a numeric field over the covered land: ``{area_mean: soils, field: lep_r}``.

    sum of value x common area / sum of common area, over features with a value; features that overlap count each.
    min_covered : share of the land that must lie under features with a value (default 50 %); below it, no data
    """

    verb: ClassVar[str] = "area_mean"
    doc: ClassVar[str] = "area-weighted mean of a field over the covered land"

    layer: str = Field(alias="area_mean")
    field: str
    of: Literal["parcel", "usable"] = "parcel"
    unit: str | None = None
    min_covered: Share | None = None

    _unit = field_validator("unit")(checked_unit)
    _share = field_validator("min_covered")(checked_share)

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land matters."""
        return 0.0

    @property
    def columns(self) -> tuple[Column, ...]:
        """The mean and the share of the land it speaks of."""
        return (_column("area_mean", self.unit, "number"), Column(name="known_share", dimension="share", step=1e-6))

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """The features with their values, and the coverage's grids."""
        features = Features.of(self, layers, kinds=("polygon",))
        layer = layers[self.layer]
        coverage = Coverage.of(layer)
        grid = PolygonGrid.build(features.shapes)
        return _Index(features, grid, coverage, features.numbers(self.field, unit_of(self.unit)), None)

    def measure(self, parcels: Parcels, layers: Layers, resource: _Index) -> Measured:
        """Means in SI units; an interval over all choices of the features that count only perhaps."""
        land, features = parcels.land(self.of), resource.features
        pairs = pair_areas(land.shapes, cast("PolygonGrid", resource.grid))
        values = resource.numbers if resource.numbers is not None else np.full(len(features), np.nan)
        one, share = self._mean(land.shapes, pairs, np.where(features.sure, values, np.nan))
        low, high = one, one
        if not features.sure.all():
            low, high = (_extreme_mean(one, pairs, values, features.sure, sign) for sign in (1.0, -1.0))
        state = state_of(land)
        held = np.ones(len(land.shapes), bool) if resource.coverage is None else resource.coverage.holds(land.shapes)
        enough = on_parcels(land, (held & ~np.isnan(one)).astype(np.float64)) == 1
        state[(state == State.KNOWN) & ~enough] = State.NO_DATA
        return quantity(
            "area_mean", on_parcels(land, low), on_parcels(land, high), state,
            step=self.columns[0].step or 0.0, extra={"known_share": on_parcels(land, share)}, notes=features.notes,
        )  # fmt: skip

    def _mean(
        self,
        shapes: Shapes,
        pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
        values: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n,) mean, NaN where too little is covered; and the covered share."""
        rows, feature, area = pairs
        there = ~np.isnan(values[feature])
        rows, area, value = rows[there], area[there], values[feature[there]]
        total = np.bincount(rows, area, minlength=len(shapes)).astype(np.float64)
        least = MIN_COVERED if self.min_covered is None else self.min_covered.value
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.minimum(total / shapes.area_m2, 1.0)
            mean = np.bincount(rows, area * value, minlength=len(shapes)) / total
        return np.where((share >= least - 1e-9) & (total > 0), mean, np.nan), share


def _extreme_mean(
    mean: NDArray[np.float64],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    values: NDArray[np.float64],
    sure: NDArray[np.bool_],
    sign: float,
) -> NDArray[np.float64]:
    """(n,) the least mean (``sign`` 1) or the greatest (-1) over all choices of the doubtful features.

    Doubtful features are added in the order of their values, the one that moves the mean most first; the best choice
    is among these.
    """
    rows, feature, area = (array[~np.isnan(values[pairs[1]])] for array in pairs)
    value, certain = values[feature], sure[feature]
    total = np.bincount(rows[certain], area[certain], minlength=len(mean)).astype(np.float64)
    amount = np.bincount(rows[certain], (area * value)[certain], minlength=len(mean)).astype(np.float64)
    order = np.lexsort((feature, sign * value, rows))
    order = order[~certain[order]]
    rows, area, value = rows[order], area[order], value[order]
    turn = np.arange(len(rows)) - np.searchsorted(rows, rows)
    best = mean.copy()
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        now = turn == number
        row = rows[now]
        total[row] += area[now]
        amount[row] += area[now] * value[now]
        with np.errstate(invalid="ignore", divide="ignore"):
            best[row] = sign * np.minimum(sign * best[row], sign * amount[row] / total[row])
    return best


def _column(name: str, unit: str | None, values: Values) -> Column:
    """The column of a field."""
    if values == "text":
        return Column(name=name, dimension="text", missing=UNKNOWN)
    parsed = unit_of(unit)
    return Column(name=name, dimension=parsed.dimension if parsed else "number", step=column_step(parsed))
