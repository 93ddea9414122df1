"""Shape of a parcel: area, compactness, inscribed circle, whether a rectangle fits, usable land."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field

from siting.kernels.rectangle import placements
from siting.measure import Column, Measure, Measured, State
from siting.metrics.features import on_parcels, state_of
from siting.shapes import Shapes
from siting.units import Sides

if TYPE_CHECKING:
    from siting.land import UsableLand
    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["Fits", "ShapeOf", "Usable"]

TOLERANCE_M = 1.0  #: of the inscribed circle


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
        dimension, step = {
            "area": ("area", 1.0),
            "compactness": ("number", 1e-6),
            "inscribed_circle": ("length", 0.001),
        }[self.what]
        return (Column(name=self.what, dimension=dimension, step=step),)

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """The one column; NO_PLACE where no land is left, of which the area is 0."""
        land = parcels.land(self.of)
        body = {"area": _area_m2, "compactness": _compactness, "inscribed_circle": _inscribed_radius_m}[self.what]
        state = state_of(land)
        if self.what == "area":
            state[state == State.NO_PLACE] = State.KNOWN
        return Measured(
            columns={self.what: np.where(state == State.KNOWN, on_parcels(land, body(land.shapes)), np.nan)},
            state=state,
        )


def _area_m2(shapes: Shapes) -> NDArray[np.float64]:
    return shapes.area_m2


def _compactness(shapes: Shapes) -> NDArray[np.float64]:
    """4 pi area / perimeter squared (Polsby and Popper 1991); NaN for an empty shape."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return 4 * np.pi * shapes.area_m2 / np.square(shapely.length(shapes.geometries))


def _inscribed_radius_m(shapes: Shapes) -> NDArray[np.float64]:
    """Radius of the largest circle inside each shape, less than 1 m below the true one; NaN for an empty shape."""
    out = np.full(len(shapes), np.nan)
    rows = np.flatnonzero(shapes.area_m2 > 0)
    out[rows] = shapely.length(shapely.maximum_inscribed_circle(shapes.geometries[rows], tolerance=TOLERANCE_M))
    return out


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
        return (
            Column(name="fits", dimension="count", step=1.0),
            Column(name="rectangle", dimension="text", missing="none found at 1 degree"),
        )

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """1 with the rectangle as a witness, or 0: none found at 1 degree, or no land left."""
        land = parcels.land(self.of)
        state = state_of(land)
        state[state == State.NO_PLACE] = State.KNOWN
        rows = np.flatnonzero(state == State.KNOWN)
        width, length = sorted(side.value for side in self.size)
        offsets, corners = placements(land.shapes.take(land.offsets[rows]), width, length, most=1)
        found = rows[np.diff(offsets) > 0]
        fits = np.where(state == State.KNOWN, 0.0, np.nan)
        fits[found] = 1.0
        witness = np.full(len(state), None, dtype=object)
        witness[found] = shapely.to_wkt(shapely.polygons(corners), rounding_precision=3, trim=True)
        return Measured(columns={"fits": fits, "rectangle": witness}, state=state)


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
        name, dimension, step = {
            "area": ("usable_area", "area", 1.0),
            "share": ("usable_share", "share", 1e-6),
            "largest_piece": ("largest_piece", "area", 1.0),
        }[self.what]
        return (Column(name=name, dimension=dimension, step=step),)

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """Square metres, or a share of the parcel's gross area; NOT_COMPUTED where nobody worked it out.

        Where a cut is not mapped there may be less: an interval from 0, State.UNKNOWN. A largest piece that was not
        worked out lies between 0 and the usable area.
        """
        name, usable = self.columns[0].name, parcels.usable
        if usable is None:
            n = len(parcels)
            return Measured(columns={name: np.full(n, np.nan)}, state=np.full(n, State.NOT_COMPUTED, np.uint8))
        if self.what == "largest_piece":
            return _largest_piece(name, usable)
        most = usable.usable_m2
        if self.what == "share":
            with np.errstate(invalid="ignore", divide="ignore"):
                most = most / usable.gross_m2
        return _bounded(name, usable.area_state.astype(np.uint8), most, most)


def _largest_piece(name: str, usable: UsableLand) -> Measured:
    """The largest piece, with bounds where it was not worked out but the usable area is known."""
    state = usable.state.astype(np.uint8)
    there = (usable.area_state == State.KNOWN) | (usable.area_state == State.UNKNOWN)
    most = np.where(state != State.NOT_COMPUTED, usable.largest_m2, np.where(there, usable.usable_m2, np.nan))
    return _bounded(name, state, usable.largest_m2, most)


def _bounded(name: str, state: NDArray[np.uint8], exact: NDArray[np.float64], most: NDArray[np.float64]) -> Measured:
    """A column that is exact where it is known (or nothing at most), else between 0 and ``most``, if that is known."""
    state = np.where((state == State.UNKNOWN) & (most == 0), State.KNOWN, state).astype(np.uint8)
    known = state == State.KNOWN
    values = np.where(known, exact, np.nan)
    bounded = ((state == State.UNKNOWN) | (state == State.NOT_COMPUTED)) & ~np.isnan(most)
    if not bounded.any():
        return Measured(columns={name: values}, state=state)
    low, high = np.where(bounded, 0.0, values), np.where(bounded, most, values)
    return Measured(columns={name: values}, state=state, low=low, high=high)
