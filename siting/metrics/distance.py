"""Distance from a parcel, its usable land or its pad to the nearest feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from siting.errors import StudyError
from siting.kernels.nearest import SegmentGrid, nearest
from siting.measure import Column, Measured, State
from siting.metrics.features import Coverage, FeatureMeasure, Features, checked_within, quantity, state_of
from siting.units import Length

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.land import Land
    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["Distance"]


class Distance(FeatureMeasure):
    """Distance to the nearest feature: ``{distance: stations, of: pad, where: "...", within: 25 km}``.

    of : what it starts from; "parcel" and "usable" mean their edge, "pad" a candidate placement of the pad
    within : how far it looks; beyond, the quantity is infinite ("> 25 km"). None: the study sets it from
        the value function, else the whole layer is searched
    placement : with several placements of the pad, the "nearest" or (for nuisances) the "farthest" one counts.
        None: the study sets it from the value function, else the nearest one counts
    show : fields of the nearest feature to give beside its id, as text
    """

    verb: ClassVar[str] = "distance"
    doc: ClassVar[str] = "distance to the nearest feature, from the edge"

    layer: str = Field(alias="distance")
    of: Literal["parcel", "usable", "pad"] = "parcel"
    within: Length | None = None
    placement: Literal["nearest", "farthest"] | None = None
    show: tuple[str, ...] = Field(default=(), strict=False)

    _within = field_validator("within")(checked_within)

    @model_validator(mode="after")
    def _placed(self) -> Distance:
        if self.placement is not None and self.of != "pad":
            raise StudyError(f"The measure 'distance' takes 'placement' only with of: pad, not of: {self.of}.")
        return self

    @property
    def reach_m(self) -> float:
        """The search radius; infinite without ``within``."""
        return np.inf if self.within is None else self.within.value

    @property
    def columns(self) -> tuple[Column, ...]:
        """Distance, id and shown fields of the nearest feature and, for pads, which placement was used."""
        columns = [
            Column(name="distance", dimension="length", step=0.001),
            Column(name="nearest_id", dimension="text", missing="none within reach"),
            *(Column(name=f"nearest_{name}", dimension="text", missing="none within reach") for name in self.show),
        ]
        if self.of == "pad":
            columns.append(Column(name="placement", dimension="count", step=1.0, missing="no pad fits"))
        return tuple(columns)

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """The segment grids of the features and of the coverage's border."""
        features = Features.of(self, layers)
        sure = None if features.sure.all() else SegmentGrid.build(features.only(features.sure))
        shown = tuple(features.texts(name) for name in self.show)
        return _Index(features, SegmentGrid.build(features.shapes), sure, Coverage.of(layers[self.layer]), shown)

    def measure(self, parcels: Parcels, layers: Layers, resource: _Index) -> Measured:
        """Distances in metres; see ``columns``.

        Infinite (BEYOND) where nothing lies within the reach. NO_DATA where the coverage ends nearer than the
        answer. An interval where a possible feature is nearer than the nearest sure one: ``nearest_id`` and
        ``placement`` then speak of the possible one.
        """
        land = parcels.land(self.of)
        near, item = nearest(land.shapes, resource.all, within_m=self.reach_m)
        low, feature = near[:, 0], item[:, 0]
        high = low if resource.sure is None else nearest(land.shapes, resource.sure, within_m=self.reach_m)[0][:, 0]
        depth = None if resource.coverage is None else resource.coverage.depth_m(land.shapes, self.reach_m)
        best = _Best(land.offsets, land.single, farthest=self.placement == "farthest")
        known = np.ones(len(parcels), bool)
        if depth is not None:
            known = (best.of(np.minimum(low, depth)) == best.of(low)) & (
                best.of(np.minimum(high, depth)) == best.of(high)
            )
        least, most = best.of(low), best.of(high)
        state = state_of(land)
        state[(state == State.KNOWN) & ~known] = State.NO_DATA
        state[(state == State.KNOWN) & np.isinf(least)] = State.BEYOND
        chosen = best.item(low)
        return quantity(
            "distance", least, most, state, step=0.001, notes=resource.features.notes,
            extra=self._which(resource, land, feature, chosen, state),
        )  # fmt: skip

    def _which(
        self,
        resource: _Index,
        land: Land,
        feature: NDArray[np.int64],
        chosen: NDArray[np.int64],
        state: NDArray[np.uint8],
    ) -> dict[str, NDArray[Any]]:
        """Id and shown fields of the nearest feature, and the placement it is nearest to."""
        there = (state == State.KNOWN) & (chosen >= 0)
        row = feature[chosen[there]]
        out: dict[str, NDArray[Any]] = {"nearest_id": np.full(len(state), None, dtype=object)}
        out["nearest_id"][there] = resource.features.ids[row]
        for name, texts in zip(self.show, resource.shown, strict=True):
            out[f"nearest_{name}"] = np.full(len(state), None, dtype=object)
            out[f"nearest_{name}"][there] = texts[row]
        if self.of == "pad":
            placed = ((state == State.KNOWN) | (state == State.BEYOND)) & (chosen >= 0)
            out["placement"] = np.where(placed, chosen - land.offsets[:-1], np.nan)
        return out


@dataclass(frozen=True, eq=False)
class _Index:
    """What is built once for all parcels; ``sure`` is None where every feature is sure; ``shown`` by ``show``."""

    features: Features
    all: SegmentGrid
    sure: SegmentGrid | None
    coverage: Coverage | None
    shown: tuple[NDArray[np.object_], ...]


@dataclass(frozen=True, eq=False)
class _Best:
    """The least (or, for nuisances, greatest) of the values of each parcel's shapes.

    offsets : (n + 1,); parcel i owns the shapes offsets[i]:offsets[i + 1]; single : whether that is one each
    """

    offsets: NDArray[np.int64]
    single: bool
    farthest: bool

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) NaN where a parcel has no shape."""
        if self.single:
            return values
        out = np.full(len(self.offsets) - 1, np.nan)
        rows = np.flatnonzero(np.diff(self.offsets))
        if len(rows):
            out[rows] = (np.maximum if self.farthest else np.minimum).reduceat(values, self.offsets[rows])
        return out

    def item(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """(n,) the first shape that has the best value; -1 where there is none."""
        if self.single:
            return np.where(np.isnan(values), -1, self.offsets[:-1])
        out = np.full(len(self.offsets) - 1, -1, np.int64)
        owner = np.repeat(np.arange(len(out)), np.diff(self.offsets))
        hits = np.flatnonzero(values == self.of(values)[owner])
        rows, first = np.unique(owner[hits], return_index=True)
        out[rows] = hits[first]
        return out
