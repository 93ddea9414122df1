from __future__ import annotations

import folium
from folium.plugins import MarkerCluster

from siting.maps import OfflineMap
from siting.maps.network import Need, elements, hosts_by_directive, needs_of


def test_an_empty_map_needs_nothing() -> None:
    page = OfflineMap("none")
    page.get_root().render()
    assert needs_of(page.get_root()) == ()
    assert page in list(elements(page.get_root()))


def test_libraries_styles_and_tiles_are_named_once() -> None:
    page = OfflineMap("two clusters")
    for _ in range(2):
        MarkerCluster().add_to(page)
    folium.TileLayer("https://{s}.tiles.org/{z}/{x}/{y}.png", attr="tiles", name="hills").add_to(page)
    page.get_root().render()
    needs = needs_of(page.get_root())
    assert Need("hills", "https://{s}.tiles.org/{z}/{x}/{y}.png", "tiles") in needs
    assert [need for need in needs if need.kind == "script"] == [
        Need(name, url, "script") for name, url in MarkerCluster.default_js
    ]
    assert len(needs) == len(MarkerCluster.default_js) + len(MarkerCluster.default_css) + 1


def test_what_a_host_may_serve() -> None:
    needs = [
        Need("a", "https://cdn.org/a.js", "script"), Need("b", "https://cdn.org/b.js", "script"),
        Need("c", "http://styles.org:8080/c.css", "style"), Need("d", "data:text/css,x", "style"),
    ]  # fmt: skip
    assert hosts_by_directive(needs) == {
        "script-src": ["https://cdn.org"], "style-src": ["http://styles.org:8080"],
        "img-src": ["http://styles.org:8080"], "font-src": ["http://styles.org:8080"],
    }  # fmt: skip


def test_a_host_cannot_add_a_directive() -> None:
    hostile = Need("x", "https://x.org; script-src 'unsafe-inline'", "tiles")
    assert hosts_by_directive([hostile]) == {"img-src": ["https://x.org"]}
