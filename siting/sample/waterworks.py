"""The waterworks of a sample county: the canal, reclamation plants and bulk mains."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from siting.sample.frame import MILE_M
from siting.sample.hydrology import Hydrology
from siting.sample.outlines import contours
from siting.sample.streams import PERENNIAL_M2
from siting.sample.terrain import Terrain, coarse_grid

__all__ = ["build_canal", "build_mains", "build_plants"]

_MAINS_MGD = ((12, 2.5), (16, 4.5), (24, 10.0), (30, 16.0), (36, 23.0), (42, 31.0), (48, 41.0), (54, 51.0))
"""Inches of diameter and what the pipe carries at 5 ft/s."""
_CANALS = (
    "Vado Canal", "Mesa Lateral", "Bajada Lateral", "Sotol Lateral", "Eastside Lateral", "Dry Lake Lateral",
    "Piedmont Lateral",
)  # fmt: skip


def _table(columns: dict[str, object], shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=26912)


def build_canal(terrain: Terrain) -> gpd.GeoDataFrame:
    """Lines NAME, CANAL_TYPE: the longest contour lines of the smoothed plain, 4 km apart, off the river.

    The longest is the main canal, the others are laterals.
    """
    step = 8
    size, cell, x, y = coarse_grid(terrain, step)
    row, column = terrain.at(np.broadcast_to(x, (size, size)), np.broadcast_to(y, (size, size)))
    height = ndimage.uniform_filter(terrain.dem_cm[row, column], 5).astype(np.int32)
    barred = ndimage.binary_dilation(terrain.mountain[row, column])
    river = np.zeros((size, size), np.bool_)
    stem_row, stem_column = np.nonzero(terrain.accumulation >= PERENNIAL_M2)
    river[(stem_row + size * step - terrain.frame.cells) // step, stem_column // step] = True
    barred |= ndimage.binary_dilation(river, np.ones((3, 3), np.bool_))
    west, south, east, north = terrain.frame.bounds
    plain = np.sort(height[~barred])
    runs: list[tuple[int, NDArray[np.float64]]] = []
    for k in range(1, 8):
        level = int(plain[len(plain) * k // 8])
        for outline in contours(height - level, west, south + size * cell, cell):
            for ring in (outline.exterior, *outline.interiors):
                places = shapely.get_coordinates(ring)
                inner = (places > (west + 200, south + 200)).all(1) & (places < (east - 200, north - 200)).all(1)
                r = np.clip((south + size * cell - places[:, 1]) // cell, 0, size - 1).astype(np.int64)
                c = np.clip((places[:, 0] - west) // cell, 0, size - 1).astype(np.int64)
                runs.extend((level, run) for run in _longest(places, inner & ~barred[r, c]))
    runs.sort(key=lambda run: (-len(run[1]), run[0]))
    lines: list[Any] = []
    for _, run in runs:
        line = shapely.linestrings(_eased(run))
        if all(shapely.distance(line, other) > 4_000 for other in lines):
            lines.append(line)
    lines = lines[: max(2, terrain.frame.townships // 2)]
    kinds = ["Main, lined", *(["Lateral, lined"] * (len(lines) - 1))]
    return _table({"NAME": list(_CANALS[: len(lines)]), "CANAL_TYPE": kinds}, lines)


def _longest(places: NDArray[np.float64], good: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """The pieces of a closed ring whose vertices are all good, 12 vertices or more."""
    if not good.any():
        return []
    start = 0 if good.all() else int(np.argmin(good))
    turned = np.roll(places[:-1], -start, axis=0)
    fine = np.roll(good[:-1], -start)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], fine.astype(np.int8), [0]])))
    return [turned[a:b] for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True) if b - a >= 12]


def _eased(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line with its inner vertices moved to the mean of three, twice, on the 1 cm grid."""
    for _ in range(2):
        eased = places.copy()
        eased[1:-1] = (places[:-2] + places[1:-1] + places[2:]) / 3
        places = eased
    return np.round(places, 2)


