"""Proof: what is measured at the planted sites of a sample county, and which requirements they meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siting.sample.parcels import Fabric
from siting.sample.places import large_plants, strong_stations
from siting.sample.rights_of_way import ACRE_M2
from siting.sample.terrain import Terrain
from siting.sample.truth import Plan
from siting.sample.zoning import crosswalk

__all__ = ["REQUIREMENTS", "site_land", "touching", "verified"]

Layers = dict[str, gpd.GeoDataFrame]

#: what a perfect site meets, and a decoy but for one
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
        facts = _facts(layers, plan, fabric, terrain, number)
        failed = [name for name, ok in _met(facts).items() if not ok]
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


def _facts(layers: Layers, plan: Plan, fabric: Fabric, terrain: Terrain, number: int) -> dict[str, Any]:
    """Facts of a site's largest parcel; a distance is None where there is nothing to be far from."""
    rows = np.flatnonzero(plan.land.site[fabric.forty] == number)
    at = int(rows[np.argmax(shapely.area(layers["parcels"].geometry.to_numpy()[rows]))])
    row = layers["parcels"].iloc[at]
    parcel = row.geometry
    acres = float(shapely.area(parcel) / ACRE_M2)
    flood, providers = layers["flood"], layers["water_providers"]
    shapes = {name: layers[name].geometry.to_numpy() for name in layers}
    floodway = shapes["flood"][(flood["ZONE_SUBTY"] == "FLOODWAY").to_numpy()]
    classes = crosswalk().set_index(["jurisdiction", "code"])["class"]
    return {
        "acres": round(acres, 3),
        "usable_acres": _usable_acres(parcel, floodway, shapes["fissures"], shapes["transmission"]),
        "mean_slope": _mean_slope(terrain, parcel),
        "sfha_share": _covered(parcel, shapes["flood"][(flood["SFHA_TF"] == "T").to_numpy()]),
        "floodway_share": _covered(parcel, floodway),
        "fissure_m": _away(parcel, shapes["fissures"]),
        "tribal_share": _covered(parcel, shapes["tribal"]),
        "zone_class": str(classes.get((row["JURISDICTION"], row["CITY_ZONING"]), "unknown")),
        "improvement_usd_per_acre": round(float(row["IMPROVEMENT"]) / acres, 2),
        "designated_share": _covered(
            parcel, shapes["water_providers"][(providers["STATUS"] == "designated").to_numpy()]
        ),
        "station_m": _away(parcel, strong_stations(layers["substations"])),
        "reclamation_m": _away(parcel, large_plants(layers["reclamation"])),
        "interchange_m": _away(parcel, shapes["interchanges"]),
        "rail_m": _away(parcel, shapes["rail"]),
        "residence_m": _away(parcel, shapes["residences"]),
    }


def _met(facts: Mapping[str, Any]) -> dict[str, bool]:
    """Which requirements the facts meet."""
    away = {name: np.inf if facts[name] is None else facts[name] for name in facts if name.endswith("_m")}
    return {
        "size": facts["acres"] >= 400,
        "slope": facts["mean_slope"] <= 0.03,
        "flood": facts["sfha_share"] <= 0.01 and facts["floodway_share"] == 0,
        "fissure": away["fissure_m"] >= 500,
        "tribal": facts["tribal_share"] == 0,
        "zoning": facts["zone_class"] == "by_right",
        "built": facts["improvement_usd_per_acre"] <= 20_000,
        "provider": facts["designated_share"] >= 0.999,
        "power": away["station_m"] <= 3_000,
        "reclaimed": away["reclamation_m"] <= 6_000,
        "interchange": away["interchange_m"] <= 8_000,
        "rail": 1_500 <= away["rail_m"] <= 8_000,
        "residences": away["residence_m"] >= 1_600,
    }


def _away(parcel: BaseGeometry, features: NDArray[np.object_]) -> float | None:
    """Metres to the nearest feature."""
    return round(float(shapely.distance(features, parcel).min()), 2) if len(features) else None


def _covered(parcel: BaseGeometry, features: NDArray[np.object_]) -> float:
    """Share of the parcel under the features."""
    inside = shapely.union_all(shapely.intersection(touching(features, parcel), parcel))
    return round(float(shapely.area(inside) / shapely.area(parcel)), 6)


def _usable_acres(
    parcel: BaseGeometry, floodway: NDArray[np.object_], fissures: NDArray[np.object_], lines: NDArray[np.object_]
) -> float:
    """The largest piece without floodway, within 150 m of no fissure and within 60 m of no transmission line."""
    cuts = [
        shapely.union_all(shapely.buffer(touching(shapes, shapely.buffer(parcel, reach + 1)), reach))
        for shapes, reach in ((floodway, 0), (fissures, 150), (lines, 60))
    ]
    pieces = shapely.get_parts(shapely.difference(parcel, shapely.union_all(cuts)))
    return round(float(shapely.area(pieces).max(initial=0.0) / ACRE_M2), 3)


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
