"""City limits, county and state, and the laws that cover areas: protected land, habitat, air, incentives."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from siting.sample.grid import FORTIES, SectionGrid, smooth_noise
from siting.sample.ownership import AGENCIES, NATION, UNITS
from siting.sample.settlement import Settlement

__all__ = ["COUNTY", "STATE", "dissolved", "law_layers", "layer", "with_cities"]

COUNTY, STATE, NEIGHBOUR = "Sample County (SYNTHETIC)", "State of Saguaro (SYNTHETIC)", "State of Mesquite (SYNTHETIC)"
CRS = "EPSG:26912"


def with_cities(land: Settlement, towns: gpd.GeoDataFrame) -> Settlement:
    """The land with city limits: ragged, with county islands and annexed industry; small places stay unincorporated."""
    incorporated = towns["RANK"].to_numpy() <= max(2, round(0.75 * len(towns)))
    cells = land.grid.forties
    limit = 1.25 + 0.35 * smooth_noise(land.grid.frame, "annexation", cells.x, cells.y, 2_500)
    inside = (land.reach < limit) | (land.works & (land.reach < 1.9) & (land.dice[:, 1] < 0.7))
    inside &= (
        incorporated[land.town]
        & ~((land.reach > 0.5) & (land.dice[:, 2] > 0.95))
        & (land.owner != 3)
        & (land.owner != 6)
    )
    return replace(land, city=np.where(inside, land.town, -1))


def dissolved(
    cells: NDArray[np.object_], label: NDArray[np.object_] | NDArray[np.int64]
) -> tuple[list[object], list[BaseGeometry]]:
    """Labels in order and the union of the cells of each; the cells share their vertices."""
    names, code = np.unique(label, return_inverse=True)
    order = np.argsort(code, kind="stable")
    groups = np.split(cells[order], np.searchsorted(code[order], np.arange(1, len(names))))
    return list(names), [shapely.normalize(shapely.coverage_union_all(g)) for g in groups]


def layer(table: dict[str, object], geometry: object) -> gpd.GeoDataFrame:
    """A layer in the county's CRS."""
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=np.asarray(geometry, dtype=object), crs=CRS)


def parts_by(cells: NDArray[np.object_], keys: dict[str, NDArray[np.object_]]) -> gpd.GeoDataFrame:
    """Connected districts of equal keys, each a polygon."""
    texts = pd.MultiIndex.from_arrays([k.astype(str) for k in keys.values()])
    code, values = pd.factorize(texts, sort=True)
    labels, shapes = dissolved(cells, code)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    at = np.array(labels, np.int64)[owner]
    return layer({name: values.get_level_values(i)[at].to_numpy(object) for i, name in enumerate(keys)}, parts)


