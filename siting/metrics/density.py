"""How much of a layer lies within a radius: counts, lengths, apportioned sums and decayed sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from siting.measure import Column, Measured
from siting.metrics.features import FeatureMeasure
from siting.units import Length

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["AreaSum", "Count", "CountDistinct", "Decay", "LengthWithin"]


class _Within(FeatureMeasure):
    """A measure of what lies within a radius of a parcel's edge."""

    of: Literal["parcel", "usable"] = "parcel"
    within: Length

    @property
    def reach_m(self) -> float:
        """The radius."""
        return self.within.value

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """What lies within the radius."""
        raise NotImplementedError


class Count(_Within):
    """Number of features within a radius: ``{count: hospitals, within: 10 km}``."""

    verb: ClassVar[str] = "count"
    doc: ClassVar[str] = "number of features within a radius of the edge"

    layer: str = Field(alias="count")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The number."""
        return (Column(name="count", dimension="count", step=1.0),)


class CountDistinct(_Within):
    """Number of different values of a field within a radius: ``{count_distinct: lines, field: CIRCUIT, within: 10 km}``.

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


class LengthWithin(_Within):
    """Length of lines within a radius: ``{length: roads, within: 2 km}``."""

    verb: ClassVar[str] = "length"
    doc: ClassVar[str] = "length of lines within a radius of the edge"

    layer: str = Field(alias="length")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The length."""
        return (Column(name="length", dimension="length", step=0.001),)


class AreaSum(_Within):
    """Sum of an extensive field, apportioned by area: ``{area_sum: block_groups, field: POP, within: 1 mile}``.

    Each polygon gives its value times the share of its own area that lies within the radius.
    """

    verb: ClassVar[str] = "area_sum"
    doc: ClassVar[str] = "sum of a field of polygons within a radius, apportioned by area"

    layer: str = Field(alias="area_sum")
    field: str
    unit: str | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The sum."""
        return (Column(name="area_sum", dimension="number", step=1e-6),)


class Decay(_Within):
    """Sum that fades with distance: ``{decay: industry, scale: 5 km, within: 40 km}``.

    sum of field x exp(-d / scale), or field x 0.5 ** (d / half); without ``field`` every feature counts 1.
    """

    verb: ClassVar[str] = "decay"
    doc: ClassVar[str] = "sum over features that fades with distance"

    layer: str = Field(alias="decay")
    field: str | None = None
    scale: Length | None = None
    half: Length | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The sum."""
        return (Column(name="decay", dimension="number", step=1e-6),)
