"""The assessor's table of a sample county: ids, owners, use codes, values and sales; text where counties use it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.sample.blocks import Kind
from siting.sample.grid import FORTIES
from siting.sample.names import FAMILY, ROADS
from siting.sample.ownership import UNITS
from siting.sample.parcels import Fabric
from siting.sample.rights_of_way import ACRE_M2
from siting.sample.settlement import Settlement

__all__ = ["COMPANIES", "assessor_table", "company_names", "parcel_numbers"]

SQFT_M2 = 0.3048**2
#: companies that hold many parcels, and how differently their one name is written
COMPANIES = (
    "Saguaro Land Holdings", "Copper Basin Farms", "Desert Sky Properties", "Palo Hondo Ranches", "Meridian Homes",
    "Ironwood Industrial Partners", "Three Washes Cattle", "Sunline Development", "Bajada Growers",
    "Granite Gate Investments", "Larkspur Communities", "Old Canal Cotton",
)  # fmt: skip
_FORMS = ("{u} LLC", "{u}, L.L.C.", "{n}, L.L.C.", "{n} LLC", "{u} L L C", "THE {u} LLC", "{u} LLC (SYNTHETIC)")
_GIVEN = (
    "MARIA", "JOHN R", "LINDA", "ROBERT", "ELENA", "DAVID & ANN", "JAMES T", "SUSAN", "MIGUEL", "CAROL J", "WILLIAM",
    "ROSA", "THOMAS", "KAREN L", "LUIS", "PATRICIA", "DANIEL", "NANCY", "JOSE", "BARBARA TR", "STEVEN",
    "HELEN", "PAUL & RUTH", "GRACE",
)  # fmt: skip
_INITIALS = ("", *(f" {letter}" for letter in "ABCDEFGHJKLMNPRSTVW"))
_SUFFIX = ("RD", "AVE", "ST", "DR", "LN")
_PUC: dict[int, tuple[str, str]] = {  # vacant, built
    Kind.OPEN: ("4710", "4710"), Kind.FARM: ("4110", "4141"), Kind.TENS: ("0014", "0871"), Kind.FIVES: ("0014", "0141"),
    Kind.RANCHETTES: ("0013", "0141"), Kind.ACRES: ("0012", "0141"), Kind.HALVES: ("0012", "0131"),
    Kind.LOTS: ("0011", "0131"),
    Kind.SMALL_LOTS: ("0011", "0131"), Kind.APARTMENTS: ("0030", "0341"), Kind.DOWNTOWN: ("0021", "1110"),
    Kind.CENTRE: ("0021", "1420"), Kind.WORKS: ("0031", "3010"),
}  # fmt: skip
_EXEMPT = {1: "9820", 2: "9810", 3: "9830", 4: "9730", 5: "9500", 6: "9815"}
#: improvement in USD of a built parcel: median, and USD per acre of land on top
_BUILDING: dict[int, tuple[float, float]] = {
    Kind.OPEN: (12_000, 0), Kind.FARM: (45_000, 120), Kind.TENS: (140_000, 500), Kind.FIVES: (190_000, 1_000),
    Kind.RANCHETTES: (230_000, 2_000), Kind.ACRES: (290_000, 5_000), Kind.HALVES: (310_000, 9_000),
    Kind.LOTS: (240_000, 0),
    Kind.SMALL_LOTS: (190_000, 0), Kind.APARTMENTS: (1_900_000, 300_000), Kind.DOWNTOWN: (420_000, 900_000),
    Kind.CENTRE: (900_000, 700_000), Kind.WORKS: (1_100_000, 350_000),
}  # fmt: skip
_BUILT_SHARE = {
    Kind.OPEN: 0.03, Kind.FARM: 0.12, Kind.TENS: 0.4, Kind.FIVES: 0.55, Kind.RANCHETTES: 0.68, Kind.ACRES: 0.8,
    Kind.HALVES: 0.86, Kind.LOTS: 0.9, Kind.SMALL_LOTS: 0.93, Kind.APARTMENTS: 0.9, Kind.DOWNTOWN: 0.88,
    Kind.CENTRE: 0.8, Kind.WORKS: 0.62,
}  # fmt: skip


def company_names(which: NDArray[np.int64], form: NDArray[np.int64]) -> NDArray[np.object_]:
    """(n,) the name of each company as one clerk wrote it.

    >>> company_names(np.array([0, 0]), np.array([0, 2])).tolist()
    ['SAGUARO LAND HOLDINGS LLC', 'Saguaro Land Holdings, L.L.C.']
    """
    table = np.array([[f.format(u=name.upper(), n=name) for f in _FORMS] for name in COMPANIES], dtype=object)
    return np.asarray(table[which, form])


def parcel_numbers(land: Settlement, fabric: Fabric) -> NDArray[np.object_]:
    """(n,) book-map-parcel, with a letter for the pieces of a cut parcel: '204-17-031A'; unique.

    A book holds a township (or a part of one), a map up to 900 parcels of a section.
    """
    forty, source = fabric.forty, fabric.source
    first = np.concatenate([[True], source[1:] != source[:-1]])
    section = forty // FORTIES
    township = land.grid.townships[section]
    order = np.lexsort((np.arange(len(forty)), land.grid.section_numbers[section], township))
    sec, town, new = section[order], township[order], first[order]
    serial = _count_within(new, sec)
    sheet = serial // 900
    new_map = np.concatenate([[True], (sec[1:] != sec[:-1]) | (sheet[1:] != sheet[:-1])])
    map_number = _count_within(new_map, town)
    book_of = map_number // 99
    new_book = np.concatenate([[True], (town[1:] != town[:-1]) | (book_of[1:] != book_of[:-1])])
    book = 100 + np.cumsum(new_book)
    letters = np.array(["", *(chr(c) for c in range(ord("A"), ord("Z") + 1))], dtype=object)
    part = np.minimum(fabric.part[order], 26)
    made = [
        f"{b}-{m:02d}-{p:03d}{x}"
        for b, m, p, x in zip(
            book.tolist(), (map_number % 99 + 1).tolist(), (serial % 900 + 1).tolist(), letters[part], strict=True
        )
    ]
    out = np.empty(len(forty), dtype=object)
    out[order] = made
    return out


def assessor_table(
    land: Settlement, fabric: Fabric, zone: NDArray[np.object_], place: NDArray[np.object_]
) -> pd.DataFrame:
    """The attributes of all parcels, in the order of the fabric.

    zone, place : (forties,) zone and jurisdiction
    """
    rng = land.grid.frame.rng("assessor")
    n, forty, kind = len(fabric.forty), fabric.forty, fabric.kind
    acres = shapely.area(fabric.geometry) / ACRE_M2
    owner = land.owner[forty]
    shares = np.array([_BUILT_SHARE[Kind(k)] for k in range(len(Kind))])
    built = (rng.random(n) < shares[kind]) & (owner == 0) & ~fabric.park
    base, per_acre = (np.array([_BUILDING[Kind(k)][i] for k in range(len(Kind))]) for i in (0, 1))
    spread = 0.55 + rng.random(n) * 0.6 + rng.random(n) ** 4 * 1.8
    improvement = np.where(built, np.round((base[kind] + per_acre[kind] * acres) * spread, -2), 0.0)
    land_value = np.round(acres * _land_price(land, kind, forty) * (0.8 + 0.4 * rng.random(n)), -1)
    full = land_value + improvement
    limited = np.round(full * (0.55 + 0.35 * rng.random(n)), 0)
    table: dict[str, Any] = {
        "APN": parcel_numbers(land, fabric),
        "OWNER_NAME": _owners(land, fabric, acres, owner, rng),
        "PHYSICAL_ADDRESS": _addresses(built, rng),
        "JURISDICTION": place[forty],
        "PUC": _use_codes(kind, built, owner, fabric.park),
        "LAND_SIZE": np.round(acres * ACRE_M2 / SQFT_M2),
        "CITY_ZONING": zone[forty],
        "CONST_YEAR": _or_none(
            np.char.mod("%d", 1948 + np.floor(77 * np.sqrt(rng.random(n))).astype(int)).astype(object), built
        ),
    }
    sold = (rng.random(n) < 0.45) & (owner == 0)
    price = np.round(full * (0.7 + 0.7 * rng.random(n)), -2).astype(np.int64)
    table["SALE_PRICE"] = _or_none(np.char.mod("%d", price).astype(object), sold)
    table["SALE_DATE"] = _or_none(_dates(rng, n), sold)
    table["FCV_CUR"] = _padded(full)
    table["LPV_CUR"] = _padded(limited)
    table["IMPROVEMENT"] = improvement
    return pd.DataFrame(table)


def _count_within(new: NDArray[np.bool_], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2, ... at each new item within a run of equal groups; others repeat the number before."""
    total = np.cumsum(new)
    start = np.concatenate([[True], group[1:] != group[:-1]])
    base = np.maximum.accumulate(np.where(start, total, 0))
    return np.asarray(total - base, np.int64)


