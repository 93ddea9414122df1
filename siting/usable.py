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
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from siting.errors import StudyError
from siting.kernels.overlap import covered_area
from siting.kernels.rectangle import placements
from siting.land import Land, UsableLand
from siting.masks import LocalMask, Mask, mask_of, masks_near, polygons_of
from siting.measure import State
from siting.shapes import Shapes
from siting.units import Length, Slope, parse_quantity, parse_unit
from siting.where import Where

if TYPE_CHECKING:
    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["Cut", "parse_steps", "usable_land"]

_PIECE_M2 = 1.0  #: smaller parts are slivers, and no land
_PIECE_M = 0.1  #: so are parts that are narrower, as twice the area over the perimeter


class Cut(BaseModel):
    """One cut of usable land.

    layer : a vector layer (its polygons, or its features with a buffer) or a raster
    where : which features are cut; those for which it is unknown are cut too
    buffer, buffer_by : setback around features; by an attribute: {field, level: distance}, each feature takes the
        distance of the highest level it reaches, none below the lowest, and the largest where the attribute is unknown.
        Levels are in the unit of the field's numbers
    slope_above, above, below, classes : which raster cells are closed (slope by Horn 1981; cell values in the layer's
        unit; class codes)
    setback : distance to keep from the parcel's own border, without a layer
    band : which band of the raster, from 1; needed where there are several
    breaks_contiguity : whether the cut divides land into pieces (a small dirt road may not)
    unmapped : what the cut takes where its layer is not mapped: "interval" (anything from nothing to all of the land,
        which is then known only as an interval), or "nothing", which is the analyst's judgement
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
    band: int | None = Field(default=None, ge=1)
    breaks_contiguity: bool = True
    unmapped: Literal["interval", "nothing"] = "interval"
    why: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Refuse a cut that names neither a layer nor a setback, or both, or keys that do not go together."""
        if not self.name.strip():
            raise StudyError("A cut of usable land has no name. Give it one: {name: wetland, layer: wetlands}.")
        if (self.layer is None) == (self.setback is None):
            raise StudyError(
                f"The cut {self.name!r} needs a layer, or a setback from the parcel's own border; give one of the two."
            )
        if self.setback is not None:
            self._needs_layer()
        for key in ("setback", "buffer"):
            distance = getattr(self, key)
            if distance is not None and distance.value <= 0:
                raise StudyError(f"The cut {self.name!r}: {key!r} must be more than 0, not '{distance}'.")
        if self.buffer is not None and self.buffer_by is not None:
            raise StudyError(f"The cut {self.name!r} has 'buffer' and 'buffer_by'; give one of the two.")
        if self.slope_above is not None and (self.above, self.below, self.classes) != (None, None, None):
            raise StudyError(f"The cut {self.name!r} closes cells by their slope and by their value; write two cuts.")
        if self.buffer_by is not None:
            self.steps  # noqa: B018 - refuses what cannot be read
        return self

    def _needs_layer(self) -> None:
        for key in ("where", "buffer", "buffer_by", "slope_above", "above", "below", "classes", "band"):
            if getattr(self, key) is not None:
                raise StudyError(
                    f"The cut {self.name!r} is a setback from the parcel's own border, which takes no {key!r}. "
                    "Leave it out, or write another cut with a layer."
                )

    @property
    def steps(self) -> tuple[str, tuple[tuple[float, float], ...]] | None:
        """The field of ``buffer_by`` and its (level, distance in m), highest level first."""
        if self.buffer_by is None:
            return None
        return self.steps_in(None)

    def steps_in(self, unit: str | None) -> tuple[str, tuple[tuple[float, float], ...]] | None:
        """The same, with the levels in the unit that the layer states for the field."""
        if self.buffer_by is None:
            return None
        return parse_steps(self.buffer_by, f"The cut {self.name!r}", "buffer_by", unit)

    @property
    def reach_m(self) -> float:
        """How far beyond a parcel the layer matters."""
        steps = self.steps
        return max([0.0 if self.buffer is None else self.buffer.value, *(d for _, d in (steps[1] if steps else ()))])


def parse_steps(
    given: object, item: str, key: str, unit: str | None = None
) -> tuple[str, tuple[tuple[float, float], ...]]:
    """A field, and its (level, distance in m), the highest level first; raises StudyError naming item and key.

    Levels are quantities, or bare numbers in the unit of the field.

    unit : what the field's numbers are in, as the layer states it; levels of another unit are converted to it. None:
        nobody says, and levels are taken as they are written

    >>> parse_steps({"field": "VOLTAGE", "69 kV": "15 m", "230 kV": "30 m"}, "The cut 'lines'", "buffer_by")
    ('VOLTAGE', ((230.0, 30.0), (69.0, 15.0)))
    >>> parse_steps({"field": "VOLTAGE", "69 kV": "15 m"}, "The cut 'lines'", "buffer_by", "V")
    ('VOLTAGE', ((69000.0, 15.0),))
    """
    if not isinstance(given, Mapping) or "field" not in given or len(given) < 2:
        said = dict(given) if isinstance(given, Mapping) else given
        raise StudyError(
            f"{item}: {key!r} takes a field and steps, such as {{field: VOLTAGE, 230 kV: 30 m}}, not {said!r}."
        )
    steps = []
    for level, distance in given.items():
        if level != "field":
            try:
                steps.append((_level(level, unit), parse_quantity(distance, "length").value))
            except StudyError as error:
                raise type(error)(f"{item}: {key!r}: {error}") from None
            if steps[-1][1] < 0:
                raise StudyError(f"{item}: {key!r}: the distance '{distance}' must not be negative.")
    return str(given["field"]), tuple(sorted(steps, reverse=True))


