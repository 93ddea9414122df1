from __future__ import annotations

import numpy as np
import shapely

from siting.sample.places import section_boxes
from siting.sample.truth import DECOYS, PlannedSite
from tests.sample.counties import county, grid, plain_land


def test_section_boxes_are_about_a_square_mile():
    boxes = section_boxes(plain_land())
    inner = boxes.reshape(18, 18)[1:-1, 2:-2].ravel()
    assert np.abs(shapely.area(inner) / 1609.344**2 - 1).max() < 0.05
    assert len(boxes) == 18 * 18


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
