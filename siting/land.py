"""The land of a parcel that a measure may start from: all of it, its usable part, or a pad in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from siting.shapes import Shapes

__all__ = ["Land", "UsableLand"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Land:
    """What n parcels are measured from.

    shapes : one polygon a parcel ("parcel", "usable"), or several candidate placements ("pad")
    offsets : (n + 1,) int64; parcel i owns the shapes offsets[i]:offsets[i + 1]
    state : (n,) uint8 of ``siting.measure.State``: KNOWN, or NOT_COMPUTED where a parcel has no shapes because
        nobody worked them out, or KNOWN with an empty shape where nothing usable is left
    """

    shapes: Shapes
    offsets: NDArray[np.int64]
    state: NDArray[np.uint8]

    @cached_property
    def single(self) -> bool:
        """Whether each parcel has one shape, which is so of whole parcels and of usable land."""
        return np.array_equal(self.offsets, np.arange(len(self.shapes) + 1))

    def take(self, rows: NDArray[np.int64]) -> Land:
        """The land of these parcels."""
        counts = self.offsets[rows + 1] - self.offsets[rows]
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        items = np.repeat(self.offsets[rows] - offsets[:-1], counts) + np.arange(offsets[-1])
        return Land(shapes=self.shapes.take(items), offsets=offsets, state=self.state[rows])


@dataclass(frozen=True, eq=False, kw_only=True)
class UsableLand:
    """Usable land of n parcels: the parcel minus cuts and setbacks, and its waterfall.

    gross_m2, usable_m2 : (n,) area before and after the cuts
    cut_m2 : name of the cut -> (n,) what it takes after the cuts before it, in the study's order;
        gross - sum(cuts) = usable within 1e-6 of gross
    largest_m2 : (n,) largest contiguous piece; NaN where not computed
    pieces : (n,) number of contiguous pieces; -1 where not computed
    state : (n,) of ``largest_m2``; area_state : (n,) of ``usable_m2``; both UNKNOWN where
        a cut is not mapped, so that the areas are upper bounds
    usable, pad : the land itself and the candidate placements of the pad (Land); pads of parcels where none
        fits "at 1 degree" have no shapes and the state KNOWN
    """

    gross_m2: NDArray[np.float64]
    usable_m2: NDArray[np.float64]
    cut_m2: Mapping[str, NDArray[np.float64]]
    largest_m2: NDArray[np.float64]
    pieces: NDArray[np.int64]
    state: NDArray[np.uint8]
    area_state: NDArray[np.uint8]
    usable: Land
    pad: Land | None = None
