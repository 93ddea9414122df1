"""Maps: one HTML file that opens from disk without a network, drawn with folium and Leaflet."""

from siting.maps.context import ContextLayer
from siting.maps.offline import OfflineFigure, OfflineMap
from siting.maps.page import ranking_map
from siting.maps.parcel_layer import ParcelLayer
from siting.maps.view import CardSection, ContextData, MapCriterion, MapView, Waterfall

__all__ = [
    "CardSection",
    "ContextData",
    "ContextLayer",
    "MapCriterion",
    "MapView",
    "OfflineFigure",
    "OfflineMap",
    "ParcelLayer",
    "Waterfall",
    "ranking_map",
]
