"""Parcels: the alternatives, cleaned at the door, with stable unique ids."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.land import Land, UsableLand
from siting.measure import State
from siting.shapes import Shapes

__all__ = ["Parcels"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Parcels:
    """n candidate parcels in the study's CRS (metres).

    ids : (n,) unique text
    shapes : n polygons
    table : n rows of the attributes that were read, RangeIndex
    usable : usable land, once it is worked out
    """

    ids: NDArray[np.object_]
    shapes: Shapes
    table: pd.DataFrame
    crs: str
    usable: UsableLand | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def land(self, of: str) -> Land:
        """The land to measure from: "parcel", "usable" or "pad" (the last two need ``usable``)."""
        n = len(self)
        if of == "parcel":
            return Land(shapes=self.shapes, offsets=np.arange(n + 1), state=np.full(n, State.KNOWN, np.uint8))
        if self.usable is None or (of == "pad" and self.usable.pad is None):
            nothing = Shapes.from_geometries([], "polygon")
            return Land(
                shapes=nothing, offsets=np.zeros(n + 1, np.int64), state=np.full(n, State.NOT_COMPUTED, np.uint8)
            )
        return self.usable.usable if of == "usable" else self.usable.pad  # type: ignore[return-value]

    def take(self, rows: NDArray[np.int64]) -> Parcels:
        """These parcels, in this order (before usable land is worked out)."""
        return replace(
            self, ids=self.ids[rows], shapes=self.shapes.take(rows), table=self.table.iloc[rows].reset_index(drop=True)
        )