def build_plants(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Points NAME, DESIGN_MGD, FREE_MGD, and ``town``, the row of the town it serves.

    One plant for each of the larger three quarters of the towns, at its low side; 5 MGD or more for the largest.
    """
    rng = terrain.frame.rng("reclamation")
    pop = towns["POP"].to_numpy(np.float64)
    by_size = np.argsort(-pop, kind="stable")
    large = max(3, len(towns) // 3)
    names, design, free, points, town = [], [], [], [], []
    for rank, k in enumerate(by_size[: max(large, 3 * len(towns) // 4)].tolist()):
        need = pop[k] * 1.3e-4
        size = round(max(need, 5.0 + 3.0 * float(rng.uniform(0, 1))) if rank < large else max(need, 0.4), 1)
        place = _low_side(terrain, hydrology, towns, k, rng)
        names.append(f"{towns['NAME'].iloc[k]} Water Reclamation Plant")
        design.append(size)
        free.append(round(size * float(rng.uniform(0.12, 0.5)), 2))
        points.append(shapely.Point(place))
        town.append(k)
    return _table({"NAME": names, "DESIGN_MGD": design, "FREE_MGD": free, "town": town}, points)


def _low_side(
    terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame, k: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The lowest place near the rim of the town that is plain and dry in the 1 % flood."""
    x, y = float(towns.geometry.x.iloc[k]), float(towns.geometry.y.iloc[k])
    radius = float(towns["RADIUS_M"].iloc[k]) + 400.0
    tries = rng.uniform(-1.3, 1.3, (160, 2)) * radius
    rim = np.sqrt((tries * tries).sum(1)) / radius
    places = np.round(tries + np.array([x, y]), 2)
    west, south, east, north = terrain.frame.bounds
    inside = (places > (west + 50, south + 50)).all(1) & (places < (east - 50, north - 50)).all(1)
    row, column = terrain.at(places[:, 0], places[:, 1])
    good = terrain.plain[row, column] & ~hydrology.flood_1pct[row, column] & inside & (rim > 0.75) & (rim < 1.3)
    good = good if good.any() else inside
    return np.asarray(places[good][int(np.argmin(terrain.dem_cm[row, column][good]))])


def build_mains(
    terrain: Terrain, towns: gpd.GeoDataFrame, plants: gpd.GeoDataFrame, canal: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Mains along section lines: from each plant to its town, from the canal to the towns, and between large towns."""
    lines, inches, owners = [], [], []

    def lay(a: tuple[float, float], b: tuple[float, float], mgd: float, owner: str) -> None:
        line = _along_sections(terrain, a, b)
        if line is not None:
            lines.append(line)
            inches.append(next((d for d, carries in _MAINS_MGD if carries >= mgd), 54))
            owners.append(f"{owner} (SYNTHETIC)")

    at = [(float(x), float(y)) for x, y in zip(towns.geometry.x, towns.geometry.y, strict=True)]
    names = towns["NAME"].tolist()
    pop = towns["POP"].to_numpy(np.float64)
    for plant, size, k in zip(
        shapely.get_coordinates(plants.geometry), plants["DESIGN_MGD"], plants["town"], strict=True
    ):
        lay((float(plant[0]), float(plant[1])), at[k], 1.4 * size, f"{names[k]} Utilities")
    by_size = np.argsort(-pop, kind="stable").tolist()
    ditch = shapely.union_all(canal.geometry.to_numpy())
    for rank, k in enumerate(by_size[: max(3, 2 * len(by_size) // 3)]):
        turnout = shapely.get_coordinates(shapely.shortest_line(ditch, shapely.Point(at[k])))[0]
        need = max(pop[k] * 4e-4, 9.0 if rank < 3 else 0.0)
        lay((float(turnout[0]), float(turnout[1])), at[k], need, "Vado Canal Authority")
    for a, b in pairwise(by_size[: max(3, len(by_size) // 3)]):
        lay(at[a], at[b], pop[b] * 2e-4, f"{names[a]} Utilities")
    return _table({"DIAM_IN": inches, "OWNER": owners}, lines)


def _along_sections(terrain: Terrain, a: tuple[float, float], b: tuple[float, float]) -> shapely.LineString | None:
    """The line of right angles from a to b, its middle on a section line, that crosses the least mountain.

    None where that is too much. A kilometre of detour counts as 20 m of mountain.
    """
    west, south, _, _ = terrain.frame.bounds
    best, least = None, 1_200.0
    for axis, origin in ((1, south), (0, west)):
        low, high = sorted(((a[axis] - origin) / MILE_M, (b[axis] - origin) / MILE_M))
        for mile in range(max(round(low) - 1, 1), min(round(high) + 1, 6 * terrain.frame.townships - 1) + 1):
            level = origin + mile * MILE_M + 12.0
            middle = [(a[0], level), (b[0], level)] if axis == 1 else [(level, a[1]), (level, b[1])]
            line = shapely.LineString(np.round(np.array([a, *middle, b]), 2))
            along = shapely.get_coordinates(shapely.line_interpolate_point(line, np.arange(0, line.length, 60.0)))
            rock = 60.0 * float(terrain.mountain[terrain.at(along[:, 0], along[:, 1])].sum()) + 0.02 * line.length
            if rock < least:
                best, least = line, rock
    return best
