"""Parcels: the alternatives, cleaned at the door, with stable unique ids."""

from __future__ import annotations

from siting.parcels.blocks import MemoryBlocks, ParcelBlocks
from siting.parcels.data import Parcels
from siting.parcels.read import ParcelQuality, ParcelsRead, read_parcels
from siting.parcels.stored import StoredBlocks
from siting.parcels.stream import stream_parcels
from siting.parcels.use import AreaField, Grid, ParcelsUse, Points

__all__ = [
    "AreaField",
    "Grid",
    "MemoryBlocks",
    "ParcelBlocks",
    "ParcelQuality",
    "Parcels",
    "ParcelsRead",
    "ParcelsUse",
    "Points",
    "StoredBlocks",
    "read_parcels",
    "stream_parcels",
]
