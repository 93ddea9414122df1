"""Usable land: the parcel minus cuts and setbacks, its largest contiguous piece, and the waterfall.

::

    usable:                     # cut from the land, in the order of the waterfall
      - {name: floodway, layer: flood, where: "ZONE_SUBTY == 'FLOODWAY'"}
      - {name: steep,    layer: dem, slope_above: 15 % slope}
      - {name: fissure,  layer: fissures, buffer: 150 m}
      - {name: lines,    layer: lines, buffer_by: {field: VOLTAGE, 69 kV: 15 m, 230 kV: 30 m}}
      - {name: lot line, setback: 15 m}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from siting.errors import StudyError
from siting.kernels.overlap import covered_area
from siting.kernels.rectangle import placements
from siting.land import Land, UsableLand
from siting.masks import Mask, mask_of
from siting.measure import State
from siting.shapes import Shapes
from siting.units import Length, Slope, parse_quantity
from siting.where import Where

if TYPE_CHECKING:
    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["Cut", "usable_land"]


class Cut(BaseModel):
    """One cut of usable land.

    layer : a vector layer (its polygons, or its features with a buffer) or a raster
    buffer, buffer_by : setback around features; by an attribute: {field, level: distance}, each feature takes the
        distance of the highest level it reaches, and none below the lowest
    slope_above, above, below, classes : which raster cells are closed (slope by Horn 1981; cell values in the layer's
        unit; class codes)
    setback : distance to keep from the parcel's own border, without a layer
    breaks_contiguity : whether the cut divides land into pieces (a small dirt road may not)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    name: str
    layer: str | None = None
    where: Where | None = None
    buffer: Length | None = None
    buffer_by: Mapping[str, Any] | None = None
    slope_above: Slope | None = None
    above: float | None = None
    below: float | None = None
    classes: tuple[int, ...] | None = Field(default=None, strict=False)
    setback: Length | None = None
    breaks_contiguity: bool = True
    why: str = ""

    def model_post_init(self, context: Any) -> None:
        """Refuse a cut that names neither a layer nor a setback, or both."""
        if (self.layer is None) == (self.setback is None):
            raise StudyError(f"The cut {self.name!r} needs a layer, or a setback from the parcel's own border; give one of the two.")
        if self.buffer_by is not None:
            self.steps  # noqa: B018 - refuses what cannot be read

    @property
    def steps(self) -> tuple[str, tuple[tuple[float, float], ...]] | None:
        """The field of ``buffer_by`` and its (level, distance in m), highest level first."""
        if self.buffer_by is None:
            return None
        if "field" not in self.buffer_by or len(self.buffer_by) < 2:
            raise StudyError(
                f"The cut {self.name!r}: 'buffer_by' takes a field and steps, such as {{field: VOLTAGE, 230 kV: 30 m}}, not {dict(self.buffer_by)!r}."
            )
        steps = []
        for level, distance in self.buffer_by.items():
            if level != "field":
                number = float(level) if isinstance(level, int | float) else parse_quantity(str(level)).shown
                steps.append((number, parse_quantity(distance, "length").value))
        return str(self.buffer_by["field"]), tuple(sorted(steps, reverse=True))

    @property
    def reach_m(self) -> float:
        """How far beyond a parcel the layer matters."""
        steps = self.steps
        return max([0.0 if self.buffer is None else self.buffer.value, *(d for _, d in (steps[1] if steps else ()))])


def usable_land(
    parcels: Parcels,
    layers: Layers,
    cuts: Sequence[Cut],
    *,
    masks: Mapping[str, Mask] | None = None,
    pad: tuple[float, float] | None = None,
    minimum_m2: float = 0.0,
    eligible: NDArray[np.bool_] | None = None,
) -> UsableLand:
    """Usable land of n parcels.

    masks : prepared masks by cut name, where a run has them; else they are made here
    pad : width and length in m of the rectangle whose placements are wanted
    minimum_m2 : the largest piece and the pad are worked out only where at least this much is usable
    eligible : (n,) bool, the parcels whose usable land is wanted as geometry; the others get areas only

    Areas come from the overlap kernel where one cut touches a parcel that is not eligible, else from GEOS.
    """
    n = len(parcels)
    wanted = np.ones(n, bool) if eligible is None else eligible
    found = [(masks or {}).get(cut.name) or mask_of(cut, layers) for cut in cuts]
    local = [mask.near(parcels) for mask in found]
    work = _Work(parcels.shapes, [part.pairs for part in local], wanted)
    cut_m2 = {}
    for number, cut in enumerate(cuts):
        taken = work.take(number, local[number].pieces)
        cut_m2[cut.name] = np.where(local[number].covers | (taken > 0), taken, np.nan)  # what is mapped is cut
    unbroken = [number for number, cut in enumerate(cuts) if not _breaks(cut, layers)]
    rows = np.flatnonzero(wanted & (work.area_m2 >= minimum_m2))
    largest, pieces = work.pieces(rows, unbroken, [part.pieces for part in local])
    usable = Shapes.from_geometries(np.where(wanted, work.land, None), "polygon")
    state = np.full(n, State.NOT_COMPUTED, np.uint8)
    state[rows] = State.KNOWN
    land_state = np.where(wanted, State.KNOWN, State.NOT_COMPUTED).astype(np.uint8)
    return UsableLand(
        gross_m2=parcels.shapes.area_m2,
        usable_m2=work.area_m2,
        cut_m2=cut_m2,
        largest_m2=largest,
        pieces=pieces,
        state=state,
        area_state=np.full(n, State.KNOWN, np.uint8),
        usable=Land(shapes=usable, offsets=np.arange(n + 1, dtype=np.int64), state=land_state),
        pad=None if pad is None else _pads(usable, rows, largest, state, pad),
    )


