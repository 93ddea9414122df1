"""How features cover a parcel: share, area, classes, and lines that cross it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from siting.measure import Column, Measured
from siting.metrics.features import FeatureMeasure

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["CoveredArea", "CoveredShare", "Crossing", "DominantClass", "ShareOfClasses"]


class _Covering(FeatureMeasure):
    """A measure of what lies inside the land."""

    of: Literal["parcel", "usable"] = "parcel"

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land matters."""
        return 0.0

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """What lies inside the land."""
        raise NotImplementedError


class CoveredShare(_Covering):
    """Share of the land under features, overlaps counted once: ``{share: flood, where: "SFHA_TF == 'T'", of: usable}``."""

    verb: ClassVar[str] = "share"
    doc: ClassVar[str] = "share of the land under features, overlaps counted once"

    layer: str = Field(alias="share")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The share."""
        return (Column(name="share", dimension="share", step=1e-6),)


class CoveredArea(_Covering):
    """Area of the land under features, overlaps counted once: ``{area: wetlands}``."""

    verb: ClassVar[str] = "area"
    doc: ClassVar[str] = "area of the land under features, overlaps counted once"

    layer: str = Field(alias="area")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The area."""
        return (Column(name="area", dimension="area", step=1.0),)


class Crossing(_Covering):
    """Length of lines inside the land: ``{crossing: transmission}``."""

    verb: ClassVar[str] = "crossing"
    doc: ClassVar[str] = "length of lines inside the land"

    layer: str = Field(alias="crossing")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The length."""
        return (Column(name="crossing", dimension="length", step=0.001),)


class DominantClass(_Covering):
    """Class that covers most of the land: ``{class: zoning}`` (crosswalk) or ``{class: providers, field: STATUS}``.

    "none" where no class covers more than what stays uncovered; "unknown" where the class of most of the land
    is not known (an unmapped code, a null). Ties go to the first class in alphabetical order.
    """

    verb: ClassVar[str] = "class"
    doc: ClassVar[str] = "class that covers most of the land"

    layer: str = Field(alias="class")
    field: str = "class"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The class and the share of the land that it covers."""
        return (Column(name="class", dimension="text"), Column(name="class_share", dimension="share", step=1e-6))


class ShareOfClasses(_Covering):
    """Share of the land in some classes: ``{class_share: zoning, classes: [prohibited]}``.

    classes : names; "none" is the uncovered land, "unknown" the land whose class is not known. Unless it is
        asked for, land of unknown class makes an interval.
    """

    verb: ClassVar[str] = "class_share"
    doc: ClassVar[str] = "share of the land in given classes"

    layer: str = Field(alias="class_share")
    field: str = "class"
    classes: tuple[str, ...] = Field(min_length=1, strict=False)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The share."""
        return (Column(name="class_share", dimension="share", step=1e-6),)
