"""A view as the segments of its page, read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod

from siting.maps import MapView, Waterfall
from siting.maps.colours import equal_cuts
from siting.maps.segments import reasons_of, segments_of, study_order
from siting.maps.view import MapReason
from siting.mcda.weights import Block, Leaf
from siting.shapes import Shapes

from ..benchmarks.map_data import drawn_view
from .reading import Read

View = Callable[..., MapView]
ACRE = 4046.8564224


def parts(view: MapView) -> tuple[Read, Read, Read, list[int]]:
    """The three segments, and the row of the page for each row of the view."""
    base, standing, card = (Read(segments_of(view)[name]) for name in ("base", "standing", "card"))
    place = {name: i for i, name in enumerate(base.texts("ids"))}
    return base, standing, card, [place[str(name)] for name in view.ids]


def test_only_the_admitted_decide_the_classes_and_given_cuts_win(view: View) -> None:
    assert parts(view())[0].json("about")["ways"][0]["cuts"] == equal_cuts(np.array([60.0, 80.0, 60.0]))
    assert parts(view(cuts=[50.0, 70.0]))[0].json("about")["ways"][0]["cuts"] == [50.0, 70.0]


def test_scores_ranks_status_and_order_of_the_study(view: View) -> None:
    given = view()
    _, standing, _, place = parts(given)
    assert standing.ints("score")[place].tolist() == [
        60_000_000,
        80_000_000,
        60_000_000,
        40_000_000,
        -1,
        -1,
    ]
    assert standing.ints("status")[place].tolist() == [0, 0, 0, 1, 2, 2]
    assert study_order(given).tolist() == [1, 0, 2, 3, 5, 4]
    assert standing.ints("order").tolist() == [place[i] for i in (1, 0, 2, 3, 5, 4)]
    assert "low" not in standing.head
    assert [standing.json("tiers")[k] for k in standing.ints("tier")[place]] == ["medium", "high", "medium", "", "", ""]


def test_reasons_are_bits_and_keep_a_place_in_a_site(view: View) -> None:
    given = view()
    base, _, _, place = parts(given)
    names = [reason["name"] for reason in base.json("about")["reasons"]]
    bits = base.ints("x0")[place]
    assert [[name for r, name in enumerate(names) if b >> r & 1] for b in bits] == given.reasons
    assert [reason.site for reason in reasons_of(given)] == [True, False, False, False]
    many = view(rules=[MapReason(name=f"r{k}") for k in range(40)], reasons=[["r39"], [], [], [], [], ["r0", "r31"]])
    base, _, _, place = parts(many)
    assert base.ints("x1")[place].tolist() == [1 << 8, 0, 0, 0, 0, 1]
    assert base.ints("x0")[place].tolist() == [0, 0, 0, 0, 0, 1]


def test_only_what_the_view_names_is_in_the_page(view: View) -> None:
    _, _, card, place = parts(view())
    head = card.json("head")
    assert (head["published"], head["sections"]) == (["Use code"], ["Overrides"])
    assert head["falls"] == [
        ["Gross", "gross", ""],
        ["minus floodway", "cut0", "cut"],
        ["Usable", "usable", "rest"],
    ]
    assert [card.json("published0.table")[k] for k in card.ints("published0.index")[place]][:3] == ["0037", "0012", ""]
    assert card.ints("by0")[place].tolist() == [0, 37.5, 0, -22.5, -10_000_000, -10_000_000]


def test_cuts_add_up_as_they_are_shown(view: View) -> None:
    fall = Waterfall(
        gross_m2=np.full(6, 10 * ACRE),
        cut_m2={"one": np.full(6, 0.06 * ACRE), "two": np.full(6, 0.06 * ACRE), "three": np.array([np.nan] * 6)},
        usable_m2=np.full(6, 9.88 * ACRE),
        largest_m2=np.array([5 * ACRE] + [np.nan] * 5),
    )
    _, _, card, place = parts(view(waterfall=fall))
    assert card.ints("gross")[0] == 10
    # 0.06 and 0.06 acre of 10.0: 9.9 and 9.9 are left
    assert [card.ints(f"cut{k}")[0] for k in range(3)] == [-0.1, 0, -10_000_000]
    assert card.ints("usable")[0] == 9.9
    assert card.ints("largest")[place][:2].tolist() == [5, -10_000_000]


def test_without_a_waterfall_the_area_is_that_of_the_outlines(view: View) -> None:
    """On the ellipsoid, by pyproj: a square of 0.01 degree at 32 north has 259 acres; a quarter of X-5 is its hole."""
    _, _, card, place = parts(view(waterfall=None))
    geod, outlines = Geod(ellps="WGS84"), view().shapes.geometries
    acres = [abs(geod.geometry_area_perimeter(outline)[0]) / ACRE for outline in outlines]
    assert np.abs(card.ints("gross")[place] - acres).max() < 0.1
    assert [round(acre) for acre in acres] == [259, 259, 259, 259, 194, 0]


def test_what_the_contributions_make_of_the_median_parcel(view: View) -> None:
    given = {"median_score": 50.0, "central_score": np.array([60.0, 77.0, 60.0, 40.0, np.nan, np.nan])}
    _, _, card, place = parts(view(**given))
    texts = [card.json("together.table")[k] for k in card.ints("together.index")[place]]
    assert texts == ["60.0 (+10.00)", "77.0 (+27.00)", "60.0 (+10.00)", "40.0 (−10.00)", "", ""]
    base, _, card, place = parts(view(**given, contribution_label="in %"))
    assert base.json("about")["decimals"] == 1
    assert [card.json("together.table")[k] for k in card.ints("together.index")[place]][1:2] == ["77.0 (× 1.54)"]
    _, _, card, place = parts(view(median_score=60.0, central_score=np.full(6, 60.0)))
    assert card.json("together.table") == ["60.0 (0)"]


def test_the_tree_names_its_criteria_by_number(view: View) -> None:
    first, second = view().criteria
    criteria = [replace(first, name="station"), replace(second, name="land")]
    tree = Block("", (Block("power", (Leaf("station", 2.0),), 3.0), Leaf("land")), combine="geometric")
    about = parts(view(criteria=criteria, tree=tree))[0].json("about")
    assert about["own"] == {"power": 75.0, "land": 25.0, "power.station": 100.0}
    assert about["tree"]["geometric"]
    assert about["tree"]["groups"] == [
        {"path": "", "members": ["power", "land"]},
        {"path": "power", "members": ["power.station"]},
    ]
    power, land = about["tree"]["blocks"]
    assert (power["path"], land["leaves"][0]["criteria"]) == ("power", [1])
    assert power["leaves"] == [{"path": "power.station", "criteria": [0], "median": pytest.approx(0.5, abs=1e-5)}]
    assert parts(view())[0].json("about")["tree"] == {"geometric": False, "groups": [], "blocks": []}


def test_a_block_that_is_no_sum_has_one_value(view: View) -> None:
    """The worst of 0.5, 1, 0.5 and 0.9, 0.2, 0.9; its median is the worse of the medians, its weights are none."""
    first, second = view().criteria
    criteria = [replace(first, name="station"), replace(second, name="land")]
    worst = Block("ground", (Leaf("station", 2.0), Leaf("land")), combine="worst")
    given = view(criteria=criteria, tree=Block("", (worst,)))
    base, _, _, place = parts(given)
    assert base.json("about")["own"] == {"ground": 100.0}
    (leaf,) = base.json("about")["tree"]["blocks"][0]["leaves"]
    assert leaf == {"path": "ground", "criteria": [0, 1], "median": pytest.approx(0.5, abs=1e-5)}
    low = Read(segments_of(given)["criteria"]).ints("ground.low")[place]
    assert low[:3].tolist() == [32768, 13107, 32768]


def test_the_same_view_gives_the_same_bytes() -> None:
    assert segments_of(drawn_view(300)) == segments_of(drawn_view(300))


def test_a_view_of_nobody_has_segments(view: View) -> None:
    from siting.shapes import Shapes

    nobody = MapView(
        title="none", ids=[], shapes=Shapes.from_geometries([], "polygon"), status=[], score=np.empty(0),
        rank=np.empty(0, np.int64), tier=[], criteria=[], reasons=[],
    )  # fmt: skip
    assert parts(nobody)[0].json("about")["n"] == 0


def test_the_map_opens_on_the_admitted(view: View) -> None:
    """Squares of 0.01 degree around the first three; all of them where none is admitted; the world without outlines."""
    given = view()
    boxes = shapely.bounds(given.shapes.geometries)

    def around(rows: list[int]) -> list[list[float]]:
        some = boxes[rows]
        west, south, east, north = [*some[:, :2].min(axis=0), *some[:, 2:].max(axis=0)]
        return [[south, west], [north, east]]

    def opened(**changes: Any) -> list[list[float]]:
        return list(parts(view(**changes))[0].json("about")["bounds"])

    assert opened() == around([0, 1, 2])
    assert opened(status=["excluded"] * 6) == around([i for i in range(6) if np.isfinite(boxes[i]).all()])
    empty = Shapes.from_geometries([shapely.Polygon()] * 6, "polygon")
    assert opened(shapes=empty) == [[-60, -150], [60, 150]]
