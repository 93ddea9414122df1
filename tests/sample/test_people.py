from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.sample.towns import people_in
from tests.sample.networks import columns, land, people, roads, same


def test_the_fields_are_as_promised() -> None:
    fields = {name: columns(table) for name, table in people().items()}
    assert fields == {
        "block_groups": ["GEOID", "POP", "C000", "CNS05"],
        "universities": ["NAME", "COMPLETIONS"],
        "hospitals": ["NAME"],
        "schools": ["NAME"],
        "residences": ["UNITS"],
    }


def test_block_groups_tile_and_hold_everybody() -> None:
    groups = people()["block_groups"]
    everybody, _ = people_in(land().frame)
    assert groups["POP"].sum() == everybody
    assert shapely.coverage_is_valid(groups.geometry.to_numpy())
    assert (groups["CNS05"] <= groups["C000"]).all()


def test_homes_hold_2_6_people_each() -> None:
    homes = people()["residences"]["UNITS"]
    everybody, _ = people_in(land().frame)
    assert homes.sum() == pytest.approx(everybody / 2.6, rel=0.15)
    assert homes.min() >= 1


def test_homes_keep_off_freeways_and_mountains() -> None:
    homes = people()["residences"]
    x, y = homes.geometry.x.to_numpy(), homes.geometry.y.to_numpy()
    bad = land().terrain.mountain[land().terrain.at(x, y)] | shapely.contains_xy(roads().corridors, x, y)
    assert bad.mean() < 0.01


def test_homes_are_dense_in_towns() -> None:
    homes = people()["residences"]
    near = np.zeros(len(homes), dtype=bool)
    for place, radius in zip(land().towns.geometry, land().towns["RADIUS_M"], strict=True):
        near |= homes.distance(place).to_numpy() < max(radius, 700) * 1.3 + 600
    assert homes.loc[near, "UNITS"].sum() / homes["UNITS"].sum() > 0.85


def test_every_town_has_a_school_and_the_city_a_hospital_and_a_university() -> None:
    for place, radius in zip(land().towns.geometry, land().towns["RADIUS_M"], strict=True):
        assert people()["schools"].distance(place).min() < radius + 1_200
    city = land().towns.geometry.iloc[0]
    assert people()["hospitals"].distance(city).min() < land().towns["RADIUS_M"].iloc[0] + 1_200
    assert (people()["universities"]["COMPLETIONS"] >= 40).all()


def test_the_same_seed_gives_the_same_people() -> None:
    again = people.__wrapped__()
    assert all(same(people()[name], again[name]) for name in again)
