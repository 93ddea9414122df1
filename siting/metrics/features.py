"""Features: which features of a layer a measure counts, and where their absence means absence.

A ``where`` on an unknown attribute splits the features into the sure ones and the possible ones, so
that a substation of unknown voltage makes an interval instead of vanishing. Land that leaves the
layer's coverage gives "no data", because nobody looked there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclasses_field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.errors import StudyError, UnitError, did_you_mean, named
from siting.kernels.interior import Interior
from siting.kernels.nearest import SegmentGrid, nearest
from siting.kernels.overlap import PolygonGrid
from siting.layer import RasterLayer, VectorLayer
from siting.measure import Measure, Measured, State
from siting.shapes import Kind, Shapes
from siting.units import Quantity, Unit, parse_unit
from siting.where import Where, numbers_of

if TYPE_CHECKING:
    from siting.land import Land
    from siting.measure import Layers

__all__ = [
    "COVERED_SHARE",
    "Coverage",
    "FeatureMeasure",
    "Features",
    "checked_share",
    "checked_unit",
    "checked_within",
    "column_step",
    "numbers_in",
    "on_parcels",
    "quantity",
    "state_of",
    "texts_in",
    "unit_of",
    "unnamed",
]

Unknown = Literal["interval", "exclude", "include"]
COVERED_SHARE = 0.999  #: land counts as inside a coverage when this share of it is (borders are digitised twice)
_KIND_WORDS = {"point": "points", "line": "lines", "polygon": "polygons"}


class FeatureMeasure(Measure):
    """A measure of some features of one vector layer.

    where : which features count; None: all of them
    unknown : what a feature does whose ``where`` cannot be told: "interval" (best and worst case),
        "exclude" (it does not count) or "include" (it counts)
    """

    where: Where | None = None
    unknown: Unknown = "interval"

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The one layer."""
        return (str(getattr(self, "layer")),)  # noqa: B009 - declared by every child, under its own verb


@dataclass(frozen=True, eq=False, kw_only=True)
class Features:
    """The features of a layer that a measure counts, surely or possibly.

    shapes, table, ids : of these features, in the layer's order
    sure : (m,) bool; False for those that count only perhaps
    units : of numeric fields, as the study or the catalogue states them
    notes : sentences for the quality record
    """

    layer: str
    shapes: Shapes
    table: pd.DataFrame
    ids: NDArray[np.object_]
    sure: NDArray[np.bool_]
    units: Mapping[str, str] = dataclasses_field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, measure: FeatureMeasure, layers: Layers, *, kinds: tuple[Kind, ...] = ("point", "line", "polygon")
    ) -> Features:
        """The features that ``measure`` counts.

        kinds : geometry that the measure can work with
        Raises StudyError for a layer that is not there, is a raster, or holds another kind of geometry.
        """
        layer = _vector_layer(measure, layers, kinds)
        sure, notes = layer.certain, tuple[str, ...]()
        kept = np.ones(len(layer.ids), bool)
        if measure.where is not None:
            true, unknown = measure.where.evaluate(layer.table)
            kept = true if measure.unknown == "exclude" else true | unknown
            if measure.unknown == "interval":
                sure = sure & true
            notes = _unknown_note(measure, layer.name, unknown)
        rows = np.flatnonzero(kept)
        whole = len(rows) == len(kept)
        return cls(
            layer=layer.name,
            shapes=layer.shapes if whole else layer.shapes.take(rows),
            table=layer.table if whole else layer.table.iloc[rows].reset_index(drop=True),
            ids=layer.ids[rows],
            sure=np.asarray(sure[rows], bool),
            units=layer.units,
            notes=notes,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, chosen: NDArray[np.bool_]) -> Shapes:
        """The shapes of the chosen features."""
        return self.shapes if chosen.all() else self.shapes.take(np.flatnonzero(chosen))

    def numbers(self, field: str, unit: Unit | None = None) -> NDArray[np.float64]:
        """(m,) a field as numbers in SI units; NaN for null and text that is no number.

        Raises StudyError for a field that is not there, one that holds only other text, and a unit that contradicts
        what is stated of the field.
        """
        stated = self.units.get(field)
        if unit is not None and stated and _contradict(parse_unit(stated), unit):
            raise StudyError(
                f"A measure reads the field {field!r} of the layer {self.layer!r} in {unit.name!r}, but its numbers "
                f"are in {stated!r}, as the study or the catalogue says. Write unit: {stated}, or mend units: under "
                "layers:."
            )
        return numbers_in(self.table, field, unit, f"the layer {self.layer!r}")

    def texts(self, field: str) -> NDArray[np.object_]:
        """(m,) a field as text; None for null and empty text."""
        return texts_in(self.table, field, f"the layer {self.layer!r}")


