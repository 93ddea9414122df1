"""The map of a ranking."""

from __future__ import annotations

from siting.maps.basemap import ListedBasemap, basemap_layer
from siting.maps.context import ContextLayer
from siting.maps.notebook import best_of
from siting.maps.offline import OfflineMap
from siting.maps.parcel_layer import ParcelLayer
from siting.maps.view import MapView

__all__ = ["ranking_map"]


def ranking_map(view: MapView, *, basemap: str | None = None) -> OfflineMap:
    """A folium map of the view: ranked parcels, context layers, legend, ranked list, and a card for each parcel.

    ``map.save(path)`` writes one file that opens from disk without a network; in a notebook the map shows itself, or
    a link to a file beside it where it is too large (``siting.maps.notebook``). Layers of folium may be added, as long
    as they need nothing but Leaflet; the others are named by ``map.needs``.

    basemap : one of ``siting.maps.basemap.BASEMAPS`` below the parcels, which needs the network; None: none
    """
    page = OfflineMap(_title(view), best=best_of(view))
    if basemap is not None:
        tiles = basemap_layer(basemap)
        page.add_child(tiles)
        tiles.add_child(ListedBasemap(tiles.tiles))
    for place, layer in enumerate(view.context):
        ContextLayer(layer, place).add_to(page)
    ParcelLayer(view).add_to(page)
    return page


def _title(view: MapView) -> str:
    """The title of the page, which says what is invented or confidential also where nothing is drawn yet."""
    marks = ["SYNTHETIC"] if view.synthetic else []
    marks += [view.marking] if view.marking else []
    left = [mark for mark in dict.fromkeys(marks) if mark not in view.title]
    return f"{view.title} ({', '.join(left)})" if left else view.title