def _level(text: object, unit: str | None) -> float:
    try:
        return float(str(text))
    except ValueError:
        level = parse_quantity(str(text))
    if unit is None or parse_unit(unit) == level.unit:
        return level.shown
    return level.value / parse_unit(unit, level.unit.dimension).factor


def usable_land(
    parcels: Parcels,
    layers: Layers,
    cuts: Sequence[Cut],
    *,
    masks: Mapping[str, Mask] | None = None,
    pad: tuple[float, float] | None = None,
    minimum_m2: float = 0.0,
    eligible: NDArray[np.bool_] | None = None,
    exempt: NDArray[np.bool_] | None = None,
) -> UsableLand:
    """Usable land of n parcels.

    masks : prepared masks by cut name, where a run has them; else they are made here
    pad : width and length in m of the rectangle whose placements are wanted
    minimum_m2 : the largest piece and the pad are worked out only where at least this much is usable
    eligible : (n,) bool, the parcels whose usable land is wanted as geometry; the others get areas only
    exempt : (n,) bool, the parcels for which ``minimum_m2`` does not hold

    Areas come from the overlap kernel where one cut touches a parcel that is not eligible, else from GEOS. What a
    cut takes is NaN where its layer does not cover the parcel and nothing was cut there: not mapped. Unless the cut
    says ``unmapped: nothing``, land that its layer does not cover is then known only as an upper bound (State.UNKNOWN).
    Parts under 1 m2, or narrower than 0.1 m, that cuts leave are slivers and no land; the last cut that reaches the
    parcel takes them.
    """
    n = len(parcels)
    wanted = np.ones(n, bool) if eligible is None else eligible
    found = [(masks or {}).get(cut.name) or mask_of(cut, layers) for cut in cuts]
    local = masks_near(found, parcels)
    work = _Work(parcels.shapes, local, wanted)
    taken = [work.take(number) for number in range(len(cuts))]
    work.drop_slivers(taken)
    cut_m2 = {
        cut.name: np.where(part.covers | (by > 0), by, np.nan) for cut, part, by in zip(cuts, local, taken, strict=True)
    }
    unmapped = np.zeros(n, bool)
    for cut, part in zip(cuts, local, strict=True):
        unmapped |= ~part.covers & (cut.unmapped == "interval")
    unbroken = [number for number, cut in enumerate(cuts) if not _breaks(cut, layers)]
    enough = work.area_m2 >= minimum_m2
    rows = np.flatnonzero(wanted & (enough if exempt is None else enough | exempt))
    largest, pieces = work.pieces(rows, unbroken)
    land = work.land.copy()
    land[~wanted] = None
    usable = Shapes.from_geometries(land, "polygon")
    state = np.full(n, State.NOT_COMPUTED, np.uint8)
    state[rows] = np.where(unmapped[rows], State.UNKNOWN, State.KNOWN)
    land_state = np.where(wanted, State.KNOWN, State.NOT_COMPUTED).astype(np.uint8)
    return UsableLand(
        gross_m2=parcels.shapes.area_m2,
        usable_m2=work.area_m2,
        cut_m2=cut_m2,
        largest_m2=largest,
        pieces=pieces,
        state=state,
        area_state=np.where(unmapped, State.UNKNOWN, State.KNOWN).astype(np.uint8),
        usable=Land(shapes=usable, offsets=np.arange(n + 1, dtype=np.int64), state=land_state),
        pad=None if pad is None else _pads(usable, rows[largest[rows] >= pad[0] * pad[1] * (1 - 1e-6)], state, pad),
    )


def _breaks(cut: Cut, layers: Layers) -> bool:
    layer = layers.get(cut.layer) if cut.layer else None
    return cut.breaks_contiguity and getattr(layer, "breaks_contiguity", True)


def _pads(usable: Shapes, rows: NDArray[np.int64], state: NDArray[np.uint8], pad: tuple[float, float]) -> Land:
    """Placements of the pad in the usable land of ``rows``."""
    offsets, corners = placements(usable.take(rows), *pad)
    counts = np.zeros(len(usable), np.int64)
    counts[rows] = np.diff(offsets)
    closed = np.concatenate([corners, corners[:, :1]], axis=1)
    shapes = Shapes.from_geometries(np.asarray(shapely.polygons(closed), dtype=object), "polygon")
    return Land(shapes=shapes, offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), state=state)


