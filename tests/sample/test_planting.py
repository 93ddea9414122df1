"""What planting does to the layers."""

from __future__ import annotations

import pandas as pd
import shapely

from tests.sample.counties import county


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


def test_fissures_keep_off_the_sites_that_are_not_cracked():
    fissures = county().layers["fissures"].union_all()
    for site in county().truth["sites"]:
        away = shapely.distance(shapely.from_wkt(site["polygon"]), fissures)
        assert away < 1 if site["fails"] == "fissure" else away >= 500, site["name"]


def test_homes_and_providers_make_room():
    layers = county().layers
    homes = layers["residences"].union_all()
    for site in county().truth["sites"]:
        assert shapely.distance(shapely.from_wkt(site["polygon"]), homes) > 1_600
    shapes = layers["water_providers"].geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
