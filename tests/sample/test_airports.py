from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.sample.airports import build_airports
from tests.sample.networks import airports, columns, land, rail, roads, same


def test_the_fields_are_as_promised() -> None:
    layers = airports()
    assert columns(layers["airports"]) == ["ARPT_ID", "ARPT_NAME", "SITE_TYPE_CODE", "FACILITY_USE_CODE", "CLASS"]
    assert columns(layers["runways"]) == ["ARPT_ID", "LENGTH_FT"]
    assert columns(layers["airport_surfaces"]) == ["ARPT_ID", "SURFACE", "HEIGHT_FT"]
    assert columns(layers["military"]) == ["siteName"]


def test_there_is_one_international_airport_and_it_keeps_off_the_towns() -> None:
    table = airports()["airports"]
    assert (table["CLASS"] == "international").sum() == 1
    assert (table["CLASS"] == "small").sum() >= 1
    for place, radius in zip(land().towns.geometry, land().towns["RADIUS_M"], strict=True):
        assert airports()["runways"].distance(place).min() > radius


def test_runways_have_the_length_they_say() -> None:
    runways = airports()["runways"]
    assert runways.length.to_numpy() / 0.3048 == pytest.approx(runways["LENGTH_FT"].to_numpy(), abs=0.6)


def test_approaches_climb_as_the_rule_says() -> None:
    surfaces = airports()["airport_surfaces"]
    large = surfaces[(surfaces["ARPT_ID"] == "SYN") & (surfaces["SURFACE"] == "APPROACH")]
    assert large["HEIGHT_FT"].max() == 200 + 37_500 / 40  # the last band begins 47,500 ft out
    # 14 CFR 77.19(e): a trapezoid 1,000 ft to 16,000 ft wide and 50,000 ft long, at both ends of two runways
    assert large.area.sum() == pytest.approx(4 * (1_000 + 16_000) / 2 * 50_000 * 0.3048**2, rel=1e-5)


def test_the_horizontal_surface_reaches_10_000_ft_around_the_runway() -> None:
    surfaces = airports()["airport_surfaces"]
    flat = surfaces[(surfaces["ARPT_ID"] == "SYN") & (surfaces["SURFACE"] == "HORIZONTAL")].geometry.iloc[0]
    runway = airports()["runways"].geometry.iloc[0]
    assert shapely.hausdorff_distance(flat, runway) == pytest.approx(10_200 * 0.3048, rel=1e-3)


def test_surfaces_are_valid_and_the_land_holds_the_runways() -> None:
    assert airports()["airport_surfaces"].is_valid.all()
    own = shapely.union_all(airports()["airport_land"].geometry.to_numpy())
    assert airports()["runways"].within(own).all()


def test_airports_and_camp_keep_clear_of_freeways_and_railways() -> None:
    lines = shapely.union_all([roads().corridors, rail().corridor])
    assert not airports()["airport_land"].intersects(lines).any()
    assert not airports()["military"].intersects(lines).any()


def test_without_roads_there_are_airports_too() -> None:
    assert len(build_airports(land().terrain, land().towns)["airports"]) == len(airports()["airports"])


def test_the_camp_is_whole_sections_away_from_towns() -> None:
    camp = airports()["military"].geometry.iloc[0]
    assert camp.is_valid
    assert camp.area / 1609.344**2 == pytest.approx(4, rel=0.05)
    assert land().towns.distance(camp).min() > 1_000
    assert shapely.box(*land().frame.bounds).covers(camp)


def test_the_same_seed_gives_the_same_airports() -> None:
    again = airports.__wrapped__()
    assert all(same(airports()[name], again[name]) for name in again)
    xy = shapely.get_coordinates(airports()["airport_surfaces"].geometry.to_numpy())
    assert (np.round(xy, 2) == xy).all()
