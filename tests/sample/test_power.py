from __future__ import annotations

import numpy as np
import pytest

from siting.sample.power import NULL_KV, build_power
from tests.sample.networks import columns, land, power, same


def test_the_fields_are_as_promised() -> None:
    layers = power()
    assert list(layers) == ["power_plants", "transmission", "substations", "gas"]
    assert columns(layers["power_plants"]) == ["Plant_Code", "Plant_Name", "PrimSource", "Install_MW"]
    assert columns(layers["transmission"]) == [
        "ID",
        "TYPE",
        "STATUS",
        "OWNER",
        "VOLTAGE",
        "VOLT_CLASS",
        "SUB_1",
        "SUB_2",
        "CIRCUIT",
    ]
    assert columns(layers["substations"]) == [
        "ID",
        "NAME",
        "TYPE",
        "STATUS",
        "LINES",
        "MAX_VOLT",
        "MIN_VOLT",
        "CAPACITY_MW",
        "HEADROOM_MW",
    ]


def test_8_percent_of_the_lines_do_not_tell_their_voltage() -> None:
    volt = power()["transmission"]["VOLTAGE"]
    assert (volt == NULL_KV).sum() == pytest.approx(0.08 * len(volt), abs=1)
    assert set(volt) <= {500, 345, 230, 115, 69, NULL_KV}


def test_the_class_of_the_voltage_follows_it() -> None:
    lines = power()["transmission"]
    expected = {500: "500", 345: "345", 230: "220-287", 115: "100-161", 69: "UNDER 100", NULL_KV: "NOT AVAILABLE"}
    assert lines["VOLT_CLASS"].tolist() == [expected[v] for v in lines["VOLTAGE"]]


def test_lines_end_at_the_coordinates_of_their_substations() -> None:
    stations = power()["substations"]
    place = dict(zip(stations["NAME"], stations.geometry, strict=True))
    beyond = 0
    for row in power()["transmission"].itertuples():
        for name, end in ((row.SUB_1, row.geometry.coords[0]), (row.SUB_2, row.geometry.coords[-1])):
            if name in place:
                assert end == place[name].coords[0]
            else:
                beyond += 1
                west, south, east, north = land().frame.bounds
                assert min(end[0] - west, east - end[0], end[1] - south, north - end[1]) < 0.01
    assert 0 < beyond < 0.2 * 2 * len(power()["transmission"])


def test_oddities_of_the_public_layers_are_there() -> None:
    stations = power()["substations"]
    assert stations["NAME"].str.startswith("UNKNOWN").any()
    assert stations["NAME"].str.startswith("TAP").any()
    assert (stations["MIN_VOLT"] == NULL_KV).any()
    assert (stations.loc[stations["TYPE"] == "TAP", "CAPACITY_MW"] == 0).all()


def test_headroom_is_part_of_the_capacity() -> None:
    stations = power()["substations"]
    assert stations["HEADROOM_MW"].between(0, stations["CAPACITY_MW"]).all()
    big = stations[stations["MAX_VOLT"] == 500]
    assert big["CAPACITY_MW"].between(2_000, 3_200).all()


def test_lines_are_counted_at_each_substation() -> None:
    lines = power()["transmission"]
    ends = np.concatenate([lines["SUB_1"], lines["SUB_2"]])
    assert power()["substations"]["LINES"].tolist() == [(ends == n).sum() for n in power()["substations"]["NAME"]]


def test_the_same_seed_gives_the_same_power() -> None:
    again = build_power(land().terrain, land().towns)
    assert all(same(power()[name], again[name]) for name in again)