def _breaks(cut: Cut, layers: Layers) -> bool:
    layer = layers.get(cut.layer) if cut.layer else None
    return cut.breaks_contiguity and getattr(layer, "breaks_contiguity", True)


def _pads(usable: Shapes, rows: NDArray[np.int64], largest: NDArray[np.float64], state: NDArray[np.uint8], pad: tuple[float, float]) -> Land:
    """Placements of the pad in the usable land of ``rows``; a pad larger than the largest piece is not tried."""
    width, length = pad
    may = rows[largest[rows] >= width * length * (1 - 1e-9)]
    circles = shapely.maximum_inscribed_circle(usable.geometries[may], tolerance=max(min(pad) / 50, 1.0))
    may = may[shapely.length(circles) >= 0.48 * min(pad)]
    offsets, corners = placements(usable.take(may), width, length)
    counts = np.zeros(len(usable), np.int64)
    counts[may] = np.diff(offsets)
    closed = np.concatenate([corners, corners[:, :1]], axis=1)
    shapes = Shapes.from_geometries(shapely.polygons(closed) if len(closed) else [], "polygon")
    return Land(shapes=shapes, offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), state=state)


@dataclass(eq=False)
class _Work:
    """What is left of the parcels while cuts are taken from them, one after the other."""

    shapes: Shapes
    pairs: list[tuple[NDArray[np.int64], NDArray[np.int64]]]
    wanted: NDArray[np.bool_]

    def __post_init__(self) -> None:
        self.area_m2 = self.shapes.area_m2.copy()
        touched = np.zeros(len(self.shapes), np.int64)
        for rows, _ in self.pairs:
            touched[np.unique(rows)] += 1
        self.cut_by_geos = (touched > 1) | ((touched == 1) & self.wanted)
        self.land = self.shapes.geometries.copy()

    def take(self, number: int, pieces: Shapes) -> NDArray[np.float64]:
        """Take cut ``number`` from what is left; the area it takes from each parcel."""
        rows, items = self.pairs[number]
        taken = np.zeros(len(self.shapes))
        touched = np.unique(rows)
        geos = touched[self.cut_by_geos[touched]]
        keep = self.cut_by_geos[rows]
        self.land = _minus(self.land, rows[keep], pieces.geometries[items[keep]])
        left = shapely.area(self.land[geos])
        taken[geos], self.area_m2[geos] = self.area_m2[geos] - left, left
        by_kernel = touched[~self.cut_by_geos[touched]]
        if len(by_kernel):
            near = np.unique(items[~keep])
            covered = covered_area(self.shapes.take(by_kernel), pieces.take(near))[:, 0]
            taken[by_kernel] = np.minimum(covered, self.area_m2[by_kernel])
            self.area_m2[by_kernel] -= taken[by_kernel]
        return np.maximum(taken, 0.0)

    def pieces(self, rows: NDArray[np.int64], unbroken: list[int], pieces: list[Shapes]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Area of the largest contiguous piece, and the number of pieces, of these parcels.

        Cuts that do not break contiguity take their area from the pieces without dividing them.
        """
        largest, count = np.full(len(self.shapes), np.nan), np.full(len(self.shapes), -1, np.int64)
        if not len(rows):
            return largest, count
        land = self.land
        for number in range(len(self.pairs)) if unbroken else ():
            if number == 0:
                land = self.shapes.geometries.copy()
            if number not in unbroken:
                at, items = self.pairs[number]
                land = _minus(land, at, pieces[number].geometries[items])
        parts, owner = shapely.get_parts(land[rows], return_index=True)
        for number in unbroken:
            tree = shapely.STRtree(pieces[number].geometries)
            at, items = tree.query(parts, predicate="intersects")
            parts = _minus(parts, at, pieces[number].geometries[items])
        area = shapely.area(parts)
        count[rows] = np.bincount(owner, minlength=len(rows))
        largest[rows] = 0.0
        np.maximum.at(largest, rows[owner], area)
        return largest, count


def _minus(land: NDArray[np.object_], rows: NDArray[np.int64], pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    """``land`` minus the pieces that touch each row, in rounds: the first piece of every row, then the second ..."""
    land = land.copy()
    order = np.argsort(rows, kind="stable")
    rows, pieces = rows[order], pieces[order]
    first = np.searchsorted(rows, rows)
    turn = np.arange(len(rows)) - first
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        now = turn == number
        land[rows[now]] = shapely.difference(land[rows[now]], pieces[now])
    return land