@dataclass(frozen=True, eq=False)
class Coverage:
    """Where the absence of features means absence.

    area : one polygon that holds parcels; inside, border : its grids for the nearest kernel
    """

    area: Interior
    inside: SegmentGrid
    border: SegmentGrid

    @classmethod
    def of(cls, layer: VectorLayer | RasterLayer) -> Coverage | None:
        """The coverage of a layer; None where the layer speaks for all land."""
        if layer.coverage is None:
            return None
        area = Shapes.from_geometries([layer.coverage], "polygon")
        border = Shapes.from_geometries([shapely.boundary(layer.coverage)], "line")
        return cls(Interior(PolygonGrid.build(area)), SegmentGrid.build(area), SegmentGrid.build(border))

    def depth_m(self, shapes: Shapes, within_m: float = np.inf) -> NDArray[np.float64]:
        """(n,) distance from each shape to the outside; 0 where it is not wholly inside, inf beyond ``within_m``."""
        touching = nearest(shapes, self.inside, within_m=1e-3)[0][:, 0] == 0
        border = nearest(shapes, self.border, within_m=within_m)[0][:, 0]
        return np.where(touching, border, 0.0)

    def holds(self, shapes: Shapes) -> NDArray[np.bool_]:
        """(n,) whether 99.9 % of each shape lies inside."""
        return self.area.holds(shapes, COVERED_SHARE) & (shapes.area_m2 > 0)


def state_of(land: Land) -> NDArray[np.uint8]:
    """(n,) KNOWN where there is land to measure, else NOT_COMPUTED, or NO_PLACE where none is left."""
    offsets = land.shapes.shape_offsets
    rings = offsets if land.single else offsets[land.offsets]
    empty = rings[1:] == rings[:-1]
    state = np.full(len(empty), State.KNOWN, np.uint8)
    if empty.any():
        state[empty] = np.where(land.state[empty] == State.NOT_COMPUTED, State.NOT_COMPUTED, State.NO_PLACE)
    return state


def on_parcels(land: Land, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) the value of each parcel's one shape; NaN where it has none."""
    if land.single:
        return np.asarray(values, np.float64)
    out = np.full(len(land.offsets) - 1, np.nan)
    rows = np.flatnonzero(np.diff(land.offsets))
    out[rows] = values[land.offsets[rows]]
    return out


def quantity(
    name: str,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    state: NDArray[np.uint8],
    *,
    step: float,
    extra: Mapping[str, NDArray[Any]] | None = None,
    notes: tuple[str, ...] = (),
) -> Measured:
    """A quantity from its bounds: exact where they agree within half a step, else NaN and State.UNKNOWN.

    Bounds and quantity are NaN where ``state`` is not KNOWN (or BEYOND).
    """
    there = (state == State.KNOWN) | (state == State.BEYOND)
    low, high = np.where(there, low, np.nan), np.where(there, np.maximum(low, high), np.nan)
    with np.errstate(invalid="ignore"):
        open_ = there & (high != low) & ~(high - low <= step / 2)
    high = np.where(open_, high, low)
    exact = np.where(open_, np.nan, low)
    state = np.where(open_, State.UNKNOWN, state).astype(np.uint8)
    bounds = (low, high) if open_.any() else (None, None)
    return Measured(columns={name: exact, **(extra or {})}, state=state, low=bounds[0], high=bounds[1], notes=notes)


def column_step(unit: Unit | None) -> float:
    """Rounding step of a column in SI units: 1 mm, 1 m2, else a millionth of the unit.

    >>> column_step(parse_unit("ft")), column_step(parse_unit("kV")), column_step(None)
    (0.001, 0.001, 1e-06)
    """
    if unit is None:
        return 1e-6
    fixed = {"length": 1e-3, "area": 1.0, "slope": 1e-6, "count": 1e-6}
    return fixed.get(unit.dimension, 1e-6 * unit.factor)


def checked_unit(text: str | None) -> str | None:
    """The text, if it names a unit (for pydantic validators). Raises UnitError."""
    if text is not None:
        parse_unit(text)
    return text