def _land_price(land: Settlement, kind: NDArray[np.int64], forty: NDArray[np.int64]) -> NDArray[np.float64]:
    """USD an acre: falls with the distance from town, higher for small and commercial lots."""
    reach = np.minimum(land.reach[forty], 8.0)
    price = 1_500 + 60_000 / (1 + reach * reach * 3)
    factor = np.ones(len(Kind))
    factor[[Kind.LOTS, Kind.SMALL_LOTS, Kind.HALVES]] = 6.0, 7.0, 4.0
    factor[[Kind.APARTMENTS, Kind.CENTRE, Kind.DOWNTOWN, Kind.WORKS]] = 6.0, 8.0, 12.0, 4.0
    wild = np.where(land.mountain[forty] > 0.3, 0.2, 1.0)
    return np.asarray(price * factor[kind] * wild)


def _owners(
    land: Settlement, fabric: Fabric, acres: NDArray[np.float64], owner: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.object_]:
    """Public owners by name; companies hold large land and whole developments, people the rest."""
    n, forty = len(owner), fabric.forty
    name = _people(land.grid.frame.rng("people"), n)
    section = forty // FORTIES
    local = rng.integers(0, len(COMPANIES), len(land.reach) // FORTIES)
    which = np.where(rng.random(n) < 0.6, local[section], rng.integers(0, len(COMPANIES), n))
    chance = np.where(acres > 300, 0.8, np.where(acres > 75, 0.6, np.where(acres > 30, 0.35, 0.03)))
    chance[np.isin(fabric.kind, [Kind.WORKS, Kind.CENTRE, Kind.APARTMENTS])] = 0.8
    company = rng.random(n) < chance
    name[company] = company_names(which[company], rng.integers(0, len(_FORMS), n)[company])
    public = owner > 0
    name[public] = np.array([u.upper() for u in UNITS], dtype=object)[owner[public]]
    name[fabric.park & ~public] = "SAMPLE COUNTY PARKS AND SCHOOLS (SYNTHETIC)"
    return np.asarray(name, dtype=object)


def _people(rng: np.random.Generator, n: int) -> NDArray[np.object_]:
    """(n,) people, family name first: one in eight has two of them, most have a middle initial."""
    family = np.array([f.upper() for f in FAMILY], dtype=object)
    name = family[rng.integers(0, len(family), n)]
    two = np.flatnonzero(rng.random(n) < 0.125)
    name[two] = name[two] + "-" + family[rng.integers(0, len(family), len(two))]
    given = np.array([f"{g}{i}" for g in _GIVEN for i in (_INITIALS if " " not in g else ("",))], dtype=object)
    return np.asarray(name + " " + given[rng.integers(0, len(given), n)], dtype=object)


def _addresses(built: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.object_]:
    """House number and street of built parcels, else None."""
    n = len(built)
    number = np.char.mod("%d", rng.integers(1, 400, n) * 100 + rng.integers(1, 99, n)).astype(object)
    side = np.array([" N ", " S ", " E ", " W "], dtype=object)[rng.integers(0, 4, n)]
    street = np.array([f"{r.upper()} {s}" for r in ROADS for s in _SUFFIX], dtype=object)
    return _or_none(number + side + street[rng.integers(0, len(street), n)], built)


def _use_codes(
    kind: NDArray[np.int64], built: NDArray[np.bool_], owner: NDArray[np.int64], park: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Property use codes: text of four digits."""
    table = np.array([_PUC[Kind(k)] for k in range(len(Kind))], dtype=object)
    code = table[kind, built.astype(int)]
    for agency, exempt in _EXEMPT.items():
        code[owner == agency] = exempt
    code[park & (owner == 0)] = "9130"
    return np.asarray(code, dtype=object)


def _dates(rng: np.random.Generator, n: int) -> NDArray[np.object_]:
    """mm/dd/yyyy as text, 1985 to 2025, mostly the first of a month as counties write."""
    month, year = rng.integers(1, 13, n), rng.integers(1985, 2026, n)
    day = np.where(rng.random(n) < 0.8, 1, rng.integers(1, 29, n))
    parts = [np.char.mod(f, v) for f, v in (("%02d/", month), ("%02d/", day), ("%d", year))]
    return np.char.add(np.char.add(parts[0], parts[1]), parts[2]).astype(object)


def _padded(values: NDArray[np.float64]) -> NDArray[np.object_]:
    """Numbers as right-aligned text with thousands separators: '     118,650'."""
    return np.array([f"{v:12,}" for v in np.rint(values).astype(np.int64).tolist()], dtype=object)


def _or_none(text: NDArray[np.object_], there: NDArray[np.bool_]) -> NDArray[np.object_]:
    out = text.astype(object)
    out[~there] = None
    return out
