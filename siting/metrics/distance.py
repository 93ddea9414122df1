"""Distance from a parcel, its usable land or its pad to the nearest feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from siting.measure import Column, Measured, State
from siting.metrics.features import FeatureMeasure
from siting.units import Length

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["Distance"]


class Distance(FeatureMeasure):
    """Distance to the nearest feature: ``{distance: stations, of: pad, where: "...", within: 25 km}``.

    of : what it starts from; "parcel" and "usable" mean their edge, "pad" a candidate placement of the pad
    within : how far it looks; beyond, the quantity is infinite ("> 25 km"). None: the study sets it from
        the value function, else the whole layer is searched
    placement : with several placements of the pad, the "nearest" or (for nuisances) the "farthest" one counts
    """

    verb: ClassVar[str] = "distance"
    doc: ClassVar[str] = "distance to the nearest feature, from the edge"

    layer: str = Field(alias="distance")
    of: Literal["parcel", "usable", "pad"] = "parcel"
    within: Length | None = None
    placement: Literal["nearest", "farthest"] = "nearest"

    @property
    def reach_m(self) -> float:
        """The search radius; infinite without ``within``."""
        return np.inf if self.within is None else self.within.value

    @property
    def columns(self) -> tuple[Column, ...]:
        """Distance, the id of the nearest feature and, for pads, which placement was used."""
        columns = (Column(name="distance", dimension="length", step=0.001), Column(name="nearest_id", dimension="text", missing="none within reach"))
        return (*columns, Column(name="placement", dimension="count", step=1.0, missing="no pad fits")) if self.of == "pad" else columns

    def prepare(self, layers: Layers, area: Polygon) -> Any:
        """The segment grids of the features and of the coverage's border."""
        raise NotImplementedError

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """Distances in metres."""
        raise NotImplementedError
