"""What leaves the page and comes back: the link, CSV, YAML, PNG, paper; in a file and in a notebook's frame."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

import siting
from siting.export import as_written
from siting.maps import MapView, ranking_map
from siting.maps.ranking_view import view_of
from siting.maps.view import Scenario
from siting.study import read_study
from siting.study_file import read_file

from .conftest import Opened, centre
from .test_page import HOSTILE, quiet
from .test_page_live import rows, slide
from .ui import live

View = Callable[..., MapView]
Open = Callable[..., Opened]


def saved(page: Any, label: str) -> tuple[str, bytes]:
    """Press a button that downloads; the name and the bytes of the file."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def hash_of(page: Any) -> str:
    page.wait_for_timeout(1_500)  # it is written 250 ms after the last change
    return str(page.evaluate("location.hash"))


@pytest.mark.browser
def test_a_colleague_with_the_link_sees_the_same(opened: Open, view: View) -> None:
    found = opened(live(view))
    page = found.page
    assert hash_of(page) == ""
    slide(page, "power", 25)
    page.get_by_label("Colour by").select_option("rank")
    page.get_by_role("heading", name="Exclusions and limits").click()
    page.get_by_label("tribal land").uncheck()
    page.get_by_role("heading", name="Filter").click()
    page.get_by_label("area at least").fill("5")
    page.get_by_label("area at least").press("Enter")
    page.get_by_label("A road").uncheck()
    for i in (0, 1):
        found.click(*centre(i))
        page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(1_500)  # the map moves
    address = page.url.partition("#")[0] + hash_of(page)
    other = page.context.new_page()
    other.goto(address)
    other.wait_for_selector("[data-ready]", state="attached")
    other.wait_for_selector(".siting-card:not([hidden])")
    assert rows(other) == rows(page) == ["1 A-1 70.0", "1 A-3 70.0", "3 A-2 60.0"]
    assert other.get_by_label("Colour by").input_value() == "rank"
    assert other.locator(".siting-card h2").inner_text() == "A-2"
    assert other.get_by_role("button", name="Compare 2").count() == 2
    assert not other.locator("label", has_text="tribal land").locator("input").is_checked()
    assert not other.locator("label", has_text="A road").locator("input").is_checked()
    assert other.get_by_role("slider", name="power").get_attribute("aria-valuetext") == "50.0 %"
    assert hash_of(other) == hash_of(page)
    quiet(found)


@pytest.mark.browser
def test_layers_of_one_name_go_off_by_themselves(opened: Open, view: View) -> None:
    road = view().context[0]
    found = opened(live(view, context=[road, replace(road, vintage="2020")]))
    found.page.locator(".siting-layers input").nth(1).uncheck()
    other = found.page.context.new_page()
    other.goto(found.page.url.partition("#")[0] + hash_of(found.page))
    other.wait_for_selector("[data-ready]", state="attached")
    assert [box.is_checked() for box in other.locator(".siting-layers input").all()] == [True, False]
    quiet(found)


@pytest.mark.browser
def test_what_a_link_limits_is_in_view(opened: Open, view: View) -> None:
    """At least 150 acres of usable land: A-1 and A-3 have 200; the fold of the second criterion opens for it."""
    page = opened(live(view)).page
    field = page.locator("[name='least:usable']")
    assert field.is_hidden()
    page.evaluate("location.hash = '#least:usable=150&area:least=1'")
    page.wait_for_timeout(1_500)
    assert rows(page) == ["1 A-1 60.0", "1 A-3 60.0"]
    assert (field.is_visible(), field.input_value()) == (True, "150")
    assert page.get_by_label("area at least").input_value() == "1"
    page.evaluate("location.hash = ''")
    page.wait_for_timeout(1_500)
    assert field.input_value() == page.get_by_label("area at least").input_value() == ""
    assert len(rows(page)) == 3


@pytest.mark.browser
def test_the_address_waits_a_quarter_of_a_second(opened: Open, view: View) -> None:
    page = opened(live(view)).page
    page.wait_for_timeout(1_500)
    slide(page, "power", 25)
    assert page.evaluate("location.hash") == ""
    page.wait_for_timeout(1_500)
    assert page.evaluate("location.hash") == "#weight%3Apower=25"
    page.evaluate("location.hash = '#weight:power=0'")
    page.wait_for_timeout(1_500)
    assert rows(page)[0] == "1 A-1 90.0"
    assert page.get_by_label("Weights of").input_value() == "own"
    page.evaluate("location.hash = '#set=set%3Aland_first'")
    page.wait_for_timeout(1_500)
    assert rows(page)[0] == "1 A-1 86.0"
    assert page.get_by_label("Weights of").input_value() == "set:land_first"


