from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.sample.blocks import Kind, lot_count
from siting.sample.settlement import calibrated, trimmed
from tests.sample.counties import plain_land


def test_lots_are_near_town_and_farms_far_from_it():
    land = plain_land(20_000)
    kind = land.kinds()
    lots = np.isin(kind, [Kind.LOTS, Kind.SMALL_LOTS, Kind.DOWNTOWN])
    assert lots[land.reach < 0.7].mean() > 0.6
    assert lots[land.reach > 1.4].mean() == 0
    assert (kind[land.reach < 0.11] == Kind.DOWNTOWN).all()


def test_density_falls_with_distance():
    land = plain_land(20_000)
    count = lot_count(land.kinds(), np.zeros(len(land.reach), bool))
    rings = [
        count[(land.reach > a) & (land.reach <= b)].mean() for a, b in ((0, 0.5), (0.5, 1), (1, 1.4), (1.4, 2), (2, 4))
    ]
    assert rings == sorted(rings, reverse=True)


def test_ranges_floodways_and_public_land_stay_open():
    land = plain_land()
    for wild in ({"mountain": np.ones(len(land.reach))}, {"floodway": np.ones(len(land.reach))}):
        assert (replace(land, **wild).kinds() == Kind.OPEN).all()
    assert (replace(land, owner=np.ones(len(land.reach), np.int64)).kinds() == Kind.OPEN).all()


def test_nobody_lives_around_a_planted_site():
    land = plain_land()
    assert (replace(land, quiet=np.ones(len(land.reach), bool)).kinds() <= Kind.FARM).all()


def test_towns_grow_with_the_number_of_parcels():
    land = plain_land()
    few, many = (calibrated(land, n).reach.min() for n in (2_000, 8_000))
    assert many < few


def test_trimming_makes_the_outermost_lots_coarser_by_about_the_surplus():
    land = plain_land(20_000)
    kind = land.kinds()
    less = trimmed(kind, land, 500)
    drop = lot_count(kind, land.has_park).sum() - lot_count(less, land.has_park).sum()
    assert 497 <= drop <= 500
    assert (kind != less).sum() < 60
