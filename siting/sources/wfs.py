"""WFS 2: pages by index, counted first; GeoJSON where the server gives it, else GML, both read by GDAL.

Source: OGC 09-025r2, "OpenGIS Web Feature Service 2.0". The capabilities are XML: entities are refused, and nothing
that the document points to is read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from siting.errors import SourceError, named
from siting.sources.arcgis_layer import check_json
from siting.sources.errand import Came, Errand
from siting.sources.http import Answer, UnfitError
from siting.sources.pages import Parts, read_page

__all__ = ["fetch_wfs"]

_SIZE = 1_000
_CRS84 = "urn:ogc:def:crs:OGC:1.3:CRS84"


def fetch_wfs(errand: Errand) -> Came:
    """The features of a type that meet the area, as one GeoParquet file.

    Raises SourceError where fewer features come than were counted.
    """
    service = errand.service
    query = {
        **service.query, "service": "WFS", "version": "2.0.0", "request": "GetFeature",
        "typeNames": service.collection or "", "srsName": service.srs or _CRS84,
    }  # fmt: skip
    if errand.area is not None:
        query["bbox"] = ",".join([*(f"{value:.17g}" for value in errand.area.bounds), _CRS84])
    if service.where:
        query["cql_filter"] = service.where
    form = _form(errand)
    matched = _matched(errand, query)
    parts = Parts(errand.parts, repr((sorted(query.items()), form, matched)))
    size, count, number, seen = service.page.size or _SIZE, 0, 0, set[str]()
    while count < matched or number == 0:
        data = _page(errand, {**query, **form, "startIndex": str(count), "count": str(size)})
        page = read_page(data, errand.item)
        if not page.table.num_rows and matched:
            break
        names = _names(data, page.table)
        if twice := sorted(seen.intersection(names)):
            raise SourceError(
                f"{errand.item} gave features twice ({named(twice[:3])}): its server repeats pages, or shifts them. "
                "Try again later."
            )
        seen.update(names)
        parts.add(number, page)
        count, number = count + page.table.num_rows, number + 1
        errand.heard(count, matched)
        if not matched:
            break
    again = _matched(errand, query)
    if count != again:
        raise SourceError(
            f"{errand.item} has {again:,} features, and {count:,} came. It is edited, or its server is out of order; "
            "try again later."
        )
    crs = parts.crs() or "EPSG:4326"
    joined = parts.join(errand.target, crs=crs)
    whole = None
    if errand.whole:
        whole = {"features": matched, "bounds": [float(v) for v in np.ravel(joined.bounds or [])], "measured": True}
    return Came(count=joined.features, crs=crs, pages=number, whole=whole)


def _names(data: bytes, table: pa.Table) -> set[str]:
    """What the features of a page are known by: their ids, else all that they hold."""
    if data.lstrip().startswith(b"{"):
        features = json.loads(data).get("features") or ()
        ids = {str(feature["id"]) for feature in features if feature.get("id") is not None}
    else:
        ids = {str(value) for value in table["gml_id"].to_pylist()} if "gml_id" in table.column_names else set()
    if len(ids) == table.num_rows:
        return ids
    return {hashlib.sha256(repr(table.to_pylist()).encode()).hexdigest()}


def check_xml(answer: Answer) -> None:
    """Refuse what is no XML, what defines entities, and an exception in the clothes of status 200."""
    text = answer.data.lstrip()
    if b"<!DOCTYPE" in text[:2_000] and b"<html" in text[:4_000].lower():
        raise UnfitError("it answers with a web page instead of data")
    if b"<!ENTITY" in text or b"<!DOCTYPE" in text:
        raise SourceError(f"'{answer.url}' answers with XML that defines entities, which siting does not read.")
    if b"ExceptionReport" in text[:2_000]:
        said = re.search(rb"<(?:\w+:)?ExceptionText>(.*?)</", text, re.DOTALL)
        words = " ".join(said[1].decode("utf-8", "replace").split())[:200] if said else "no reason"
        raise SourceError(f"'{answer.url}' refuses the question: {words}. Check collection:, where: and query:.")
    if not text.startswith(b"<") or not text.rstrip().endswith(b">"):
        raise UnfitError("its XML is cut off")


def _form(errand: Errand) -> dict[str, str]:
    """GeoJSON where the server offers it, else GML."""
    query = {**errand.service.query, "service": "WFS", "version": "2.0.0", "request": "GetCapabilities"}
    answer = errand.client.get(
        errand.service.url, query=query, credential=errand.service.credential, check=check_xml, limit=1 << 26
    )
    for offered in (b"application/json", b"application/geo+json", b"geojson", b"json"):
        if re.search(rb">\s*" + re.escape(offered) + rb"\s*<", answer.data, re.IGNORECASE):
            return {"outputFormat": offered.decode()}
    return {}


def _matched(errand: Errand, query: Mapping[str, str]) -> int:
    answer = errand.client.get(
        errand.service.url, query={**query, "resultType": "hits"}, credential=errand.service.credential, check=check_xml
    )
    found = re.search(rb'numberMatched\s*=\s*"(\d+)"', answer.data)
    if found is None:
        raise SourceError(f"{errand.item} does not say how many features it has. It cannot be checked to be whole.")
    return int(found[1])


def _page(errand: Errand, query: Mapping[str, str]) -> bytes:
    check = check_json if "outputFormat" in query else check_xml
    return errand.client.get(errand.service.url, query=query, credential=errand.service.credential, check=check).data
