from __future__ import annotations

import numpy as np
import pytest

from siting.sample.frame import Frame
from siting.sample.towns import build_towns, people_in, sizes
from tests.sample.networks import columns, land, same


def test_the_fields_are_as_promised() -> None:
    assert columns(land().towns) == ["NAME", "POP", "RADIUS_M", "RANK"]
    assert land().towns.crs == "EPSG:26912"
    assert land().towns["NAME"].is_unique


@pytest.mark.parametrize("parcels", [1_000, 20_000, 1_000_000])
def test_the_people_in_towns_follow_the_rank_size_law(parcels: int) -> None:
    pop = sizes(Frame(parcels=parcels, seed=5))
    rank = np.arange(1, len(pop) + 1)
    slope, _ = np.polyfit(np.log(rank), np.log(pop), 1)
    assert slope == pytest.approx(-1.0, abs=0.06)
    assert (np.diff(pop) <= 0).all()
    assert pop.sum() == people_in(Frame(parcels=parcels, seed=5))[1]


def test_people_are_2_6_per_home_of_72_percent_of_the_parcels() -> None:
    everybody, in_towns = people_in(Frame(parcels=100_000, seed=1))
    assert everybody == 187_200  # 100,000 x 0.72 x 2.6
    assert in_towns == 172_224  # 92 % of them


def test_towns_lie_on_dry_plain_apart_from_each_other() -> None:
    here = land()
    x, y = here.towns.geometry.x.to_numpy(), here.towns.geometry.y.to_numpy()
    at = here.terrain.at(x, y)
    assert not here.hydrology.floodway[at].any()
    assert not here.terrain.mountain[at].any()
    for k in range(len(x)):
        away = np.hypot(x - x[k], y - y[k])
        away[k] = np.inf
        assert away.min() > here.towns["RADIUS_M"].iloc[k] + 1_000
    west, south, east, north = here.frame.bounds
    assert ((x > west) & (x < east) & (y > south) & (y < north)).all()


def test_the_same_seed_gives_the_same_towns_and_another_seed_others() -> None:
    again = build_towns(land(3).terrain, land(3).hydrology)
    assert same(land(3).towns, again)
    assert not same(land(3).towns, land(4).towns)
