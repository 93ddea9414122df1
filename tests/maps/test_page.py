"""The page in a browser: nothing is asked for, nothing goes wrong, a click and the keyboard explain a parcel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from siting.maps import CardSection, MapView, ranking_map
from siting.shapes import Shapes

from .conftest import SIDE, SOUTH, WEST, Opened, centre
from .ui import live

View = Callable[..., MapView]
Open = Callable[..., Opened]

HOSTILE = [
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror='window.hacked=1'>",
    "${window.hacked=1}`'\"\\",
    "{{ 7 * 7 }}{% raw %}{# x",
    "\u2028\u2029\u202eevil\x00",
    "--><!--<svg onload=window.hacked=1>",
]


def quiet(found: Opened) -> None:
    """It asked for its own file only, and nothing went wrong."""
    assert [url for url in found.asked if not url.startswith("data:")] == [found.page.url.partition("#")[0]]
    assert found.wrong == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_asks_for_nothing_and_shows_the_ranking(opened: Open, view: View, scheme: str) -> None:
    found = opened(
        live(view, synthetic=True, marking="confidential draft", notes=["Partial: no flood."]), color_scheme=scheme
    )
    page = found.page
    assert page.title() == "A study (SYNTHETIC, confidential draft)"
    assert page.locator("h1").inner_text() == "A study"
    assert page.locator(".siting-counts").inner_text() == "6 parcels · 3 ranked · 1 too little alone · 2 excluded"
    assert page.locator(".siting-synthetic").inner_text().startswith("SYNTHETIC")
    assert page.locator(".siting-marking").inner_text() == "confidential draft"
    assert page.locator(".siting-note:visible").all_inner_texts() == ["Partial: no flood."]
    rows = [text.split() for text in page.locator(".siting-list button").all_inner_texts()]
    assert rows == [["1", "A-2", "high", "80.0"], ["2", "A-1", "medium", "60.0"], ["2", "A-3", "medium", "60.0"]]
    layers = page.locator("details", has=page.get_by_role("heading", name="Layers"))
    assert layers.locator("small:visible").all_inner_texts() == ["Vintage: 2024 · Licence: CC BY 4.0"]
    assert layers.locator("input").evaluate_all("all => all.map((box) => box.checked)") == [True, False, True]
    quiet(found)


@pytest.mark.browser
def test_a_click_explains_an_admitted_parcel(opened: Open, view: View) -> None:
    found = opened(view())
    found.click(*centre(1))
    card = found.card
    for text in [
        "A-2",
        "1 of 3",
        "80.0 of 100",
        "Ahead through Substation (+37.50). Behind through Usable land (−17.50).",
        "Power",
    ]:
        assert text in card
    rows = found.page.locator(".siting-criteria tbody tr:not(.siting-block)").all_inner_texts()
    assert [[cell.strip() for cell in row.split("\t")] for row in rows] == [
        ["Substation\n1 km1", "1.00", "75 %", "+37.50"],  # 1: the first source below the table
        ["Usable land\n90 acre", "0.20", "25 %", "−17.50"],
    ]
    assert found.page.locator(".siting-sources li").all_inner_texts() == ["1 judgement"]
    falls = [row.split("\t") for row in found.page.locator(".siting-waterfall tr").all_inner_texts()]
    assert [(row[0], row[-1]) for row in falls] == [
        ("Gross", "100.0 acre"),
        ("minus floodway", "−10.0 acre"),
        ("Usable", "90.0 acre"),
    ]
    for text in ["Use code", "0012", "score set by an analyst", "32.00500, -110.98500"]:
        assert text in card
    quiet(found)


@pytest.mark.browser
def test_clicks_find_the_parcel_that_is_drawn_there(opened: Open, view: View) -> None:
    found = opened(view())
    found.click(*centre(3))
    assert "Not ranked: too little alone. It would score 40.0." in found.card
    assert "too small: 12 acre is below 80 acre" in found.card
    latitude, longitude = centre(4)
    found.page.keyboard.press("Escape")
    found.click(latitude, longitude)  # the hole of X-5
    assert found.page.locator(".siting-card").is_hidden()
    found.click(latitude, longitude - 0.004)
    assert "Not ranked: excluded." in found.card
    assert [line.inner_text() for line in found.page.locator(".siting-card ul li").all()] == ["tribal land", "flood"]
    changes = found.page.locator(".siting-criteria tbody tr:not(.siting-block) td:last-child")
    assert [text.strip() for text in changes.all_inner_texts()] == ["–", "–"]  # not known, and not nothing
    found.page.get_by_role("button", name="Close the card").click()
    found.page.get_by_label("Excluded").uncheck()
    found.click(latitude, longitude - 0.004)
    assert found.page.locator(".siting-card").is_hidden()
    quiet(found)


@pytest.mark.browser
def test_hover_shows_id_and_score(opened: Open, view: View) -> None:
    found = opened(view())
    found.page.mouse.move(*found.pixel(*centre(1)))
    assert found.page.locator(".siting-tip").inner_text().split("\n") == ["A-2", "rank 1, score 80.0"]
    found.page.mouse.move(5, 300)
    assert found.page.locator(".siting-tip").is_hidden()
    quiet(found)


@pytest.mark.browser
def test_the_keyboard_reaches_every_ranked_parcel(opened: Open, view: View) -> None:
    found = opened(view())
    page = found.page
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.siting-list') !== null"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "A-1" in found.card
    assert page.locator("[aria-current=true] .siting-id").inner_text() == "A-1"
    assert page.locator(".siting-live").inner_text() == "A-1: rank 2, score 60.0."
    page.keyboard.press("Escape")
    assert page.locator(".siting-card").is_hidden()
    page.get_by_label("Find a parcel").fill("x-5")
    page.keyboard.press("Enter")
    assert "X-5" in found.card
    page.get_by_label("Find a parcel").fill("Q")
    page.keyboard.press("Enter")
    assert page.get_by_text("0 found; Escape goes back.").is_visible()
    quiet(found)


@pytest.mark.browser
def test_landmarks_and_names(opened: Open, view: View) -> None:
    page = opened(view()).page
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("main").count() == 1
    assert page.locator("h1").count() == 1
    viewport = page.locator("meta[name=viewport]").get_attribute("content")
    assert viewport == "width=device-width, initial-scale=1"
    page.locator(".siting-list button").first.click()
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input:not([type=hidden]), a')].filter((it) => "
        "!(it.innerText || it.ariaLabel || it.labels?.length || it.title)).length"
    )
    assert unnamed == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((it) => it.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.browser
def test_hostile_text_is_only_text(opened: Open, view: View) -> None:
    plain = view()
    texts = [HOSTILE[i % len(HOSTILE)] for i in range(6)]
    everything = "".join(HOSTILE)
    hostile = view(
        title=everything,
        marking=everything,
        notes=HOSTILE,
        ids=texts,
        tier=texts,
        reasons=[HOSTILE] * 6,
        contribution_label=everything,
        criteria=[
            replace(c, label=everything, block=everything, source=everything, quantity=texts) for c in plain.criteria
        ],
        published={everything: texts},
        sections=[CardSection(title=everything, lines=[HOSTILE] * 6)],
        context=[replace(c, name=everything, vintage=everything, licence=everything) for c in plain.context],
    )
    found = opened(hostile)
    for i in [0, 1, 2, 3]:
        found.click(*centre(i))
        assert "onerror" in found.card
    assert found.page.locator("h1").evaluate("it => it.childElementCount") == 0
    assert (
        found.page.locator(".siting-list button").nth(0).inner_text().split("\n")[1].startswith("<img src=x onerror=")
    )
    assert found.page.locator("img").count() == 0
    assert found.page.evaluate("window.hacked") is None
    quiet(found)


@pytest.mark.browser
def test_the_policy_stops_what_does_not_belong(opened: Open, view: View) -> None:
    found = opened(view())
    found.page.evaluate(
        """() => {
            const made = document.createElement("script");
            made.textContent = "window.hacked = 1";
            document.body.append(made);
            document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hacked = 1'>");
        }"""
    )
    found.page.wait_for_timeout(1_000)
    assert found.page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in said for said in found.wrong)


@pytest.mark.browser
def test_nobody_admitted_and_no_context_is_said_and_drawn(opened: Open, view: View) -> None:
    found = opened(view(status=["excluded"] * 6, rank=np.zeros(6, int), tier=[""] * 6, context=[], waterfall=None))
    assert found.page.get_by_text("None of 6 parcels is admitted. Click one to see why.").is_visible()
    found.click(*centre(0))
    assert "It would score 60.0." in found.card
    assert found.page.locator(".siting-waterfall").count() == 0
    quiet(found)


@pytest.mark.browser
def test_layers_that_may_not_be_shown_are_in_the_list_of_layers(opened: Open, view: View) -> None:
    said = "The layer 'owners' is not on the map: its licence does not allow it to be passed on."
    for given in (view(left_out=[said]), view(left_out=[said], context=[])):
        found = opened(given)
        layers = found.page.locator("details", has=found.page.get_by_role("heading", name="Layers"))
        assert layers.get_by_text(said).is_visible()
        assert layers.locator("input").count() == len(given.context)
        quiet(found)
    assert opened(view(context=[])).page.get_by_role("heading", name="Layers").is_hidden()


@pytest.mark.browser
def test_below_the_title_it_says_whose_parcels_these_are(opened: Open, view: View) -> None:
    found = opened(view(context=[], source="Lots · © Assessor · Licence: CC BY 4.0"))
    assert found.page.locator(".siting-counts").inner_text().endswith(" · Lots · © Assessor · Licence: CC BY 4.0")
    quiet(found)


@pytest.mark.browser
def test_many_notes_fold_away(opened: Open, view: View) -> None:
    found = opened(live(view, notes=["one", "two", "three"]))
    shown = [note.inner_text() for note in found.page.locator(".siting-note").all() if note.is_visible()]
    assert shown == ["one"]
    found.page.get_by_text("2 more notes").click()
    assert found.page.get_by_text("three").is_visible()
    quiet(found)


@pytest.mark.browser
def test_an_interval_of_scores_is_shown(opened: Open, view: View) -> None:
    low, high = np.array([55.0, 80.0, 60.0, 40.0, np.nan, np.nan]), np.array([65.0, 80.0, 60.0, 40.0, np.nan, np.nan])
    found = opened(view(score_low=low, score_high=high))
    found.click(*centre(0))
    assert "60.0 of 100\nbetween 55.0 and 65.0" in found.card
    found.click(*centre(1))
    assert "80.0 of 100\n" in found.card
    quiet(found)


@pytest.mark.browser
def test_a_value_that_is_an_interval_is_shown_as_one(opened: Open, view: View) -> None:
    first, second = view().criteria
    low, high = first.value.copy(), first.value.copy()
    low[0], high[0] = 0.25, 0.75
    found = opened(view(criteria=[replace(first, value_low=low, value_high=high), second]))
    values = found.page.locator(".siting-criteria tbody tr:not(.siting-block) td:nth-child(2)")
    found.click(*centre(0))
    assert values.all_inner_texts() == ["0.25 – 0.75", "0.90"]
    bar = found.page.locator(".siting-card .siting-bar i").first.bounding_box()
    track = found.page.locator(".siting-card .siting-bar").first.bounding_box()
    assert abs((bar["x"] - track["x"]) / track["width"] - 0.25) < 0.02
    assert abs(bar["width"] / track["width"] - 0.5) < 0.02
    by = found.page.locator(".siting-criteria tbody tr:not(.siting-block) td:last-child")
    assert by.all_inner_texts() == ["0", "0"]  # a contribution of nothing has no bar
    found.click(*centre(1))
    assert values.all_inner_texts() == ["1.00", "0.20"]
    quiet(found)


@pytest.mark.browser
def test_the_map_of_a_notebook_draws_itself_in_its_frame(chromium: Any, view: View, tmp_path: Path) -> None:
    cell = tmp_path / "cell.html"
    cell.write_text(f"<!DOCTYPE html><title>cell</title>{ranking_map(view())._repr_html_()}", encoding="utf-8")
    page = chromium.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(cell.as_uri())
    inner = page.frame_locator("iframe")
    inner.locator("[data-ready]").wait_for(state="attached", timeout=60_000)
    assert inner.locator("h1").inner_text() == "A study"
    assert errors == []
    page.close()


@pytest.mark.browser
def test_the_range_of_a_rank_and_the_tiers_are_told(opened: Open, view: View) -> None:
    best, worst = np.array([2, 1, 2, 0, 0, 0]), np.array([3, 1, 2, 0, 0, 0])
    found = opened(view(rank_best=best, rank_worst=worst, tier_cuts={"high": 70.0, "medium": 50.0}))
    rows = found.page.locator(".siting-list button").all_inner_texts()
    assert [" ".join(row.split()) for row in rows] == [
        "1 A-2 high 80.0",
        "2 A-1 2 to 3 · medium 60.0",
        "2 A-3 medium 60.0",
    ]
    assert found.page.get_by_text("Tiers: high from 70, medium from 50; low below.").is_visible()
    found.click(*centre(0))
    assert "2 of 3\nbetween 2 and 3" in found.card
    found.click(*centre(1))
    assert "1 of 3\n" in found.card
    quiet(found)


@pytest.mark.browser
def test_a_quantity_opens_to_say_how_it_comes_about(opened: Open, view: View) -> None:
    first, second = view().criteria
    told = replace(
        first, note="distance to stations; 1 km = 1, 5 km = 0; layer: Stations", nearest=["", "S1"] + [""] * 4
    )
    missing: list[list[str]] = [[], ["Usable land"], [], [], [], []]
    found = opened(view(criteria=[told, second], missing=missing, median_score=52.0, central_score=view().score))
    found.click(*centre(1))
    assert "No data: Usable land" in found.card
    assert "A parcel of median values scores 52.0; together they make it 80.0 (+28.00)." in found.card
    assert "nearest" not in found.card
    found.page.locator(".siting-how summary").first.click()
    told_text = found.page.locator(".siting-how > small").first.inner_text()
    assert told_text == "distance to stations; 1 km = 1, 5 km = 0; layer: Stations; nearest: S1."
    quiet(found)


@pytest.mark.browser
def test_reasons_say_what_was_measured_and_why(opened: Open, view: View) -> None:
    why = {"tribal land": "Needs consent. Excluded above 1 %."}
    measured = {"tribal land": ["", "", "", "", "40 %", ""]}
    first, second = view().criteria
    later = replace(second, quantity=["1 acre"] * 3 + ["not computed (at most 20 acre)"] * 3)
    found = opened(view(why=why, measured=measured, criteria=[first, later]))
    latitude, longitude = centre(4)
    found.click(latitude, longitude - 0.004)
    reasons = [line.inner_text().split("\n") for line in found.page.locator(".siting-card ul li").all()]
    assert reasons == [["tribal land", "Measured: 40 %. Needs consent. Excluded above 1 %."], ["flood"]]
    assert "not computed (at most 20 acre)" in found.card
    assert found.page.locator(".siting-criteria tbody tr:not(.siting-block)").count() == 2
    quiet(found)


@pytest.mark.browser
def test_a_search_lists_what_matches_to_be_chosen_from_by_keys(opened: Open, view: View) -> None:
    """The whole id first, then by rank; Escape and an emptied field go back to the ranking."""
    found = opened(view(ids=["B-11", "B-12", "B-1", "B-13", "B-14", "C-15"]))
    page, listed = found.page, found.page.locator(".siting-list .siting-id")
    field = page.get_by_label("Find a parcel")
    field.fill("b-1")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('.siting-list')")
    assert listed.all_inner_texts() == ["B-1", "B-12", "B-11", "B-13", "B-14"]
    assert page.get_by_text("5 found; Escape goes back.").is_visible()
    assert page.locator(".siting-card").is_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".siting-card:not([hidden])")
    assert found.card.startswith("B-12")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert listed.all_inner_texts() == ["B-12", "B-1", "B-11"]
    field.fill("B-1")
    field.press("Enter")
    page.wait_for_function("document.querySelectorAll('.siting-list li').length === 5")
    field.fill("")
    assert listed.all_inner_texts() == ["B-12", "B-1", "B-11"]
    field.fill("c-15")
    field.press("Enter")
    page.wait_for_selector(".siting-card:not([hidden])")
    assert found.card.startswith("C-15")
    quiet(found)


@pytest.mark.browser
def test_what_is_not_found_is_said_on_a_phone_too(opened: Open, view: View) -> None:
    found = opened(view(), viewport={"width": 390, "height": 844})
    found.click(*centre(1))
    page = found.page
    page.get_by_label("Find a parcel").fill("Q")
    page.get_by_label("Find a parcel").press("Enter")
    box = page.get_by_text("0 found; Escape goes back.").bounding_box()
    assert 0 < box["y"] < 844 - box["height"]
    assert page.locator(".siting-card").is_hidden()
    quiet(found)


@pytest.mark.browser
def test_the_pad_of_the_selected_parcel_is_drawn(opened: Open, view: View) -> None:
    """Ink appears in the marks where the pad lies, and nowhere for a parcel without a pad."""
    given = view()
    x, y = WEST + SIDE, SOUTH
    pads: list[Any] = [shapely.Polygon()] * 6
    pads[1] = shapely.box(x + SIDE / 4, y + SIDE / 4, x + 3 * SIDE / 4, y + 3 * SIDE / 4)
    found = opened(view(pads=Shapes.from_geometries(pads), pad_label="pad 1 x 1", shapes=given.shapes))
    inside = """([x, y]) => {
        const canvas = document.querySelector(".siting-marks");
        const box = canvas.getBoundingClientRect();
        const dense = canvas.width / box.width;
        const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, (box.left - x + 20) * dense, (box.top - y + 3) * dense);
        return Math.max(...copy.getImageData(0, 0, 40, 6).data.filter((_, k) => k % 4 === 3));
    }"""
    ink = []
    for parcel in (1, 2):
        found.click(*centre(parcel))
        latitude, longitude = centre(parcel)
        ink.append(found.page.evaluate(inside, found.pixel(latitude + SIDE / 4, longitude)))
    assert ink[0] > 0
    assert ink[1] == 0
    quiet(found)


@pytest.mark.browser
def test_the_first_view_holds_the_ranked_parcels(opened: Open, view: View) -> None:
    """X-5 is far above the three admitted squares of the lower row; the view is as wide as those."""
    found = opened(view(status=["admitted"] * 3 + ["excluded"] * 3))
    west, east = found.pixel(SOUTH, WEST)[0], found.pixel(SOUTH, WEST + 3 * SIDE)[0]
    box = found.page.locator(".siting-map").bounding_box()
    assert (east - west) / box["width"] > 0.8
    quiet(found)
