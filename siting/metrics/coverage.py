"""How features cover a parcel: share, area, classes, and lines that cross it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from siting.kernels.overlap import Overlay, PolygonGrid, length_inside
from siting.kernels.segments import SegmentGrid
from siting.measure import Column, Measured, State
from siting.metrics.features import Coverage, FeatureMeasure, Features, on_parcels, quantity, state_of, unnamed
from siting.shapes import Shapes

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
    """What is built once for all parcels.

    grid : the features, ready to be laid over parcels
    names, codes : classes, and the class of each feature
    wanted, nameless : (m,) whether the class of a feature is asked for, and whether it is not known
    """

    features: Features
    coverage: Coverage | None
    grid: PolygonGrid
    names: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))
    codes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    wanted: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    nameless: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))


@dataclass(frozen=True, eq=False)
class _Lines:
    """What is built once for all parcels; ``sure`` is the grid of the features that surely count."""

    features: Features
    coverage: Coverage | None
    grid: SegmentGrid
    sure: SegmentGrid


class _Covering(FeatureMeasure):
    """A measure of what lies inside the land."""

    of: Literal["parcel", "usable"] = "parcel"

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land matters."""
        return 0.0

    def prepare(self, layers: Layers, area: Polygon) -> _Index | _Lines:
        """The features and the coverage with their grids."""
        features = Features.of(self, layers, kinds=("polygon",))
        return _Index(features, Coverage.of(layers[self.layer_names[0]]), PolygonGrid.build(features.shapes))

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """The one column; NO_DATA where less than 99.9 % of the land lies inside the coverage.

        An interval where features count only perhaps: without them, and with all of them.
        """
        land = parcels.land(self.of)
        low, high = self._bounds(land.shapes, resource)
        column = self.columns[0]
        return quantity(
            column.name, on_parcels(land, low), on_parcels(land, high), _state(land, resource),
            step=column.step or 0.0, notes=resource.features.notes,
        )  # fmt: skip

    @abstractmethod
    def _bounds(self, shapes: Shapes, resource: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n,) least and greatest."""


def _state(land: Land, resource: _Index | _Lines) -> NDArray[np.uint8]:
    """(n,) KNOWN where there is land and the coverage holds it."""
    state = state_of(land)
    if resource.coverage is None:
        return state
    held = on_parcels(land, resource.coverage.holds(land.shapes).astype(np.float64)) == 1
    return np.where((state == State.KNOWN) & ~held, State.NO_DATA, state).astype(np.uint8)


def _union(over: Overlay) -> NDArray[np.float64]:
    """(n,) share of each shape under the features, in [0, 1]; NaN where a shape has no area."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(over.covered()[:, 0] / over.parcels.area_m2, 0.0, 1.0)


class CoveredShare(_Covering):
    """Share of the land under features, overlaps counted once: ``{share: flood, where: "SFHA_TF == 'T'"}``."""

    verb: ClassVar[str] = "share"
    doc: ClassVar[str] = "share of the land under features, overlaps counted once"

    layer: str = Field(alias="share")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The share."""
        return (Column(name="share", dimension="share", step=1e-6),)

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        over, sure = Overlay.of(shapes, resource.grid), resource.features.sure
        high = _union(over)
        return (high if sure.all() else _union(over.only(sure))), high


class CoveredArea(_Covering):
    """Area of the land under features, overlaps counted once: ``{area: wetlands}``."""

    verb: ClassVar[str] = "area"
    doc: ClassVar[str] = "area of the land under features, overlaps counted once"

    layer: str = Field(alias="area")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The area."""
        return (Column(name="area", dimension="area", step=1.0),)

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        over, sure = Overlay.of(shapes, resource.grid), resource.features.sure
        high = np.minimum(over.covered()[:, 0], shapes.area_m2)
        return (high if sure.all() else np.minimum(over.only(sure).covered()[:, 0], shapes.area_m2)), high


