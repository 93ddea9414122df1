"""Attributes: of the feature that covers or is nearest to a parcel, of the parcel itself, and area-weighted means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from siting.measure import Column, Measure, Measured
from siting.metrics.features import FeatureMeasure
from siting.units import Length, Share

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["AreaMean", "Attribute", "ParcelField"]

Values = Literal["number", "text"]


class Attribute(FeatureMeasure):
    """Field of one feature: ``{attribute: water_basins, field: BUDGET_MGD, unit: MGD}``.

    relation : "covering" takes the feature with the largest overlap, "nearest" the nearest within ``within``
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

    @property
    def reach_m(self) -> float:
        """0 for the covering feature, the search radius for the nearest."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[Column, ...]:
        """The value and the id of the feature."""
        return (Column(name="attribute", dimension="number"), Column(name="feature_id", dimension="text"))

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """Values in SI units."""
        raise NotImplementedError


class ParcelField(Measure):
    """The parcel's own field: ``{field: IMPROVEMENT, unit: USD, per: acre}``; numbers in text ("  118,650") are read.

    per : divide by the parcel's computed area in this unit; None: not divided
    """

    verb: ClassVar[str] = "field"
    doc: ClassVar[str] = "field of the parcel itself, per area if asked"

    name: str = Field(alias="field")
    unit: str | None = None
    per: str | None = None
    values: Values = "number"

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
        return (Column(name="field", dimension="number"),)

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """Values in SI units."""
        raise NotImplementedError


class AreaMean(FeatureMeasure):
    """Area-weighted mean of a numeric field over the covered land: ``{area_mean: soils, field: lep_r}``.

    min_covered : share of the land that must lie under features with a value; below it there is no data
    """

    verb: ClassVar[str] = "area_mean"
    doc: ClassVar[str] = "area-weighted mean of a field over the covered land"

    layer: str = Field(alias="area_mean")
    field: str
    of: Literal["parcel", "usable"] = "parcel"
    unit: str | None = None
    min_covered: Share | None = None

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land matters."""
        return 0.0

    @property
    def columns(self) -> tuple[Column, ...]:
        """The mean and the share of the land it speaks of."""
        return (Column(name="area_mean", dimension="number"), Column(name="known_share", dimension="share", step=1e-6))

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """Means in SI units."""
        raise NotImplementedError