def checked_within(within: Quantity | None) -> Quantity | None:
    """The radius, unless it is negative (for pydantic validators). Raises UnitError."""
    if within is not None and within.value < 0:
        raise UnitError(f"A radius cannot be negative, as '{within}' is.")
    return within


def checked_share(share: Quantity | None) -> Quantity | None:
    """The share, if it lies between 0 % and 100 % (for pydantic validators). Raises UnitError."""
    if share is not None and not 0 <= share.value <= 1:
        raise UnitError(f"A share of the land lies between 0 % and 100 %, which '{share}' does not.")
    return share


def unit_of(text: str | None) -> Unit | None:
    """The unit that a text names; None stays None."""
    return None if text is None else parse_unit(text)


def _contradict(stated: Unit, said: Unit) -> bool:
    """Whether numbers cannot be in both units; power may be said to be peak power, money to be of a year."""
    alike = {"peak_power": "power"}
    if alike.get(stated.dimension, stated.dimension) != alike.get(said.dimension, said.dimension):
        return True
    if None not in (stated.year, said.year) and stated.year != said.year:
        return True
    return not np.isclose(stated.factor, said.factor, rtol=1e-12, atol=0.0, equal_nan=True)


def numbers_in(table: pd.DataFrame, field: str, unit: Unit | None, of: str) -> NDArray[np.float64]:
    """(m,) a field of a table as numbers in SI units; NaN for null and text that is no number."""
    column = _column(table, field, of)
    numbers = numbers_of(column)
    if len(numbers) and np.isnan(numbers).all() and column.notna().any():
        example = next(item for item in column if not pd.isna(item))
        raise StudyError(
            f"The field {field!r} of {of} holds no numbers, but text such as {str(example)!r}. Name a numeric field, "
            "or ask for a text (values: text, or the measure 'class')."
        )
    if unit is None:
        return numbers
    return np.tan(np.radians(numbers)) if np.isnan(unit.factor) else numbers * unit.factor


def texts_in(table: pd.DataFrame, field: str, of: str) -> NDArray[np.object_]:
    """(m,) a field of a table as text; None for null and empty text; whole numbers without a decimal point."""
    column = _column(table, field, of)
    codes, values = pd.factorize(column)
    words = np.array([*(_as_text(value) for value in values), None], dtype=object)
    return words[codes]


def unnamed(texts: NDArray[np.object_]) -> NDArray[np.bool_]:
    """(m,) whether a text is None."""
    return np.array([text is None for text in texts], bool)


def _as_text(value: object) -> str | None:
    """One value as text."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None


def _column(table: pd.DataFrame, field: str, of: str) -> pd.Series[Any]:
    if field not in table.columns:
        known = [str(name) for name in table.columns if name != "geometry"]
        raise StudyError(
            f"There is no field {field!r} in {of}.{did_you_mean(field, known)} Its fields are {named(known)}."
        )
    return table[field]


def _vector_layer(measure: FeatureMeasure, layers: Layers, kinds: tuple[Kind, ...]) -> VectorLayer:
    """The measure's layer, or a refusal."""
    (name,) = measure.layer_names
    if name not in layers:
        raise StudyError(
            f"The measure {measure.verb!r} names the layer {name!r}, which the study does not have."
            f"{did_you_mean(name, layers)} Its layers are {named(layers)}."
        )
    layer = layers[name]
    if not isinstance(layer, VectorLayer):
        raise StudyError(
            f"The measure {measure.verb!r} needs features, but the layer {name!r} is a raster. Use 'raster' or 'slope'."
        )
    if layer.shapes.kind not in kinds and len(layer.ids):
        wanted = " or ".join(_KIND_WORDS[kind] for kind in kinds)
        raise StudyError(
            f"The measure {measure.verb!r} needs {wanted}, but the layer {name!r} holds "
            f"{_KIND_WORDS[layer.shapes.kind]}. Name another layer or another measure."
        )
    return layer


def _unknown_note(measure: FeatureMeasure, layer: str, unknown: NDArray[np.bool_]) -> tuple[str, ...]:
    """How many features a ``where`` cannot tell, and what becomes of them."""
    if not unknown.any():
        return ()
    done = {"interval": "they make an interval", "exclude": "they do not count", "include": "they count"}[
        measure.unknown
    ]
    return (
        f"Of the {len(unknown)} features of the layer {layer!r}, {int(unknown.sum())} ({unknown.mean():.1%}) "
        f"have no known answer to {str(measure.where)!r}; {done} (unknown: {measure.unknown}).",
    )
