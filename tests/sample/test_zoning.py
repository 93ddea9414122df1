from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from siting.sample.names import PLACES
from siting.sample.zoning import NO_CITY, UNMAPPED, city_style, crosswalk
from tests.sample.counties import county, inside_one

CROSSWALK = Path(__file__).parents[2] / "layers" / "zoning" / "crosswalk" / "sample.csv"


def test_the_shipped_crosswalk_is_the_one_of_the_module():
    shipped = pd.read_csv(CROSSWALK, keep_default_na=False)
    pd.testing.assert_frame_equal(shipped, crosswalk(), check_dtype=False)


def test_the_crosswalk_has_a_row_a_place_and_code_and_known_classes():
    table = crosswalk()
    assert not table.duplicated(["jurisdiction", "code"]).any()
    assert set(table["class"]) == {"by_right", "conditional", "rezone", "prohibited"}
    assert {p.upper() for p in PLACES} <= set(table["jurisdiction"])
    by_right = set(table.loc[table["class"] == "by_right", "code"])
    assert by_right == {"IND-2", "GI", "HI"}


def test_every_zone_but_two_rare_ones_is_in_the_crosswalk():
    zoning = county().layers["zoning"]
    known = set(zip(crosswalk()["jurisdiction"], crosswalk()["code"], strict=True))
    pairs = set(zip(zoning["JURISDICTION"], zoning["ZONE"], strict=True))
    unknown = {code for place, code in pairs - known}
    assert unknown <= set(UNMAPPED)
    assert unknown
    rare = zoning[zoning["ZONE"].isin(UNMAPPED)].area.sum() / zoning.area.sum()
    assert rare < 0.01


def test_every_parcel_lies_in_the_zone_that_the_assessor_says():
    layers = county().layers
    parcels, zoning = layers["parcels"], layers["zoning"]
    covered, zone = inside_one(parcels.geometry.to_numpy(), zoning.geometry.to_numpy())
    assert covered.all()
    assert (zoning["ZONE"].to_numpy()[zone] == parcels["CITY_ZONING"].to_numpy()).all()
    assert (zoning["JURISDICTION"].to_numpy()[zone] == parcels["JURISDICTION"].to_numpy()).all()


def test_zones_follow_parcel_borders():
    layers = county().layers
    corners = shapely.multipoints(shapely.get_coordinates(layers["zoning"].geometry.to_numpy()))
    nodes = {tuple(p) for p in shapely.get_coordinates(layers["parcels"].geometry.to_numpy())}
    xy = shapely.get_coordinates(corners)
    on_a_parcel = np.mean([tuple(p) in nodes for p in xy])
    assert on_a_parcel > 0.7  # the rest lies in the middle of streets


def test_cities_name_their_industry_in_one_of_two_ways():
    assert {city_style(p) for p in PLACES} == {0, 1}
    county_codes = crosswalk().loc[crosswalk()["jurisdiction"] == NO_CITY, "code"]
    assert {"IND-1", "IND-2"} <= set(county_codes)
