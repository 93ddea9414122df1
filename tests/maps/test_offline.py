from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import folium
import pytest
from folium.plugins import MarkerCluster

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


def test_what_needs_the_network_is_refused_by_name(view: View, tmp_path: Path) -> None:
    page = ranking_map(view())
    cluster = MarkerCluster().add_to(page)
    name, url = cluster.default_js[0]
    more = len(cluster.default_js) + len(cluster.default_css) - 1
    with pytest.raises(RunError) as e:
        page.save(tmp_path / "map.html")
    assert str(e.value) == (
        f"The map is to open without a network, but something added to it needs '{name}' from {url} "
        f"(and {more} more, see its 'needs'). Leave that layer out, or save it with offline=False."
    )
    assert not (tmp_path / "map.html").exists()


def policy(page: folium.Map) -> dict[str, list[str]]:
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', rendered(page))
    assert found is not None
    return {rule.split()[0]: rule.split()[1:] for rule in found[1].split("; ")}


def test_a_plugin_names_its_hosts_in_the_policy(view: View, tmp_path: Path) -> None:
    page = ranking_map(view())
    assert page.needs == ()
    own = policy(page)
    assert set(own["img-src"]) == {"data:", "blob:"}
    cluster = MarkerCluster().add_to(page)
    hosts = {"/".join(url.split("/")[:3]) for _, url in cluster.default_js}
    page.save(tmp_path / "map.html", offline=False)
    assert cluster.default_js[0][1] in (tmp_path / "map.html").read_text(encoding="utf-8")
    assert {word for word in policy(page)["script-src"] if word.startswith("https:")} == hosts
    assert {need.kind for need in page.needs} == {"script", "style"}
    assert not [word for rule in policy(page).values() for word in rule if "unsafe" in word]


def test_the_title_is_text_and_the_language_stated() -> None:
    text = rendered(OfflineMap("</title><b>{{ 1 + 1 }}", language="es"))
    assert "<title>&lt;/title&gt;&lt;b&gt;{{ 1 + 1 }}</title>" in text
    assert '<html lang="es">' in text
    assert text.count('name="viewport"') == 1
