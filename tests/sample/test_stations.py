from __future__ import annotations

import pytest

from siting.sample.lattice import build_lattice
from siting.sample.stations import Yard, build_stations
from tests.sample.networks import land


@pytest.fixture(scope="module")
def built():
    here = land()
    return build_stations(here.terrain, build_lattice(here.frame), here.towns)


def test_every_place_is_taken_once(built) -> None:
    stations, _ = built
    assert len({(s.x, s.y) for s in stations}) == len(stations)
    assert len({s.name for s in stations}) == len(stations)


def test_every_town_has_a_station_and_the_city_a_ring(built) -> None:
    stations, _ = built
    assert {s.town for s in stations if s.role in ("town", "ring")} == set(range(1, len(land().towns) + 1))
    assert sum(s.role == "ring" for s in stations) == 3


def test_the_levels_of_the_grid_are_there(built) -> None:
    stations, _ = built
    assert {s.high_kv for s in stations} >= {500, 345, 230, 115, 69}
    assert all(s.low_kv < s.high_kv for s in stations)


def test_plants_stand_beside_their_switchyards(built) -> None:
    stations, plants = built
    for plant in plants:
        assert plant.yard in stations
        assert (plant.x - plant.yard.x, plant.y - plant.yard.y) == pytest.approx((260.0, 180.0), abs=0.02)
    assert {p.source for p in plants} == {"natural gas", "solar", "batteries"}


def test_a_yard_gives_the_nearest_free_place() -> None:
    here = land()
    yard = Yard(here.terrain, build_lattice(here.frame), here.towns)
    city = here.towns.geometry.iloc[0]
    first, second = yard.take(city.x, city.y), yard.take(city.x, city.y)
    away = [(x - city.x) ** 2 + (y - city.y) ** 2 for x, y in (first, second)]
    assert away[0] <= away[1]
    far = yard.take(city.x, city.y, outside_m=3_000)
    assert ((far[0] - city.x) ** 2 + (far[1] - city.y) ** 2) ** 0.5 > 3_000