def law_layers(land: Settlement, cells: NDArray[np.object_], towns: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """city_limits, county, state, jurisdictions, ownership, tribal, protected, habitat, nonattainment, incentives."""
    names = towns["NAME"].to_numpy(object)
    city = land.city >= 0
    labels, limits = dissolved(cells[city], land.city[city]) if city.any() else ([], [])
    at = np.array(labels, np.int64)
    west, south, east, north = (round(b, 2) for b in land.grid.frame.bounds)
    whole = shapely.coverage_union_all(cells)
    far = 60_000.0
    agency = np.array(AGENCIES, dtype=object)[land.owner]
    units = np.array(UNITS, dtype=object)[land.owner]
    tribal = land.owner == 3
    reservation = [shapely.coverage_union_all(cells[tribal])] if tribal.any() else []
    count = len(reservation)
    return {
        "city_limits": layer({"NAME": names[at], "GEOID": [f"99{10_000 + 10 * int(k):05d}" for k in at]}, limits),
        "county": layer({"NAME": [COUNTY]}, [whole]),
        "state": layer(
            {"NAME": [STATE, NEIGHBOUR]},
            [
                shapely.box(west, south - far, east + far, north + far),
                shapely.box(west - far, south - far, west, north + far),
            ],
        ),
        "jurisdictions": _jurisdictions(land, cells, names),
        "ownership": parts_by(cells, {"ADMIN_AGENCY_CODE": agency, "ADMIN_UNIT_NAME": units}),
        "tribal": layer(
            {"NAME": [NATION] * count, "NAMELSAD": [f"{NATION} Reservation"] * count, "AIANNHCE": ["9999"] * count},
            reservation,
        ),
        "protected": _protected(land, cells),
        "habitat": _habitat(land, cells),
        "nonattainment": _nonattainment(land, cells),
        "incentives": _incentives(land, cells),
    }


def _jurisdictions(land: Settlement, cells: NDArray[np.object_], names: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Who permits: city, county, state, federal or tribal."""
    name = np.array([*names, COUNTY], dtype=object)[land.city]
    level = np.where(land.city >= 0, "city", "county").astype(object)
    agency = np.where(land.city >= 0, "Planning and Development", "County Planning").astype(object)
    for owner, (who, tier, office) in {
        1: (STATE, "state", "State Land Department"),
        2: ("Federal lands (SYNTHETIC)", "federal", "BLM"),
        6: ("Federal lands (SYNTHETIC)", "federal", "DOD"),
        3: (NATION, "tribal", "Tribal Council"),
    }.items():
        here = land.owner == owner
        name[here], level[here], agency[here] = who, tier, office
    return parts_by(cells, {"NAME": name, "LEVEL": level, "AGENCY": agency})


def _protected(land: Settlement, cells: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Wilderness on federal ranges (GAP 1 and 2) and county parks (GAP 3)."""
    side = land.grid.side
    federal = ((land.owner == 2) & (land.mountain > 0.2)).reshape(-1, FORTIES).mean(axis=1).reshape(side, side) > 0.5
    label, count = ndimage.label(federal)
    size = ndimage.sum_labels(federal, label, np.arange(1, count + 1)) if count else np.zeros(0)
    shapes, names, gap = [], [], []
    for rank, which in enumerate(np.argsort(-np.asarray(size), kind="stable")[:4]):
        if size[which] < 4 or rank == 1:
            continue
        here = np.repeat((label == which + 1).ravel(), FORTIES) & (land.owner == 2)
        shapes.append(shapely.coverage_union_all(cells[here]))
        names.append(f"{('Broken Saddle', '', 'Painted Tank', 'Lone Needle')[rank]} Wilderness (SYNTHETIC)")
        gap.append("1" if rank == 0 else "2")
    parks = land.owner == 4
    if parks.any():
        for number, part in enumerate(shapely.get_parts(shapely.coverage_union_all(cells[parks])), 1):
            if part.area > 1.2e6:
                shapes.append(part)
                names.append(f"Regional Park {number} (SYNTHETIC)")
                gap.append("3")
    return layer({"Unit_Nm": names, "GAP_Sts": gap}, shapes)


def _habitat(land: Settlement, cells: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Final habitat along the rivers, proposed habitat on a bajada."""
    c = land.grid.forties
    river = (land.floodway > 0.12) & (land.reach > 1.5)
    slope = smooth_noise(land.grid.frame, "habitat", c.x, c.y, 10_000)
    bajada = (land.slope > 0.02) & (land.mountain < 0.5) & (slope > 0.3) & (land.reach > 2)
    rows = [
        ("Sample river cuckoo (SYNTHETIC)", "Final", river),
        ("Sample desert tortoise (SYNTHETIC)", "Proposed", bajada),
    ]
    rows = [r for r in rows if r[2].any()]
    shapes = [shapely.coverage_union_all(cells[r[2]]) for r in rows]
    return layer({"comname": [r[0] for r in rows], "status": [r[1] for r in rows]}, shapes)


def _nonattainment(land: Settlement, cells: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Ozone in the townships of the city, coarse dust in a larger area; drawn by whole townships."""
    city = land.town == 0
    towns = np.repeat(land.grid.townships, FORTIES)
    near = np.bincount(towns, (city & (land.reach < 2.0)).astype(float)) > 0
    per_side = land.grid.side // 6
    wide = ndimage.binary_dilation(near.reshape(per_side, per_side)).ravel()
    shapes = [shapely.coverage_union_all(cells[near[towns]]), shapely.coverage_union_all(cells[wide[towns]])]
    table: dict[str, object] = {
        "area_name": ["Sample Valley (SYNTHETIC)", "Sample County (SYNTHETIC)"],
        "pollutant": ["8-Hour Ozone (2015)", "PM-10 (1987)"],
        "classification": ["Moderate", "Serious"],
    }
    return layer(table, shapes)


def _incentives(land: Settlement, cells: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Zones of quarters: opportunity zones in towns, a foreign trade zone along rail and freeway."""
    grid: SectionGrid = land.grid
    c = grid.forties
    noise = smooth_noise(grid.frame, "incentives", c.x, c.y, 4_000)
    noise = np.round(noise[np.arange(len(noise)) // FORTIES * FORTIES + 5], 6)
    zones = [
        ("Opportunity Zone 1 (SYNTHETIC)", "Opportunity Zone", (land.reach < 2.5) & (noise > 0.35)),
        ("Foreign Trade Zone 999 (SYNTHETIC)", "Foreign Trade Zone", land.works & (land.reach < 4) & (noise < -0.1)),
        ("Rural Jobs Zone (SYNTHETIC)", "Quality Jobs", (land.reach > 2.5) & (land.owner == 0) & (noise > 0.55)),
    ]
    zones = [z for z in zones if z[2].any()]
    shapes = [shapely.coverage_union_all(cells[z[2]]) for z in zones]
    return layer({"NAME": [z[0] for z in zones], "PROGRAM": [z[1] for z in zones]}, shapes)
