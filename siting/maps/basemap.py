"""Basemaps from the network, for a reader who asks for one; none needs a key."""

from __future__ import annotations

from typing import NamedTuple

import folium
from branca.element import MacroElement
from folium.template import Template

from siting.errors import RunError, did_you_mean, named

__all__ = ["BASEMAPS", "Basemap", "ListedBasemap", "basemap_layer"]


class Basemap(NamedTuple):
    """Tiles: their address, whom to credit, the closest zoom that there is."""

    url: str
    credit: str
    max_zoom: int


_USGS = "https://basemap.nationalmap.gov/arcgis/rest/services/{}/MapServer/tile/{{z}}/{{y}}/{{x}}"

#: the United States by the U.S. Geological Survey (public domain), the world by OpenStreetMap (light use only)
BASEMAPS = {
    "usgs_topo": Basemap(_USGS.format("USGSTopo"), "U.S. Geological Survey, The National Map", 16),
    "usgs_imagery": Basemap(_USGS.format("USGSImageryOnly"), "U.S. Geological Survey, The National Map", 16),
    "openstreetmap": Basemap("https://tile.openstreetmap.org/{z}/{x}/{y}.png", "© OpenStreetMap contributors", 19),
}


def basemap_layer(name: str) -> folium.TileLayer:
    """A basemap as a layer of folium. Raises RunError for a name that is not known."""
    if name not in BASEMAPS:
        near = did_you_mean(name, BASEMAPS)
        raise RunError(f"There is no basemap {name!r}. They are {named(BASEMAPS)}.{near}")
    url, credit, max_zoom = BASEMAPS[name]
    return folium.TileLayer(
        tiles=url, attr=credit, name=name, max_zoom=20, max_native_zoom=max_zoom, overlay=True, control=False
    )


class ListedBasemap(MacroElement):
    """The row of a basemap in the page's own list of layers, which says where its tiles come from."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        siting.list({{ this._parent._parent.get_name() }}, {
            ...{{ this.row | tojson }},
            drawn: {{ this._parent.get_name() }},
        });
        {% endmacro %}
        """)

    def __init__(self, url: str) -> None:
        super().__init__()
        self._name = "ListedBasemap"
        host = url.split("/")[2]
        self.row = {
            "name": "basemap", "key": "layer:basemap", "told": f"{host}, from the network",
            "kind": "tiles", "show": True,
        }  # fmt: skip
