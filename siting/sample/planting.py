"""Planting: the layers of a sample county adjusted at its planned sites, and what is then measured there."""

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

from siting.sample.parcels import ACRE_M2, Fabric
from siting.sample.terrain import Terrain
from siting.sample.truth import Plan, section_boxes
from siting.sample.zoning import crosswalk

__all__ = ["REQUIREMENTS", "planted_layers", "verified"]

Layers = dict[str, gpd.GeoDataFrame]

#: the requirement that each decoy fails
REQUIREMENTS: dict[str, str] = {
    "size": "400 acres or more in one parcel",
    "slope": "mean slope 3 % or less",
    "flood": "1 % or less of it in the special flood hazard area, no floodway",
    "fissure": "no mapped earth fissure within 500 m",
    "tribal": "no tribal land",
    "zoning": "industrial by right",
    "built": "improvements of 20,000 USD an acre or less",
    "provider": "inside the area of a designated water provider",
    "power": "a station of 230 kV or more with two lines within 3 km",
    "reclaimed": "a reclamation plant of 5 MGD or more within 6 km",
    "interchange": "a freeway interchange within 8 km",
    "rail": "rail at 1.5 to 8 km",
    "residences": "no residence within 1.6 km",
}
_FAILED = {
    "no power": "power", "too steep": "slope", "floodway": "flood", "too small": "size", "fissure": "fissure",
    "tribal": "tribal", "zoning": "zoning", "built up": "built", "provider": "provider",
}  # fmt: skip


def planted_layers(layers: Layers, plan: Plan, fabric: Fabric, terrain: Terrain) -> Layers:
    """The layers with every planned site made what it should be."""
    out = dict(layers)
    shape = [_cells(plan, fabric, number) for number in range(len(plan.sites))]
    boxes = section_boxes(plan.land)
    for site, area in zip(plan.sites, shape, strict=True):
        box = boxes[site.section]
        out["water_providers"] = _provided(out["water_providers"], area, designated=site.fails != "provider")
        out["flood"], out["flood_mapped"] = _flooded(out, area, box, site.fails == "floodway")
        out["fissures"], out["fissure_study_areas"] = _fissured(out, box, site.fails == "fissure")
        if site.fails == "tribal":
            out["tribal"] = _joined(out["tribal"], 0, area)
        if site.fails != "no power":
            _powered(out, box, boxes[[s.section for s in plan.sites]], terrain)
        _reclaimed(out, box, terrain, boxes[[s.section for s in plan.sites]])
        homes = out["residences"]
        near = shapely.distance(homes.geometry.to_numpy(), box) < 1_650
        out["residences"] = homes[~near].reset_index(drop=True)
    out["parcels"] = _assessed(out["parcels"], plan, fabric)
    return out


def verified(layers: Layers, plan: Plan, fabric: Fabric, terrain: Terrain) -> tuple[list[dict[str, Any]], list[str]]:
    """The sites that are what they should be, with measured facts, and sentences on those that are not."""
    good, bad = [], list(plan.missing)
    for number, site in enumerate(plan.sites):
        facts, met = _measured(layers, plan, fabric, terrain, number)
        failed = [name for name, ok in met.items() if not ok]
        wanted = [] if site.fails is None else [_FAILED[site.fails]]
        if failed != wanted:
            bad.append(
                f"{site.name}: fails {', '.join(failed) or 'nothing'} instead of {', '.join(wanted) or 'nothing'}"
            )
            continue
        rows = np.flatnonzero(plan.land.site[fabric.forty] == number)
        good.append(
            {
                "name": site.name,
                "kind": "decoy" if site.fails else "perfect",
                "fails": wanted[0] if wanted else None,
                "parcels": layers["parcels"]["APN"].iloc[rows].tolist(),
                "polygon": shapely.to_wkt(_cells(plan, fabric, number), rounding_precision=2),
                "facts": facts,
            }
        )
    return good, bad


def _cells(plan: Plan, fabric: Fabric, number: int) -> BaseGeometry:
    """The land of a site."""
    return shapely.normalize(shapely.coverage_union_all(fabric.cells[plan.land.site == number]))


def _provided(providers: gpd.GeoDataFrame, area: BaseGeometry, *, designated: bool) -> gpd.GeoDataFrame:
    """The nearest provider of the wanted status takes the area; the others leave it."""
    shapes = shapely.difference(providers.geometry.to_numpy(), area)
    wanted = (providers["STATUS"] == ("designated" if designated else "undesignated")).to_numpy()
    if wanted.any():
        away = np.where(wanted, np.round(shapely.distance(shapes, area), 2), np.inf)
        at = int(np.argmin(away))
        shapes[at] = shapely.union(shapes[at], area)
    return _with(providers, shapes)