@pytest.mark.browser
@pytest.mark.parametrize(
    "hostile",
    [
        "weight:power=__proto__&weight:land=1e400&weight:__proto__=1&weight:nothing=3",
        "set=set%3A<script>window.hacked=1</script>&colour=%3Aconstructor&parcel=</script>&pins=__proto__&off=toString",
        "view=NaN_Infinity_99&area:=_&block:nothing=2e9&least:station=5_5&off:toString=off",
        "view=95_400_-3&set=own&layer:=off",
        "below:too small: 12 acre is below 80 acre=x",
        "set=scenario:no_power",
        "%E0%A4%A&&&===#w=1&w",
    ],
)
def test_a_hostile_hash_is_ignored(opened: Open, view: View, hostile: str) -> None:
    found = opened(live(view))
    page = found.page
    page.evaluate("hash => { location.hash = hash; }", hostile)
    page.wait_for_timeout(1_500)
    assert rows(page) == ["1 A-2 80.0", "2 A-1 60.0", "2 A-3 60.0"]
    assert page.get_by_label("Weights of").input_value() in {"", "own"}
    assert page.evaluate("window.hacked") is None
    found.click(*centre(1))
    assert found.card.startswith("A-2")
    quiet(found)


@pytest.mark.browser
def test_the_ranking_as_a_table(opened: Open, view: View) -> None:
    ids = ["=1+1", "@A-2", "-3", "S-4", "X-5", "N-6"]
    found = opened(live(view, ids=ids))
    name, data = saved(found.page, "Ranking (CSV)")
    assert name == "A-study.csv"
    table = list(csv.reader(io.StringIO(data.decode("utf-8"))))
    assert table[0] == [
        "rank", "id", "score", "tier", "rank_in_study", "Use code", "Substation (km)", "Substation: value",
        "Usable land (acre)", "Usable land: value",
    ]  # fmt: skip
    assert [row[1] for row in table[1:]] == ["'@A-2", "-3", "'=1+1"]  # equal ones by id
    assert sorted(as_written(row[1]) for row in table[1:]) == sorted(ids[:3])
    assert table[1] == ["1", "'@A-2", "80", "high", "1", "0012", "1", "1", "90", "0.2"]
    quiet(found)


@pytest.mark.browser
def test_the_table_says_what_is_invented_and_what_is_not_known(opened: Open, view: View) -> None:
    """A column says SYNTHETIC in every row; an interval of a value is a range and no middle."""
    given = view(synthetic=True, marking="draft")
    first = given.criteria[0]
    low, high = first.value.copy(), first.value.copy()
    low[:], high[:] = 0.25, 0.75
    vague = replace(given, criteria=[replace(first, value_low=low, value_high=high), *given.criteria[1:]])
    _, data = saved(opened(vague).page, "Ranking (CSV)")
    table = list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
    assert {row["marking"] for row in table} == {"SYNTHETIC · draft"}
    assert {row[f"{first.label}: value"] for row in table} == {"0.25 – 0.75"}


@pytest.mark.browser
def test_weights_go_back_into_a_study(opened: Open, view: View, world: Path, tmp_path: Path) -> None:
    """The drawn world's map, a slider moved: its YAML is a weight set that the study takes, with the same shares."""
    study = read_study(world)
    ranked = siting.rank(study, progress=None).reweight({"aggregate.across": "arithmetic"})
    found = opened(view_of(ranked))
    first = next(iter(study.blocks))
    slider = found.page.get_by_role("slider", name=first.replace("_", " "), exact=False).first
    slider.evaluate("it => { it.value = 90; it.dispatchEvent(new Event('input', { bubbles: true })); }")
    name, data = saved(found.page, "Weights (YAML)")
    assert name.endswith(".yaml")
    path = tmp_path / "weights.yaml"
    path.write_bytes(data)
    patched = study.with_(read_file(path).mapping)
    shown = float(slider.get_attribute("aria-valuetext").removesuffix(" %"))
    root = patched.roots()["from_the_map"]
    shares = dict(zip([member.name for member in root.members], root.shares, strict=True))
    assert shares[first] == pytest.approx(shown / 100, abs=0.0006)
    assert study.roots()["study"].shares != root.shares
    slider.evaluate("it => { it.value = 0; it.dispatchEvent(new Event('input', { bubbles: true })); }")
    path.write_bytes(saved(found.page, "Weights (YAML)")[1])  # those inside a block that weighs nothing still share
    none = study.with_(read_file(path.with_name("weights.yaml")).mapping).roots()["from_the_map"]
    assert [share for member, share in zip(none.members, none.shares, strict=True) if member.name == first] == [0]
    assert none.members[0].shares == pytest.approx(study.root.members[0].shares, abs=1e-6)


