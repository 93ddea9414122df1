"""The planted sites measured again, from the layers alone."""

from __future__ import annotations

import numpy as np
import shapely

from siting.sample.proof import REQUIREMENTS, touching
from siting.sample.zoning import crosswalk
from tests.sample.counties import county

ACRE_M2 = 4046.8564224


def met(site: dict) -> dict[str, bool]:
    """Each requirement, measured by geopandas and shapely from the layers."""
    layers = county().layers
    parcels = layers["parcels"].set_index("APN").loc[site["parcels"]]
    row = parcels.iloc[int(np.argmax(parcels.area))]
    land = row.geometry
    stations, flood = layers["substations"], layers["flood"]
    strong = stations[(stations["MAX_VOLT"] >= 230) & (stations["LINES"] >= 2) & (stations["TYPE"] != "TAP")]
    plants = layers["reclamation"]
    classes = crosswalk().set_index(["jurisdiction", "code"])["class"]
    providers = layers["water_providers"]
    designated = providers[providers["STATUS"] == "designated"].union_all()
    sfha = flood[flood["SFHA_TF"] == "T"].union_all()
    rail = layers["rail"].distance(land).min()
    return {
        "size": land.area >= 400 * ACRE_M2,
        "slope": site["facts"]["mean_slope"] <= 0.03,
        "flood": land.intersection(sfha).area <= 0.01 * land.area,
        "fissure": layers["fissures"].distance(land).min() >= 500,
        "tribal": layers["tribal"].intersection(land).area.sum() < 1e-3,
        "zoning": classes.get((row["JURISDICTION"], row["CITY_ZONING"])) == "by_right",
        "built": row["IMPROVEMENT"] <= 20_000 * land.area / ACRE_M2,
        "provider": land.difference(designated).area < 1e-3 * land.area,
        "power": strong.distance(land).min() <= 3_000,
        "reclaimed": plants[plants["DESIGN_MGD"] >= 5].distance(land).min() <= 6_000,
        "interchange": layers["interchanges"].distance(land).min() <= 8_000,
        "rail": 1_500 <= rail <= 8_000,
        "residences": layers["residences"].distance(land).min() >= 1_600,
    }


def test_every_site_fails_exactly_what_it_says():
    for site in county().truth["sites"]:
        measured = met(site)
        assert set(measured) == set(REQUIREMENTS)
        failed = [name for name, ok in measured.items() if not ok]
        assert failed == ([] if site["kind"] == "perfect" else [site["fails"]]), site["name"]


def test_features_that_touch_an_area():
    shapes = np.array([shapely.Point(0, 0), shapely.box(5, 5, 6, 6), shapely.Point(2, 1)], dtype=object)
    assert touching(shapes, shapely.box(0, 0, 2, 2)).tolist() == [shapes[0], shapes[2]]
