"""The ground of a sample county: land cover, soils, earth fissures and their study areas, subsidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio import Affine
from scipy import ndimage

from siting.sample.hydrology import Hydrology
from siting.sample.outlines import contours, label_outlines, polygon_parts
from siting.sample.regions import merged
from siting.sample.relief import named_noise
from siting.sample.streams import PERENNIAL_M2
from siting.sample.terrain import Terrain

__all__ = ["SOILS", "build_ground", "land_cover"]

STEP = 4
"""Terrain cells a side of a cell on which soils are outlined."""
SOILS = (
    # hydrologic group, linear extensibility (%), depth to rock or caliche (cm, nan is deep)
    ("D", 1.5, 25.0), ("D", 2.1, 46.0),
    ("B", 2.4, 102.0), ("C", 2.9, 64.0), ("B", 1.8, np.nan),
    ("C", 3.6, 140.0), ("B", 4.4, np.nan), ("C", 5.8, np.nan), ("D", 7.6, np.nan),
    ("A", 0.9, np.nan), ("B", 1.4, np.nan), ("D", 10.5, np.nan),
)  # fmt: skip
"""Soil map units from the ranges (0, 1) over the aprons (2 to 4), the fans (5, 6), the basin floor (7, 8) and the
floodplains (9, 10) to the playas (11); the figures are judgement, in the span of surveyed desert soils."""
STUDIED_SHARE = 0.6
"""Share of the plain inside a fissure study area."""
_RATES = (0.5, 1.0, 2.0, 4.0)
_BOWL_M = 240.0


def build_ground(terrain: Terrain, hydrology: Hydrology) -> dict[str, gpd.GeoDataFrame]:
    """The layers soils, fissures, fissure_study_areas and subsidence.

    soils : mukey, hydgrpdcd, lep_r (%), resdept_cm (nan where deep); they tile the county
    fissures : Label (Continuous, Discontinuous, Reported/Unconfirmed), lines around the bowls of subsidence
    fissure_study_areas : Label, Notes
    subsidence : NAME, RATE_CM_YR, bands that do not overlap, 0.5 cm/yr and more
    """
    sinking = _Sinking.of(terrain)
    return {
        "soils": _soils(terrain, hydrology),
        "fissures": _fissures(terrain, sinking),
        "fissure_study_areas": _study_areas(terrain, sinking),
        "subsidence": _subsidence(terrain, sinking),
    }


def _table(columns: Mapping[str, object], shapes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=26912)


def _every(grid: NDArray[np.generic], step: int) -> NDArray[np.generic]:
    """Every ``step``-th cell, from the south-west corner, of a grid repeated to a multiple of it."""
    short = -len(grid) % step
    return np.pad(grid, ((short, 0), (0, short)), mode="edge")[step // 2 :: step, step // 2 :: step]


def _soils(terrain: Terrain, hydrology: Hydrology) -> gpd.GeoDataFrame:
    cell = STEP * terrain.frame.cell_m
    mountain = _every(terrain.mountain, STEP).astype(np.bool_)
    size = len(mountain)
    away = ndimage.distance_transform_edt(~mountain) * cell
    inside = ndimage.distance_transform_edt(mountain) * cell
    broad, fine = (
        named_noise(terrain.frame, f"soils {k}", cell, size, wave_m=wave_m, octaves=4)
        for k, wave_m in ((0, 7_000.0), (1, 2_600.0))
    )
    away = away + 900.0 * broad
    kind = np.select(
        [
            mountain & (inside + 250.0 * fine > 500.0),
            mountain,
            away < 1_600.0,
            away < 4_200.0,
        ],
        [0, 1, np.select([fine > 0.22, fine < -0.22], [4, 3], 2), np.where(fine > 0.05, 6, 5)],
        np.where(fine > 0.0, 8, 7),
    )
    wet = _every(hydrology.flood_02pct, STEP).astype(np.bool_)
    kind = np.where(wet & ~mountain, np.where(_every(hydrology.floodway, STEP), 9, 10), kind)
    flat = _every(terrain.slope < 0.0035, STEP).astype(np.int32)
    kind = np.where(~wet & ~mountain & (ndimage.uniform_filter(flat * 100, 5) > 70), 11, kind)
    regions, unit = merged(kind.astype(np.int32), 12)
    polygons, owner = label_outlines(regions, terrain.frame.bounds, cell, tolerance_m=190.0)
    which = unit[owner]
    table = {
        "mukey": np.array([f"99{4_100 + 7 * k}" for k in range(len(SOILS))], object)[which],
        "hydgrpdcd": np.array([soil[0] for soil in SOILS], object)[which],
        "lep_r": np.array([soil[1] for soil in SOILS])[which],
        "resdept_cm": np.array([soil[2] for soil in SOILS])[which],
    }
    return _table(table, polygons)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sinking:
    """The bowls of subsidence on a grid of _BOWL_M from the south-west corner, row 0 in the north.

    rate : (n, n) int32, thousandths of a cm/yr; near : (n, n), 1 in the middle of a bowl, 0 at its rim, below 0
    outside; bowl : (n, n) the nearest bowl; plain : (n, n) bool; names : of the bowls
    """

    rate: NDArray[np.int32]
    near: NDArray[np.float64]
    bowl: NDArray[np.int64]
    plain: NDArray[np.bool_]
    names: list[str]

    @classmethod
    def of(cls, terrain: Terrain) -> _Sinking:
        step = round(_BOWL_M / terrain.frame.cell_m)
        mountain = _every(terrain.mountain, step).astype(np.bool_)
        size = len(mountain)
        row, column = np.mgrid[:size, :size] * _BOWL_M
        deep = ndimage.distance_transform_edt(np.pad(~mountain, 1, constant_values=True))[1:-1, 1:-1] * _BOWL_M
        rim = np.minimum(np.minimum(row, column), np.minimum(row.max() - row, column.max() - column))
        rng = terrain.frame.rng("subsidence")
        rough = named_noise(terrain.frame, "bowls", _BOWL_M, size, wave_m=5_000.0, octaves=4)
        room = np.minimum(deep, rim) + rng.uniform(0, 1_500, deep.shape)
        near, rate = np.full(deep.shape, -9.0), np.zeros(deep.shape)
        bowl = np.zeros(deep.shape, np.int64)
        count = max(2, terrain.frame.townships // 2)
        for k in range(count):
            at = np.unravel_index(int(np.argmax(np.round(room))), room.shape)
            dx, dy = column - column[at], row - row[at]
            radius = min(rng.uniform(4_500, 8_500), 1.2 * deep[at] + 2_500)
            across, along = 0.9 * dx - 0.44 * dy, 0.44 * dx + 0.9 * dy
            far = np.sqrt(across * across * 1.7 + along * along * 0.7)
            here = 1.0 - far / radius + 0.28 * rough
            nearer = here > near
            near[nearer], bowl[nearer] = here[nearer], k
            inner = np.clip(here, 0.0, 1.0)
            rate = np.maximum(rate, rng.uniform(2.6, 5.6) * inner * inner * (3.0 - 2.0 * inner))
            room = np.minimum(room, np.sqrt(dx * dx + dy * dy) - radius)
        rate = np.where(mountain, 0.0, rate)
        names = [f"Bowl {k + 1} (SYNTHETIC)" for k in range(count)]
        return cls(rate=(1000 * rate).astype(np.int32), near=near, bowl=bowl, plain=~mountain, names=names)

    def polygons(self, terrain: Terrain, field: NDArray[np.int32]) -> NDArray[np.object_]:
        """Outlines of field > 0, cut at the county line."""
        west, south, _, _ = terrain.frame.bounds
        found = contours(field, west, south + len(field) * _BOWL_M, _BOWL_M)
        return polygon_parts(shapely.intersection(found, shapely.box(*terrain.frame.bounds), grid_size=0.01))[0]


def _subsidence(terrain: Terrain, sinking: _Sinking) -> gpd.GeoDataFrame:
    """Bands between the rates 0.5, 1, 2 and 4 cm/yr and above; RATE_CM_YR is the middle of the band."""
    shapes, rates = [], []
    upper: Any = shapely.Polygon()
    for k in reversed(range(len(_RATES))):
        outlines = sinking.polygons(terrain, sinking.rate - round(1000 * _RATES[k]))
        band, _ = polygon_parts(shapely.difference(outlines, upper, grid_size=0.01), 1_000.0)
        shapes.append(band)
        rates.append(np.full(len(band), (0.75, 1.5, 3.0, 4.8)[k]))
        upper = shapely.union_all(outlines, grid_size=0.01)
    polygons = np.concatenate(shapes)
    names = _at(terrain, sinking, sinking.bowl, shapely.point_on_surface(polygons))
    return _table({"NAME": [sinking.names[k] for k in names], "RATE_CM_YR": np.concatenate(rates)}, polygons)


def _at(
    terrain: Terrain, sinking: _Sinking, grid: NDArray[np.generic], points: NDArray[np.object_]
) -> NDArray[np.generic]:
    west, south, _, _ = terrain.frame.bounds
    last = len(sinking.rate) - 1
    row = np.clip((south + (last + 1) * _BOWL_M - shapely.get_y(points)) // _BOWL_M, 0, last).astype(np.int64)
    column = np.clip((shapely.get_x(points) - west) // _BOWL_M, 0, last).astype(np.int64)
    return grid[row, column]


def _fissures(terrain: Terrain, sinking: _Sinking) -> gpd.GeoDataFrame:
    """Crooked lines along the flanks of the bowls, where the ground is bent most."""
    rng = terrain.frame.rng("fissures")
    lines, labels = [], []
    kinds = ("Continuous", "Discontinuous", "Reported/Unconfirmed")
    for level in (350, 700, 1_050, 1_500):
        for outline in sinking.polygons(terrain, sinking.rate - level):
            ring = outline.exterior
            for _ in range(max(1, int(ring.length / 5_500))):
                start, length = rng.uniform(0, ring.length), float(rng.uniform(250, 2_400))
                along = np.arange(start, start + length, 45.0) % ring.length
                places = shapely.get_coordinates(shapely.line_interpolate_point(ring, along))
                sway = np.cumsum(rng.uniform(-16, 16, places.shape), axis=0)
                places = np.round(places + sway, 2)
                row, column = terrain.at(places[:, 0], places[:, 1])
                edge = (
                    (row <= 2) | (column <= 2) | (row >= len(terrain.dem_cm) - 3) | (column >= len(terrain.dem_cm) - 3)
                )
                label = kinds[int(rng.choice(3, p=(0.3, 0.3, 0.4)))]
                if terrain.plain[row, column].all() and not edge.any() and len(places) > 3:
                    lines.append(shapely.LineString(places))
                    labels.append(label)
    return _table({"Label": labels}, np.array(lines, object))


def _study_areas(terrain: Terrain, sinking: _Sinking) -> gpd.GeoDataFrame:
    """The surroundings of the bowls and more, STUDIED_SHARE of the plain, in pieces without holes."""
    size = len(sinking.near)
    field = sinking.near + 1.2 * named_noise(terrain.frame, "studied", _BOWL_M, size, wave_m=9_000.0, octaves=3)
    field = np.where(sinking.rate > 300, 5.0, field)
    whole = (1000 * ndimage.uniform_filter(field, 5)).astype(np.int32)
    on_plain = np.sort(whole[sinking.plain])
    level = on_plain[int(len(on_plain) * (1 - STUDIED_SHARE))]
    polygons = np.asarray(shapely.polygons(shapely.get_exterior_ring(sinking.polygons(terrain, whole - level))), object)
    polygons = polygons[shapely.area(polygons) > 2e6]
    polygons = polygon_parts(shapely.union_all(polygons, grid_size=0.01))[0]
    sinks = shapely.union_all(sinking.polygons(terrain, sinking.rate - 500))
    found = shapely.intersects(polygons, sinks)
    notes = np.where(found, "SYNTHETIC: fissures mapped in 2024", "SYNTHETIC: no fissures found in 2024")
    return _table({"Label": [f"Study area {k + 1}" for k in range(len(polygons))], "Notes": notes}, polygons)


def land_cover(
    terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame | None
) -> NDArray[np.uint8]:
    """Codes of the national land cover classes (NLCD), one for every terrain cell.

    towns : points with NAME, POP and RADIUS_M; farmland : polygons, or None
    """
    n = terrain.frame.cells
    half = (n + 1) // 2
    cell = 2 * terrain.frame.cell_m
    fine, patch = (
        np.repeat(np.repeat(noise.astype(np.float32), 2, 0), 2, 1)[:n, :n]
        for noise in (
            named_noise(terrain.frame, "cover, fine", cell, half, wave_m=1_400.0, octaves=4),
            named_noise(terrain.frame, "cover, patches", cell, half, wave_m=6_000.0, octaves=4),
        )
    )
    high = (terrain.dem_cm - int(terrain.dem_cm.min())) / np.float32(100.0) + 60 * fine
    cover = np.full((n, n), 52, np.uint8)
    cover[(patch + 0.5 * fine > 0.38) & (high < 420)] = 71
    cover[terrain.mountain & (terrain.slope > 0.52) & (fine > 0.12)] = 31
    cover[terrain.mountain & (high > 610)] = 42
    cover[(terrain.slope < 0.002) & ~terrain.mountain & (patch < 0)] = 31
    cover[hydrology.floodway & (fine > -0.15)] = 31
    if farmland is not None and len(farmland):
        crops = np.where(np.arange(len(farmland)) % 4 == 3, 81, 82)
        rasterio.features.rasterize(
            zip(farmland.geometry, crops.tolist(), strict=True), out=cover, transform=Affine(*terrain.frame.transform)
        )
    river = terrain.accumulation >= PERENNIAL_M2
    near = ndimage.binary_dilation(river, iterations=4) & hydrology.flood_1pct
    cover[near & (fine > 0.1)] = 90
    cover[near & (fine < -0.25)] = 95
    cover[river] = 11
    _build_up(terrain, towns, fine, river, cover)
    return cover


def _build_up(
    terrain: Terrain,
    towns: gpd.GeoDataFrame,
    fine: NDArray[np.float32],
    river: NDArray[np.bool_],
    cover: NDArray[np.uint8],
) -> None:
    """Write the developed classes (24 in the middle to 21 at the rim) of every town into the cover."""
    cell, _, west, _, _, north = terrain.frame.transform
    n = terrain.frame.cells
    for x, y, radius in zip(towns.geometry.x, towns.geometry.y, towns["RADIUS_M"], strict=True):
        reach = 1.3 * float(radius)
        left, right = (int(np.clip((x + side - west) / cell, 0, n)) for side in (-reach, reach + cell))
        top, bottom = (int(np.clip((north - y + side) / cell, 0, n)) for side in (-reach, reach + cell))
        part = np.s_[top:bottom, left:right]
        dx = west + (np.arange(left, right) + 0.5) * cell - x
        dy = north - (np.arange(top, bottom)[:, None] + 0.5) * cell - y
        out = np.sqrt(dx * dx + dy * dy) / float(radius) + 0.3 * fine[part]
        code = np.select([out < 0.22, out < 0.55, out < 0.85, out < 1.05], [24, 23, 22, 21], 0)
        free = (code > 0) & ~terrain.mountain[part] & ~river[part]
        cover[part][free] = code[free]
