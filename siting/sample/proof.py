"""Proof: what is measured at the planted sites of a sample county, and which requirements they meet."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siting.sample.parcels import Fabric
from siting.sample.rights_of_way import ACRE_M2
from siting.sample.terrain import Terrain
from siting.sample.truth import Plan
from siting.sample.zoning import crosswalk

__all__ = ["REQUIREMENTS", "site_land", "touching", "verified"]

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
                "polygon": shapely.to_wkt(site_land(plan, fabric, number), rounding_precision=2),
                "facts": facts,
            }
        )
    return good, bad


def site_land(plan: Plan, fabric: Fabric, number: int) -> BaseGeometry:
    """The land of a site."""
    return shapely.normalize(shapely.coverage_union_all(fabric.cells[plan.land.site == number]))


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
        inside = shapely.union_all(shapely.intersection(touching(geometry, parcel), parcel))
        return round(float(shapely.area(inside) / shapely.area(parcel)), 6)

    flood, stations, lines = layers["flood"], layers["substations"], layers["transmission"]
    providers, classes = layers["water_providers"], crosswalk().set_index(["jurisdiction", "code"])["class"]
    row = layers["parcels"].iloc[at]
    floodway = flood.geometry.to_numpy()[(flood["ZONE_SUBTY"] == "FLOODWAY").to_numpy()]
    cuts = [
        shapely.union_all(shapely.buffer(touching(geometry, shapely.buffer(parcel, reach + 1)), reach))
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


def _mean_slope(terrain: Terrain, parcel: BaseGeometry) -> float:
    """Mean of the cells whose centres lie in the parcel."""
    cell, (west, south, east, north) = terrain.frame.cell_m, parcel.bounds
    x, y = (g.ravel() for g in np.meshgrid(np.arange(west, east, cell), np.arange(south, north, cell)))
    inside = shapely.contains_xy(parcel, x, y)
    return round(float(np.asarray(terrain.slope[terrain.at(x[inside], y[inside])], np.float64).mean()), 5)


def touching(geometry: NDArray[np.object_], area: BaseGeometry) -> NDArray[np.object_]:
    """The features that touch an area."""
    shapely.prepare(area)
    return np.asarray(geometry[shapely.intersects(area, geometry)], dtype=object)
