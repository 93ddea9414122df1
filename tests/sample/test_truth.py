from __future__ import annotations

from siting.sample.truth import DECOYS, PlannedSite
from tests.sample.counties import county, grid


def test_a_decoy_of_zoning_is_zoned_for_homes():
    site = PlannedSite(name="x", fails="zoning", section=0, mode=1, forties=(0,))
    assert site.zone == "R1-18"
    assert PlannedSite(name="x", fails=None, section=0, mode=1, forties=(0,)).zone == "IND-2"


def test_every_site_is_planted_or_its_absence_is_told():
    truth = county().truth
    planned = {"perfect 1", "perfect 2", "perfect 3", *(f"decoy {d}" for d in DECOYS)}
    planted = {s["name"] for s in truth["sites"]}
    told = {sentence.split(":")[0] for sentence in truth["not_planted"]}
    assert planted | told == planned
    assert not planted & told
    assert grid().side == 30


def test_at_least_one_perfect_site_is_planted():
    assert [s for s in county().truth["sites"] if s["kind"] == "perfect"]
