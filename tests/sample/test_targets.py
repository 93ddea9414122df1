"""The county against the targets that ``siting.sample`` states, for 20,000 parcels."""

from __future__ import annotations

import numpy as np
import pytest

from siting.sample import SampleCounty
from siting.sample.zoning import crosswalk
from tests.sample.counties import county

ACRE_M2 = 4046.8564224


@pytest.fixture(scope="module", params=[6])
def c(request: pytest.FixtureRequest) -> SampleCounty:
    return county(20_000, request.param)


def share_of_county(c: SampleCounty, layer: str, where: np.ndarray | slice = slice(None)) -> float:
    return float(c.layers[layer].geometry.area.to_numpy()[where].sum() / c.frame.size_m**2)


def test_two_thirds_of_the_land_are_plain(c: SampleCounty):
    # slope measured anew by central differences: the plain is what is gentler than 5 %
    dem = c.rasters["dem"].array / 100.0
    dy, dx = np.gradient(dem, c.frame.cell_m)
    assert 0.6 < (np.hypot(dx, dy) < 0.05).mean() < 0.8


def test_flood(c: SampleCounty):
    flood = c.layers["flood"]
    assert 0.08 < share_of_county(c, "flood", (flood["SFHA_TF"] == "T").to_numpy()) < 0.16
    assert 0.02 < share_of_county(c, "flood", (flood["ZONE_SUBTY"] == "FLOODWAY").to_numpy()) < 0.04
    assert share_of_county(c, "flood_mapped") == pytest.approx(0.86, abs=0.01)


def test_sizes_of_parcels(c: SampleCounty):
    acres = c.layers["parcels"].geometry.area.to_numpy() / ACRE_M2
    assert 0.15 < np.median(acres) < 0.4
    assert 0.55 < (acres < 1).mean() < 0.8
    assert 0.08 < (acres >= 40).mean() < 0.2
    assert acres[acres >= 40].sum() * ACRE_M2 > 0.85 * c.frame.size_m**2
    assert acres.min() >= 0.1
    assert 400 < acres.max() <= 640


def test_owners_of_the_land(c: SampleCounty):
    code = c.layers["ownership"]["ADMIN_AGENCY_CODE"]
    private, state = (share_of_county(c, "ownership", (code == k).to_numpy()) for k in ("PVT", "ST"))
    federal = share_of_county(c, "ownership", code.isin(["BLM", "BIA", "DOD"]).to_numpy())
    assert 0.25 < private < 0.45
    assert 0.25 < federal < 0.6
    assert 0.1 < state < 0.4
    assert share_of_county(c, "ownership") == pytest.approx(1, abs=1e-6)


def test_zoning_of_parcels(c: SampleCounty):
    parcels = c.layers["parcels"]
    classes = crosswalk().set_index(["jurisdiction", "code"])["class"]
    keys = zip(parcels["JURISDICTION"], parcels["CITY_ZONING"], strict=True)
    held = np.array([classes.get(key, "unmapped") for key in keys])
    area = parcels.geometry.area.to_numpy()
    assert 0.55 < (held == "prohibited").mean() < 0.75
    assert 0.01 < area[np.isin(held, ["by_right", "conditional"])].sum() / area.sum() < 0.03
    assert 0 < (held == "unmapped").mean() < 0.005


def test_density_of_roads(c: SampleCounty):
    roads, km2 = c.layers["roads"], c.frame.size_m**2 / 1e6
    km = roads.length / 1_000
    assert 0.45 < km.sum() / km2 < 0.8
    assert 0.06 < km[roads["CLASS"] == "freeway"].sum() / km2 < 0.12


def test_people(c: SampleCounty):
    people, towns = c.layers["block_groups"]["POP"].sum(), c.layers["towns"]["POP"].sum()
    assert people == pytest.approx(1.872 * 20_000, rel=0.01)
    assert towns == pytest.approx(0.92 * people, rel=0.01)


def test_lines_without_voltage(c: SampleCounty):
    lines = c.layers["transmission"]
    given = lines[~lines["SUB_1"].str.startswith("PLANTED")]
    assert (given["VOLTAGE"] == -999_999).sum() == pytest.approx(0.08 * len(given), abs=1.5)


def test_owners_of_parcels(c: SampleCounty):
    names = c.layers["parcels"]["OWNER_NAME"]
    people = names[~names.str.contains("SYNTHETIC|L *L *C|L\\.L\\.C", regex=True)]
    assert people.nunique() > 0.4 * len(people)  # most people own one parcel


def test_all_sites_are_planted(c: SampleCounty):
    kinds = [site["kind"] for site in c.truth["sites"]]
    assert c.truth["not_planted"] == []
    assert (kinds.count("perfect"), kinds.count("decoy")) == (3, 9)
