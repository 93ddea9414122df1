"""A first description of a layer, from its address and what its service says; for people to complete."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from siting.catalogue.service import Service, ServiceType
from siting.catalogue.spec import LayerSpec
from siting.catalogue.verify import Said
from siting.errors import CatalogueError

__all__ = ["draft", "service_of", "yaml_of"]

_ARCGIS = re.compile(r"^(.*/(FeatureServer|MapServer|ImageServer)(?:/\d+)?)/?$", re.IGNORECASE)
_ARCGIS_TYPES: dict[str, ServiceType] = {
    "featureserver": "arcgis_feature", "mapserver": "arcgis_map", "imageserver": "arcgis_image",
}  # fmt: skip
_SUFFIXES: dict[str, ServiceType] = {
    ".parquet": "geoparquet", ".geoparquet": "geoparquet", ".tif": "cog", ".tiff": "cog", ".csv": "csv",
    ".csv.gz": "csv", ".gpkg": "file", ".geojson": "file", ".json": "file", ".zip": "file", ".fgb": "file",
    ".kml": "file", ".shp": "file",
}  # fmt: skip
_TYPES = {"text": "text", "integer": "integer", "number": "number", "date": "date", "boolean": "boolean"}
_PERCENT = re.compile("%([0-9A-Fa-f]{2})")
_TO_DO = "not stated"


def service_of(url: str, *, collection: str | None = None) -> Service:
    """The service that an address is of, told by its form.

    >>> service_of("https://x.org/rest/services/Lines/FeatureServer/0").type
    'arcgis_feature'
    >>> service_of("https://x.org/ogc/collections/wells").collection
    'wells'

    Raises CatalogueError for an address that could be anything.
    """
    plain, _, _ = url.partition("?")
    arcgis = _ARCGIS.match(plain)
    if arcgis:
        return Service(type=_ARCGIS_TYPES[arcgis[2].lower()], url=arcgis[1])
    home, found, rest = plain.partition("/collections/")
    if found:
        return Service(type="ogc_features", url=home, collection=rest.split("/")[0])
    asked = _asked(url)
    if asked.get("service", "").upper() == "WFS" or plain.rstrip("/").lower().endswith("/wfs"):
        name = collection or asked.get("typenames") or asked.get("typename")
        return Service(type="wfs", url=plain, collection=name)
    suffix = next((end for end in sorted(_SUFFIXES, key=len, reverse=True) if plain.lower().endswith(end)), None)
    if suffix:
        return Service(type=_SUFFIXES[suffix], url=url)
    if collection:
        return Service(type="ogc_features", url=plain, collection=collection)
    raise CatalogueError(
        f"What the address {url!r} is of cannot be told from its form. Give the address of one ArcGIS layer "
        "(.../FeatureServer/0), of an OGC collection (.../collections/NAME), of a WFS with --collection, or of a file."
    )


def _asked(url: str) -> dict[str, str]:
    """The parameters of an address, their names in small letters."""
    pairs = [part.partition("=") for part in url.partition("?")[2].partition("#")[0].split("&")]
    return {name.lower(): _PERCENT.sub(lambda code: chr(int(code[1], 16)), value) for name, _, value in pairs}


def draft(
    layer_id: str, theme: str, service: Service, said: Said, *, title: str = "", kind: str | None = None, day: str
) -> LayerSpec:
    """A description that is as full as the service's answer, and honest about the rest.

    What nobody has read yet is "not stated"; until its licence is read the layer is not passed on.

    Raises CatalogueError for a service that does not answer, or that does not say what its features are.
    """
    if not said.alive:
        raise CatalogueError(
            f"The service {service.url!r} did not answer as one of type {service.type} does, so that nothing can be "
            f"drafted. {said.message}".rstrip()
        )
    known = kind or said.geometry
    if not known:
        raise CatalogueError(
            f"The service {service.url!r} does not say what its features are. Say it: --kind point, line, polygon, "
            "raster or table."
        )
    given: dict[str, Any] = {
        "id": layer_id, "title": title or layer_id.replace("_", " "), "publisher": _TO_DO, "kind": known,
        "theme": theme, "feature": _TO_DO, "service": service,
        "fields": tuple(_field(*item) for item in said.fields.items()),
        "crs": said.crs or None, "count": said.count, "licence": _TO_DO, "attribution": _TO_DO, "redistribute": "no",
        "vintage": _TO_DO, "coverage": {"words": _TO_DO}, "grain": _TO_DO, "confidence": "low",
        "source": "drafted from what the service says of itself", "verified": day,
    }  # fmt: skip
    return LayerSpec.model_validate(given)


def _field(name: str, kind: str) -> Mapping[str, str]:
    return {"name": name, "type": _TYPES.get(kind, "text")}


def yaml_of(spec: LayerSpec) -> str:
    """A description as a catalogue file writes it; keys that say nothing are left out."""
    content: dict[str, Any] = spec.model_dump(mode="json", exclude_defaults=True)
    out = CommentedMap()
    for key, value in content.items():
        if key == "fields":
            out[key] = CommentedSeq(_in_a_line(item) for item in value)
        elif key in ("coverage", "states", "criteria"):
            out[key] = _in_a_line(value)
        else:
            out[key] = value
    yaml, text = YAML(), io.StringIO()
    yaml.width = 400
    yaml.dump(out, text)
    return text.getvalue()


def _in_a_line(value: Any) -> Any:
    """A mapping or list that is written in one line."""
    line: Any = CommentedMap(value) if isinstance(value, dict) else CommentedSeq(value)
    line.fa.set_flow_style()
    return line
