"""The map of a ranking."""

from __future__ import annotations

from siting.maps.context import ContextLayer
from siting.maps.notebook import best_of
from siting.maps.offline import OfflineMap
from siting.maps.parcel_layer import ParcelLayer
from siting.maps.view import MapView

__all__ = ["ranking_map"]


def ranking_map(view: MapView) -> OfflineMap:
    """A folium map of the view: ranked parcels, context layers, legend, ranked list, and a card for each parcel.

    ``map.save(path)`` writes one file that opens from disk without a network; in a notebook the map shows itself, or
    a link to a file beside it where it is too large (``siting.maps.notebook``). Layers of folium may be added, as long
    as they need nothing but Leaflet.
    """
    page = OfflineMap(view.title, best=best_of(view))
    for place, layer in enumerate(view.context):
        ContextLayer(layer, place).add_to(page)
    ParcelLayer(view).add_to(page)
    return page