@pytest.mark.browser
def test_a_picture_of_the_map(opened: Open, view: View, tmp_path: Path) -> None:
    """The parcels have the colours of the legend."""
    found = opened(live(view))
    name, data = saved(found.page, "Picture (PNG)")
    assert name == "A-study.png"
    path = tmp_path / name
    path.write_bytes(data)
    picture = np.round(255 * imread(path)).astype(int)
    colours = found.page.locator(".siting-answer .siting-legend li").evaluate_all(
        "all => all.filter((it) => !it.innerText.endsWith('0') || it.innerText.endsWith('10')).map((it) => "
        "getComputedStyle(it.querySelector('i')).backgroundColor.match(/[0-9]+/g).map(Number))"
    )
    seen = {tuple(pixel) for pixel in picture[:, :, :3].reshape(-1, 3).tolist()}
    assert colours
    assert all(tuple(colour) in seen for colour in colours)
    quiet(found)


@pytest.mark.browser
def test_a_picture_has_context_legend_and_marking(opened: Open, view: View, tmp_path: Path) -> None:
    """As large as the map; with the road as soon as it is on, and a red band with white ink where it is marked."""
    pictures = []
    for marking, road in (("", True), ("", False), ("confidential draft", False)):
        found = opened(live(view, marking=marking))
        found.page.get_by_label("A road").set_checked(road)
        _, data = saved(found.page, "Picture (PNG)")
        (tmp_path / "picture.png").write_bytes(data)
        pictures.append(np.round(255 * imread(tmp_path / "picture.png")).astype(int))
        box = found.page.locator(".siting-map").bounding_box()
        assert pictures[-1].shape[:2] == (round(box["height"]) + 74, round(box["width"]) + 220)
        quiet(found)
    drawn, plain, marked = pictures
    blue = np.array([0, 114, 178])  # of the first layer: its line, and its swatch
    counts = [int((one[:, :, :3] == blue).all(axis=2).sum()) for one in pictures]
    assert counts[0] > counts[1] + 300
    assert (drawn[-100:, -100:] == plain[-100:, -100:]).all()
    red = (marked[:, :, :3] == [168, 50, 31]).all(axis=2)
    assert red[:24, :150].mean() > 0.5
    assert (marked[:24, :150, :3] > 200).all(axis=2).any()
    assert not (plain[:, :, :3] == [168, 50, 31]).all(axis=2).any()


@pytest.mark.browser
@pytest.mark.parametrize("ratio", [1, 2])
def test_a_picture_has_room_for_all_that_it_says(opened: Open, view: View, tmp_path: Path, ratio: int) -> None:
    """Long sources end before its edge, and a map lower than its legend makes no shorter picture."""
    layers = [replace(view().context[0], name=f"layer {k}") for k in range(12)]
    given = live(view, context=layers, source="Parcels of a county with a long name · Licence: CC BY 4.0 · " * 3)
    found = opened(given, viewport={"width": 390, "height": 500}, device_scale_factor=ratio)
    _, data = saved(found.page, "Picture (PNG)")
    (tmp_path / "picture.png").write_bytes(data)
    picture = np.round(255 * imread(tmp_path / "picture.png")).astype(int)[:, :, :3]
    swatches = found.page.locator(".siting-legend li > .siting-swatch, label:has(:checked) > .siting-swatch").count()
    assert picture.shape[:2] == (22 * (3 + swatches) * ratio, (390 + 220) * ratio)
    assert (picture[: 70 * ratio, -8 * ratio :] == 255).all()
    assert (picture[44 * ratio : 66 * ratio, -30 * ratio : -8 * ratio] < 100).any()  # so far the sources reach
    quiet(found)


@pytest.mark.browser
def test_paper_has_map_legend_weights_best_and_marking(opened: Open, view: View, tmp_path: Path) -> None:
    marked = live(view, marking="confidential draft", synthetic=True, notes=["Partial: no flood."], source="© Assessor")
    found = opened(marked)
    page = found.page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".siting-marking").is_visible()
    paper = page.locator(".siting-frame")
    text = paper.inner_text()
    for said_there in ("A study", "SYNTHETIC", "Partial: no flood.", "80.0", "75.0 %", "Substation", "or more"):
        assert said_there in text
    assert page.locator(".siting-list li").first.inner_text().split()[:2] == ["1", "A-2"]
    assert "Vintage: 2024 · Licence: CC BY 4.0" in text
    assert "· © Assessor" in text
    for left_out in ("A town", "Exclusions and limits", "Filter", "Copy link"):
        assert left_out not in text
    assert page.locator(".siting-map").is_hidden()
    ink = paper.locator(".siting-picture").evaluate(
        "it => { const d = it.getContext('2d').getImageData(0, 0, it.width, it.height).data;"
        " const seen = new Set(); for (let k = 0; k < d.length; k += 4) seen.add(`${d[k]},${d[k+1]},${d[k+2]}`);"
        " return seen.size; }"
    )
    assert ink > 3
    for size in ("A4", "Letter"):
        assert len(page.pdf(format=size)) > 10_000
    quiet(found)


