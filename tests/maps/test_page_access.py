"""The page for everybody: axe-core, keyboard, zoom, phone, dark, reduced motion, no network in two browsers."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.maps import MapView

from .conftest import Opened, centre
from .test_page import quiet
from .test_page_live import rows
from .ui import live

View = Callable[..., MapView]
Open = Callable[..., Opened]
SIZES = {"laptop": (1280, 720), "zoomed to 200 %": (640, 360), "phone": (390, 844)}


def axe() -> str:
    """The text of axe-core, which its Python package carries; the debugger evaluates it, past the page's policy."""
    found = importlib.util.find_spec("axe_core_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[str]:
    page.evaluate(axe())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{one['id']}: {node['html'][:150]}" for one in found["violations"] for node in one["nodes"]]


def open_everything(found: Opened) -> None:
    """All folds, a card, two pins and the comparison."""
    page = found.page
    for heading in ("Exclusions and limits", "Filter"):
        page.get_by_role("heading", name=heading).click()
    page.locator(".siting-list button").nth(0).click()
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("button", name="Close the card").click()
    page.locator(".siting-list button").nth(1).click()
    page.get_by_role("button", name="Pin", exact=True).click()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(opened: Open, view: View, scheme: str, size: str) -> None:
    width, height = SIZES[size]
    noted = live(view, marking="confidential draft", synthetic=True, notes=["one", "two", "three"])
    found = opened(noted, color_scheme=scheme, viewport={"width": width, "height": height})
    assert violations(found.page) == []
    open_everything(found)
    assert violations(found.page) == []
    found.page.locator(".siting-card").get_by_role("button", name="Compare 2").click()
    assert violations(found.page) == []
    quiet(found)


@pytest.mark.browser
def test_axe_would_notice(opened: Open, view: View) -> None:
    page = opened(live(view)).page
    page.evaluate("document.querySelector('.siting-panel').append(document.createElement('button'))")
    assert [said.partition(":")[0] for said in violations(page)] == ["button-name"]


@pytest.mark.browser
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off(opened: Open, view: View, size: str) -> None:
    """No sideways scrolling, the map has room, and every control can be brought into view."""
    width, height = SIZES[size]
    found = opened(live(view), viewport={"width": width, "height": height})
    page = found.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator(".leaflet-container").bounding_box()
    assert box["width"] >= min(width, 600)
    assert box["height"] >= 198
    for control in page.locator(".siting-frame :is(button, select, input, summary):visible").all():
        control.scroll_into_view_if_needed()
        box = control.bounding_box()
        assert box["x"] >= -1
        assert box["x"] + box["width"] <= width + 1
    quiet(found)


@pytest.mark.browser
def test_the_keyboard_does_everything(opened: Open, view: View) -> None:
    """Every control takes the focus and shows it; arrow keys move a slider; Escape goes back to where one was."""
    found = opened(live(view))
    page = found.page
    reached, hidden = set(), []
    for _ in range(80):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "[document.activeElement.ariaLabel || document.activeElement.innerText || document.activeElement.type,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        if name in reached and name == "Reset":
            break
        reached.add(name)
        if outline == "none" and page.evaluate("document.activeElement !== document.body"):
            hidden.append(name)
    assert {"Weights of", "Reset", "range", "Colour by", "Find a parcel", "Copy link", "Print"} <= reached
    assert hidden == []
    page.get_by_role("slider", name="power").focus()
    page.keyboard.press("Home")
    assert rows(page)[0] == "1 A-1 90.0"
    first = page.locator(".siting-list button").first
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".siting-card:not([hidden])")
    page.get_by_role("button", name="Pin", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.innerText") == "Unpin"
    page.keyboard.press("Escape")
    assert page.locator(".siting-card").is_hidden()
    assert first.evaluate("it => it === document.activeElement")
    quiet(found)


@pytest.mark.browser
def test_the_map_moves_by_keys_and_the_attribution_stays_free(opened: Open, view: View) -> None:
    found = opened(live(view))
    page = found.page
    page.locator(".leaflet-container").focus()
    before = found.pixel(*centre(1))
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1_500)
    assert found.pixel(*centre(1))[0] < before[0] - 40
    free = page.locator(".leaflet-control-attribution a").evaluate(
        "it => { const b = it.getBoundingClientRect();"
        " return it.contains(document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)); }"
    )
    assert free
    quiet(found)


