"""The floodplains of a sample county: floodway, 1 % and 0.2 % zones along its streams, on mapped panels."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numba import njit
from numpy.typing import NDArray

from siting.sample.frame import MILE_M
from siting.sample.outlines import contours, polygon_parts, smoothed
from siting.sample.terrain import Terrain

__all__ = ["DETAILED_M2", "MAPPED_M2", "build_floodplains"]

MAPPED_M2 = 2_589_988.0
"""Streams that drain a square mile have a mapped floodplain (judgement, after common flood-map practice)."""
DETAILED_M2 = 5e7
"""Streams that drain as much are studied in detail: zone AE with a floodway, and a 0.2 % zone."""
UNMAPPED_SHARE = 0.14
PANEL_M = 3 * MILE_M
SPREAD = 0.007
"""How fast the level of the water sinks away from its stream, rise / run."""
_FLOODS = (
    # smallest stream in m2, depth in cm over A ** 0.25, how fast it must get shallower (rise / run), what is taken off
    (MAPPED_M2, 1.35, 0.0031, 0),
    (DETAILED_M2, 0.80, 0.0090, 30),
    (DETAILED_M2, 1.75, 0.0031, 0),
)
"""The 1 % flood, the floodway and the 0.2 % flood (judgement)."""


@njit("void(i4[:,::1], i4[::1], i4[::1], f8[::1], f8, f8, i4, i4, i4[:,::1])", cache=True, nogil=True)
def _depth(
    dem_cm: NDArray[np.int32],
    order: NDArray[np.int32],
    receiver: NDArray[np.int32],
    area: NDArray[np.float64],
    smallest_m2: float,
    scale: float,
    sink_cm: int,
    thin_cm: int,
    depth: NDArray[np.int32],
) -> None:
    """Depth of the water over the ground in cm, negative on dry land.

    In a stream it is scale * A ** 0.25 (cm, m2); the water backs up the receivers at one level, then spreads
    to the sides of wet cells ``sink_cm`` lower a cell; either way at least ``thin_cm`` shallower a cell.
    """
    ny, nx = dem_cm.shape
    for k in range(len(order)):
        i = order[k]
        r, c = i // nx, i % nx
        deep = -1_000
        if receiver[i] >= 0:
            j = receiver[i]
            below = depth[j // nx, j % nx]
            deep = max(deep, min(below + dem_cm[j // nx, j % nx] - dem_cm[r, c], below - thin_cm))
        if area[i] >= smallest_m2:
            stage = int(scale * np.sqrt(np.sqrt(area[i])))
            deep = stage if stage > deep else deep
        depth[r, c] = deep
    for turn in range(2):
        for k in range(ny * nx):
            i = k if turn == 0 else ny * nx - 1 - k
            r, c = i // nx, i % nx
            side = -1 if turn == 0 else 1
            best = depth[r, c]
            for step in range(4):
                dr = 0 if step == 3 else side
                dc = side if step == 3 else step - 1
                if 0 <= r + dr < ny and 0 <= c + dc < nx and depth[r + dr, c + dc] > 0:
                    level = depth[r + dr, c + dc] + dem_cm[r + dr, c + dc] - sink_cm
                    if dr != 0 and dc != 0:
                        level -= 2 * sink_cm // 5
                    deep = min(level - dem_cm[r, c], depth[r + dr, c + dc] - thin_cm)
                    best = deep if deep > best else best
            depth[r, c] = best


def build_floodplains(
    terrain: Terrain,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]]:
    """Flood zones, mapped panels, and the grids of the floodway, the 1 % and the 0.2 % flood."""
    fields = _fields(terrain)
    n = terrain.frame.cells
    grids = tuple(np.repeat(np.repeat(field > 0, 2, 0), 2, 1)[-n:, :n].copy() for field in fields)
    boxes, names = _panels(terrain)
    zones = [_zones(terrain, fields, box) for box in boxes]
    flood = pd.concat([zone for zone in zones if len(zone)], ignore_index=True)
    return (
        gpd.GeoDataFrame(flood, geometry="geometry", crs=26912),
        gpd.GeoDataFrame({"PANEL": names}, geometry=boxes, crs=26912),
        (grids[0], grids[1], grids[2]),
    )


def _fields(terrain: Terrain) -> list[NDArray[np.int32]]:
    """Floodway, 1 % and 0.2 % flood on cells twice as large, from the south-west corner: above 0 is wet.

    Whole numbers, each field nowhere above the next; every cell with a mapped stream is wet, and so are
    the four cells beside it.
    """
    n = terrain.frame.cells
    area = terrain.accumulation.ravel()
    cell = terrain.frame.cell_m
    sink = round(100 * SPREAD * cell)
    depth = np.empty((n, n), np.int32)
    fields: list[NDArray[np.int32]] = []
    for smallest, scale, shallower, least in _FLOODS:
        thin = round(100 * shallower * cell)
        _depth(terrain.dem_cm, terrain.order, terrain.receiver.ravel(), area, smallest, scale, sink, thin, depth)
        field = smoothed(_blocks(np.clip(depth, -150, 150)), 2)
        wet = _blocks((terrain.accumulation >= smallest).astype(np.int32)) > 0
        beside = np.pad(wet, 1)
        beside = wet | beside[2:, 1:-1] | beside[:-2, 1:-1] | beside[1:-1, 2:] | beside[1:-1, :-2]
        field[beside] = np.maximum(field[beside], 4_000)
        field[wet] = np.maximum(field[wet], 30_000)
        fields.append(field - least)
    one, way, fifth = fields
    one = np.maximum(one, way)
    return [way, one, np.maximum(one, fifth)]


def _blocks(grid: NDArray[np.int32]) -> NDArray[np.int32]:
    """Sums of 2 x 2 cells from the south-west corner; the border is repeated to an even number."""
    odd = len(grid) % 2
    even = np.pad(grid, ((odd, 0), (0, odd)), mode="edge")
    return even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]


def _panels(terrain: Terrain) -> tuple[NDArray[np.object_], list[str]]:
    """The mapped panels, 3 miles square: those with the most mountain are mostly left unmapped."""
    frame = terrain.frame
    count = 2 * frame.townships
    west, south, _, _ = frame.bounds
    row, column = np.divmod(np.arange(count * count), count)
    step = frame.cells / count
    edges = np.round(np.arange(count + 1) * step).astype(np.int64)
    rocky = np.add.reduceat(np.add.reduceat(terrain.mountain.astype(np.int64), edges[:-1], 0), edges[:-1], 1)
    share = rocky[::-1].ravel() / rocky.max()
    doubt = np.round(share + frame.rng("panels").uniform(0, 0.5, len(share)), 6)
    mapped = np.sort(np.argsort(-doubt, kind="stable")[int(UNMAPPED_SHARE * len(share)) :])
    at = np.round(np.arange(count + 1) * PANEL_M, 2)
    boxes = shapely.box(
        west + at[column[mapped]], south + at[row[mapped]], west + at[column[mapped] + 1], south + at[row[mapped] + 1]
    )
    return boxes, [f"04099C{100 + 5 * k:04d}S" for k in mapped.tolist()]


def _zones(terrain: Terrain, fields: list[NDArray[np.int32]], box: shapely.Polygon) -> pd.DataFrame:
    """The zones of one panel: each flood without the next smaller one, cut at the border of the panel."""
    cell = 2 * terrain.frame.cell_m
    west, south, east, north = box.bounds
    x0, y0, _, _ = terrain.frame.bounds
    rows = len(fields[0])
    left, right = max(int((west - x0) / cell) - 2, 0), int((east - x0) / cell) + 3
    top, bottom = max(rows - int((north - y0) / cell) - 3, 0), rows - max(int((south - y0) / cell) - 2, 0)
    found, owner = [], []
    inner: Any = shapely.Polygon()
    for field in fields:
        window = field[top:bottom, left:right]
        outlines = contours(window, x0 + left * cell, y0 + (rows - top) * cell, cell)
        outlines = shapely.intersection(outlines, box, grid_size=0.01)
        zone, _ = polygon_parts(shapely.difference(outlines, inner, grid_size=0.01), 25.0)
        found.append(zone)
        owner.append(outlines)
        inner = shapely.union_all(outlines, grid_size=0.01)
    return _described(found, shapely.union_all(owner[0]))


def _described(zones: list[NDArray[np.object_]], floodway: Any) -> pd.DataFrame:
    """Names of the zones as on the public map: AE where the 1 % zone touches a floodway, else A."""
    detailed = shapely.intersects(zones[1], floodway)
    count = [len(zone) for zone in zones]
    kind = np.repeat([0, 1, 2], count)
    named = np.array(["AE", "A", "X"], object)[kind]
    named[kind == 1] = np.where(detailed, "AE", "A")
    subtype = np.array(["FLOODWAY", "", "0.2 PCT ANNUAL CHANCE FLOOD HAZARD"], object)[kind]
    return pd.DataFrame(
        {
            "FLD_ZONE": named,
            "ZONE_SUBTY": subtype,
            "SFHA_TF": np.array(["T", "T", "F"], object)[kind],
            "STATIC_BFE": np.full(len(kind), -9999.0),
            "geometry": np.concatenate(zones),
        }
    )
