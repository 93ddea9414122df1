"""The parcels as a folium layer: once in any map of folium, with its segments, its panels and a call that starts it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import folium
import pytest

from siting.maps import MapView
from siting.maps.offline import OfflineMap
from siting.maps.parcel_layer import ParcelLayer
from siting.maps.segments import segments_of

from .conftest import Opened
from .reading import Read
from .test_page import quiet
from .ui import live

View = Callable[..., MapView]


def test_the_segments_and_the_start_are_in_the_page(view: View) -> None:
    given = live(view)
    page = OfflineMap("A study")
    layer = ParcelLayer(given).add_to(page)
    text = page.get_root().render()
    found = dict(re.findall(r'<script type="text/plain" id="(parcel_layer_\w+?)">(.*?)</script>', text))
    assert {name.rpartition("_")[2]: body for name, body in found.items()} == segments_of(given)
    prefix = next(iter(found)).rpartition("_")[0]
    assert re.search(rf'siting\.show\(map_\w+, "{prefix}"\);', text)
    assert sorted(Read(layer.segments["base"]).texts("ids")) == sorted(given.ids)
    assert text.count('<div class="siting-frame"') == 1


def test_rendering_twice_gives_the_same_bytes_once(view: View) -> None:
    page = OfflineMap("A study")
    ParcelLayer(view()).add_to(page)
    first = page.get_root().render()
    assert page.get_root().render() == first
    other = OfflineMap("A study")
    ParcelLayer(view()).add_to(other)
    assert other.get_root().render() == first


def test_it_goes_into_a_map_of_foliums_own(view: View) -> None:
    """Not packed, since such a page runs scripts of its own before the end; nothing of ours is left out."""
    page = folium.Map(tiles=None)
    ParcelLayer(view()).add_to(page)
    text = page.get_root().render()
    for part in ("siting.show(", "parcelLayer", ".siting-frame", 'data-part="list"'):
        assert part in text


def test_folium_lists_it_nowhere(view: View) -> None:
    layer = ParcelLayer(view())
    assert (layer.overlay, layer.control, layer.layer_name) == (True, False, "parcels")


@pytest.mark.browser
def test_another_layer_of_folium_lies_beside_it(view: View, chromium: Any, tmp_path: Path) -> None:
    page = OfflineMap("A study")
    ParcelLayer(view()).add_to(page)
    folium.CircleMarker((32.005, -110.985), radius=30).add_to(page)
    path = tmp_path / "map.html"
    page.save(path)
    found = Opened(chromium.new_page())
    found.page.on("request", lambda request: found.asked.append(request.url))
    found.page.on("pageerror", lambda error: found.wrong.append(str(error)))
    found.page.goto(path.as_uri())
    found.page.wait_for_selector("[data-ready]", state="attached")
    assert found.page.locator(".siting-list button").count() == 3
    assert found.page.evaluate("document.querySelectorAll('.leaflet-overlay-pane canvas').length") == 1
    quiet(found)
    found.page.close()
