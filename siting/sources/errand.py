"""An errand: which layer is to be brought, for which land, and where to; and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from siting.catalogue import Service
from siting.sources.area import Area
from siting.sources.http import Client

__all__ = ["Came", "Errand"]


def _silence(_done: int, _of: int | None) -> None:
    """Hears nothing."""


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One layer to bring.

    id : the layer's id; item : what a refusal calls it
    area : the land, None for the whole layer
    target : the file to write (GeoParquet, or GeoTIFF for rasters); parts : a folder for pages on their way
    whole : whether the bounds of the whole layer are needed too (its coverage is its extent)
    base : the folder of the catalogue file, for files that lie beside it
    heard : hears features done, and of how many, where that is known
    etag : of the edition that is here already, "" without; an unchanged file is not brought again
    """

    id: str
    service: Service
    client: Client = field(repr=False)
    target: Path
    parts: Path
    area: Area | None = None
    whole: bool = False
    base: Path | None = None
    heard: Callable[[int, int | None], None] = _silence
    etag: str = ""

    @property
    def item(self) -> str:
        """What a refusal calls it."""
        return f"The layer {self.id!r}"


@dataclass(frozen=True, kw_only=True)
class Came:
    """What an errand brought.

    count : features, or cells of a raster; crs : as received
    pages : answers that it took; kept : pages that were here from a fetch that was cut
    edition : the server's name for this edition (ETag, date of the last edit), "" without
    notes : what was mended or is worth knowing; unchanged : the edition is the one that was here already
    whole : what is known of the whole layer (bounds, features)
    """

    count: int
    crs: str
    pages: int = 1
    kept: int = 0
    edition: str = ""
    notes: tuple[str, ...] = ()
    unchanged: bool = False
    whole: dict[str, Any] | None = None
