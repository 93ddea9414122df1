from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import folium
import pytest

from siting.errors import RunError
from siting.maps import MapView, OfflineMap, ranking_map

View = Callable[..., MapView]


def rendered(page: folium.Map) -> str:
    return str(page.get_root().render())


def test_the_same_view_gives_the_same_bytes_also_the_second_time(view: View, tmp_path: Path) -> None:
    first, again = ranking_map(view()), ranking_map(view())
    assert rendered(first) == rendered(again) == rendered(first)
    first.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == rendered(again)
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_the_page_links_to_nothing(view: View) -> None:
    text = rendered(ranking_map(view()))
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", text)
    assert not re.findall(r"url\((?!data:|#)[^)]+\)", text)
    assert "sourceMappingURL" not in text
    assert "'unsafe" not in text


def test_a_layer_of_folium_may_be_added(view: View) -> None:
    page = ranking_map(view())
    folium.CircleMarker((32.0, -111.0), radius=3).add_to(page)
    assert "L.circleMarker" in rendered(page)
    assert rendered(page) == rendered(page)


def test_folium_itself_keeps_its_links(view: View) -> None:
    rendered(ranking_map(view()))
    assert "bootstrap" in str(folium.Map().get_root().render())


def test_what_needs_the_network_is_refused_by_name(view: View) -> None:
    page = ranking_map(view())
    from folium.plugins import MarkerCluster

    cluster = MarkerCluster().add_to(page)
    name, url = cluster.default_js[0]
    with pytest.raises(RunError) as e:
        rendered(page)
    assert str(e.value) == (
        f"The map opens without a network, but something added to it needs '{name}' from {url}. "
        "Leave that layer out, or add it to an ordinary folium.Map."
    )


def test_the_title_is_text_and_the_language_stated() -> None:
    text = rendered(OfflineMap("</title><b>{{ 1 + 1 }}", language="es"))
    assert "<title>&lt;/title&gt;&lt;b&gt;{{ 1 + 1 }}</title>" in text
    assert '<html lang="es">' in text
    assert text.count('name="viewport"') == 1
