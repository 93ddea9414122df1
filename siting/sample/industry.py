"""Industry of a sample county: fabs, packaging plants, suppliers and quarries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from siting.sample.lattice import beyond_towns, build_lattice
from siting.sample.names import FAMILY, PLACES, drawn
from siting.sample.routing import on_grid
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.roads import Roads
    from siting.sample.terrain import Terrain

__all__ = ["build_industry"]

_CRS = "EPSG:26912"
_SUPPLIERS = (
    ("supplier_gas", "Industrial Gases"),
    ("supplier_chemical", "Wet Chemicals"),
    ("supplier_equipment", "Tool Works"),
)


def build_industry(terrain: Terrain, towns: gpd.GeoDataFrame, roads: Roads) -> dict[str, gpd.GeoDataFrame]:
    """Industry (NAME, KIND: fab, packaging, supplier_gas, supplier_chemical, supplier_equipment) and quarries (NAME).

    Plants stand on the plain near interchanges at the edges of the larger towns, quarries at the foot of ranges.
    """
    lattice = build_lattice(terrain.frame)
    corner = np.arange(lattice.side**2).reshape(lattice.side, lattice.side)[2:-2, 2:-2].ravel()
    rng = terrain.frame.rng("industry")
    place = on_grid(lattice.place[corner] + rng.integers(140, 360, (len(corner), 2)))
    at = terrain.at(*place.T)
    beyond = beyond_towns(place, towns)
    dry = ~terrain.mountain[at] & ~terrain.stream[at] & ~shapely.contains_xy(roads.corridors, place[:, 0], place[:, 1])
    return {
        "industry": _plants(terrain, towns, roads, place, beyond, dry & terrain.plain[at]),
        "quarries": _quarries(terrain, place, beyond, dry & ~terrain.plain[at], dry),
    }


def _plants(
    terrain: Terrain,
    towns: gpd.GeoDataFrame,
    roads: Roads,
    place: NDArray[np.float64],
    beyond: NDArray[np.float64],
    fits: NDArray[np.bool_],
) -> gpd.GeoDataFrame:
    """The plants, each on the free place with the least way to town and interchange."""
    frame = terrain.frame
    names = drawn(frame.rng("plant owners"), FAMILY[::-1])
    noise = frame.rng("plant sites").integers(0, 2_500, len(place))
    ramps = shapely.get_coordinates(roads.interchanges.geometry.to_numpy())
    to_ramp = np.min([np.hypot(*(place - r).T) for r in ramps], axis=0)
    many = max(1, frame.townships // 4)
    plan = [("fab", "Semiconductor Fab 1", 1_600.0)] * max(1, many - 1) + [("packaging", "Packaging", 500.0)] * (
        many + 1
    )
    plan += [(kind, word, 150.0) for kind, word in _SUPPLIERS for _ in range(many + 1)]
    free, rows = fits.copy(), []
    for k, (kind, word, clear) in enumerate(plan):
        town = listed(towns)[0 if kind == "fab" or k % 3 else min(1 + k // 3, len(towns) - 1)]
        to_town = np.hypot(place[:, 0] - town.x, place[:, 1] - town.y) - town.radius_m
        cost = np.rint(np.abs(to_town - clear - 800) + 0.5 * to_ramp + noise)
        best = int(np.argmin(np.where(free & (beyond > clear) & (to_ramp > 350), cost, np.inf)))
        free &= np.hypot(*(place - place[best]).T) > (2_500 if kind == "fab" else 500)
        rows.append((f"{next(names)} {word}", kind, *place[best]))
    table = {"NAME": [r[0] for r in rows], "KIND": [r[1] for r in rows]}
    return gpd.GeoDataFrame(table, geometry=shapely.points([r[2:] for r in rows]), crs=_CRS)


def _quarries(
    terrain: Terrain,
    place: NDArray[np.float64],
    beyond: NDArray[np.float64],
    foot: NDArray[np.bool_],
    dry: NDArray[np.bool_],
) -> gpd.GeoDataFrame:
    """Points NAME at the foot of ranges; where a county has no ranges, far out on the plain."""
    names = drawn(terrain.frame.rng("quarry names"), PLACES[::-1])
    around = np.zeros(len(place), dtype=np.int64)
    for dx, dy in ((900, 0), (-900, 0), (0, 900), (0, -900)):
        around += terrain.mountain[terrain.at(place[:, 0] + dx, place[:, 1] + dy)]
    merit = (
        3_000 * np.minimum(around, 2)
        + 2_000 * foot
        - np.abs(beyond - 5_000)
        + terrain.frame.rng("quarries").integers(0, 3_000, len(place))
    )
    merit = np.where(dry & (beyond > 1_500), merit, -1e9)
    rows = []
    for _ in range(max(2, terrain.frame.townships - 1)):
        best = int(np.argmax(merit))
        rows.append((f"{next(names)} Quarry", *place[best]))
        merit = np.where(np.hypot(*(place - place[best]).T) < 5_000, -1e9, merit)
    return gpd.GeoDataFrame({"NAME": [r[0] for r in rows]}, geometry=shapely.points([r[1:] for r in rows]), crs=_CRS)
