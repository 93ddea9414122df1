from __future__ import annotations

import numpy as np
import pytest

from siting.errors import StudyError
from siting.sample.frame import MILE_M, Frame


@pytest.mark.parametrize(("parcels", "townships"), [(1_000, 3), (20_000, 5), (1_000_000, 11), (2_000_000, 13)])
def test_the_county_grows_with_the_fifth_root_of_its_parcels(parcels: int, townships: int):
    assert Frame(parcels=parcels, seed=1).townships == townships


def test_a_county_is_whole_townships_of_six_miles():
    frame = Frame(parcels=1_000, seed=1)
    west, south, east, north = frame.bounds
    assert east - west == pytest.approx(18 * MILE_M)
    assert north - south == pytest.approx(18 * MILE_M)
    assert frame.cells * frame.cell_m >= frame.size_m > (frame.cells - 1) * frame.cell_m
    assert frame.transform == (30.0, 0.0, 400_000.0, 0.0, -30.0, 3_600_000.0 + frame.cells * 30.0)


def test_each_name_has_its_own_stream_of_chance():
    frame = Frame(parcels=1_000, seed=1)
    other = Frame(parcels=1_000, seed=2)
    draws = [f.rng(name).random(4) for f, name in ((frame, "a"), (frame, "a"), (frame, "b"), (other, "a"))]
    assert (draws[0] == draws[1]).all()
    assert not np.isin(draws[0], draws[2]).any()
    assert not np.isin(draws[0], draws[3]).any()


@pytest.mark.parametrize("parcels", [999, 2_000_001])
def test_a_size_out_of_range_is_refused(parcels: int):
    with pytest.raises(StudyError) as e:
        Frame(parcels=parcels, seed=1)
    assert str(e.value) == (
        f"A sample county has 1,000 to 2,000,000 parcels, not {parcels:,}. Ask for a number in that range."
    )
