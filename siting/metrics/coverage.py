"""How features cover a parcel: share, area, classes, and lines that cross it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from siting.kernels.overlap import covered_area, length_inside
from siting.measure import Column, Measured, State
from siting.metrics.features import Coverage, FeatureMeasure, Features, on_parcels, quantity, state_of, unnamed
from siting.shapes import Kind, Shapes

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.land import Land
    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["CoveredArea", "CoveredShare", "Crossing", "DominantClass", "ShareOfClasses"]

NONE, UNKNOWN = "none", "unknown"
MOST_CELLS = 4_000_000  #: of the table parcels x classes at a time


@dataclass(frozen=True, eq=False)
class _Index:
    """What is built once for all parcels."""

    features: Features
    coverage: Coverage | None


class _Covering(FeatureMeasure):
    """A measure of what lies inside the land."""

    kinds: ClassVar[tuple[Kind, ...]] = ("polygon",)

    of: Literal["parcel", "usable"] = "parcel"

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land matters."""
        return 0.0

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """The features and the coverage's grids."""
        features = Features.of(self, layers, kinds=self.kinds)
        layer = layers[self.layer_names[0]]
        return _Index(features, Coverage.of(layer))

    def measure(self, parcels: Parcels, layers: Layers, resource: _Index) -> Measured:
        """The one column; NO_DATA where less than 99.9 % of the land lies inside the coverage.

        An interval where features count only perhaps: without them, and with all of them.
        """
        land = parcels.land(self.of)
        low, high = self._bounds(land.shapes, resource.features)
        column = self.columns[0]
        return quantity(
            column.name, on_parcels(land, low), on_parcels(land, high), _state(land, resource),
            step=column.step or 0.0, notes=resource.features.notes,
        )  # fmt: skip

    @abstractmethod
    def _bounds(self, shapes: Shapes, features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n,) least and greatest."""


def _state(land: Land, resource: _Index) -> NDArray[np.uint8]:
    """(n,) KNOWN where there is land and the coverage holds it."""
    state = state_of(land)
    if resource.coverage is None:
        return state
    held = on_parcels(land, resource.coverage.holds(land.shapes).astype(np.float64)) == 1
    return np.where((state == State.KNOWN) & ~held, State.NO_DATA, state).astype(np.uint8)


def _union(shapes: Shapes, features: Features, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) share of each shape under the chosen features, in [0, 1]; NaN where a shape has no area."""
    area = covered_area(shapes, features.only(chosen))[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(area / shapes.area_m2, 0.0, 1.0)


class CoveredShare(_Covering):
    """Share of the land under features, overlaps counted once: ``{share: flood, where: "SFHA_TF == 'T'"}``."""

    verb: ClassVar[str] = "share"
    doc: ClassVar[str] = "share of the land under features, overlaps counted once"

    layer: str = Field(alias="share")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The share."""
        return (Column(name="share", dimension="share", step=1e-6),)

    def _bounds(self, shapes: Shapes, features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        high = _union(shapes, features, np.ones(len(features), bool))
        return (high if features.sure.all() else _union(shapes, features, features.sure)), high


class CoveredArea(_Covering):
    """Area of the land under features, overlaps counted once: ``{area: wetlands}``."""

    verb: ClassVar[str] = "area"
    doc: ClassVar[str] = "area of the land under features, overlaps counted once"

    layer: str = Field(alias="area")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The area."""
        return (Column(name="area", dimension="area", step=1.0),)

    def _bounds(self, shapes: Shapes, features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        high = np.minimum(covered_area(shapes, features.shapes)[:, 0], shapes.area_m2)
        if features.sure.all():
            return high, high
        return np.minimum(covered_area(shapes, features.only(features.sure))[:, 0], shapes.area_m2), high


class Crossing(_Covering):
    """Length of lines inside the land: ``{crossing: transmission}``. Two lines that coincide count twice."""

    verb: ClassVar[str] = "crossing"
    doc: ClassVar[str] = "length of lines inside the land"
    kinds: ClassVar[tuple[Kind, ...]] = ("line",)

    layer: str = Field(alias="crossing")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The length."""
        return (Column(name="crossing", dimension="length", step=0.001),)

    def _bounds(self, shapes: Shapes, features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        high = length_inside(shapes, features.shapes)
        return (high if features.sure.all() else length_inside(shapes, features.only(features.sure))), high


class DominantClass(_Covering):
    """Class that covers most of the land: ``{class: zoning}`` (crosswalk) or ``{class: providers, field: STATUS}``.

    "none" where no class covers more than what stays uncovered; "unknown" where the class of most of the land
    is not known (an unmapped code, a null, features that count only perhaps and would change the answer).
    Overlapping features of one class count once. Shares that are equal to 1e-6 go to the first class in
    alphabetical order, before "unknown" and "none".
    """

    verb: ClassVar[str] = "class"
    doc: ClassVar[str] = "class that covers most of the land"

    layer: str = Field(alias="class")
    field: str = "class"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The class and the share of the land that it covers."""
        return (Column(name="class", dimension="text"), Column(name="class_share", dimension="share", step=1e-6))

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """As for all; the field is looked up at once, so that a wrong name is refused early."""
        index = super().prepare(layers, area)
        index.features.texts(self.field)
        return index

    def measure(self, parcels: Parcels, layers: Layers, resource: _Index) -> Measured:
        """Class (text) and its share; State.UNKNOWN where the class is "unknown"."""
        land, features = parcels.land(self.of), resource.features
        names, share = self._dominant(land.shapes, features, np.ones(len(features), bool))
        if not features.sure.all():
            other, _ = self._dominant(land.shapes, features, features.sure)
            names, share = np.where(names == other, names, UNKNOWN), np.where(names == other, share, np.nan)
        state = _state(land, resource)
        rows = np.flatnonzero(state == State.KNOWN)
        items = land.offsets[rows]
        classes = np.full(len(state), None, dtype=object)
        shares = np.full(len(state), np.nan)
        classes[rows], shares[rows] = names[items], share[items]
        state[classes == UNKNOWN] = State.UNKNOWN
        return Measured(columns={"class": classes, "class_share": shares}, state=state, notes=features.notes)

    def _dominant(
        self, shapes: Shapes, features: Features, chosen: NDArray[np.bool_]
    ) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
        """(n,) class and share, counting only the chosen features."""
        names, codes = _classes(features.texts(self.field))
        kept = features.only(chosen)
        best, share = np.zeros(len(shapes), np.int64), np.zeros(len(shapes))
        step = max(MOST_CELLS // len(names), 1)
        for start in range(0, len(shapes), step):
            part = shapes.take(np.arange(start, min(start + step, len(shapes))))
            best[start : start + step], share[start : start + step] = _largest(part, kept, codes[chosen], len(names))
        return names[best], share

    def _bounds(self, shapes: Shapes, features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        raise NotImplementedError("A class has no bounds.")


def _classes(texts: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """The class names in alphabetical order, then "unknown" and "none"; and the code of each feature."""
    filled = np.where(unnamed(texts), UNKNOWN, texts)
    names = np.array([*sorted(set(filled) - {UNKNOWN}), UNKNOWN, NONE], dtype=object)
    index = {name: code for code, name in enumerate(names)}
    return names, np.array([index[name] for name in filled], np.int64)


def _largest(
    shapes: Shapes, features: Shapes, codes: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(n,) code of the largest class and its share; the last code stands for the uncovered land."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = covered_area(shapes, features, classes=codes, class_count=count) / shapes.area_m2[:, None]
        share[:, -1] = 1 - covered_area(shapes, features)[:, 0] / shapes.area_m2
    share = np.clip(share, 0.0, 1.0)
    best = np.argmax(np.round(share, 6), axis=1)
    return best, share[np.arange(len(shapes)), best]


class ShareOfClasses(_Covering):
    """Share of the land in some classes: ``{class_share: zoning, classes: [prohibited]}``.

    classes : names; "none" is the uncovered land, "unknown" the land whose class is not known. Unless "unknown"
        is asked for, land of unknown class makes an interval
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

    def prepare(self, layers: Layers, area: Polygon) -> _Index:
        """As for all; the field is looked up at once, so that a wrong name is refused early."""
        index = super().prepare(layers, area)
        index.features.texts(self.field)
        return index

    def _bounds(self, shapes: Shapes, features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least: what is doubtful is in no wanted class; greatest: all of it is."""
        texts = features.texts(self.field)
        nameless = unnamed(texts) | (texts == UNKNOWN)
        wanted = np.isin(np.where(nameless, UNKNOWN, texts).astype(str), self.classes)
        perhaps = wanted | nameless
        low = self._share(shapes, features, wanted & features.sure, features.sure | ~wanted)
        if features.sure.all() and not (nameless & ~wanted).any():
            return low, low
        return low, self._share(shapes, features, perhaps, features.sure | perhaps)

    def _share(
        self, shapes: Shapes, features: Features, wanted: NDArray[np.bool_], there: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """(n,) share under the wanted features; with "none" also what the features that are there leave uncovered."""
        share = _union(shapes, features, wanted)
        return np.clip(share + 1 - _union(shapes, features, there), 0.0, 1.0) if NONE in self.classes else share
