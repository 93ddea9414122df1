"""Shape of a parcel: area, compactness, inscribed circle, whether a rectangle fits, usable land."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from siting.measure import Column, Measure, Measured
from siting.units import Sides

if TYPE_CHECKING:
    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["Fits", "ShapeOf", "Usable"]


class _Own(Measure):
    """A measure of the land alone."""

    @property
    def layer_names(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land matters."""
        return 0.0

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """The measure of the land alone."""
        raise NotImplementedError


class ShapeOf(_Own):
    """Shape of the land: ``{shape: compactness}``.

    area : planar area; compactness : 4 pi area / perimeter squared, 1 for a circle; inscribed_circle : radius of
        the largest circle inside, within 1 m below the true one
    """

    verb: ClassVar[str] = "shape"
    doc: ClassVar[str] = "area, compactness or inscribed circle of the land"

    what: Literal["area", "compactness", "inscribed_circle"] = Field(alias="shape")
    of: Literal["parcel", "usable"] = "parcel"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The one column, named after what is asked."""
        dimension, step = {"area": ("area", 1.0), "compactness": ("number", 1e-6), "inscribed_circle": ("length", 0.001)}[self.what]
        return (Column(name=self.what, dimension=dimension, step=step),)


class Fits(_Own):
    """Whether a rectangle fits into the land in any rotation: ``{fits: 600 m x 700 m, of: usable}``.

    Angles every degree and the directions of all edges are tried; "none found at 1 degree" otherwise.
    """

    verb: ClassVar[str] = "fits"
    doc: ClassVar[str] = "1 where a rectangle fits into the land in some rotation, else 0; with the rectangle"

    size: Sides = Field(alias="fits")
    of: Literal["parcel", "usable"] = "parcel"

    @property
    def columns(self) -> tuple[Column, ...]:
        """1 or 0, and the rectangle as WKT in the study's CRS."""
        return (Column(name="fits", dimension="count", step=1.0), Column(name="rectangle", dimension="text", missing="none found at 1 degree"))


class Usable(_Own):
    """Usable land: ``{usable: largest_piece}``.

    area : usable area; share : of the parcel; largest_piece : area of the largest contiguous piece
    """

    verb: ClassVar[str] = "usable"
    doc: ClassVar[str] = "usable land: its area, its share of the parcel, or its largest contiguous piece"

    what: Literal["area", "share", "largest_piece"] = Field(alias="usable")

    @property
    def land(self) -> str:
        """Usable land must be worked out first."""
        return "usable"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The one column."""
        name, dimension, step = {"area": ("usable_area", "area", 1.0), "share": ("usable_share", "share", 1e-6), "largest_piece": ("largest_piece", "area", 1.0)}[self.what]
        return (Column(name=name, dimension=dimension, step=step),)
