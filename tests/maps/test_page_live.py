"""Weights, limits, filters, colours and comparison in the page, against scores made by hand (tests/maps/ui.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from siting.maps import MapView

from .conftest import Opened, centre
from .test_page import quiet
from .ui import TREE, live

View = Callable[..., MapView]
Open = Callable[..., Opened]


def slide(page: Any, label: str, to: int) -> None:
    """Move a slider as a hand does: the value, then the event."""
    page.get_by_role("slider", name=label).evaluate(
        "(it, to) => { it.value = to; it.dispatchEvent(new Event('input', { bubbles: true })); }", to
    )


def said(page: Any, text: str) -> None:
    """The live region comes to say it."""
    from playwright.sync_api import expect

    expect(page.locator(".siting-live")).to_have_text(text, timeout=60_000)


def rows(page: Any) -> list[str]:
    """The ranked list: rank, id and score."""
    all_rows = [text.split() for text in page.locator(".siting-list li:visible button").all_inner_texts()]
    return [f"{row[0]} {row[1]} {row[-1]}" for row in all_rows]


@pytest.mark.browser
def test_a_slider_ranks_anew_and_back(opened: Open, view: View) -> None:
    """Power 25 and land 25: A-1 = 100 (0.5 + 0.9) / 2 = 70, A-2 = 100 (1 + 0.2) / 2 = 60."""
    found = opened(live(view))
    page = found.page
    badge = page.locator(".siting-panel .siting-badge")
    assert badge.is_hidden()
    assert rows(page) == ["1 A-2 80.0", "2 A-1 60.0", "2 A-3 60.0"]
    slide(page, "power", 25)
    assert rows(page) == ["1 A-1 70.0", "1 A-3 70.0", "3 A-2 60.0"]
    assert badge.is_visible()
    assert page.get_by_role("slider", name="power").get_attribute("aria-valuetext") == "50.0 %"
    assert page.get_by_label("Weights of").input_value() == "own"
    said(page, "New top parcel: A-1, rank 1, score 70.0.")
    slide(page, "power", 75)
    assert rows(page) == ["1 A-2 80.0", "2 A-1 60.0", "2 A-3 60.0"]
    assert badge.is_hidden()
    quiet(found)


@pytest.mark.browser
def test_reset_weight_sets_and_scenarios(opened: Open, view: View) -> None:
    """Land first: A-1 = 100 (0.1 x 0.5 + 0.9 x 0.9) = 86, A-2 = 100 (0.1 + 0.9 x 0.2) = 28."""
    found = opened(live(view))
    page = found.page
    page.get_by_label("Weights of").select_option("set:land_first")
    assert rows(page) == ["1 A-1 86.0", "1 A-3 86.0", "3 A-2 28.0"]
    assert page.get_by_role("slider", name="land").get_attribute("aria-valuetext") == "90.0 %"
    options = page.locator("option", has_text="no power")
    assert options.inner_text() == "no power (it changes more than weights)"
    assert options.is_disabled()
    page.get_by_role("button", name="Reset").click()
    assert rows(page)[0] == "1 A-2 80.0"
    quiet(found)


@pytest.mark.browser
def test_members_of_a_group_that_weighs_nothing_share_alike(opened: Open, view: View) -> None:
    """A-1 = 100 (0.5 + 0.9) / 2 = 70, A-2 = 100 (1 + 0.2) / 2 = 60."""
    found = opened(live(view))
    slide(found.page, "land", 0)
    assert rows(found.page) == ["1 A-2 100.0", "2 A-1 50.0", "2 A-3 50.0"]
    slide(found.page, "power", 0)
    assert found.page.get_by_role("slider", name="power").get_attribute("aria-valuetext") == "50.0 %"
    assert rows(found.page) == ["1 A-1 70.0", "1 A-3 70.0", "3 A-2 60.0"]
    quiet(found)


@pytest.mark.browser
def test_an_exclusion_goes_off_and_a_threshold_moves(opened: Open, view: View) -> None:
    """S-4 has 12 acres: it is too small below 80, and not below 10; its score is 17.5."""
    found = opened(live(view))
    page = found.page
    page.get_by_role("heading", name="Exclusions and limits").click()
    page.get_by_label("too small").first.uncheck()
    assert rows(page)[-1] == "4 S-4 17.5"
    assert "4 ranked" in page.locator(".siting-counts").inner_text()
    page.get_by_label("too small").first.check()
    assert len(rows(page)) == 3
    limit = page.get_by_label("out if below")
    assert limit.input_value() == "80"
    limit.fill("10")
    limit.press("Enter")
    assert rows(page)[-1] == "4 S-4 17.5"
    limit.fill("95")  # A-2 has 90 acres
    limit.press("Enter")
    assert rows(page) == ["1 A-1 60.0", "1 A-3 60.0"]
    found.click(*centre(1))
    assert "Not ranked: too little alone. It would score 80.0." in found.card
    page.get_by_role("button", name="Reset").click()
    assert limit.input_value() == "80"
    assert len(rows(page)) == 3
    quiet(found)


@pytest.mark.browser
def test_half_a_percent_is_where_the_study_has_it_after_another_set(opened: Open, view: View) -> None:
    """12.5 and 87.5 %: browsers place halves on a slider each in their own way, the page always upwards."""
    halves = [replace(one, weight=weight) for one, weight in zip(live(view).criteria, (0.125, 0.875), strict=True)]
    power, land = TREE.members
    tree = replace(TREE, members=(replace(power, weight=1.0), replace(land, weight=7.0)))
    found = opened(live(view, tree=tree, criteria=halves))
    page = found.page
    before = rows(page)
    slider = page.get_by_role("slider", name="power")
    assert slider.input_value() == "13"
    page.get_by_label("Weights of").select_option("set:land_first")
    page.get_by_label("Weights of").select_option("")
    assert slider.input_value() == "13"
    slide(page, "land", 50)
    slide(page, "land", 88)
    assert page.get_by_label("Weights of").input_value() == ""
    assert rows(page) == before
    assert page.locator(".siting-panel .siting-badge").is_hidden()
    quiet(found)


@pytest.mark.browser
def test_a_limit_of_ones_own(opened: Open, view: View) -> None:
    """At most 2 km from a station: only A-2, with 1 km."""
    found = opened(live(view))
    page = found.page
    page.get_by_role("heading", name="Exclusions and limits").click()
    assert page.get_by_text("Measured: 1 km to 9 km.").is_visible()
    page.get_by_label("at most", exact=False).first.fill("2")
    page.get_by_label("at most", exact=False).first.press("Enter")
    assert rows(page) == ["1 A-2 80.0"]
    found.click(*centre(0))
    assert "your limit: Substation" in found.card
    quiet(found)


@pytest.mark.browser
def test_filters_of_tier_area_and_block(opened: Open, view: View) -> None:
    """A square of 0.01 degree at 32 north is 259 acres; station values are 0.5, 1 and 0.5."""
    found = opened(live(view, waterfall=None))
    page = found.page
    page.get_by_role("heading", name="Filter").click()
    page.get_by_label("tier high").uncheck()
    assert rows(page) == ["2 A-1 60.0", "2 A-3 60.0"]
    assert "2 pass the filter" in page.locator(".siting-counts").inner_text()
    numbers = page.locator(".siting-answer .siting-legend .siting-number").all_inner_texts()
    assert sum(int(number) for number in numbers) == 2
    page.get_by_label("tier high").check()
    for least, left in (("250", 3), ("270", 0)):
        page.get_by_label("area at least").fill(least)
        page.get_by_label("area at least").press("Enter")
        assert len(rows(page)) == left
    page.get_by_label("area at least").fill("")
    page.get_by_label("area at least").press("Enter")
    page.get_by_label("power, value at least").fill("0.6")
    page.get_by_label("power, value at least").press("Enter")
    assert rows(page) == ["1 A-2 80.0"]
    quiet(found)


@pytest.mark.browser
def test_the_legend_says_what_is_drawn(opened: Open, view: View) -> None:
    found = opened(live(view))
    page = found.page
    legend = page.locator(".siting-answer .siting-legend li")

    def counted() -> dict[str, int]:
        return {text.split("\n")[0]: int(text.split("\n")[-1]) for text in legend.all_inner_texts()}

    page.get_by_label("Colour by").select_option(label="Substation")
    assert {k: n for k, n in counted().items() if n} == {"0.4 – 0.6": 2, "0.8 or more": 1}
    page.get_by_label("Colour by").select_option("reason")
    assert {k: n for k, n in counted().items() if n} == {
        "ranked": 3, "too small: 12 acre is below 80 acre": 1, "tribal land": 1, "no outline": 1,
    }  # fmt: skip
    page.get_by_label("Colour by").select_option("rank")
    assert counted()["as in the study"] == 3
    slide(page, "power", 25)  # from 2 to 1, A-2 from 1 to 3
    assert {k: n for k, n in counted().items() if n} == {"up 1 to 10": 2, "down 1 to 10": 1}
    colour = (
        legend.filter(has_text="up 1 to 10")
        .locator(".siting-swatch")
        .evaluate("it => getComputedStyle(it).backgroundColor")
    )
    assert page.locator(".siting-list i").first.evaluate("it => getComputedStyle(it).backgroundColor") == colour
    quiet(found)


@pytest.mark.browser
def test_the_histogram_counts_the_ranked(opened: Open, view: View) -> None:
    found = opened(live(view))
    bars = found.page.locator(".siting-bars i")
    share = "Number(bar.style.getPropertyValue('--to'))"
    tall = bars.evaluate_all(f"all => all.map((bar, k) => [k, {share}]).filter((bar) => bar[1])")
    assert tall == [[30, 1], [40, 0.5]]  # two with 60 points, one with 80, in bars of 2 points
    quiet(found)


@pytest.mark.browser
def test_two_to_four_parcels_side_by_side(opened: Open, view: View) -> None:
    found = opened(live(view))
    page = found.page
    for i in (0, 1):
        found.click(*centre(i))
        page.get_by_role("button", name="Pin", exact=True).click()
    page.locator(".siting-card").get_by_role("button", name="Compare 2").click()
    table = page.locator(".siting-pinned")
    assert table.locator("thead th").all_inner_texts() == ["A-1", "A-2"]
    told = {row[0].split("\n")[0].strip(): row[1:] for row in (
        [cell.strip() for cell in text.split("\t")] for text in table.locator("tbody tr").all_inner_texts()
    )}  # fmt: skip
    assert told["Rank"] == ["2", "1"]
    assert told["Score"] == ["60.0", "80.0"]
    assert told["Substation"] == ["4 km", "1 km"]
    assert table.locator("strong").all_inner_texts() == ["1 km", "200 acre"]  # the best of each criterion
    widths = table.locator(".siting-stacked i").evaluate_all(
        "all => all.map((it) => 100 * it.offsetWidth / it.parentNode.offsetWidth)"
    )
    assert widths == pytest.approx([37.5, 22.5, 75, 5], abs=1)  # weight x value, and they add up to the scores
    slide(page, "power", 25)
    assert "70.0" in table.inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".siting-compare").is_hidden()
    page.keyboard.press("Escape")
    assert page.locator(".siting-card").is_hidden()
    page.get_by_role("button", name="Unpin A-1").click()
    assert page.get_by_role("button", name="Compare").count() == 0
    quiet(found)


@pytest.mark.browser
def test_no_more_than_four_are_pinned(opened: Open, view: View) -> None:
    found = opened(live(view))
    for i in (0, 1, 2, 3):
        found.click(*centre(i))
        found.page.get_by_role("button", name="Pin", exact=True).click()
    latitude, longitude = centre(4)
    found.click(latitude, longitude - 0.004)
    assert found.page.get_by_role("button", name="Pin", exact=True).is_disabled()
    quiet(found)


@pytest.mark.browser
def test_the_card_follows_the_sliders(opened: Open, view: View) -> None:
    """Power 25: the median of 0.5, 1, 0.5 is 0.5, so A-2 is ahead by 0.5 x 0.5 x 100 = 25 points."""
    found = opened(live(view))
    found.click(*centre(1))
    slide(found.page, "power", 25)
    assert "3 of 3" in found.card
    assert "Rank 1 in the study." in found.card
    criteria = [text.split("\t") for text in found.page.locator(".siting-criteria tbody tr").all_inner_texts()]
    assert [cell.strip() for cell in criteria[1][1:]] == ["1.00", "50 %", "+25.00"]
    quiet(found)


@pytest.mark.browser
def test_a_map_without_weights_says_why(opened: Open, view: View) -> None:
    found = opened(live(view, why_not_live="TOPSIS compares all parcels with each other."))
    page = found.page
    assert page.get_by_text("TOPSIS compares all parcels with each other.").is_visible()
    assert page.get_by_role("slider").count() == 0
    assert rows(page) == (ranked := ["1 A-2 80.0", "2 A-1 60.0", "2 A-3 60.0"])
    assert page.get_by_role("button", name="Weights (YAML)").count() == 0
    badge = page.locator(".siting-panel .siting-badge")
    assert badge.is_hidden()
    page.get_by_role("heading", name="Exclusions and limits").click()
    page.get_by_label("too small").first.uncheck()
    assert rows(page)[:3] == ranked
    assert badge.is_visible()
    page.get_by_role("button", name="Reset").click()
    assert rows(page) == ranked
    assert badge.is_hidden()
    quiet(found)


@pytest.mark.browser
def test_published_fields_are_searched(opened: Open, view: View) -> None:
    found = opened(live(view))
    found.page.get_by_label("Find a parcel").fill("0012")
    found.page.keyboard.press("Enter")
    found.page.wait_for_selector(".siting-card:not([hidden])")
    assert found.card.startswith("A-2")
    quiet(found)


@pytest.mark.browser
def test_a_link_to_the_world_is_a_link_only(opened: Open, view: View) -> None:
    found = opened(live(view))
    found.click(*centre(1))
    link = found.page.get_by_role("link", name="Open in OpenStreetMap")
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert link.get_attribute("href").startswith("https://www.openstreetmap.org/?mlat=32.00500&mlon=-110.98500#")
    quiet(found)


@pytest.mark.browser
def test_contributions_of_a_geometric_mean_follow_the_weights(opened: Open, view: View) -> None:
    """Power 25 and land 25: A-2 = 100 sqrt(1 x 0.2) = 44.7, A-1 = 100 sqrt(0.5 x 0.9) = 67.1. Against medians of 0.5
    and 0.9, A-2 has sqrt(1 / 0.5) = 1.414 and sqrt(0.2 / 0.9) = 0.471."""
    found = opened(live(view, tree=replace(TREE, combine="geometric"), contribution_label="what it does, in %"))
    found.click(*centre(1))
    slide(found.page, "power", 25)
    assert rows(found.page) == ["1 A-1 67.1", "1 A-3 67.1", "3 A-2 44.7"]
    told = found.page.locator(".siting-criteria tbody tr:not(.siting-block) td:last-child").all_inner_texts()
    assert [text.strip() for text in told] == ["+41.4", "−52.9"]
    heading = found.page.locator(".siting-card h3", has_text="Criteria")
    assert heading.inner_text().split() == ["Criteria", "live"]
    slide(found.page, "power", 75)
    assert heading.inner_text().split() == ["Criteria"]
    quiet(found)
