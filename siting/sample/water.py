"""The water of a sample county: basins, management areas, providers, wells, a canal, plants and mains."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from siting.sample.frame import MILE_M
from siting.sample.hydrology import Hydrology
from siting.sample.outlines import contours, label_outlines
from siting.sample.regions import merged
from siting.sample.relief import fractal
from siting.sample.streams import PERENNIAL_M2
from siting.sample.terrain import Terrain
from siting.sample.watersheds import ACRE_M2

__all__ = ["build_water"]

_BASINS = (
    ("Vado Basin", "VAD"), ("Larrea Valley Basin", "LAR"), ("Salt Flat Basin", "SLF"), ("Bosque Basin", "BSQ"),
    ("Piedmont Basin", "PDM"), ("Dry Lake Basin", "DRY"), ("Agave Valley Basin", "AGV"), ("North Bajada Basin", "NBJ"),
)  # fmt: skip
_KINDS = ("AMA", "AMA", "INA", "", "AMA", "INA", "", "")
"""What the state makes of each basin: an active management area, an irrigation non-expansion area, or nothing."""
GALLONS_PER_PERSON_DAY, FARM_MGD_PER_KM2 = 190.0, 0.016
"""Use of people, and of farms on a km2 of plain (a fiftieth of it under the plough at 0.8 MGD/km2): judgement."""
_MAINS_MGD = ((12, 2.5), (16, 4.5), (24, 10.0), (30, 16.0), (36, 23.0), (42, 31.0), (48, 41.0), (54, 51.0))
"""Inches of diameter and what the pipe carries at 5 ft/s."""
_COARSE = 4


def build_water(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """The layers water_basins, ama, water_providers, wells, canal, reclamation, mains and wetlands.

    towns : points with NAME, POP and RADIUS_M
    water_basins : BASIN_NAME, AMA_CODE, BUDGET_MGD, USE_MGD; they tile the county along watersheds
    ama : BASIN_NAME, KIND (AMA, INA); water_providers : PROVIDER, STATUS (designated, undesignated)
    wells : SITE_ID, WELL_DEPTH (ft), WL_DTW (ft, nan), TREND_FT_YR (nan), LASTWLDATE (text, None)
    canal : NAME, CANAL_TYPE; reclamation : NAME, DESIGN_MGD, FREE_MGD; mains : DIAM_IN, OWNER
    wetlands : WETLAND_TYPE, ACRES
    """
    basins = _basins(terrain, hydrology, towns)
    canal = _canal(terrain)
    plants = _plants(terrain, hydrology, towns)
    managed = basins[basins["AMA_CODE"] != ""].reset_index(drop=True)
    kinds = managed["BASIN_NAME"].map({name: kind for (name, _), kind in zip(_BASINS, _KINDS, strict=True)})
    return {
        "water_basins": basins,
        "ama": _table({"BASIN_NAME": managed["BASIN_NAME"], "KIND": kinds}, managed.geometry.to_numpy()),
        "water_providers": _providers(terrain, towns),
        "wells": _wells(terrain, basins),
        "canal": canal,
        "reclamation": plants.drop(columns="town"),
        "mains": _mains(terrain, towns, plants, canal),
        "wetlands": _wetlands(terrain),
    }


def _table(columns: dict[str, object], shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=26912)


def _basins(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Watersheds around a few middles that lie far apart; budgets against use, some short, some with much to spare."""
    frame = terrain.frame
    rng = frame.rng("basins")
    sheds = hydrology.watersheds_huc12.geometry.to_numpy()
    places = np.round(shapely.get_coordinates(shapely.point_on_surface(sheds)), 0)
    count = min(len(_BASINS), max(3, frame.townships // 2 + 1), len(sheds))
    people = np.array([[x, y] for x, y in zip(towns.geometry.x, towns.geometry.y, strict=True)])
    city = people[int(np.argmax(towns["POP"].to_numpy()))]
    middles = [int(np.argmin(_far(places, city)))]
    while len(middles) < count:
        middles.append(int(np.argmax(np.min([_far(places, places[k]) for k in middles], axis=0))))
    owner = np.argmin([_far(places, places[k]) for k in middles], axis=0)
    shapes = np.array([shapely.coverage_union_all(sheds[owner == k]) for k in range(count)], object)
    inside = shapely.STRtree(towns.geometry.to_numpy()).query(shapes, predicate="intersects")
    pop = np.bincount(inside[0], towns["POP"].to_numpy(np.float64)[inside[1]], count)
    km2 = shapely.area(shapes) / 1e6
    use = pop * GALLONS_PER_PERSON_DAY / 1e6 + km2 * FARM_MGD_PER_KM2 * rng.uniform(0.5, 1.5, count)
    ratio = np.where(np.arange(count) % 3 == 1, rng.uniform(0.78, 0.97, count), rng.uniform(1.15, 1.7, count))
    ratio[0] = rng.uniform(1.05, 1.15)
    budget = use * ratio
    budget[2 % count] += 22.0 + rng.uniform(0, 8)
    codes = [code if kind else "" for (_, code), kind in zip(_BASINS, _KINDS, strict=True)]
    columns = {
        "BASIN_NAME": [name for name, _ in _BASINS[:count]],
        "AMA_CODE": codes[:count],
        "BUDGET_MGD": np.round(budget, 2),
        "USE_MGD": np.round(use, 2),
    }
    return _table(columns, shapes)


def _far(places: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
    gap = places - place
    return np.asarray(np.sqrt(gap[:, 0] * gap[:, 0] + gap[:, 1] * gap[:, 1]))


def _noise(terrain: Terrain, name: str, cell_m: float, size: int, wave_m: float, octaves: int) -> NDArray[np.float64]:
    seed = int(terrain.frame.rng(name).integers(1, 2**31))
    return fractal(0.0, size * cell_m, cell_m, (size, size), seed=seed, wave_m=wave_m, octaves=octaves)


def _grid(terrain: Terrain, step: int) -> tuple[int, float, NDArray[np.float64], NDArray[np.float64]]:
    """Size, cell, and the places (x, and y as a column) of a coarse grid from the south-west corner."""
    cell = step * terrain.frame.cell_m
    size = -(-terrain.frame.cells // step)
    west, south, _, _ = terrain.frame.bounds
    x = west + (np.arange(size) + 0.5) * cell
    y = south + (size - np.arange(size)[:, None] - 0.5) * cell
    return size, cell, x, y


def _providers(terrain: Terrain, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One service area a town, ragged, off the mountains; the larger half of the towns is designated."""
    size, cell, x, y = _grid(terrain, _COARSE)
    rough = 0.28 * _noise(terrain, "providers", cell, size, 5_000.0, 4)
    best, owner = np.full((size, size), 1.0), np.full((size, size), -1, np.int32)
    for k, (tx, ty, radius) in enumerate(zip(towns.geometry.x, towns.geometry.y, towns["RADIUS_M"], strict=True)):
        gap = np.sqrt((x - tx) * (x - tx) + (y - ty) * (y - ty)) / (1.5 * float(radius) + 900.0) + rough
        nearer = gap < best
        best[nearer], owner[nearer] = gap[nearer], k
    row, column = terrain.at(np.broadcast_to(x, (size, size)), np.broadcast_to(y, (size, size)))
    owner[terrain.mountain[row, column]] = -1
    regions, label = merged(owner, 40)
    polygons, which = label_outlines(regions, terrain.frame.bounds, cell, tolerance_m=170.0)
    town = label[which]
    present = sorted(set(town[town >= 0].tolist()))
    shapes = [shapely.union_all(polygons[town == k]) for k in present]
    pop = towns["POP"].to_numpy(np.float64)
    rank = np.argsort(np.argsort(-pop, kind="stable"), kind="stable")
    status = ["designated" if rank[k] < (len(towns) + 1) // 2 else "undesignated" for k in present]
    kinds = ("City of {} Water", "Town of {} Water", "{} Water Company")
    names = [kinds[0 if rank[k] < 3 else 1 + k % 2].format(towns["NAME"].iloc[k]) for k in present]
    return _table({"PROVIDER": names, "STATUS": status}, shapes)


def _wells(terrain: Terrain, basins: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """About 12 wells a township on the plain; the water is deeper away from the river and falls in short basins."""
    frame = terrain.frame
    rng = frame.rng("wells")
    west, south, _, _ = frame.bounds
    places = np.round(rng.uniform(0, frame.size_m, (18 * frame.townships**2, 2)) + (west, south), 2)
    row, column = terrain.at(places[:, 0], places[:, 1])
    keep = terrain.plain[row, column]
    places, row, column = places[keep], row[keep], column[keep]
    count = len(places)
    size, cell, _, _ = _grid(terrain, 8)
    rough = _noise(terrain, "water table", cell, size, 9_000.0, 3)
    wave = rough[np.minimum(row // 8, size - 1), np.minimum(column // 8, size - 1)]
    river = np.flatnonzero(terrain.accumulation.ravel() >= PERENNIAL_M2)[::20]
    stem = shapely.points(np.column_stack([river % frame.cells, river // frame.cells]) * frame.cell_m)
    here = shapely.points(np.column_stack([column, row]) * frame.cell_m)
    _, away = shapely.STRtree(stem).query_nearest(here, return_distance=True, all_matches=False)
    dtw = np.maximum(18.0, 45.0 + away / 60.0 + 110.0 * wave + rng.uniform(-25, 25, count))
    points = shapely.points(places)
    well, basin = shapely.STRtree(basins.geometry.to_numpy()).query(points, predicate="intersects")
    home = np.zeros(count, np.int64)
    home[well[::-1]] = basin[::-1]
    short = (basins["USE_MGD"] > basins["BUDGET_MGD"]).to_numpy()[home]
    trend = np.where(short, rng.uniform(-5.5, -0.8, count), rng.uniform(-1.6, 0.9, count))
    missing = rng.uniform(0, 1, count) < 0.08
    month, day, year = rng.integers(1, 13, count), rng.integers(1, 29, count), rng.integers(1998, 2026, count)
    dates = [f"{m:02d}/{d:02d}/{y}" for m, d, y in zip(month.tolist(), day.tolist(), year.tolist(), strict=True)]
    columns = {
        "SITE_ID": [f"{990_000 + k:06d}{100_000_001 + 37 * k}" for k in range(count)],
        "WELL_DEPTH": np.round(dtw + rng.uniform(120, 1_100, count)),
        "WL_DTW": np.where(missing, np.nan, np.round(dtw, 1)),
        "TREND_FT_YR": np.where(missing, np.nan, np.round(trend, 2)),
        "LASTWLDATE": np.where(missing, None, np.array(dates, object)),
    }
    return _table(columns, points)


def _canal(terrain: Terrain) -> gpd.GeoDataFrame:
    """The longest contour lines of the smoothed plain: one main canal, and a lateral on another level."""
    step = 8
    size, cell, x, y = _grid(terrain, step)
    row, column = terrain.at(np.broadcast_to(x, (size, size)), np.broadcast_to(y, (size, size)))
    height = ndimage.uniform_filter(terrain.dem_cm[row, column], 5).astype(np.int32)
    near_rock = ndimage.binary_dilation(terrain.mountain[row, column], iterations=2)
    west, south, east, north = terrain.frame.bounds
    plain = np.sort(height[~near_rock])
    runs: list[tuple[int, int, NDArray[np.float64]]] = []
    for k in range(1, 8):
        level = int(plain[len(plain) * k // 8])
        for outline in contours(height - level, west, south + size * cell, cell):
            for ring in (outline.exterior, *outline.interiors):
                places = shapely.get_coordinates(ring)
                inner = (places > (west + 200, south + 200)).all(1) & (places < (east - 200, north - 200)).all(1)
                r = np.clip((south + size * cell - places[:, 1]) // cell, 0, size - 1).astype(np.int64)
                c = np.clip((places[:, 0] - west) // cell, 0, size - 1).astype(np.int64)
                runs.extend((k, level, run) for run in _longest(places, inner & ~near_rock[r, c]))
    runs.sort(key=lambda run: (-len(run[2]), run[1]))
    main = runs[0]
    lateral = next((run for run in runs[1:] if abs(run[0] - main[0]) >= 2), runs[-1])
    lines = [shapely.linestrings(_eased(run[2])) for run in (main, lateral)]
    return _table({"NAME": ["Vado Canal", "Mesa Lateral"], "CANAL_TYPE": ["Main, lined", "Lateral, lined"]}, lines)


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


def _plants(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One plant for each of the larger three quarters of the towns, at its low side; 5 MGD or more for the largest."""
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
    places = np.round(tries + (x, y), 2)
    west, south, east, north = terrain.frame.bounds
    inside = (places > (west + 50, south + 50)).all(1) & (places < (east - 50, north - 50)).all(1)
    row, column = terrain.at(places[:, 0], places[:, 1])
    good = terrain.plain[row, column] & ~hydrology.flood_1pct[row, column] & inside & (rim > 0.75) & (rim < 1.3)
    good = good if good.any() else inside
    return np.asarray(places[good][int(np.argmin(terrain.dem_cm[row, column][good]))])


def _mains(
    terrain: Terrain, towns: gpd.GeoDataFrame, plants: gpd.GeoDataFrame, canal: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Mains along section lines: from each plant to its town, from the canal to the towns, and between large towns."""
    lines, inches, owners = [], [], []

    def lay(a: tuple[float, float], b: tuple[float, float], mgd: float, owner: str) -> None:
        lines.append(_along_sections(terrain, a, b))
        inches.append(next((d for d, carries in _MAINS_MGD if carries >= mgd), 54))
        owners.append(owner)

    at = [(float(x), float(y)) for x, y in zip(towns.geometry.x, towns.geometry.y, strict=True)]
    names = towns["NAME"].tolist()
    pop = towns["POP"].to_numpy(np.float64)
    for plant, size, k in zip(plants.geometry, plants["DESIGN_MGD"], plants["town"], strict=True):
        lay((plant.x, plant.y), at[k], 1.4 * size, f"{names[k]} Utilities (SYNTHETIC)")
    by_size = np.argsort(-pop, kind="stable").tolist()
    for rank, k in enumerate(by_size[: max(3, 2 * len(by_size) // 3)]):
        branch = min(canal.geometry, key=lambda line, k=k: line.distance(shapely.Point(at[k])))  # type: ignore[misc]
        turnout = branch.interpolate(branch.project(shapely.Point(at[k])))
        lay((turnout.x, turnout.y), at[k], max(pop[k] * 4e-4, 9.0 if rank < 3 else 0.0), "Vado Canal Authority (SYNTHETIC)")
    for a, b in pairwise(by_size[: max(3, len(by_size) // 3)]):
        lay(at[a], at[b], pop[b] * 2e-4, f"{names[a]} Utilities (SYNTHETIC)")
    return _table({"DIAM_IN": inches, "OWNER": owners}, lines)


def _along_sections(terrain: Terrain, a: tuple[float, float], b: tuple[float, float]) -> shapely.LineString:
    """A line of right angles from a to b whose long middle part runs on a section line."""
    west, south, _, _ = terrain.frame.bounds
    if abs(a[0] - b[0]) >= abs(a[1] - b[1]):
        level = south + round(((a[1] + b[1]) / 2 - south) / MILE_M) * MILE_M + 12.0
        places = [a, (a[0], level), (b[0], level), b]
    else:
        level = west + round(((a[0] + b[0]) / 2 - west) / MILE_M) * MILE_M + 12.0
        places = [a, (level, a[1]), (level, b[1]), b]
    return shapely.LineString(np.round(np.array(places), 2))


def _wetlands(terrain: Terrain) -> gpd.GeoDataFrame:
    """Patches along the river, and stock ponds along the washes."""
    size, cell, _, _ = _grid(terrain, 2)
    short = size * 2 - terrain.frame.cells
    river = np.pad(terrain.accumulation >= PERENNIAL_M2, ((short, 0), (0, short)))
    river = river[::2, ::2] | river[1::2, ::2] | river[::2, 1::2] | river[1::2, 1::2]
    away = ndimage.distance_transform_edt(~river) * cell
    rough = _noise(terrain, "wetlands", cell, size, 700.0, 3)
    field = np.where(away < 700.0, 100.0 * (rough + 0.15 - away / 450.0), -200.0).astype(np.int32)
    west, south, _, _ = terrain.frame.bounds
    patches = contours(field, west, south + size * cell, cell)
    patches = shapely.intersection(patches, shapely.box(*terrain.frame.bounds), grid_size=0.01)
    patches = patches[(shapely.get_type_id(patches) == 3) & (shapely.area(patches) > 400.0)]
    rng = terrain.frame.rng("wetlands")
    kinds = np.array(["Riverine", "Freshwater Emergent Wetland", "Freshwater Forested/Shrub Wetland"], object)
    kind = kinds[rng.choice(3, len(patches), p=(0.4, 0.25, 0.35))]
    ponds = _ponds(terrain, rng)
    shapes = np.concatenate([patches, ponds])
    named = np.concatenate([kind, np.full(len(ponds), "Freshwater Pond", object)])
    return _table({"WETLAND_TYPE": named, "ACRES": np.round(shapely.area(shapes) / ACRE_M2, 2)}, shapes)


def _ponds(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.object_]:
    """Small ragged ponds of 12 corners beside washes on the plain, one or two a township."""
    frame = terrain.frame
    washes = np.flatnonzero((terrain.stream & terrain.plain & (terrain.accumulation < 2e7)).ravel())
    cells = rng.choice(washes, min(len(washes), 3 * frame.townships**2 // 2), replace=False)
    step = np.arange(12) / 6 - 1
    t = np.where(np.abs(step) < 1, step, 1.0)
    spokes = np.column_stack([(1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)])
    spokes = np.vstack([spokes[3:10], -spokes[4:9]])
    cell, _, west, _, _, north = frame.transform
    middle = np.column_stack([west + (cells % frame.cells + 0.5) * cell, north - (cells // frame.cells + 0.5) * cell])
    reach = rng.uniform(15, 70, (len(cells), 1)) * rng.uniform(0.75, 1.25, (len(cells), 12))
    corners = np.round(middle[:, None, :] + reach[:, :, None] * spokes[None, :, :], 2)
    ponds = shapely.polygons(corners)
    inside = shapely.within(ponds, shapely.box(*frame.bounds)) & shapely.is_valid(ponds)
    apart = np.ones(len(ponds), np.bool_)
    a, b = shapely.STRtree(ponds).query(ponds, predicate="intersects")
    apart[b[b > a]] = False
    return np.asarray(ponds[inside & apart], object)
