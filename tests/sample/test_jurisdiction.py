from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.sample.jurisdiction import dissolved, with_cities
from tests.sample.counties import county, inside_one, plain_land


def test_dissolving_joins_cells_of_one_label():
    # by hand: a strip of three unit squares, labels a a b
    cells = np.array([shapely.box(k, 0, k + 1, 1) for k in range(3)], dtype=object)
    labels, shapes = dissolved(cells, np.array(["a", "a", "b"], dtype=object))
    assert labels == ["a", "b"]
    assert shapes[0].equals(shapely.box(0, 0, 2, 1))
    assert shapes[1].equals(shapely.box(2, 0, 3, 1))


def test_a_city_holds_its_middle_and_not_the_far_land():
    land = plain_land()
    towns = gpd.GeoDataFrame(
        {"NAME": ["Here"], "RANK": [1]}, geometry=shapely.points([[414_000.0, 3_614_000.0]]), crs=26912
    )
    inside = with_cities(land, towns).city == 0
    assert inside[land.reach < 0.5].all()
    assert not inside[land.reach > 2].any()


def test_city_limits_and_zoning_agree():
    layers = county().layers
    limits, zoning = layers["city_limits"], layers["zoning"]
    for name, limit in zip(limits["NAME"], limits.geometry, strict=True):
        zoned = zoning[zoning["JURISDICTION"] == name.upper()].area.sum()
        assert zoned == pytest.approx(limit.area, rel=1e-6)


def test_jurisdictions_partition_the_county():
    layers = county().layers
    parts = layers["jurisdictions"]
    assert parts.area.sum() == pytest.approx(layers["county"].area.sum(), rel=1e-9)
    assert {"city", "county", "state", "federal", "tribal"} == set(parts["LEVEL"])
    assert inside_one(layers["parcels"].geometry.to_numpy(), parts.geometry.to_numpy())[0].all()


def test_the_county_touches_the_state_line():
    layers = county().layers
    state, other = layers["state"].geometry
    whole = layers["county"].geometry.iloc[0]
    assert state.covers(whole)
    assert other.touches(whole)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("city_limits", ["NAME", "GEOID"]),
        ("county", ["NAME"]),
        ("state", ["NAME"]),
        ("jurisdictions", ["NAME", "LEVEL", "AGENCY"]),
        ("ownership", ["ADMIN_AGENCY_CODE", "ADMIN_UNIT_NAME"]),
        ("tribal", ["NAME", "NAMELSAD", "AIANNHCE"]),
        ("protected", ["Unit_Nm", "GAP_Sts"]),
        ("habitat", ["comname", "status"]),
        ("nonattainment", ["area_name", "pollutant", "classification"]),
        ("incentives", ["NAME", "PROGRAM"]),
        ("zoning", ["JURISDICTION", "ZONE"]),
        ("general_plan", ["JURISDICTION", "LU_CODE"]),
    ],
)
def test_the_fields_are_those_of_the_public_layers(name: str, fields: list[str]):
    layer = county().layers[name]
    assert list(layer.columns) == [*fields, "geometry"]
    assert len(layer)
    assert layer.geometry.is_valid.all()
