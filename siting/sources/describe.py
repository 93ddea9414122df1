"""What a service says of a layer: whether it is alive, and whether it is still what the catalogue describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from siting.catalogue import Service
from siting.errors import SourceError
from siting.sources.access import Access
from siting.sources.arcgis_layer import Questions, arcgis_layer, check_json, parsed, spatial_reference
from siting.sources.http import Client, Manners
from siting.sources.ranges import RangeFile
from siting.sources.stores import listed, web_address
from siting.sources.wfs import check_xml

__all__ = ["Described", "describe"]


@dataclass(frozen=True, kw_only=True)
class Described:
    """What a service said.

    alive : it answered as such a service does; message : why not, "" where it did
    fields : name -> text, integer, number, date, or the server's own word; empty where it did not say
    geometry : point, line, polygon or raster, "" where it did not say
    crs : "EPSG:2223" and so on; "" where it did not say
    count : features, None where it did not say; max_records : features at a time
    """

    alive: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    geometry: str = ""
    crs: str = ""
    count: int | None = None
    max_records: int | None = None
    name: str = ""
    edition: str = ""
    message: str = ""


def describe(service: Service, *, access: Access | None = None, manners: Manners | None = None) -> Described:
    """Ask a service about its layer; never raises for what the service does, but tells of it."""
    client = Client(access or Access.of_environment(), manners or Manners(attempts=2, read_s=30))
    try:
        return _ASK.get(service.type, _not_asked)(client, service)
    except SourceError as error:
        return Described(alive=False, message=str(error))
    finally:
        client.close()


def _arcgis(client: Client, service: Service) -> Described:
    item = f"The service '{service.url}'"
    layer = arcgis_layer(client, service, item)
    count = Questions(client, service, layer, None, item).count()
    return Described(
        alive=True, fields=layer.fields, geometry=layer.kind, crs=service.srs or layer.crs, count=count,
        max_records=layer.most, name=layer.name, edition=layer.edition,
    )  # fmt: skip


def _image(client: Client, service: Service) -> Described:
    said = _json(client, service, service.url)
    crs = spatial_reference((said.get("extent") or {}).get("spatialReference") or said.get("spatialReference"))
    return Described(alive="pixelSizeX" in said, geometry="raster", crs=crs, name=str(said.get("name", "")))


def _ogc(client: Client, service: Service) -> Described:
    home = f"{service.url.rstrip('/')}/collections/{service.collection}"
    said = _json(client, service, home)
    page = _json(client, service, f"{home}/items", {"limit": "1"})
    features = page.get("features") or [{}]
    properties = features[0].get("properties") or {}
    kind = str((features[0].get("geometry") or {}).get("type", ""))
    matched = page.get("numberMatched")
    return Described(
        alive=page.get("type") == "FeatureCollection", fields={name: _word(v) for name, v in properties.items()},
        geometry=_KINDS.get(kind.removeprefix("Multi"), ""), crs="EPSG:4326", name=str(said.get("title", "")),
        count=matched if isinstance(matched, int) else None,
    )  # fmt: skip


def _wfs(client: Client, service: Service) -> Described:
    query = {**service.query, "service": "WFS", "version": "2.0.0", "request": "GetCapabilities"}
    text = client.get(service.url, query=query, credential=service.credential, check=check_xml).data.decode()
    there = f">{service.collection}<" in text
    message = "" if there else f"It is a WFS, but its capabilities do not name {service.collection!r}."
    return Described(alive=there, message=message)


def _file(client: Client, service: Service) -> Described:
    """A file is there when its first bytes come; what is in it is known when it is fetched."""
    if service.local is not None:
        return Described(alive=True, message="A file beside the catalogue file.")
    url = web_address(service.url)
    head = {"range": "bytes=0-1023", "accept-encoding": "identity"}
    return Described(alive=True, edition=client.get(url, headers=head, credential=service.credential).etag)


def _cog(client: Client, service: Service) -> Described:
    import rasterio

    from siting.sources.cog import opening

    if service.tiles is not None:
        return Described(alive=False, message="It comes in tiles; a tile is asked for when it is fetched.")
    file = RangeFile(client, web_address(service.url), credential=service.credential)
    with rasterio.open(driver="GTiff", **opening(file)) as raster:
        authority = raster.crs.to_authority() if raster.crs else None
        return Described(
            alive=True, geometry="raster", crs=":".join(authority) if authority else "", edition=file.etag,
            count=raster.width * raster.height,
        )  # fmt: skip


def _geoparquet(client: Client, service: Service) -> Described:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from siting.sources.cloud import column_of

    first = RangeFile(client, listed(client, service.url)[0], credential=service.credential)
    file = pq.ParquetFile(pa.PythonFile(first, mode="r"))
    column, crs = column_of(file)
    kinds = {_KINDS.get(name.removeprefix("Multi").removesuffix(" Z")) for name in column.get("geometry_types") or ()}
    fields = {f.name: str(f.type) for f in file.schema_arrow if not pa.types.is_nested(f.type)}
    count = file.metadata.num_rows if "*" not in service.url else None
    return Described(
        alive=True, fields=fields, geometry=str(kinds.pop()) if len(kinds) == 1 else "", crs=crs, count=count,
        edition=first.etag,
    )  # fmt: skip


def _not_asked(_client: Client, service: Service) -> Described:
    return Described(alive=False, message=f"A service of type {service.type!r} is not asked by siting.")


def _json(client: Client, service: Service, url: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
    asked = {**service.query, "f": "json", **(query or {})}
    return parsed(client.get(url, query=asked, credential=service.credential, check=check_json))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "number" if isinstance(value, float) else "text"


_KINDS = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
_ASK = {
    "arcgis_feature": _arcgis, "arcgis_map": _arcgis, "arcgis_image": _image, "ogc_features": _ogc, "wfs": _wfs,
    "file": _file, "csv": _file, "cog": _cog, "geoparquet": _geoparquet,
}  # fmt: skip
