"""Zoning and the general plan of a sample county, and the crosswalk of its codes.

Zones follow the forties, so every district line runs along parcel borders or street centres.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.sample.blocks import Kind
from siting.sample.grid import FORTIES
from siting.sample.names import PLACES
from siting.sample.ownership import NATION
from siting.sample.settlement import Settlement

__all__ = ["NO_CITY", "UNMAPPED", "city_style", "crosswalk", "jurisdiction_names", "land_use", "open_zone", "zones"]

NO_CITY = "NO CITY/TOWN"
#: codes that the crosswalk leaves out on purpose: rare districts that an analyst must look up
UNMAPPED = ("MUE", "GC-1")
_CLASSES = {
    "RU-190": ("rezone", 30), "RU-43": ("rezone", 30), "AG": ("rezone", 30), "PAD": ("rezone", 30),
    "OS": ("prohibited", 25),
    "R1-18": ("prohibited", 30), "R1-8": ("prohibited", 30), "R1-6": ("prohibited", 30), "R-3": ("prohibited", 40),
    "C-2": ("rezone", 40), "C-3": ("rezone", 48), "IND-1": ("conditional", 40), "IND-2": ("by_right", 60),
    "LI": ("conditional", 45), "GI": ("by_right", 80), "HI": ("by_right", 120), "TL": ("prohibited", 0),
}  # fmt: skip
_COUNTY = ("RU-190", "RU-43", "AG", "R1-18", "R1-8", "R1-6", "R-3", "C-2", "C-3", "IND-1", "IND-2")
_CITY = ("AG", "PAD", "OS", "RU-43", "R1-18", "R1-8", "R1-6", "R-3", "C-2", "C-3")
#: names of light, general and heavy industry: some cities say IND-1 and IND-2, others LI, GI and HI
_INDUSTRY = (("IND-1", "IND-2", "IND-2"), ("LI", "GI", "HI"))
_BUILT = {
    Kind.FIVES: "RU-43", Kind.RANCHETTES: "RU-43", Kind.ACRES: "RU-43", Kind.HALVES: "R1-18", Kind.LOTS: "R1-8",
    Kind.SMALL_LOTS: "R1-6", Kind.APARTMENTS: "R-3", Kind.DOWNTOWN: "C-3", Kind.CENTRE: "C-2",
}  # fmt: skip


def city_style(name: str) -> int:
    """Which names of industrial districts a city uses; the same for a name in every county."""
    return sum(map(ord, name)) % 2


def crosswalk() -> pd.DataFrame:
    """jurisdiction, code, class, height_limit_ft, source, date for every place a sample county can hold.

    The two codes of ``UNMAPPED`` are missing on purpose.
    """
    rows = [(NO_CITY, code) for code in _COUNTY] + [(NATION, "TL")]
    for place in PLACES:
        rows += [(place.upper(), code) for code in (*_CITY, *dict.fromkeys(_INDUSTRY[city_style(place)]))]
    table = pd.DataFrame(rows, columns=["jurisdiction", "code"])
    table["class"] = [_CLASSES[code][0] for code in table["code"]]
    table["height_limit_ft"] = [_CLASSES[code][1] for code in table["code"]]
    table["source"], table["date"] = "judgement (SYNTHETIC)", "2026-10-01"
    return table


def jurisdiction_names(land: Settlement, towns: list[str]) -> NDArray[np.object_]:
    """(forties,) the jurisdiction whose zoning holds, as the assessor writes it."""
    names = np.array([*(t.upper() for t in towns), NO_CITY], dtype=object)
    out = names[land.city]
    out[land.owner == 3] = NATION
    return out


def open_zone(land: Settlement, towns: list[str]) -> NDArray[np.object_]:
    """(forties,) the zone of a forty that stays open or a farm."""
    n = len(land.reach)
    city, private = land.city >= 0, land.owner == 0
    quarter = (
        np.arange(n) // FORTIES * FORTIES
        + np.array([0, 0, 2, 2, 0, 0, 2, 2, 8, 8, 10, 10, 8, 8, 10, 10])[np.arange(n) % FORTIES]
    )
    die = land.dice[quarter, 1]
    zone = np.where(land.reach < 2.4, "RU-43", "RU-190").astype(object)
    farmed = land.fields[np.arange(n) // FORTIES * FORTIES + 5]  # districts follow sections, fields do not
    zone[private & farmed & (land.reach >= 2.4)] = "AG"
    reserve = private & ~land.works & (land.reach > 1.5) & (land.reach < 9) & (die >= 0.70) & (die < 0.722)
    zone[reserve] = np.where(die < 0.712, "IND-2", "IND-1")[reserve].astype(object)
    zone[~private] = "RU-190"
    zone[city] = np.where(die < 0.5, "AG", "PAD")[city]
    zone[city & ~private] = "OS"
    industrial = land.works & private & (land.reach > 0.2) & (land.reach < 3.5)
    style = np.array([*(city_style(t) for t in towns), 0])[land.city]
    for grade, (low, high) in enumerate(((0.30, 0.42), (0.42, 0.62), (0.62, 0.70))):
        here = industrial & (die >= low) & (die < high)
        zone[here] = np.array([_INDUSTRY[0][grade], _INDUSTRY[1][grade]], dtype=object)[style[here]]
    spare = private & ~industrial
    golf = spare & ~city & (land.reach > 0.9) & (land.reach < 2.0)
    if golf.any():
        zone[golf & (die >= min(0.985, float(die[golf].max())))] = UNMAPPED[1]
    zone[land.owner == 3] = "TL"
    return zone


def zones(land: Settlement, kinds: NDArray[np.int64], towns: list[str]) -> NDArray[np.object_]:
    """(forties,) the zone of every forty."""
    zone = open_zone(land, towns)
    for kind, code in _BUILT.items():
        zone[kinds == kind] = code
    zone[kinds == Kind.TENS] = np.where(land.city >= 0, "AG", "RU-43")[kinds == Kind.TENS].astype(object)
    style = np.array([*(city_style(t) for t in towns), 0])[land.city]
    grade = np.minimum((land.dice[:, 1] * 100).astype(np.int64) % 3, 2)
    works = kinds == Kind.WORKS
    zone[works] = np.array(_INDUSTRY, dtype=object)[style[works], grade[works]]
    mixed = np.flatnonzero(np.isin(kinds, (Kind.CENTRE, Kind.APARTMENTS, Kind.WORKS)) & (land.city >= 0))
    if len(mixed):
        zone[mixed[np.argmax(land.dice[mixed, 2])]] = UNMAPPED[0]
    zone[land.owner == 3] = "TL"
    return zone


def land_use(land: Settlement, kinds: NDArray[np.int64], zone: NDArray[np.object_]) -> NDArray[np.object_]:
    """(forties,) the general plan: what exists, and what should come around the towns."""
    out = np.where(land.reach < 2.0, "Rural", "Agriculture").astype(object)
    out[kinds == Kind.OPEN] = "Open Space"
    out[(land.owner == 0) & (land.reach < 1.5)] = "Residential"
    out[(land.owner == 1) & (land.reach < 2.5)] = "Residential"
    out[np.isin(kinds, [Kind.CENTRE, Kind.DOWNTOWN])] = "Commercial"
    out[land.works & np.isin(land.owner, (0, 1)) & (land.reach < 3.5) & (kinds <= Kind.FARM)] = "Employment"
    out[np.isin(zone, ["IND-1", "IND-2", "LI", "GI", "HI"])] = "Industrial"
    out[land.owner == 3] = "Tribal"
    return out
