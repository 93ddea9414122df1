from __future__ import annotations

from tests.sample.networks import columns, industry, land, same


def test_the_fields_are_as_promised() -> None:
    assert columns(industry()["industry"]) == ["NAME", "KIND"]
    assert columns(industry()["quarries"]) == ["NAME"]
    kinds = {"fab", "packaging", "supplier_gas", "supplier_chemical", "supplier_equipment"}
    assert set(industry()["industry"]["KIND"]) == kinds


def test_plants_stand_on_the_plain_apart_from_each_other() -> None:
    plants = industry()["industry"]
    at = land().terrain.at(plants.geometry.x.to_numpy(), plants.geometry.y.to_numpy())
    assert land().terrain.plain[at].all()
    for k, place in enumerate(plants.geometry):
        assert plants.drop(index=k).distance(place).min() > 500


def test_quarries_keep_off_towns() -> None:
    for place, radius in zip(land().towns.geometry, land().towns["RADIUS_M"], strict=True):
        assert industry()["quarries"].distance(place).min() > radius + 1_400


def test_the_same_seed_gives_the_same_industry() -> None:
    again = industry.__wrapped__()
    assert all(same(industry()[name], again[name]) for name in again)
