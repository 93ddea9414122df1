"""What an ArcGIS layer says about itself, and questions to it whose answers are checked before they are believed.

Source: ArcGIS REST API, "Layer (Feature Service)", "Query (Feature Service/Layer)", "Query (Map Service/Layer)".
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.catalogue import Service
from siting.errors import SourceError, did_you_mean, named
from siting.sources.area import Area
from siting.sources.http import Answer, Client, UnfitError

__all__ = ["ArcgisLayer", "Questions", "arcgis_layer", "check_json", "parsed", "spatial_reference"]

_KINDS = {
    "esriGeometryPoint": "point", "esriGeometryMultipoint": "point", "esriGeometryPolyline": "line",
    "esriGeometryPolygon": "polygon",
}  # fmt: skip
_FIELDS = {
    "esriFieldTypeString": "text", "esriFieldTypeInteger": "integer", "esriFieldTypeSmallInteger": "integer",
    "esriFieldTypeBigInteger": "integer", "esriFieldTypeOID": "integer", "esriFieldTypeDouble": "number",
    "esriFieldTypeSingle": "number", "esriFieldTypeDate": "date", "esriFieldTypeDateOnly": "date",
}  # fmt: skip
_PASSING = frozenset({408, 429, 500, 502, 503, 504})  #: codes of errors that may pass
_CURVES = re.compile(rb'"curve(Rings|Paths)"\s*:')


@dataclass(frozen=True, kw_only=True)
class ArcgisLayer:
    """What a layer says about itself.

    kind : point, line or polygon; fields : name -> text, integer, number, date or the server's own word
    oid : the field of object ids, "" without; most : features that one answer may have
    crs : "EPSG:2223" and so on, or WKT; "" where it does not say
    offsets : whether it can be paged by offsets; edition : date of the last edit, "" where it does not say
    extent : as the layer says, which may be old
    """

    url: str
    name: str
    kind: str
    fields: Mapping[str, str]
    oid: str
    most: int
    crs: str
    offsets: bool
    edition: str = ""
    extent: tuple[float, float, float, float] | None = None


def check_json(answer: Answer) -> None:
    """Refuse what is no JSON, or is an error in the clothes of status 200."""
    text = answer.data.lstrip()
    if text[:1] == b"<" or "html" in answer.kind:
        title = re.search(rb"<title[^>]*>(.*?)</title>", text[:20_000], re.IGNORECASE | re.DOTALL)
        said = html.unescape(title[1].decode("utf-8", "replace")).strip() if title else "no title"
        raise UnfitError(f"it answers with a web page instead of data ({' '.join(said.split())[:80]!r})")
    if not text.startswith(b"{") or not text.rstrip().endswith(b"}"):
        raise UnfitError("its JSON is cut off")
    if re.match(rb'\{\s*"error"\s*:', text):
        raise _refused(json.loads(text)["error"], answer.url)


def _refused(error: Any, url: str) -> Exception:
    """What an error of the server means: one that may pass, or one that stays."""
    number = error.get("code", 0) if isinstance(error, Mapping) else 0
    code = int(number) if str(number).isdigit() else 0  # Koop passes on codes of its system, such as ENOENT
    said = " ".join([str(error.get("message", "")), *map(str, error.get("details") or ())]) if number else str(error)
    words = f"error {number} ({' '.join(said.split()).rstrip('.')[:200]})"
    if code in _PASSING:
        return UnfitError(f"it answers with {words}")
    fix = "Check where:, fields: and query: of the service."
    if code in (401, 403, 498, 499):
        fix = "It wants a key: write credential: with the name of an environment variable that holds one."
    return SourceError(f"'{url}' refuses the question: {words}. {fix}")


def parsed(answer: Answer) -> dict[str, Any]:
    """The JSON of an answer that ``check_json`` has looked at."""
    try:
        out = json.loads(answer.data)
    except ValueError:
        raise SourceError(f"'{answer.url}' answers with damaged JSON. Try again later.") from None
    return dict(out)


def spatial_reference(said: Any) -> str:
    """The CRS of an Esri spatial reference, "" where it says nothing.

    >>> spatial_reference({"wkid": 102100, "latestWkid": 3857}), spatial_reference({"wkid": 102003})
    ('EPSG:3857', 'ESRI:102003')
    """
    if not isinstance(said, Mapping):
        return ""
    code = said.get("latestWkid") or said.get("wkid")
    if code:
        return f"{'EPSG' if int(code) < 32_768 else 'ESRI'}:{int(code)}"
    return str(said.get("wkt2") or said.get("wkt") or "")


def arcgis_layer(client: Client, service: Service, item: str) -> ArcgisLayer:
    """Ask a layer about itself; raises SourceError where it cannot be brought, with the reason."""
    url = _layer_url(service)
    said = parsed(client.get(url, query=_asked(service, {}), credential=service.credential, check=check_json))
    if "fields" not in said or not said.get("geometryType"):
        _refuse_kind(said, url, item)
    geometry = str(said["geometryType"])
    if geometry not in _KINDS:
        what = "multipatches (solids), whose outline would be guessed" if "MultiPatch" in geometry else repr(geometry)
        raise SourceError(
            f"{item} holds {what}. siting reads points, lines and polygons; ask its publisher for footprints."
        )
    if "query" not in str(said.get("capabilities", "Query")).lower():
        raise SourceError(f"{item} may be drawn, but its server gives no features ('Query' is not allowed).")
    fields = {str(f["name"]): _FIELDS.get(str(f["type"]), str(f["type"])) for f in said["fields"] or ()}
    kinds = {str(f["name"]): str(f["type"]) for f in said["fields"] or ()}
    oid = service.page.oid or str(
        said.get("objectIdField") or next((name for name, kind in kinds.items() if kind == "esriFieldTypeOID"), "")
    )
    extent = said.get("extent") or {}
    own = said.get("sourceSpatialReference") or extent.get("spatialReference") or said.get("spatialReference")
    edit = said.get("editingInfo") or {}
    return ArcgisLayer(
        url=url, name=str(said.get("name", "")), kind=_KINDS[geometry], fields=fields, oid=oid,
        most=int(said.get("maxRecordCount") or 1_000), crs=spatial_reference(own),
        offsets=bool((said.get("advancedQueryCapabilities") or {}).get("supportsPagination", False)),
        edition=str(edit.get("dataLastEditDate") or edit.get("lastEditDate") or ""), extent=_box(extent),
    )  # fmt: skip


def _layer_url(service: Service) -> str:
    url = service.url.rstrip("/")
    return f"{url}/{service.layer}" if service.layer and re.search(r"/(Feature|Map)Server$", url) else url


def _asked(service: Service, query: Mapping[str, str]) -> dict[str, str]:
    return {**service.query, "f": "json", **query}


def _refuse_kind(said: Mapping[str, Any], url: str, item: str) -> None:
    layers = said.get("layers") or said.get("subLayers") or ()
    if layers:
        known = named(f"{layer.get('id')}: {layer.get('name')}" for layer in layers)
        raise SourceError(f"{item} is a group of layers ({known}). Name one by its number, as in '{url}/0'.")
    raise SourceError(f"{item} has no geometry: '{url}' is a {said.get('type', 'thing without features')!r}.")


def _box(extent: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    try:
        west, south, east, north = (float(extent[key]) for key in ("xmin", "ymin", "xmax", "ymax"))
    except (KeyError, TypeError, ValueError):
        return None
    return (west, south, east, north) if np.isfinite([west, south, east, north]).all() else None


class Questions:
    """What is asked of one layer: always with the same condition, area and fields."""

    def __init__(self, client: Client, service: Service, layer: ArcgisLayer, area: Area | None, item: str) -> None:
        self._client, self._service, self.layer, self._item = client, service, layer, item
        self.where = service.where or "1=1"
        self._space = _envelope(layer, area)
        self._columns = _columns(service, layer, item)
        chosen = self._columns["outFields"]
        self.fields: tuple[str, ...] = () if chosen == "*" else tuple(chosen.split(","))

    def count(self, condition: str = "", *, ids: NDArray[np.int64] | None = None, everywhere: bool = False) -> int:
        """How many features answer."""
        listed = {} if ids is None else {"objectIds": ",".join(map(str, ids.tolist()))}
        said = self._ask({"returnCountOnly": "true", **listed}, condition, everywhere=everywhere)
        if not isinstance(said.get("count"), int):
            raise SourceError(f"{self._item} does not say how many features it has. It cannot be checked to be whole.")
        return int(said["count"])

    def ids(self) -> NDArray[np.int64] | None:
        """The object ids of all features that answer, in order; None where the server does not list them."""
        try:
            answer = self._get(self._query({"returnIdsOnly": "true"}, ""))
        except SourceError as error:
            if "refuses the question" not in str(error):
                raise
            return None
        listed = re.search(rb'"objectIds"\s*:\s*(null|\[([^\]]*)\])', answer.data)
        if listed is None or re.search(rb'"exceededTransferLimit"\s*:\s*true', answer.data):
            return None
        text = (listed[2] or b"").decode()
        try:
            ids = np.fromstring(text, np.int64, sep=",") if text.strip() else np.empty(0, np.int64)
        except (DeprecationWarning, ValueError):  # ids that are no whole numbers
            return None
        return np.unique(ids)

    def page(
        self,
        condition: str = "",
        *,
        ids: NDArray[np.int64] | None = None,
        paging: Mapping[str, str] | None = None,
    ) -> bytes:
        """The features of one page, as they came."""
        query = {**self._columns, "returnGeometry": "true", "returnZ": "false", "returnM": "false", **(paging or {})}
        if ids is not None:
            query["objectIds"] = ",".join(map(str, ids.tolist()))
        data = self._get(self._query(query, condition)).data
        if _CURVES.search(data):
            raise SourceError(
                f"{self._item} holds true curves, and making them straight would guess their shape. Ask its publisher "
                "for straight edges, or convert it with a tolerance that you choose."
            )
        return data

    def whole(self) -> dict[str, Any]:
        """Bounds (in the CRS of the features) and number of the features of the whole layer."""
        asked = {"returnCountOnly": "true", "returnExtentOnly": "true"}
        if "outSR" in self._columns:
            asked["outSR"] = self._columns["outSR"]
        try:
            said = self._ask(asked, "", everywhere=True)
        except SourceError as error:
            if "refuses the question" not in str(error):
                raise
            said = {}
        box = _box(said.get("extent") or {})
        count = said["count"] if isinstance(said.get("count"), int) else self.count(everywhere=True)
        return {"features": count, "bounds": list(box or self.layer.extent or ()), "measured": box is not None}

    def _ask(self, query: Mapping[str, str], condition: str, *, everywhere: bool = False) -> dict[str, Any]:
        return parsed(self._get(self._query(query, condition, everywhere=everywhere)))

    def _query(self, query: Mapping[str, str], condition: str, *, everywhere: bool = False) -> dict[str, str]:
        where = f"({self.where}) AND {condition}" if condition else self.where
        return {"where": where, **({} if everywhere else self._space), **query}

    def _get(self, query: Mapping[str, str]) -> Answer:
        return self._client.get(
            f"{self.layer.url}/query", query=_asked(self._service, query), credential=self._service.credential,
            check=check_json,
        )  # fmt: skip


def _envelope(layer: ArcgisLayer, area: Area | None) -> dict[str, str]:
    """The area as a filter: features whose box meets it, in the layer's own CRS."""
    if area is None:
        return {}
    box, code = area.bounds, "4326"
    if re.fullmatch(r"(EPSG|ESRI):\d+", layer.crs):
        box, code = area.within(layer.crs), layer.crs.partition(":")[2]
    return {
        "geometry": ",".join(f"{value:.17g}" for value in box),
        "geometryType": "esriGeometryEnvelope",
        "inSR": code,
        "spatialRel": "esriSpatialRelEnvelopeIntersects",
    }


def _columns(service: Service, layer: ArcgisLayer, item: str) -> dict[str, str]:
    """The fields to ask for, as the server writes them, and the CRS where another is wanted."""
    known = {name.casefold(): name for name in layer.fields}
    unknown = [name for name in service.fields if name.casefold() not in known]
    if unknown:
        raise SourceError(
            f"{item} has no field {unknown[0]!r}.{did_you_mean(unknown[0], layer.fields)} Its fields are "
            f"{named(layer.fields)}; write fields: of the service anew."
        )
    fields = [known[name.casefold()] for name in service.fields]
    if fields and layer.oid and layer.oid not in fields:
        fields.insert(0, layer.oid)
    out = {"outFields": ",".join(fields) or "*"}
    if service.srs:
        out["outSR"] = service.srs.partition(":")[2] or service.srs
    return out