@pytest.mark.browser
def test_reduced_motion_is_respected(opened: Open, view: View) -> None:
    found = opened(live(view), reduced_motion="reduce")
    moving = found.page.locator(".leaflet-zoom-animated").first.evaluate(
        "it => getComputedStyle(it).transitionDuration"
    )
    assert moving == "0s"


@pytest.mark.browser
def test_excluded_parcels_are_hatched(opened: Open, view: View) -> None:
    """Two colours in X-5 on the map and in its swatch, one in A-2."""
    found = opened(live(view))
    seen = """([x, y]) => {
        const canvas = document.querySelector(".siting-parcels");
        const box = canvas.getBoundingClientRect();
        const paper = canvas.getContext("2d");
        const data = paper.getImageData(x - box.left - 12, y - box.top - 12, 24, 24).data;
        const colours = new Set();
        for (let k = 0; k < data.length; k += 4) colours.add(data.slice(k, k + 3).join());
        return colours.size;
    }"""
    latitude, longitude = centre(4)
    assert found.page.evaluate(seen, found.pixel(latitude, longitude - 0.0037)) == 2
    assert found.page.evaluate(seen, found.pixel(*centre(1))) == 1
    swatch = found.page.locator("i.siting-excluded").evaluate("it => getComputedStyle(it).backgroundImage")
    assert swatch.startswith("repeating-linear-gradient")


def lightness(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    channels = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.browser
def test_the_palette_orders_by_lightness(opened: Open, view: View) -> None:
    """Classes of score and of a criterion rise in lightness, so that no hue need be told apart."""
    found = opened(live(view, cuts=[10.0, 20.0, 30.0, 40.0, 50.0, 60.0]))
    for choice in ("score", ":station"):
        found.page.get_by_label("Colour by").select_option(choice)
        colours = found.page.locator(".siting-answer .siting-legend .siting-swatch").evaluate_all(
            "all => all.map((it) => '#' + getComputedStyle(it).backgroundColor.match(/[0-9]+/g).slice(0, 3)"
            ".map((c) => Number(c).toString(16).padStart(2, '0')).join(''))"
        )
        ordered = [lightness(colour) for colour in colours if colour != "#9aa3ad"]
        assert ordered == sorted(ordered, reverse=True)
        assert len(set(ordered)) == len(ordered) >= 5


@pytest.mark.browser
def test_an_old_browser_and_a_map_without_size_are_told(
    opened: Open, view: View, chromium: Any, tmp_path: Path
) -> None:
    opened(live(view))
    page = chromium.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto((tmp_path / "map.html").as_uri())
    page.wait_for_selector("[data-ready]", state="attached")
    said = "The map could not be drawn. This browser cannot unpack the map."
    assert page.get_by_role("alert").inner_text().startswith(said)
    page.close()
    hidden = tmp_path / "hidden.html"
    hidden.write_text(
        '<!DOCTYPE html><title>cell</title><iframe src="map.html" style="width:0;height:0;border:0"></iframe>',
        encoding="utf-8",
    )
    page = chromium.new_page()
    page.goto(hidden.as_uri())
    frame = page.frame_locator("iframe")
    page.wait_for_timeout(4_000)
    assert frame.locator(".siting-busy").inner_text() == "Drawing the parcels, as soon as the map has a size …"
    page.locator("iframe").evaluate("it => { it.style.width = '900px'; it.style.height = '600px'; }")
    frame.locator(".siting-list button").first.wait_for(timeout=60_000)
    assert frame.locator(".siting-busy").count() == 0
    page.close()
