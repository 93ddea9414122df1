from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from siting.sample.grid import FORTIES
from siting.sample.ownership import AGENCIES, BIA, BLM, DOD, NATION, ST, UTIL, tribal_sections, with_owners
from tests.sample.counties import county, inside_one, plain_land

NONE = gpd.GeoSeries([], crs=26912)


def test_the_reservation_is_one_block_of_whole_sections_at_the_edge():
    land = plain_land(20_000)
    inside = tribal_sections(land).reshape(land.grid.side, land.grid.side)
    assert 0.03 < inside.mean() < 0.08
    assert inside[:, 0].any() or inside[:, -1].any()
    assert land.reach.reshape(-1, FORTIES)[inside.ravel()].min() > 2


def test_school_sections_belong_to_the_state():
    land = plain_land(20_000)
    owned = with_owners(land, NONE, NONE, NONE)
    school = np.isin(land.grid.section_numbers, (2, 16, 32, 36))
    state = (owned.owner == ST).reshape(-1, FORTIES).all(axis=1)
    assert state[school].mean() > state[~school].mean() + 0.3


def test_ranges_are_public_and_military_land_is_federal():
    land = plain_land(20_000)
    rough = np.zeros(len(land.reach))
    rough[: 16 * 200] = 1.0
    base = gpd.GeoSeries([shapely.box(420_000, 3_630_000, 423_000, 3_633_000)], crs=26912)
    owned = with_owners(replace(land, mountain=rough), base, NONE, NONE)
    assert np.isin(owned.owner[: 16 * 200], (BLM, ST, BIA)).all()
    c = land.grid.forties
    inside = (c.x > 420_000) & (c.x < 423_000) & (c.y > 3_630_000) & (c.y < 3_633_000)
    assert (owned.owner[inside] == DOD).all()


def test_the_utility_owns_its_works():
    land = plain_land(20_000)
    works = gpd.GeoSeries(shapely.points([[410_000.0, 3_610_000.0]]), crs=26912)
    owned = with_owners(land, NONE, NONE, works)
    assert owned.owner[land.grid.forty_at(np.array([410_000.0]), np.array([3_610_000.0]))[0]] in (UTIL, BIA)


def test_the_ownership_layer_covers_every_parcel_with_one_agency():
    layers = county().layers
    owners, parcels = layers["ownership"], layers["parcels"].geometry.to_numpy()
    assert set(owners["ADMIN_AGENCY_CODE"]) <= set(AGENCIES)
    assert {"PVT", "ST", "BLM", "BIA"} <= set(owners["ADMIN_AGENCY_CODE"])
    assert inside_one(parcels, owners.geometry.to_numpy())[0].all()
    assert NATION in set(layers["tribal"]["NAME"])
