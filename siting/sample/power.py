"""Power and gas of a sample county, as the public layers show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from siting.sample.gas import build_gas
from siting.sample.lattice import build_lattice
from siting.sample.stations import Plant, Station, build_stations
from siting.sample.transmission import Line, build_lines

if TYPE_CHECKING:
    from siting.sample.rail import Rail
    from siting.sample.roads import Roads
    from siting.sample.terrain import Terrain

__all__ = ["NULL_KV", "UNKNOWN_VOLTAGE_PERCENT", "build_power"]

NULL_KV = -999_999
UNKNOWN_VOLTAGE_PERCENT = 8
_CRS = "EPSG:26912"
_RATING = {500: (2_000, 3_200), 345: (1_000, 1_600), 230: (300, 800), 115: (90, 180), 69: (25, 80)}
_OWNERS = {500: "SOUTHMESA TRANSMISSION", 345: "SOUTHMESA TRANSMISSION", 230: "VALLEY POWER COOPERATIVE"}


def build_power(
    terrain: Terrain, towns: gpd.GeoDataFrame, roads: Roads | None = None, rail: Rail | None = None
) -> dict[str, gpd.GeoDataFrame]:
    """power_plants, transmission, substations and gas.

    SUB_1 and SUB_2 are names of substations; a line that leaves the county ends at the county line and
    names a station UNKNOWN<id> beyond it, which is not in the table. Of the lines 8 % do not tell their
    voltage (-999999), as in the public layer. Rows of one CIRCUIT fail together.
    """
    _ = roads, rail
    lattice = build_lattice(terrain.frame)
    stations, plants = build_stations(terrain, lattice, towns)
    stations = _unnamed(terrain, stations)
    renamed = {(s.x, s.y): s for s in stations}
    plants = [Plant(p.name, p.x, p.y, p.source, p.megawatts, renamed[p.yard.x, p.yard.y]) for p in plants]
    lines, taps = build_lines(terrain, lattice, towns, stations, plants)
    return {
        "power_plants": _plants(plants),
        "transmission": _transmission(terrain, lines),
        "substations": _substations(terrain, stations + taps, lines),
        "gas": build_gas(terrain, towns, plants),
    }


def _unnamed(terrain: Terrain, stations: list[Station]) -> list[Station]:
    """The stations with the names of a few small ones lost: UNKNOWN<id>, as in the public layer."""
    rng = terrain.frame.rng("unnamed")
    small = [k for k, s in enumerate(stations) if s.high_kv <= 115 and s.role in ("local", "town")]
    lost = set(rng.permutation(small)[: max(1, len(small) // 10)].tolist())
    ids = rng.integers(400_000, 499_999, len(stations)).tolist()
    return [
        Station(f"UNKNOWN{ids[k]}", s.x, s.y, s.high_kv, s.low_kv, s.role, s.town) if k in lost else s
        for k, s in enumerate(stations)
    ]


def _plants(plants: list[Plant]) -> gpd.GeoDataFrame:
    """Points Plant_Code, Plant_Name, PrimSource, Install_MW."""
    table = {
        "Plant_Code": np.arange(90_001, 90_001 + len(plants)),
        "Plant_Name": [p.name for p in plants],
        "PrimSource": [p.source for p in plants],
        "Install_MW": np.array([p.megawatts for p in plants], dtype=np.float64),
    }
    return gpd.GeoDataFrame(table, geometry=shapely.points([(p.x, p.y) for p in plants]), crs=_CRS)


def _transmission(terrain: Terrain, lines: list[Line]) -> gpd.GeoDataFrame:
    """Lines ID, TYPE, STATUS, OWNER, VOLTAGE, VOLT_CLASS, SUB_1, SUB_2, CIRCUIT."""
    rng = terrain.frame.rng("transmission")
    kv = np.array([line.kv for line in lines], dtype=np.int64)
    low_first = np.argsort(rng.random(len(lines)) * np.where(kv <= 115, 0.5, 1.0), kind="stable")
    count = (len(lines) * UNKNOWN_VOLTAGE_PERCENT + 50) // 100
    shown = kv.copy()
    shown[low_first[: max(1, count)]] = NULL_KV
    table = {
        "ID": [str(i) for i in rng.permutation(np.arange(140_000, 320_000))[: len(lines)]],
        "TYPE": np.where((kv <= 115) & (rng.random(len(lines)) < 0.1), "AC; UNDERGROUND", "AC; OVERHEAD"),
        "STATUS": np.where(rng.random(len(lines)) < 0.04, "NOT AVAILABLE", "IN SERVICE"),
        "OWNER": [_OWNERS.get(int(v), "COUNTY ELECTRIC COMPANY") for v in kv],
        "VOLTAGE": shown,
        "VOLT_CLASS": [_volt_class(int(v)) for v in shown],
        "SUB_1": [line.first for line in lines],
        "SUB_2": [line.second for line in lines],
        "CIRCUIT": [line.circuit for line in lines],
    }
    return gpd.GeoDataFrame(table, geometry=[LineString(line.points) for line in lines], crs=_CRS)


def _volt_class(kv: int) -> str:
    """The class of the public layer."""
    if kv == NULL_KV:
        return "NOT AVAILABLE"
    classes = {500: "500", 345: "345", 230: "220-287", 115: "100-161"}
    return classes.get(kv, "UNDER 100")


def _substations(terrain: Terrain, stations: list[Station], lines: list[Line]) -> gpd.GeoDataFrame:
    """Points ID, NAME, TYPE, STATUS, LINES, MAX_VOLT, MIN_VOLT, CAPACITY_MW, HEADROOM_MW."""
    rng = terrain.frame.rng("substations")
    high = np.array([s.high_kv for s in stations], dtype=np.int64)
    low = np.array([s.low_kv for s in stations], dtype=np.int64)
    tap = np.array([s.role == "tap" for s in stations])
    least, most = np.array([_RATING[int(v)] for v in high]).T
    capacity = np.where(tap, 0, rng.integers(least // 5, most // 5 + 1) * 5)
    used = np.clip(rng.integers(35, 108, len(stations)), 0, 100)
    unknown = np.array([s.name.startswith("UNKNOWN") for s in stations])
    ends = [name for line in lines for name in (line.first, line.second)]
    table = {
        "ID": [str(i) for i in rng.permutation(np.arange(300_000, 400_000))[: len(stations)]],
        "NAME": [s.name for s in stations],
        "TYPE": np.where(tap, "TAP", "SUBSTATION"),
        "STATUS": np.where(unknown, "NOT AVAILABLE", "IN SERVICE"),
        "LINES": np.array([ends.count(s.name) for s in stations], dtype=np.int64),
        "MAX_VOLT": np.where(unknown, NULL_KV, high),
        "MIN_VOLT": np.where(unknown | (rng.random(len(stations)) < 0.12), NULL_KV, low),
        "CAPACITY_MW": capacity.astype(np.float64),
        "HEADROOM_MW": (capacity * (100 - used) // 100).astype(np.float64),
    }
    return gpd.GeoDataFrame(table, geometry=shapely.points(_places(stations)), crs=_CRS)


def _places(stations: list[Station]) -> NDArray[np.float64]:
    """(n, 2) where the stations stand."""
    return np.array([(s.x, s.y) for s in stations])
