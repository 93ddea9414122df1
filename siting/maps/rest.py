"""Parcels beyond what one file carries, as cells of a grid: where they lie and whether any of them is admitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.crs import reproject_shapes
from siting.maps.view import ContextData
from siting.shapes import Shapes

if TYPE_CHECKING:
    from siting.ranking import Ranking

__all__ = ["MOST_CELLS", "cells_of", "rest_of"]

MOST_CELLS = 20_000
_FIRST_SIDE_M = 1000.0


def rest_of(ranking: Ranking, rows: NDArray[np.int64]) -> tuple[list[ContextData], tuple[str, ...]]:
    """Layers of the cells that hold the parcels outside ``rows``, and what they are in words."""
    others = np.setdiff1d(np.arange(len(ranking)), rows)
    bounds = ranking.parcels.shapes.bounds[others]
    there = ~np.isnan(bounds[:, 0])
    others, bounds = others[there], bounds[there]
    if not len(others):
        return [], ()
    side, cell, squares = cells_of((bounds[:, :2] + bounds[:, 2:]) / 2)
    admitted = np.bincount(cell, weights=ranking.judgement.admitted[others], minlength=len(squares)) > 0
    said = {True: "with ranked parcels", False: "with none that is ranked"}
    layers = []
    for ranked, words in said.items():
        chosen = squares[admitted == ranked]
        if not len(chosen):
            continue
        shapes, _ = reproject_shapes(Shapes.from_geometries(chosen, "polygon"), ranking.parcels.crs, "EPSG:4326")
        held = int((admitted[cell] == ranked).sum())
        layers.append(
            ContextData(
                name=f"other parcels, cells {words}", shapes=shapes, tint="green" if ranked else "grey",
                title=f"{len(chosen):,} cells of {side / 1000:g} km that hold {held:,} parcels",
            )
        )  # fmt: skip
    note = f"The other {len(others):,} parcels are drawn as cells of {side / 1000:g} km, not one by one."
    return layers, (note,)


def cells_of(
    points: NDArray[np.float64], most: int = MOST_CELLS
) -> tuple[float, NDArray[np.int64], NDArray[np.object_]]:
    """The side of square cells in metres, the cell of each point, and the cells that hold any: ``most`` at the most.

    points : (n, 2) in metres. The side is 1 km, doubled until the cells are few enough.

    >>> side, cell, squares = cells_of(np.array([[0.0, 0.0], [900.0, 10.0], [2500.0, 0.0]]))
    >>> side, cell.tolist(), [square.bounds for square in squares]
    (1000.0, [0, 0, 1], [(0.0, 0.0, 1000.0, 1000.0), (2000.0, 0.0, 3000.0, 1000.0)])
    """
    side = _FIRST_SIDE_M
    while True:
        corners, cell = np.unique(np.floor(points / side).astype(np.int64), axis=0, return_inverse=True)
        if len(corners) <= most:
            break
        side *= 2
    low = corners * side
    squares = shapely.box(low[:, 0], low[:, 1], low[:, 0] + side, low[:, 1] + side)
    return side, np.asarray(cell, np.int64).ravel(), np.asarray(squares, dtype=object)
