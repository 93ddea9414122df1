from __future__ import annotations

import numpy as np
import pytest

from siting.sample.blocks import LAYOUTS, Kind, divide, lot_count
from siting.sample.grid import FORTIES
from tests.sample.counties import grid


def lots_of(kind: Kind, *, park: bool = False, turned: bool = False):
    g = grid()
    n = len(g.forties)
    kinds = np.full(n, int(Kind.OPEN))
    whole = np.flatnonzero((g.section_acres > 630) & (g.section_acres < 650))[:3]
    kinds[(whole[:, None] * FORTIES + np.arange(FORTIES)).ravel()] = kind
    lots = divide(g.forties, kinds, np.full(n, park), np.full(n, turned), np.random.default_rng(1))
    return g, kinds, lots


@pytest.mark.parametrize("kind", list(LAYOUTS))
@pytest.mark.parametrize("park", [False, True])
def test_there_are_as_many_lots_as_the_layout_says(kind: Kind, park: bool):
    g, kinds, lots = lots_of(kind, park=park)
    assert len(lots) == lot_count(kinds, np.full(len(kinds), park)).sum()
    assert lots.park.any() == (park and LAYOUTS[kind].parks > 0)
    assert g.side == 30


def test_a_forty_of_small_lots_holds_180_and_one_with_a_park_163():
    # 5 blocks x 2 rows x 2 segments x 9 lots; a park takes 2 x 9 lots and is one parcel
    kind = np.array([int(Kind.SMALL_LOTS)] * 2)
    assert lot_count(kind, np.array([False, True])).tolist() == [180, 163]


@pytest.mark.parametrize("kind", list(LAYOUTS))
@pytest.mark.parametrize("turned", [False, True])
def test_lots_lie_apart_inside_their_forty(kind: Kind, turned: bool):
    g, _, lots = lots_of(kind, turned=turned)
    c = g.forties
    assert (lots.u0 >= c.u0[lots.forty]).all()
    assert (lots.u1 <= c.u1[lots.forty]).all()
    assert (lots.v0 >= c.v0[lots.forty]).all()
    assert (lots.v1 <= c.v1[lots.forty]).all()
    forty = lots.forty[0]
    some = lots.forty == forty
    u0, u1, v0, v1 = (a[some] for a in (lots.u0, lots.u1, lots.v0, lots.v1))
    width = np.minimum(u1[:, None], u1) - np.maximum(u0[:, None], u0)
    height = np.minimum(v1[:, None], v1) - np.maximum(v0[:, None], v0)
    overlap = (width > 0) & (height > 0)
    assert overlap.sum() == some.sum()  # each with itself only


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        (Kind.SMALL_LOTS, 0.1, 0.2),
        (Kind.LOTS, 0.15, 0.32),
        (Kind.ACRES, 0.7, 1.4),
        (Kind.FIVES, 3.4, 6.2),
        (Kind.TENS, 7.5, 11.2),
    ],
)
def test_lots_have_the_size_of_their_kind(kind: Kind, low: float, high: float):
    _, _, lots = lots_of(kind)
    acres = (lots.u1 - lots.u0) * (lots.v1 - lots.v0) / 1e4 / 4046.8564224
    assert low <= acres.min()
    assert acres.max() <= high


def test_streets_between_blocks_are_18_to_30_metres_wide():
    g, _, lots = lots_of(Kind.LOTS)
    forty = lots.forty[0]
    rows = np.unique(lots.v0[lots.forty == forty]), np.unique(lots.v1[lots.forty == forty])
    gaps = [a - b for a in rows[0] for b in rows[1] if 0 < a - b < 4_000]
    assert gaps
    assert all(1_800 <= gap <= 3_000 for gap in gaps)
    assert g.forties.rank.max() == 3