def _flooded(
    layers: Mapping[str, gpd.GeoDataFrame], area: BaseGeometry, box: BaseGeometry, wet: bool
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Flood clipped off the area, or a floodway across it; the area is on a mapped panel."""
    flood, mapped = layers["flood"], layers["flood_mapped"]
    shapes = flood.geometry.to_numpy().copy()
    hit = shapely.intersects(shapes, area)
    shapes[hit] = shapely.difference(shapes[hit], area)
    flood = _with(flood, shapes)
    flood = flood[~flood.geometry.is_empty & (flood.geometry.area > 1)].reset_index(drop=True)
    if wet:
        west, south, east, north = area.bounds
        s = np.linspace(0, 1, 41)
        wander = 60 * np.round(s * (1 - s) * (2 * s - 1) * 10, 6)
        x, y = west - 20 + s * (east - west + 40), south + (0.42 + 0.12 * s) * (north - south) + wander
        course = shapely.linestrings(np.stack([x, y], axis=1))
        band = shapely.intersection(shapely.buffer(course, 300.0, quad_segs=4), area)
        new = {"FLD_ZONE": "AE", "ZONE_SUBTY": "FLOODWAY", "SFHA_TF": "T", "STATIC_BFE": -9999.0}
        flood = _appended(flood, new, _rounded(band))
    panel = _panel(box, 50)
    known = shapely.union_all(_touching(mapped.geometry.to_numpy(), panel))
    if not shapely.covers(known, area):
        rest = shapely.difference(panel, known)
        mapped = _appended(mapped, {"PANEL": f"{mapped['PANEL'].iloc[0]}P{len(mapped)}" if len(mapped) else "P1"}, rest)
    return flood, mapped


def _panel(box: BaseGeometry, margin_m: float) -> BaseGeometry:
    """A rectangle of whole metres around a section."""
    west, south, east, north = (round(b) for b in shapely.buffer(box, margin_m).bounds)
    return shapely.box(west, south, east, north)


def _fissured(
    layers: Mapping[str, gpd.GeoDataFrame], box: BaseGeometry, cracked: bool
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """A study area over the site, and where it is a decoy a continuous fissure across it."""
    fissures, areas = layers["fissures"], layers["fissure_study_areas"]
    if cracked:
        west, south, east, north = box.bounds
        s = np.linspace(0, 1, 25)
        wobble = 25 * ((np.arange(25) % 3) - 1)
        line = shapely.linestrings(
            np.stack([west + 300 + s * (east - west - 600) + wobble, south + 350 + s * (north - south - 800)], 1)
        )
        fissures = _appended(fissures, {"Label": "Continuous"}, _rounded(line))
    known = shapely.union_all(areas.geometry.to_numpy()) if len(areas) else shapely.Polygon()
    if not shapely.covers(known, box):
        rest = shapely.difference(_panel(box, 1_000), known)
        areas = _appended(areas, {"Label": f"Planted Flats {len(areas) + 1}", "Notes": "SYNTHETIC"}, rest)
    return fissures, areas


def _powered(layers: Layers, box: BaseGeometry, sites: NDArray[np.object_], terrain: Terrain) -> None:
    """A station near the site, with two circuits to two others, where it has none."""
    stations, lines = layers["substations"], layers["transmission"]
    strong = (stations["MAX_VOLT"] >= 230) & (stations["LINES"] >= 2) & (stations["TYPE"] != "TAP")
    shapes = stations.geometry.to_numpy()
    if (shapely.distance(shapes[strong.to_numpy()], box) < 2_600).any():
        return
    big = np.flatnonzero((stations["MAX_VOLT"] >= 230).to_numpy())
    away = np.round(shapely.distance(shapes[big], box), 2)
    ends = big[np.argsort(away, kind="stable")[:2]]
    if not len(ends):
        return
    place = _beside(box, sites, shapes[ends[0]], terrain, 1_100.0)
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


def _reclaimed(layers: Layers, box: BaseGeometry, terrain: Terrain, sites: NDArray[np.object_]) -> None:
    """A reclamation plant on the side of the nearest town, where there is none."""
    plants, towns = layers["reclamation"], layers["towns"]
    large = (plants["DESIGN_MGD"] >= 5).to_numpy()
    if (shapely.distance(plants.geometry.to_numpy()[large], box) < 5_500).any():
        return
    town = int(np.argmin(np.round(shapely.distance(towns.geometry.to_numpy(), box), 2)))
    place = _beside(box, sites, towns.geometry.iloc[town], terrain, 1_900.0)
    row = {"NAME": f"{towns['NAME'].iloc[town]} Regional Reclamation", "DESIGN_MGD": 14.0, "FREE_MGD": 8.0}
    layers["reclamation"] = _appended(plants, row, place)


def _beside(
    box: BaseGeometry, sites: NDArray[np.object_], toward: BaseGeometry, terrain: Terrain, away_m: float
) -> BaseGeometry:
    """A place about ``away_m`` off one of the sides, outside all sites and off the mountains, nearest to a goal."""
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
    inside = shapely.distance(points, shapely.union_all(sites)) < 300
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


def _measured(
    layers: Layers, plan: Plan, fabric: Fabric, terrain: Terrain, number: int
) -> tuple[dict[str, Any], dict[str, bool]]:
    """Facts of a site's largest parcel, and which requirements it meets."""
    rows = np.flatnonzero(plan.land.site[fabric.forty] == number)
    shapes = layers["parcels"].geometry.to_numpy()[rows]
    at = int(rows[np.argmax(shapely.area(shapes))])
    parcel = layers["parcels"].geometry.iloc[at]

    def away(name: str, keep: NDArray[np.bool_] | None = None) -> float:
        geometry = layers[name].geometry.to_numpy()
        geometry = geometry if keep is None else geometry[keep]
        return round(float(shapely.distance(geometry, parcel).min()), 2) if len(geometry) else float("inf")

    def covered(geometry: NDArray[np.object_]) -> float:
        inside = shapely.union_all(shapely.intersection(_touching(geometry, parcel), parcel))
        return round(float(shapely.area(inside) / shapely.area(parcel)), 6)

    flood, stations, lines = layers["flood"], layers["substations"], layers["transmission"]
    providers, classes = layers["water_providers"], crosswalk().set_index(["jurisdiction", "code"])["class"]
    row = layers["parcels"].iloc[at]
    floodway = flood.geometry.to_numpy()[(flood["ZONE_SUBTY"] == "FLOODWAY").to_numpy()]
    cuts = [
        shapely.union_all(shapely.buffer(_touching(geometry, shapely.buffer(parcel, reach + 1)), reach))
        for geometry, reach in (
            (floodway, 0),
            (layers["fissures"].geometry.to_numpy(), 150),
            (lines.geometry.to_numpy(), 60),
        )
    ]
    usable = shapely.get_parts(shapely.difference(parcel, shapely.union_all(cuts)))
    strong = ((stations["MAX_VOLT"] >= 230) & (stations["LINES"] >= 2) & (stations["TYPE"] != "TAP")).to_numpy()
    acres = shapely.area(parcel) / ACRE_M2
    facts: dict[str, Any] = {
        "acres": round(float(acres), 3),
        "usable_acres": round(float(shapely.area(usable).max(initial=0.0) / ACRE_M2), 3),
        "mean_slope": _mean_slope(terrain, parcel),
        "sfha_share": covered(flood.geometry.to_numpy()[(flood["SFHA_TF"] == "T").to_numpy()]),
        "floodway_share": covered(floodway),
        "fissure_m": away("fissures"),
        "tribal_share": covered(layers["tribal"].geometry.to_numpy()),
        "zone_class": str(classes.get((row["JURISDICTION"], row["CITY_ZONING"]), "unknown")),
        "improvement_usd_per_acre": round(float(row["IMPROVEMENT"]) / float(acres), 2),
        "designated_share": covered(providers.geometry.to_numpy()[(providers["STATUS"] == "designated").to_numpy()]),
        "station_m": away("substations", strong),
        "reclamation_m": away("reclamation", (layers["reclamation"]["DESIGN_MGD"] >= 5).to_numpy()),
        "interchange_m": away("interchanges"),
        "rail_m": away("rail"),
        "residence_m": away("residences"),
    }
    met = {
        "size": facts["acres"] >= 400,
        "slope": facts["mean_slope"] <= 0.03,
        "flood": facts["sfha_share"] <= 0.01 and facts["floodway_share"] == 0,
        "fissure": facts["fissure_m"] >= 500,
        "tribal": facts["tribal_share"] == 0,
        "zoning": facts["zone_class"] == "by_right",
        "built": facts["improvement_usd_per_acre"] <= 20_000,
        "provider": facts["designated_share"] >= 0.999,
        "power": facts["station_m"] <= 3_000,
        "reclaimed": facts["reclamation_m"] <= 6_000,
        "interchange": facts["interchange_m"] <= 8_000,
        "rail": 1_500 <= facts["rail_m"] <= 8_000,
        "residences": facts["residence_m"] >= 1_600,
    }
    return facts, met


def _touching(geometry: NDArray[np.object_], area: BaseGeometry) -> NDArray[np.object_]:
    """The features that touch an area."""
    shapely.prepare(area)
    return np.asarray(geometry[shapely.intersects(area, geometry)], dtype=object)


def _mean_slope(terrain: Terrain, parcel: BaseGeometry) -> float:
    """Mean of the cells whose centres lie in the parcel."""
    cell, (west, south, east, north) = terrain.frame.cell_m, parcel.bounds
    x, y = (g.ravel() for g in np.meshgrid(np.arange(west, east, cell), np.arange(south, north, cell)))
    inside = shapely.contains_xy(parcel, x, y)
    return round(float(np.asarray(terrain.slope[terrain.at(x[inside], y[inside])], np.float64).mean()), 5)


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
