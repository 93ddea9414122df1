"""Where a layer is published, and how it is asked for: the ``service:`` block of a catalogue file."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from siting.errors import CatalogueError, named

__all__ = ["CONNECTED", "SCHEMES", "Paging", "Service", "ServiceType"]

ServiceType = Literal[
    "arcgis_feature", "arcgis_map", "arcgis_image", "ogc_features", "wfs", "file", "geoparquet", "cog", "csv",
    "api", "page", "made",
]  # fmt: skip

#: types that a connector of ``siting.sources`` reads; "api" answers questions that are no features, a "page" is for
#: people, "made" is what ``siting sample`` writes
CONNECTED = frozenset(
    {"arcgis_feature", "arcgis_map", "arcgis_image", "ogc_features", "wfs", "file", "geoparquet", "cog", "csv"}
)
SCHEMES = ("http", "https", "file", "s3", "gs", "az")  #: of a url


def _listed(given: Any) -> Any:
    return (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Paging(_Strict):
    """What is known about fetching a long layer piece by piece; a hint, the server's own limits come first.

    size : features to ask for at a time
    by : "id_ranges" of object ids, lists of "ids", an "offset", or "auto": the connector decides
    oid : the field of object ids, where the server does not say
    workers : requests at a time that the server bears
    """

    size: int | None = Field(default=None, ge=1)
    by: Literal["auto", "id_ranges", "ids", "offset"] = "auto"
    oid: str | None = None
    workers: int | None = Field(default=None, ge=1, le=32)


class Service(_Strict):
    """Where a layer is published.

    type : how it is asked for
    url : of the layer itself (".../FeatureServer/0"), of the OGC or WFS endpoint, or of the file; a "*" stands for
        the parts of a GeoParquet layer, "{tile}" for the tiles of a raster (see ``tiles``); without a scheme
        ("data/ponds.gpkg") the path of a file beside the catalogue file
    collection : of OGC API Features, or the type name of a WFS
    member : the file inside an archive; layer : the layer inside a file that has several
    where : which features, in the server's own words (SQL for ArcGIS, CQL2 for OGC)
    query : further parameters that every request carries
    fields : the fields to ask for; all without it
    page : hints for long layers
    srs : the CRS to ask for, or that a file without one is in; without it, as published
    x, y : the columns of a table that hold coordinates
    tiles : how "{tile}" is written: "nw_degree" is n34w113, the north-west corner of one degree
    credential : name of the environment variable with a key or token; never the key itself
    note : what else a reader must know about this address
    """

    type: ServiceType
    url: str = Field(min_length=1)
    collection: str | None = None
    member: str | None = None
    layer: str | None = None
    where: str | None = None
    query: dict[str, str] = Field(default_factory=dict)
    fields: Names = ()
    page: Paging = Field(default_factory=Paging)
    srs: str | None = None
    x: str | None = None
    y: str | None = None
    tiles: Literal["nw_degree"] | None = None
    credential: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    note: str = ""

    @property
    def connected(self) -> bool:
        """Whether a connector can fetch it: its type is read, and it is one layer, not the root of several."""
        one = self.type not in ("arcgis_feature", "arcgis_map") or self.url.rstrip("/").rpartition("/")[2].isdigit()
        return self.type in CONNECTED and one

    @property
    def local(self) -> str | None:
        """The path of a file beside the catalogue file; None for an address."""
        return None if self.type == "made" or "://" in self.url else self.url

    @model_validator(mode="after")
    def _address_is_one(self) -> Service:
        scheme, colon, _ = self.url.partition("://")
        if self.type == "made" or (colon and scheme.lower() in SCHEMES):
            return self
        if colon or self.type not in ("file", "geoparquet", "cog", "csv"):
            raise CatalogueError(
                f"The service {self.url!r} has no address that siting reads. Begin it with one of "
                f"{named(f'{name}://' for name in SCHEMES)}; a file beside the catalogue file is its relative path."
            )
        if PurePosixPath(self.url).is_absolute() or PureWindowsPath(self.url).is_absolute():
            raise CatalogueError(
                f"The service {self.url!r} is the absolute path of a file, which no other machine has. "
                "Write its path relative to the catalogue file."
            )
        return self

    @model_validator(mode="after")
    def _names_what_it_needs(self) -> Service:
        if self.type in ("ogc_features", "wfs") and not self.collection:
            raise CatalogueError(
                f"The service {self.url!r} is of type {self.type}, which holds many layers. "
                "Write collection: with the name of one."
            )
        if ("{tile}" in self.url) != (self.tiles is not None):
            raise CatalogueError(
                f"The service {self.url!r} has {'no tiles:' if self.tiles is None else 'tiles:'} and "
                f"{'a' if '{tile}' in self.url else 'no'} '{{tile}}' in its url. Write both or none: "
                "tiles: nw_degree, and {tile} where the name of a tile stands."
            )
        if (self.x is None) != (self.y is None):
            raise CatalogueError(
                f"The service {self.url!r} names one column of coordinates. Write x: and y:, or none of them."
            )
        return self
