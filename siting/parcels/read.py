"""The door: records become parcels with unique ids; whatever is repaired, merged or dropped is listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from siting.catalogue import Finder
from siting.crs import StudyCrs
from siting.parcels.data import Parcels
from siting.parcels.use import ParcelsUse

__all__ = ["ParcelQuality", "ParcelsRead", "read_parcels"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ParcelQuality:
    """What happened at the door. read = parcels + dropped + merged, always.

    read : records in the source (after ``where`` and ``candidates``); merged : records that became part of another
    parcel (the same record twice, or stacked on one outline); dropped : records that cannot be parcels
    table : one row a thing that happened: id, row (in the source), what (repaired, dropped, merged, flagged), detail
    """

    read: int
    parcels: int
    dropped: int
    merged: int
    repaired: int
    flagged: int
    added_vertices: int
    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class ParcelsRead:
    """Clean parcels and the record of their cleaning."""

    parcels: Parcels
    quality: ParcelQuality


def read_parcels(use: ParcelsUse, *, finder: Finder, crs: StudyCrs) -> ParcelsRead:
    """The parcels of a study."""
    raise NotImplementedError
