"""Parcels beyond what one file carries, as cells of a grid: where they lie and whether any of them is admitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.crs import reproject_shapes
from siting.maps.view import ContextData
from siting.shapes import Shapes

__all__ = ["MOST_CELLS", "Others", "rest_of"]

MOST_CELLS = 20_000
_FIRST_SIDE_M = 1000.0


@dataclass(frozen=True, eq=False)
class Others:
    """Parcels that are not drawn one by one, by square cells; a parcel is in the cell that the middle of its box is in.

    side_m : side of the cells; corners : (k, 2) their south-west corners, in sides
    parcels : (k,) how many lie in each; admitted : (k,) whether any of them is
    """

    side_m: float
    corners: NDArray[np.int64]
    parcels: NDArray[np.int64]
    admitted: NDArray[np.bool_]

    @classmethod
    def of(cls, bounds: NDArray[np.float64], admitted: NDArray[np.bool_]) -> Others:
        """From (n, 4) boxes of parcels in metres, NaN for those without an outline, in cells of 1 km.

        >>> others = Others.of(np.array([[0.0, 0, 90, 9], [800, 0, 900, 9], [2400, 0, 2600, 9]]), np.arange(3) == 1)
        >>> others.corners.tolist(), others.parcels.tolist(), others.admitted.tolist()
        ([[0, 0], [2, 0]], [2, 1], [True, False])
        """
        there = ~np.isnan(bounds[:, 0])
        middle = (bounds[there, :2] + bounds[there, 2:]) / 2
        corners = np.floor(middle / _FIRST_SIDE_M).astype(np.int64)
        return _gathered(_FIRST_SIDE_M, corners, np.ones(len(corners), np.int64), admitted[there])

    @classmethod
    def joined(cls, parts: Sequence[Others]) -> Others:
        """Those of several parts, in cells of the same side; the order of the parts does not matter."""
        corners, parcels, admitted = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("corners", "parcels", "admitted")
        )
        return _gathered(parts[0].side_m, corners, parcels, admitted)

    def at_most(self, cells: int) -> Others:
        """The same in so many cells at the most: their side is doubled until they are few enough."""
        found = self
        while len(found.corners) > cells:
            found = _gathered(2 * found.side_m, found.corners // 2, found.parcels, found.admitted)
        return found

    @property
    def squares(self) -> NDArray[np.object_]:
        """(k,) the cells."""
        low = self.corners * self.side_m
        return np.asarray(shapely.box(*low.T, *(low + self.side_m).T), dtype=object)


def _gathered(
    side_m: float, corners: NDArray[np.int64], parcels: NDArray[np.int64], admitted: NDArray[np.bool_]
) -> Others:
    """Each cell once, from the south-west."""
    once, cell = np.unique(corners.reshape(-1, 2), axis=0, return_inverse=True)
    cell = np.asarray(cell).ravel()
    held = np.zeros(len(once), np.int64)
    np.add.at(held, cell, parcels)
    return Others(side_m, once, held, np.bincount(cell, weights=admitted, minlength=len(once)) > 0)


def rest_of(others: Others, crs: str) -> tuple[list[ContextData], tuple[str, ...]]:
    """Layers of the cells that hold the parcels, and what they are in words.

    crs : of the parcels, in metres
    """
    cells = others.at_most(MOST_CELLS)
    if not len(cells.corners):
        return [], ()
    side, layers = f"{cells.side_m / 1000:g} km", []
    for ranked, words in {True: "with ranked parcels", False: "with none that is ranked"}.items():
        chosen = cells.admitted == ranked
        if not chosen.any():
            continue
        shapes, _ = reproject_shapes(Shapes.from_geometries(cells.squares[chosen], "polygon"), crs, "EPSG:4326")
        held = int(cells.parcels[chosen].sum())
        layers.append(
            ContextData(
                name=f"other parcels, cells {words}", shapes=shapes, tint="green" if ranked else "grey", below=True,
                title=f"Cells of {side}: {int(chosen.sum()):,}; parcels in them: {held:,}",
            )
        )  # fmt: skip
    return layers, (f"The other {int(cells.parcels.sum()):,} parcels are drawn as cells of {side}, not one by one.",)