class Crossing(_Covering):
    """Length of lines inside the land: ``{crossing: transmission}``. Two lines that coincide count twice."""

    verb: ClassVar[str] = "crossing"
    doc: ClassVar[str] = "length of lines inside the land"

    layer: str = Field(alias="crossing")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The length."""
        return (Column(name="crossing", dimension="length", step=0.001),)

    def prepare(self, layers: Layers, area: Polygon) -> _Lines:
        """The lines and the coverage with their grids."""
        features = Features.of(self, layers, kinds=("line",))
        grid = SegmentGrid.build(features.shapes)
        sure = grid if features.sure.all() else SegmentGrid.build(features.only(features.sure))
        return _Lines(features, Coverage.of(layers[self.layer]), grid, sure)

    def _bounds(self, shapes: Shapes, resource: _Lines) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        high = length_inside(shapes, resource.grid)
        return (high if resource.sure is resource.grid else length_inside(shapes, resource.sure)), high


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
        """As for all, with the class of each feature; a wrong name of the field is refused."""
        index = cast("_Index", super().prepare(layers, area))
        names, codes = _classes(index.features.texts(self.field))
        return replace(index, names=names, codes=codes)

    def measure(self, parcels: Parcels, layers: Layers, resource: _Index) -> Measured:
        """Class (text) and its share; State.UNKNOWN where the class is "unknown"."""
        land, features = parcels.land(self.of), resource.features
        best, share = self._dominant(land.shapes, resource)
        state = _state(land, resource)
        rows = np.flatnonzero(state == State.KNOWN)
        items = land.offsets[rows]
        names = np.array([*resource.names, None], dtype=object)
        chosen, shares = np.full(len(state), -1), np.full(len(state), np.nan)
        chosen[rows], shares[rows] = best[items], share[items]
        state[(names == UNKNOWN)[chosen]] = State.UNKNOWN
        return Measured(columns={"class": names[chosen], "class_share": shares}, state=state, notes=features.notes)

    def _dominant(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(n,) code of the class and share; unknown where features that count only perhaps would change the class."""
        names, codes, sure = resource.names, resource.codes, resource.features.sure
        best, share = np.zeros(len(shapes), np.int64), np.zeros(len(shapes))
        unknown = int(np.flatnonzero(names == UNKNOWN)[0])
        step = max(MOST_CELLS // len(names), 1)
        for start in range(0, len(shapes), step):
            part = slice(start, start + step)
            over = Overlay.of(shapes.take(np.arange(len(shapes))[part]), resource.grid)
            best[part], share[part] = _largest(over, codes, len(names))
            if not sure.all():
                other = names[best[part]] != names[_largest(over.only(sure), codes, len(names))[0]]
                best[part][other], share[part][other] = unknown, np.nan
        return best, share

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        raise NotImplementedError("A class has no bounds.")


def _classes(texts: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """The class names in alphabetical order, then "unknown" and "none"; and the code of each feature."""
    filled = np.where(unnamed(texts), UNKNOWN, texts)
    names = np.array([*sorted(set(filled) - {UNKNOWN}), UNKNOWN, NONE], dtype=object)
    index = {name: code for code, name in enumerate(names)}
    return names, np.array([index[name] for name in filled], np.int64)


def _largest(over: Overlay, codes: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(n,) code of the largest class and its share; the last code stands for the uncovered land."""
    area = over.parcels.area_m2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = over.covered(codes, count) / area[:, None]
        share[:, -1] = 1 - over.covered()[:, 0] / area
    share = np.clip(share, 0.0, 1.0)
    best = np.argmax(np.round(share, 6), axis=1)
    return best, share[np.arange(len(area)), best]


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
        """As for all, with the features of the classes asked for; a wrong name of the field is refused."""
        index = cast("_Index", super().prepare(layers, area))
        texts = index.features.texts(self.field)
        nameless = unnamed(texts) | (texts == UNKNOWN)
        wanted = np.isin(np.where(nameless, UNKNOWN, texts).astype(str), self.classes)
        return replace(index, wanted=wanted, nameless=nameless)

    def _bounds(self, shapes: Shapes, resource: _Index) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least: what is doubtful is in no wanted class; greatest: all of it is."""
        over, sure, wanted = Overlay.of(shapes, resource.grid), resource.features.sure, resource.wanted
        perhaps = wanted | resource.nameless
        low = self._share(over, wanted & sure, sure | ~wanted)
        if sure.all() and not (perhaps & ~wanted).any():
            return low, low
        return low, self._share(over, perhaps, sure | perhaps)

    def _share(self, over: Overlay, wanted: NDArray[np.bool_], there: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(n,) share under the wanted features; with "none" also what the features that are there leave uncovered."""
        share = _union(over.only(wanted))
        return np.clip(share + 1 - _union(over.only(there)), 0.0, 1.0) if NONE in self.classes else share