@dataclass(eq=False)
class _Work:
    """What is left of the parcels while cuts are taken from them, one after the other."""

    shapes: Shapes
    masks: list[LocalMask]
    wanted: NDArray[np.bool_]

    def __post_init__(self) -> None:
        self.area_m2 = self.shapes.area_m2.copy()
        touched = np.zeros(len(self.shapes), np.int64)
        for mask in self.masks:
            touched[np.unique(mask.pairs[0])] += 1
        self.cut_by_geos = (touched > 1) | ((touched == 1) & self.wanted)
        self.land = self.shapes.geometries.copy()

    def take(self, number: int) -> NDArray[np.float64]:
        """Take cut ``number`` from what is left; the area it takes from each parcel."""
        mask = self.masks[number]
        rows, items = mask.pairs
        taken = np.zeros(len(self.shapes))
        touched = np.unique(rows)
        geos = touched[self.cut_by_geos[touched]]
        keep = self.cut_by_geos[rows]
        self.land = _without(self.land, mask, keep)
        left = shapely.area(self.land[geos])
        taken[geos], self.area_m2[geos] = self.area_m2[geos] - left, left
        by_kernel = touched[~self.cut_by_geos[touched]]
        if len(by_kernel):
            near = np.unique(items[~keep])
            covered = covered_area(self.shapes.take(by_kernel), mask.pieces.take(near))[:, 0]
            taken[by_kernel] = np.minimum(covered, self.area_m2[by_kernel])
            self.area_m2[by_kernel] -= taken[by_kernel]
        return np.maximum(taken, 0.0)

    def drop_slivers(self, taken: list[NDArray[np.float64]]) -> None:
        """Drop what is too small or narrow to be land; its area goes to the last cut that reaches the parcel."""
        last = np.full(len(self.shapes), -1, np.int64)
        for number, mask in enumerate(self.masks):
            last[mask.pairs[0]] = number
        left = np.where((self.area_m2 < _PIECE_M2) & (last >= 0), 0.0, self.area_m2)
        rows = np.flatnonzero(self.cut_by_geos)
        parts, owner = shapely.get_parts(self.land[rows], return_index=True)
        slivers = _is_sliver(parts)
        some = np.unique(owner[slivers])
        for at, start, stop in zip(some, *np.searchsorted(owner, [some, some + 1]), strict=True):
            self.land[rows[at]] = _together(parts[start:stop][~slivers[start:stop]])
        changed = rows[some]
        left[changed] = shapely.area(self.land[changed])
        for number, by in enumerate(taken):
            here = last == number
            by[here] += np.maximum(self.area_m2 - left, 0.0)[here]
        self.area_m2 = left

    def pieces(self, rows: NDArray[np.int64], unbroken: list[int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Area of the largest contiguous piece, and the number of pieces, of these parcels.

        Cuts that do not break contiguity take their area from the pieces without dividing them.
        """
        largest, count = np.full(len(self.shapes), np.nan), np.full(len(self.shapes), -1, np.int64)
        if not len(rows):
            return largest, count
        land = self.land
        for number, mask in enumerate(self.masks) if unbroken else ():
            if number == 0:
                land = self.shapes.geometries.copy()
            if number not in unbroken:
                land = _without(land, mask, np.ones(len(mask.pairs[0]), bool))
        parts, owner = shapely.get_parts(land[rows], return_index=True)
        for number in unbroken:
            pieces = self.masks[number].pieces.geometries
            at, items = shapely.STRtree(pieces).query(parts, predicate="intersects")
            parts = _minus(parts, at, pieces[items])
        area = np.where(_is_sliver(parts) & self.cut_by_geos[rows[owner]], 0.0, shapely.area(parts))
        count[rows] = np.bincount(owner[area >= _PIECE_M2], minlength=len(rows))
        largest[rows] = 0.0
        np.maximum.at(largest, rows[owner], area)
        return largest, count


def _is_sliver(parts: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether parts are too small or too narrow to be land; rounding leaves such where borders almost meet."""
    area, around = shapely.area(parts), shapely.length(parts)
    return np.asarray((area < _PIECE_M2) | (2 * area < _PIECE_M * around), bool)


def _together(parts: NDArray[np.object_]) -> Any:
    """Several parts of one land as one geometry."""
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts) if len(parts) else shapely.Polygon()


def _without(land: NDArray[np.object_], mask: LocalMask, keep: NDArray[np.bool_]) -> NDArray[np.object_]:
    """``land`` without a mask, where ``keep`` of its pairs."""
    rows, items = mask.pairs[0][keep], mask.pairs[1][keep]
    if mask.inner is None:
        return _minus(land, rows, mask.pieces.geometries[items])
    land, rows = land.copy(), np.unique(rows)
    land[rows] = polygons_of(shapely.intersection(land[rows], mask.inner[rows]))
    return land


def _minus(land: NDArray[np.object_], rows: NDArray[np.int64], pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    """``land`` minus the pieces that touch each row, in rounds: the first piece of every row, then the second ..."""
    land = land.copy()
    order = np.argsort(rows, kind="stable")
    rows, pieces = rows[order], pieces[order]
    first = np.searchsorted(rows, rows)
    turn = np.arange(len(rows)) - first
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        now = turn == number
        land[rows[now]] = polygons_of(shapely.difference(land[rows[now]], pieces[now]))
    return land
