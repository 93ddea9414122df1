from __future__ import annotations

import re

import numpy as np
import pandas as pd

from siting.sample.assessor import COMPANIES, company_names
from siting.sample.rights_of_way import ACRE_M2
from tests.sample.counties import county

FIELDS = [
    "APN", "OWNER_NAME", "PHYSICAL_ADDRESS", "JURISDICTION", "PUC", "LAND_SIZE", "CITY_ZONING", "CONST_YEAR",
    "SALE_PRICE", "SALE_DATE", "FCV_CUR", "LPV_CUR", "IMPROVEMENT",
]  # fmt: skip


def table() -> pd.DataFrame:
    return county().layers["parcels"]


def test_the_fields_are_as_counties_publish_them():
    assert list(table().columns) == [*FIELDS, "geometry"]


def test_ids_are_unique_and_in_the_style_of_a_county():
    ids = table()["APN"]
    assert ids.is_unique
    assert ids.str.fullmatch(r"\d{3}-\d{2}-\d{3}[A-Z]?").all()


def test_pieces_of_one_parcel_share_their_number():
    ids = table()["APN"]
    lettered = ids[ids.str.len() == 11]
    assert len(lettered)
    assert (lettered.str[:-1].isin(ids)).sum() == 0  # no whole parcel has the number of a piece


def test_the_declared_size_is_the_area_in_square_feet():
    declared = table()["LAND_SIZE"].to_numpy() / 43_560 * ACRE_M2  # 43,560 square feet an acre
    assert np.abs(declared / table().geometry.area.to_numpy() - 1).max() < 2e-4


def test_values_are_padded_text_and_dates_are_text():
    assert table()["FCV_CUR"].map(lambda t: re.fullmatch(r" *[\d,]+", t) is not None and len(t) >= 12).all()
    dates = table()["SALE_DATE"].dropna()
    assert len(dates)
    assert dates.str.fullmatch(r"(0[1-9]|1[0-2])/(0[1-9]|[12]\d)/(19|20)\d\d").all()
    assert table()["SALE_PRICE"].isna().equals(table()["SALE_DATE"].isna())
    assert table()["CONST_YEAR"].dropna().str.fullmatch(r"(19|20)\d\d").all()


def test_built_parcels_have_a_year_and_an_improvement_and_vacant_ones_neither():
    built = table()["IMPROVEMENT"] > 0
    assert (table()["CONST_YEAR"].notna() == built).all()
    homes = table()["CITY_ZONING"].isin(["R1-6", "R1-8"])
    assert 0.7 < built[homes].mean() < 0.98


def test_lots_are_built_up_and_farms_are_not():
    per_acre = table()["IMPROVEMENT"] / (table().geometry.area / ACRE_M2)
    homes, farms = table()["CITY_ZONING"].isin(["R1-6", "R1-8"]), table()["CITY_ZONING"].isin(["AG", "RU-190"])
    assert per_acre[homes].median() > 20_000
    assert per_acre[farms].median() == 0


def test_one_company_is_written_in_several_ways():
    owners = set(table()["OWNER_NAME"])
    variants = {c: {o for o in owners if c.upper() in o.upper()} for c in COMPANIES}
    assert max(map(len, variants.values())) >= 4
    assert company_names(np.array([1]), np.array([4])).tolist() == ["COPPER BASIN FARMS L L C"]


def test_public_land_is_owned_by_its_agency():
    state = table()["PUC"] == "9820"
    assert state.any()
    assert set(table().loc[state, "OWNER_NAME"]) == {"STATE TRUST LAND (SYNTHETIC)"}
    assert (table().loc[state, "IMPROVEMENT"] == 0).all()
