"""The central interface: a measure turns parcels and layers into columns of quantities.

Criteria, exclusions, setbacks and costs only *name* measures. A measure is a frozen spec: it says
before anything is read which layers it needs, how far beyond a parcel it looks (``reach_m``) and
which columns it gives.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from shapely import Polygon

    from siting.layer import RasterLayer, VectorLayer
    from siting.parcels import Parcels

    Layers = Mapping[str, VectorLayer | RasterLayer]

__all__ = ["Column", "Measure", "Measured", "State"]


class State(IntEnum):
    """Why a quantity is, or is not, there."""

    KNOWN = 0
    NO_DATA = 1  #: the parcel with its reach leaves the layer's coverage, or the raster has no data there
    BEYOND = 2  #: nothing within the reach: the quantity is "> within" (infinite), a real answer
    NOT_COMPUTED = 3  #: a costly quantity left out for a parcel that cannot matter
    UNKNOWN = 4  #: an attribute is unknown or land is not mapped: the quantity is an interval [low, high]
    NO_PLACE = 5  #: the land was worked out, and nothing usable is left, or no pad fits: an answer, the worst there is


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that a measure gives, declared before anything is read.

    name : without the unit; the first column of a measure is its quantity
    dimension : a dimension of ``siting.units`` ("length", "share", ...), "count", "number" or "text"
    step : quantities are rounded to this step in SI units (None: exact, or text)
    """

    name: str
    dimension: str
    step: float | None = None
    missing: str = "no data"


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """The columns of a measure for n parcels, in SI units.

    columns : name -> (n,); float64 with NaN where there is no quantity, +inf for "beyond the reach";
        text as object with None
    state : (n,) uint8 of ``State``, speaking of the first column
    low, high : (n,) the interval of the first column where it is not exact (else equal to it); None
        where every quantity is exact or missing altogether
    notes : sentences for the quality record (fallbacks taken, shares of unknown attributes)
    """

    columns: Mapping[str, NDArray[Any]]
    state: NDArray[np.uint8]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    _codes: dict[str, tuple[NDArray[Any], ...]] = field(default_factory=dict, repr=False)

    def coded(self, name: str) -> tuple[NDArray[np.integer[Any]], NDArray[np.object_]]:
        """(n,) which of the different texts of a column each is, -1 for none; and these, as they occur first.

        It is worked out once, also for what ``dataclasses.replace`` makes of this with the same column.

        >>> code, texts = Measured(columns={"a": np.array(["x", None, "x"], object)}, state=np.zeros(3)).coded("a")
        >>> code.tolist(), texts.tolist()
        ([0, -1, 0], ['x'])
        """
        values = self.columns[name]
        known = self._codes.get(name)
        if known is None or known[0] is not values:
            known = self._codes[name] = (values, *pd.factorize(values))
        return known[1], known[2]


class Measure(BaseModel, ABC):
    """A frozen, strict spec of one measure; ``verb`` is the key it has in a study file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    verb: ClassVar[str]
    doc: ClassVar[str] = ""  #: one line for tables of all measures

    @property
    @abstractmethod
    def layer_names(self) -> tuple[str, ...]:
        """The layers of the study that it reads."""

    @property
    @abstractmethod
    def reach_m(self) -> float:
        """How far beyond a parcel's edge a feature can matter, in metres (inf: the whole layer)."""

    @property
    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """The columns it gives; the first is the quantity."""

    @property
    def land(self) -> str:
        """What it measures from: "parcel", "usable" or "pad"."""
        return getattr(self, "of", "parcel")

    def prepare(self, layers: Layers, area: Polygon) -> Any:
        """What is built once a run and shared by all partitions (an index, a graph); None by default."""
        return None

    @abstractmethod
    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """The columns for these parcels; pure, and the same whatever the partition."""

    def pass_of(self, resource: Any) -> Hashable:
        """Measures for which this is equal are measured in one pass, by ``measure_in_one``; its key: by itself."""
        return self.key

    @classmethod
    def measure_in_one(cls, asked: Sequence[tuple[Any, Any]], parcels: Parcels, layers: Layers, /) -> list[Measured]:
        """The columns of several measures, given with their resources: those that each gives by itself."""
        return [measure.measure(parcels, layers, resource) for measure, resource in asked]

    @property
    def key(self) -> str:
        """A text that is equal for equal measures and different for different ones."""
        return json.dumps([self.verb, self.model_dump(mode="json")], sort_keys=True, separators=(",", ":"))
