from __future__ import annotations

import shapely

from tests.sample.networks import columns, land, power


def test_the_fields_are_as_promised() -> None:
    gas = power()["gas"]
    assert columns(gas) == ["TYPEPIPE", "Operator", "Status"]
    assert set(gas["TYPEPIPE"]) == {"Interstate", "Intrastate"}


def test_the_pipeline_crosses_the_county_and_laterals_leave_it() -> None:
    gas = power()["gas"]
    trunk = gas[gas["TYPEPIPE"] == "Interstate"].geometry.iloc[0]
    west, _, east, _ = land().frame.bounds
    assert (trunk.coords[0][0], trunk.coords[-1][0]) == (west, round(east, 2))
    assert trunk.is_simple
    for lateral in gas[gas["TYPEPIPE"] == "Intrastate"].geometry:
        assert trunk.distance(shapely.Point(lateral.coords[0])) < 0.02


def test_gas_reaches_every_gas_plant() -> None:
    plants = power()["power_plants"]
    burning = plants[plants["PrimSource"] == "natural gas"]
    ends = shapely.union_all(power()["gas"].geometry.to_numpy())
    assert burning.distance(ends).max() < 0.02
