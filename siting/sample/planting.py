"""Planting: the layers of a sample county adjusted at its planned sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from siting.sample.parcels import Fabric
from siting.sample.places import large_plants, section_boxes, strong_stations
from siting.sample.proof import site_land, touching
from siting.sample.rights_of_way import ACRE_M2
from siting.sample.terrain import Terrain
from siting.sample.truth import Plan

__all__ = ["planted_layers"]

Layers = dict[str, gpd.GeoDataFrame]


def planted_layers(layers: Layers, plan: Plan, fabric: Fabric, terrain: Terrain) -> Layers:
    """The layers with every planned site made what it should be."""
    out = dict(layers)
    shape = [site_land(plan, fabric, number) for number in range(len(plan.sites))]
    boxes = section_boxes(plan.land)
    taken = boxes[[site.section for site in plan.sites]]
    powerless = shapely.union_all([b for s, b in zip(plan.sites, taken, strict=True) if s.fails == "no power"])
    for site, area, box in zip(plan.sites, shape, taken, strict=True):
        out["water_providers"] = _provided(out["water_providers"], area, designated=site.fails != "provider")
        if site.fails != "floodway" or not site.natural:
            out["flood"] = _flooded(out["flood"], area, wet=site.fails == "floodway")
        out["flood_mapped"] = _mapped(out["flood_mapped"], area, box)
        if site.fails != "fissure" or not site.natural:
            out["fissures"] = _fissured(out["fissures"], box, cracked=site.fails == "fissure")
        out["fissure_study_areas"] = _studied(out["fissure_study_areas"], box)
        if site.fails == "tribal":
            out["tribal"] = _joined(out["tribal"], 0, area)
        if site.fails != "no power":
            _powered(out, area, box, taken, powerless, terrain)
        _reclaimed(out, area, box, taken, terrain)
        homes = out["residences"]
        near = shapely.distance(homes.geometry.to_numpy(), box) < 1_650
        out["residences"] = homes[~near].reset_index(drop=True)
    out["parcels"] = _assessed(out["parcels"], plan, fabric)
    return out


def _provided(providers: gpd.GeoDataFrame, area: BaseGeometry, *, designated: bool) -> gpd.GeoDataFrame:
    """The nearest provider of the wanted status takes the area; the others leave it."""
    shapes = shapely.difference(providers.geometry.to_numpy(), area)
    wanted = (providers["STATUS"] == ("designated" if designated else "undesignated")).to_numpy()
    if wanted.any():
        away = np.where(wanted, np.round(shapely.distance(shapes, area), 2), np.inf)
        at = int(np.argmin(away))
        shapes[at] = shapely.union(shapes[at], area)
    return _with(providers, shapes)


def _flooded(flood: gpd.GeoDataFrame, area: BaseGeometry, *, wet: bool) -> gpd.GeoDataFrame:
    """Flood clipped off the area, or a floodway across it."""
    shapes = flood.geometry.to_numpy().copy()
    hit = shapely.intersects(shapes, area)
    shapes[hit] = shapely.difference(shapes[hit], area)
    flood = _with(flood, shapes)
    flood = flood[~flood.geometry.is_empty & (flood.geometry.area > 1)].reset_index(drop=True)
    if not wet:
        return flood
    west, south, east, north = area.bounds
    s = np.linspace(0, 1, 41)
    wander = 60 * np.round(s * (1 - s) * (2 * s - 1) * 10, 6)
    x, y = west - 20 + s * (east - west + 40), south + (0.42 + 0.12 * s) * (north - south) + wander
    course = shapely.linestrings(np.stack([x, y], axis=1))
    band = shapely.intersection(shapely.buffer(course, 300.0, quad_segs=4), area)
    new = {"FLD_ZONE": "AE", "ZONE_SUBTY": "FLOODWAY", "SFHA_TF": "T", "STATIC_BFE": -9999.0}
    return _appended(flood, new, _rounded(band))


def _mapped(panels: gpd.GeoDataFrame, area: BaseGeometry, box: BaseGeometry) -> gpd.GeoDataFrame:
    """The area is on a mapped panel."""
    panel = _panel(box, 50)
    known = shapely.union_all(touching(panels.geometry.to_numpy(), panel))
    if shapely.covers(known, area):
        return panels
    name = f"{panels['PANEL'].iloc[0]}P{len(panels)}" if len(panels) else "P1"
    return _appended(panels, {"PANEL": name}, shapely.difference(panel, known))


def _panel(box: BaseGeometry, margin_m: float) -> BaseGeometry:
    """A rectangle of whole metres around a section."""
    west, south, east, north = (round(b) for b in shapely.buffer(box, margin_m).bounds)
    return shapely.box(west, south, east, north)


def _fissured(fissures: gpd.GeoDataFrame, box: BaseGeometry, *, cracked: bool) -> gpd.GeoDataFrame:
    """No fissure within 560 m of the section, but for the decoy: a continuous one across it."""
    shapes = fissures.geometry.to_numpy()
    near = shapely.distance(shapes, box) < 560
    parts, row = shapely.get_parts(
        np.where(near, shapely.difference(shapes, shapely.buffer(box, 560, quad_segs=4)), shapes), return_index=True
    )
    long = shapely.length(parts) > np.where(near[row], 200.0, 0.0)
    fissures = _with(fissures.iloc[row[long]].reset_index(drop=True), parts[long])
    if not cracked:
        return fissures
    west, south, east, north = box.bounds
    s = np.linspace(0, 1, 25)
    sway = np.round(420 * s * (1 - s) * (0.45 - s) + 9 * ((7 * np.arange(25)) % 5 - 2), 2)
    x, y = west + 300 + s * (east - west - 600) + sway, south + 350 + s * (north - south - 800) - sway
    return _appended(fissures, {"Label": "Continuous"}, _rounded(shapely.linestrings(np.stack([x, y], axis=1))))


def _studied(areas: gpd.GeoDataFrame, box: BaseGeometry) -> gpd.GeoDataFrame:
    """A fissure study area over the site."""
    known = shapely.union_all(areas.geometry.to_numpy()) if len(areas) else shapely.Polygon()
    if shapely.covers(known, box):
        return areas
    rest = shapely.difference(_panel(box, 1_000), known)
    return _appended(areas, {"Label": f"Planted Flats {len(areas) + 1}", "Notes": "SYNTHETIC"}, rest)


def _powered(
    layers: Layers,
    area: BaseGeometry,
    box: BaseGeometry,
    sites: NDArray[np.object_],
    powerless: BaseGeometry,
    terrain: Terrain,
) -> None:
    """A station near the site, with two circuits to two others, where it has none."""
    stations, lines = layers["substations"], layers["transmission"]
    shapes = stations.geometry.to_numpy()
    if (shapely.distance(strong_stations(stations), area) < 2_600).any():
        return
    big = np.flatnonzero((stations["MAX_VOLT"] >= 230).to_numpy())
    away = np.round(shapely.distance(shapes[big], box), 2)
    ends = big[np.argsort(away, kind="stable")[:2]]
    if not len(ends):
        return
    shunned = shapely.union(shapely.union_all(sites), shapely.buffer(powerless, 3_000))
    place = _beside(box, shunned, shapes[ends[0]], terrain, 1_100.0)
    name = f"PLANTED {len(stations) + 1}"
    kv = 230
    row = {
        "ID": str(900_000 + len(stations)), "NAME": name, "TYPE": "SUBSTATION", "STATUS": "IN SERVICE", "LINES": 2,
        "MAX_VOLT": kv, "MIN_VOLT": 69, "CAPACITY_MW": 600.0, "HEADROOM_MW": 400.0,
    }  # fmt: skip
    stations = _appended(stations, row, place)
    for number, end in enumerate(ends, 1):
        row = {
            "ID": str(800_000 + len(lines)), "TYPE": "AC; OVERHEAD", "STATUS": "IN SERVICE",
            "OWNER": "VALLEY POWER COOPERATIVE",
            "VOLTAGE": kv, "VOLT_CLASS": "220-287", "SUB_1": name, "SUB_2": stations["NAME"].iloc[int(end)],
            "CIRCUIT": f"{name} {number}",
        }  # fmt: skip
        lines = _appended(lines, row, _route(place, shapes[end], sites, number))
        stations["LINES"] = stations["LINES"].to_numpy() + (np.arange(len(stations)) == end)
    layers["substations"], layers["transmission"] = stations, lines


def _reclaimed(
    layers: Layers, area: BaseGeometry, box: BaseGeometry, sites: NDArray[np.object_], terrain: Terrain
) -> None:
    """A reclamation plant on the side of the nearest town, where there is none."""
    plants, towns = layers["reclamation"], layers["towns"]
    if (shapely.distance(large_plants(plants), area) < 5_500).any():
        return
    town = int(np.argmin(np.round(shapely.distance(towns.geometry.to_numpy(), box), 2)))
    place = _beside(box, shapely.union_all(sites), towns.geometry.iloc[town], terrain, 1_900.0)
    row = {"NAME": f"{towns['NAME'].iloc[town]} Regional Reclamation", "DESIGN_MGD": 14.0, "FREE_MGD": 8.0}
    layers["reclamation"] = _appended(plants, row, place)


def _beside(
    box: BaseGeometry, shunned: BaseGeometry, toward: BaseGeometry, terrain: Terrain, away_m: float
) -> BaseGeometry:
    """A place about ``away_m`` off a side, outside what is shunned and off the mountains, nearest to a goal."""
    west, south, east, north = box.bounds
    x, y = (west + east) / 2, (south + north) / 2
    spots = [(x, north + away_m), (x, south - away_m), (west - away_m, y), (east + away_m, y)]
    spots += [
        (west - away_m, south - away_m),
        (east + away_m, north + away_m),
        (west - away_m, north + away_m),
        (east + away_m, south - away_m),
    ]
    points = np.asarray(shapely.points(np.round(np.array(spots))), dtype=object)
    inside = shapely.distance(points, shunned) < 300
    rough = terrain.mountain[terrain.at(np.array(spots)[:, 0], np.array(spots)[:, 1])]
    w, s, e, n = terrain.frame.bounds
    outside = ~shapely.within(points, shapely.box(w + 200, s + 200, e - 200, n - 200))
    cost = np.round(shapely.distance(points, toward), 2) + 1e6 * (inside | outside) + 1e5 * rough
    best: BaseGeometry = points[int(np.argmin(cost))]
    return best


def _route(start: BaseGeometry, end: BaseGeometry, sites: NDArray[np.object_], number: int) -> BaseGeometry:
    """A line along one bend that keeps off the sites where it can; circuits leave 40 m apart."""
    a, b = shapely.get_coordinates([start, end])
    off = 40.0 * (number - 1)
    bends = [
        [a, (b[0] + off, a[1] + off), b],
        [a, (a[0] + off, b[1] + off), b],
        [a, ((a[0] + b[0]) / 2, a[1] + off), ((a[0] + b[0]) / 2, b[1]), b],
        [a, (a[0] + off, (a[1] + b[1]) / 2), (b[0], (a[1] + b[1]) / 2), b],
        [a, b],
    ]
    options: list[BaseGeometry] = [LineString(np.round(np.array(p, dtype=np.float64), 2)) for p in bends]
    taken = shapely.union_all(sites)
    crossing = [
        round(float(shapely.length(shapely.intersection(line, shapely.buffer(taken, 60)))), 1) for line in options
    ]
    return options[int(np.argmin(crossing))]


def _assessed(parcels: gpd.GeoDataFrame, plan: Plan, fabric: Fabric) -> gpd.GeoDataFrame:
    """The sites are vacant, but for the one that is built up."""
    parcels = parcels.copy()
    number = plan.land.site[fabric.forty]
    planted = number >= 0
    parcels.loc[planted, "IMPROVEMENT"] = 0.0
    parcels.loc[planted, ["CONST_YEAR", "PHYSICAL_ADDRESS"]] = None
    for at, site in enumerate(plan.sites):
        if site.fails == "built up":
            acres = parcels.geometry[number == at].area / ACRE_M2
            parcels.loc[number == at, "IMPROVEMENT"] = np.round(acres * 95_000, -3)
            parcels.loc[number == at, "PUC"] = "3720"
            parcels.loc[number == at, "CONST_YEAR"] = "2011"
    return parcels


def _appended(frame: gpd.GeoDataFrame, row: Mapping[str, Any], geometry: BaseGeometry) -> gpd.GeoDataFrame:
    """The layer with one feature more; fields that are not given stay empty."""
    new = gpd.GeoDataFrame(
        [{c: row.get(c) for c in frame.columns if c != "geometry"}], geometry=[_rounded(geometry)], crs=frame.crs
    )
    return gpd.GeoDataFrame(pd.concat([frame, new], ignore_index=True), crs=frame.crs)


def _joined(frame: gpd.GeoDataFrame, at: int, area: BaseGeometry) -> gpd.GeoDataFrame:
    """The layer with an area added to one feature."""
    shapes = frame.geometry.to_numpy().copy()
    shapes[at] = shapely.union(shapes[at], area)
    return _with(frame, shapes)


def _with(frame: gpd.GeoDataFrame, shapes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """The layer with other shapes, on the 1 cm grid."""
    out = frame.copy()
    out["geometry"] = gpd.GeoSeries([_rounded(s) for s in shapes], index=frame.index, crs=frame.crs)
    return out


def _rounded(shape: Any) -> BaseGeometry:
    """The shape on the 1 cm grid, with the vertices it has."""
    moved: BaseGeometry = shapely.transform(shape, lambda c: np.round(c, 2))
    return moved