@pytest.mark.browser
def test_the_link_is_shown_to_copy(opened: Open, view: View) -> None:
    found = opened(live(view))
    slide(found.page, "power", 25)
    found.page.get_by_role("button", name="Copy link").click()
    box = found.page.get_by_label("Link to what is shown")
    assert box.input_value().endswith("map.html#weight%3Apower=25")
    assert box.input_value().startswith("file://")


@pytest.mark.browser
def test_in_a_notebook_the_link_is_the_hash_for_the_file(chromium: Any, view: View, tmp_path: Path) -> None:
    cell = tmp_path / "cell.html"
    page_of = ranking_map(live(view))._repr_html_()
    cell.write_text(f"<!DOCTYPE html><title>cell</title>{page_of}", encoding="utf-8")
    context = chromium.new_context()
    page = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(cell.as_uri())
    inner = page.frame_locator("iframe")
    inner.locator("[data-ready]").wait_for(state="attached", timeout=60_000)
    inner.get_by_role("slider", name="power").evaluate(
        "it => { it.value = 25; it.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.wait_for_timeout(1_500)
    inner.get_by_role("button", name="Copy link").click()
    assert inner.get_by_label("Link to what is shown").input_value() == "#weight%3Apower=25"
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == [cell.as_uri()]
    assert errors == []
    context.close()


@pytest.mark.browser
def test_hostile_text_stays_text_in_all_that_leaves(opened: Open, view: View) -> None:
    texts = [HOSTILE[i % len(HOSTILE)] for i in range(6)]
    everything = "".join(HOSTILE)
    plain = live(view)
    hostile = live(
        view,
        title=everything,
        ids=texts,
        published={HOSTILE[0]: texts},
        marking=HOSTILE[1],
        criteria=[replace(one, label=everything, unit=everything, note=everything) for one in plain.criteria],
        rules=[replace(one, name=everything) if one.name == "no outline" else one for one in plain.rules],
        reasons=[[], [], [], ["too small: 12 acre is below 80 acre"], ["tribal land", "flood"], [everything]],
        weight_sets=[Scenario(name=everything, weights={"power": 1.0, "land": 3.0})],
        scenarios=[Scenario(name=everything, why_not=everything)],
        why={everything: everything},
    )
    found = opened(hostile)
    page = found.page
    for heading in ("Exclusions and limits", "Filter"):
        page.get_by_role("heading", name=heading).click()
    page.get_by_label("Weights of").select_option(index=2)
    for i in (0, 1):
        found.click(*centre(i))
        page.get_by_role("button", name="Pin", exact=True).click()
    page.locator(".siting-card").get_by_role("button", name="Compare 2").click()
    for colour in page.get_by_label("Colour by").locator("option").evaluate_all("all => all.map((it) => it.value)"):
        page.get_by_label("Colour by").evaluate(
            "(it, to) => { it.value = to; it.dispatchEvent(new Event('change')); }", colour
        )
    _, table = saved(page, "Ranking (CSV)")
    assert "\n=" not in table.decode("utf-8")
    saved(page, "Weights (YAML)")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert hash_of(page).startswith("#set=set%3A")
    assert page.locator(".siting-frame :is(img, svg, script)").count() == 0
    assert page.evaluate("window.hacked") is None
    quiet(found)


@pytest.mark.browser
def test_a_basemap_is_under_translucent_parcels_and_goes_off(chromium: Any, view: View, tmp_path: Path) -> None:
    """Tiles come from the stated host only; here the test itself answers for it."""
    path = tmp_path / "map.html"
    ranking_map(live(view), basemap="usgs_topo").save(path, offline=False)
    context = chromium.new_context()
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    dot = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(body=dot, content_type="image/gif")

    page.route(re.compile("^https:"), answer)
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready]", state="attached")
    page.wait_for_timeout(1_500)
    assert asked
    assert all(url.startswith("https://basemap.nationalmap.gov/") for url in asked)
    pane = page.locator(".siting-parcels")
    assert pane.evaluate("it => getComputedStyle(it).opacity") == "0.7"
    assert page.locator("label", has_text="basemap.nationalmap.gov, from the network").count() == 1
    page.get_by_label("basemap").uncheck()
    assert pane.evaluate("it => getComputedStyle(it).opacity") == "1"
    assert page.locator(".leaflet-tile").count() == 0
    assert wrong == []
    context.close()
