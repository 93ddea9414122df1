"""Who owns the land of a sample county: private people, the state trust, federal agencies, tribe, county, utility."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from siting.sample.grid import FORTIES, smooth_noise
from siting.sample.settlement import Settlement

__all__ = ["AGENCIES", "NATION", "UNITS", "tribal_sections", "with_owners"]

#: codes of the ownership layer; the number of a code is its place here
AGENCIES = ("PVT", "ST", "BLM", "BIA", "CNTY", "UTIL", "DOD")
PVT, ST, BLM, BIA, CNTY, UTIL, DOD = range(7)
NATION = "Red Mesa Nation (SYNTHETIC)"
UNITS = (
    "Private",
    "State Trust Land (SYNTHETIC)",
    "Basin and Range Field Office (SYNTHETIC)",
    NATION,
    "Sample County Parks and Flood Control (SYNTHETIC)",
    "Saguaro River Power and Water (SYNTHETIC)",
    "Proving Range (SYNTHETIC)",
)
_SCHOOL_SECTIONS = (2, 16, 32, 36)


def tribal_sections(land: Settlement) -> NDArray[np.bool_]:
    """(sections,) the reservation: whole sections at the edge of the county, far from towns, mostly plain.

    A block of about a fifth by a quarter of the county less a step at one corner.
    """
    side = land.grid.side
    reach = land.reach.reshape(side, side, FORTIES).mean(axis=2)
    rough = (land.mountain.reshape(side, side, FORTIES).mean(axis=2) > 0.3).astype(float)
    high, wide = max(3, side // 5), max(4, side // 4)
    best, place = -np.inf, (0, 0)
    for j in range(0, side - high + 1):
        for i in (0, side - wide):
            box = (slice(j, j + high), slice(i, i + wide))
            merit = round(min(float(reach[box].min()), 4.0) - 3 * float(rough[box].mean()), 6)
            if merit > best:
                best, place = merit, (j, i)
    out = np.zeros((side, side), bool)
    out[place[0] : place[0] + high, place[1] : place[1] + wide] = True
    inner = place[1] + wide - 1 if place[1] == 0 else place[1]
    out[place[0] + high - high // 3 : place[0] + high, min(inner, side - 1)] = False
    return out.ravel()


def with_owners(land: Settlement, military: gpd.GeoSeries, airports: gpd.GeoSeries, works: gpd.GeoSeries) -> Settlement:
    """The land with an owner for every forty.

    military, airports : polygons; works : places of power plants, stations and water plants of the utility
    """
    grid, cells = land.grid, land.grid.forties
    n = len(cells)
    section = np.arange(n) // FORTIES
    mean = np.bincount(section, land.mountain) / FORTIES
    reach = (np.bincount(section, land.reach) / FORTIES)[section]
    block = _by_section(smooth_noise(grid.frame, "trust", cells.x, cells.y, 9_000), section)
    range_ = _by_section(smooth_noise(grid.frame, "range", cells.x, cells.y, 12_000), section)
    die = grid.frame.rng("owners").random(n // FORTIES)[section]
    owner = np.full(n, PVT, np.int64)
    owner[(reach > 2.2) & (block > 0.22) & (die < 0.85)] = ST
    owner[(reach > 3.0) & (range_ > 0.25) & (die < 0.85)] = BLM
    owner[np.isin(grid.section_numbers[section], _SCHOOL_SECTIONS) & (reach > 1.1) & (die < 0.8)] = ST
    owner[(mean[section] > 0.35)] = np.where(range_ > -0.35, BLM, ST)[mean[section] > 0.35]
    parks = (mean[section] > 0.05) & (mean[section] <= 0.6) & (reach < 6) & (die < 0.25) & (land.reach > 1.2)
    owner[parks] = CNTY
    owner[(land.floodway > 0.2) & (land.reach < 3.0)] = CNTY
    if len(works):
        at = grid.forty_at(*shapely.get_coordinates(works.to_numpy()).T)
        at = at[land.reach[at] > 1.0]
        owner[at] = UTIL
    for areas, who in ((airports, CNTY), (military, DOD)):
        if len(areas):
            owner[shapely.contains_xy(shapely.union_all(areas.to_numpy()), cells.x, cells.y)] = who
    owner[tribal_sections(land)[section] & (owner != DOD)] = BIA
    return replace(land, owner=owner)


def _by_section(values: NDArray[np.float64], section: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values made equal within each section."""
    return np.asarray(np.round(values[section * FORTIES + 5], 6))
