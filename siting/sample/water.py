"""The water of a sample county: basins, management areas, providers, wells, a canal, plants and mains."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from siting.sample.hydrology import Hydrology
from siting.sample.outlines import label_outlines
from siting.sample.regions import merged
from siting.sample.relief import named_noise
from siting.sample.streams import PERENNIAL_M2
from siting.sample.terrain import Terrain, coarse_grid
from siting.sample.waterworks import build_canal, build_mains, build_plants
from siting.sample.wetlands import build_wetlands

__all__ = ["build_water"]

_BASINS = (
    ("Vado Basin", "VAD"), ("Larrea Valley Basin", "LAR"), ("Salt Flat Basin", "SLF"), ("Bosque Basin", "BSQ"),
    ("Piedmont Basin", "PDM"), ("Dry Lake Basin", "DRY"), ("Agave Valley Basin", "AGV"), ("North Bajada Basin", "NBJ"),
)  # fmt: skip
_KINDS = ("AMA", "AMA", "INA", "", "AMA", "INA", "", "")
"""What the state makes of each basin: an active management area, an irrigation non-expansion area, or nothing."""
GALLONS_PER_PERSON_DAY, FARM_MGD_PER_KM2 = 190.0, 0.016
"""Use of people, and of farms on a km2 of plain (a fiftieth of it under the plough at 0.8 MGD/km2): judgement."""
_COARSE = 4


def build_water(terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """The layers water_basins, ama, water_providers, wells, canal, reclamation, mains and wetlands.

    towns : points with NAME, POP and RADIUS_M
    water_basins : BASIN_NAME, AMA_CODE, BUDGET_MGD, USE_MGD, SPARE_MGD (their difference); they tile the county
        along watersheds
    ama : BASIN_NAME, KIND (AMA, INA); water_providers : PROVIDER, STATUS (designated, undesignated)
    wells : SITE_ID, WELL_DEPTH (ft), WL_DTW (ft, nan), TREND_FT_YR (nan), LASTWLDATE (text, None)
    canal : NAME, CANAL_TYPE; reclamation : NAME, DESIGN_MGD, FREE_MGD; mains : DIAM_IN, OWNER
    wetlands : WETLAND_TYPE, ACRES
    """
    basins = _basins(terrain, hydrology, towns)
    canal = build_canal(terrain)
    plants = build_plants(terrain, hydrology, towns)
    managed = basins[basins["AMA_CODE"] != ""].reset_index(drop=True)
    kinds = managed["BASIN_NAME"].map({name: kind for (name, _), kind in zip(_BASINS, _KINDS, strict=True)})
    return {
        "water_basins": basins,
        "ama": _table({"BASIN_NAME": managed["BASIN_NAME"], "KIND": kinds}, managed.geometry.to_numpy()),
        "water_providers": _providers(terrain, towns),
        "wells": _wells(terrain, basins),
        "canal": canal,
        "reclamation": plants.drop(columns="town"),
        "mains": build_mains(terrain, towns, plants, canal),
        "wetlands": build_wetlands(terrain),
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
        "SPARE_MGD": np.round(np.round(budget, 2) - np.round(use, 2), 2),
    }
    return _table(columns, shapes)


def _far(places: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
    gap = places - place
    return np.asarray(np.sqrt(gap[:, 0] * gap[:, 0] + gap[:, 1] * gap[:, 1]))


def _providers(terrain: Terrain, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One service area a town, ragged, off the mountains; the larger half of the towns is designated."""
    size, cell, x, y = coarse_grid(terrain, _COARSE)
    rough = 0.6 * named_noise(terrain.frame, "providers", cell, size, wave_m=5_000.0, octaves=4)
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
    places = np.round(rng.uniform(0, frame.size_m, (18 * frame.townships**2, 2)) + np.array([west, south]), 2)
    row, column = terrain.at(places[:, 0], places[:, 1])
    keep = terrain.plain[row, column]
    places, row, column = places[keep], row[keep], column[keep]
    count = len(places)
    size, cell, _, _ = coarse_grid(terrain, 8)
    rough = named_noise(terrain.frame, "water table", cell, size, wave_m=9_000.0, octaves=3)
    wave = rough[np.minimum(row // 8, size - 1), np.minimum(column // 8, size - 1)]
    river = np.flatnonzero(terrain.accumulation.ravel() >= PERENNIAL_M2)[::20]
    stem, here = (
        np.asarray(shapely.points(np.column_stack(at) * frame.cell_m), object)
        for at in ((river % frame.cells, river // frame.cells), (column, row))
    )
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
    texts = [f"{m:02d}/{d:02d}/{y}" for m, d, y in zip(month.tolist(), day.tolist(), year.tolist(), strict=True)]
    columns = {
        "SITE_ID": [f"{990_000 + k:06d}{100_000_001 + 37 * k}" for k in range(count)],
        "WELL_DEPTH": np.round(dtw + rng.uniform(120, 1_100, count)),
        "WL_DTW": np.where(missing, np.nan, np.round(dtw, 1)),
        "TREND_FT_YR": np.where(missing, np.nan, np.round(trend, 2)),
        "LASTWLDATE": [None if none else text for none, text in zip(missing.tolist(), texts, strict=True)],
    }
    return _table(columns, points)
