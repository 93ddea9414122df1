"""How bytes arrive: connectors, the cache, packs; nothing else touches the network."""

from __future__ import annotations

from siting.sources.access import OFFLINE_VARIABLE, Access
from siting.sources.area import Area
from siting.sources.cache import CACHE_VARIABLE, Cache, Entry, cache_folder
from siting.sources.fetch import Brought, Haul, Hearing, Need, fetch_layers

__all__ = [
    "CACHE_VARIABLE",
    "OFFLINE_VARIABLE",
    "Access",
    "Area",
    "Brought",
    "Cache",
    "Entry",
    "Haul",
    "Hearing",
    "Need",
    "cache_folder",
    "fetch_layers",
]
