"""The planted sites measured again, from the layers alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from siting.sample.proof import REQUIREMENTS
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


def test_the_land_of_a_site_is_its_parcels():
    parcels = county().layers["parcels"].set_index("APN")
    for site in county().truth["sites"]:
        land = shapely.from_wkt(site["polygon"])
        assert parcels.loc[site["parcels"]].union_all().symmetric_difference(land).area < 1


def test_a_perfect_site_has_400_usable_acres_and_is_a_single_parcel():
    perfect = [s for s in county().truth["sites"] if s["kind"] == "perfect"]
    assert all(s["facts"]["usable_acres"] >= 400 for s in perfect)
    assert all(len(s["parcels"]) == 1 for s in perfect)


def test_sites_lie_where_flood_and_fissures_were_mapped():
    layers = county().layers
    panels, studied = layers["flood_mapped"].union_all(), layers["fissure_study_areas"].union_all()
    for site in county().truth["sites"]:
        land = shapely.from_wkt(site["polygon"])
        assert land.difference(panels.buffer(0.02)).area < 1
        assert land.difference(studied.buffer(0.02)).area < 1


def test_planted_lines_name_planted_stations():
    layers = county().layers
    stations = layers["substations"]
    planted = stations[stations["NAME"].str.startswith("PLANTED")]
    lines = layers["transmission"]
    for name, place in zip(planted["NAME"], planted.geometry, strict=True):
        mine = lines[lines["SUB_1"] == name]
        assert mine["CIRCUIT"].nunique() == 2
        assert (mine.distance(place) < 0.02).all()
    assert isinstance(stations["LINES"], pd.Series)
