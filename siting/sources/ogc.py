"""OGC API Features: pages by their "next" links, counted and compared by feature id.

GDAL's GeoJSON driver reads the pages; its OAPIF driver is not used: see ``siting.sources.pages``.
Source: OGC 17-069r4, "OGC API - Features - Part 1: Core".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from siting.errors import SourceError, named
from siting.sources.access import shown_url
from siting.sources.arcgis_layer import check_json, parsed
from siting.sources.errand import Came, Errand
from siting.sources.pages import Parts, read_page

__all__ = ["fetch_ogc", "take_pages"]

_LIMIT = 1_000  #: features a page
_TRIES = 3
_ROUND = 50  #: where servers cut answers off: 50, 100, 500, ...


def fetch_ogc(errand: Errand) -> Came:
    """The features of a collection that meet the area, as one GeoParquet file in degrees (CRS84).

    Raises SourceError where a page is repeated, pages go round in a circle, or fewer features come than were counted.
    """
    service = errand.service
    home = f"{service.url.rstrip('/')}/collections/{service.collection}"
    said = parsed(errand.client.get(home, query={"f": "json"}, credential=service.credential, check=check_json))
    query = {**service.query, "f": "json", "limit": str(service.page.size or _LIMIT)}
    if errand.area is not None:
        query["bbox"] = ",".join(f"{value:.17g}" for value in errand.area.bounds)
    if service.where:
        query |= {"filter": service.where, "filter-lang": "cql2-text"}
    whole = _whole(errand, home, said) if errand.whole else None
    return take_pages(errand, f"{home}/items", query, whole)


def take_pages(errand: Errand, url: str, query: Mapping[str, str], whole: dict[str, Any] | None) -> Came:
    """Take GeoJSON pages one after another, until the server says that there are no more."""
    parts = Parts(errand.parts, repr((url, sorted(query.items()))))
    for number in parts.numbers():  # links may be made anew with every question: a cut begins again
        (parts.folder / f"{number:08d}.parquet").unlink()
    seen, asked, notes = set[str](), set[str](), list[str]()
    count, matched, number, target = 0, None, 0, url
    current = dict(query)
    while True:
        page, ids = _new_page(errand, target, current, seen)
        seen.update(ids)
        features = page.get("features") or []
        if features:
            read = read_page(json.dumps({**page, "links": []}).encode(), errand.item)
            parts.add(number, read)
            notes += read.notes
            number += 1
        count += len(features)
        matched = page.get("numberMatched", matched)
        errand.heard(count, matched if isinstance(matched, int) else None)
        following = _next(page, target)
        if following is None:
            break
        if following in asked:
            raise SourceError(f"{errand.item} is paged in a circle: its server is out of order. Try again later.")
        asked.add(following)
        target, current = following, {}
    last = len(page.get("features") or [])
    if matched is None and last and last % _ROUND == 0 and not asked:
        _probe(errand, url, {**query, "offset": str(count)}, seen)
    _check_count(errand, matched, count, last)
    if number == 0:
        parts.add(0, read_page(b'{"type":"FeatureCollection","features":[]}', errand.item))
    joined = parts.join(errand.target, whole=whole)
    crs = "EPSG:4326"
    return Came(count=joined.features, crs=crs, pages=max(1, number), notes=tuple(dict.fromkeys(notes)), whole=whole)


def _new_page(errand: Errand, url: str, query: Mapping[str, str], seen: set[str]) -> tuple[dict[str, Any], list[str]]:
    """A page none of whose features came before; one that is repeated is asked for again."""
    same = urlsplit(url).netloc == urlsplit(errand.service.url).netloc
    for _ in range(_TRIES):
        page = parsed(
            errand.client.get(
                url, query=query, credential=errand.service.credential if same else None, check=check_json
            )
        )
        if page.get("type") != "FeatureCollection":
            raise SourceError(
                f"{errand.item} answers with {page.get('type') or 'something'!r} where features are asked for. "
                "Check url: and collection: of its service."
            )
        ids = _names(page.get("features") or ())
        if not seen.intersection(ids) and len(set(ids)) == len(ids):
            return page, ids
    twice = sorted(seen.intersection(ids)) or ids
    raise SourceError(
        f"{errand.item} gave features twice ({named(twice[:3])}), however often it was asked: its server repeats "
        "pages, or it is edited. Try again later."
    )


def _probe(errand: Errand, url: str, query: Mapping[str, str], seen: set[str]) -> None:
    """Refuse a single round page without a count, if there are more features behind it: the server cuts answers off."""
    try:
        page = parsed(errand.client.get(url, query=query, credential=errand.service.credential, check=check_json))
    except SourceError:
        return  # it does not know offsets: nothing can be told
    if set(_names(page.get("features") or ())) - seen:
        raise SourceError(
            f"{errand.item} gives {query['offset']} features and no way to the next, though there are more: its server "
            "cuts answers off. Name a smaller area, or write page: {size: ...} of its service."
        )


def _names(features: Sequence[Mapping[str, Any]]) -> list[str]:
    """What features are known by: their ids; where they have none, one digest of the page, which may not come twice."""
    ids = [str(feature["id"]) for feature in features if feature.get("id") is not None]
    if ids or not features:
        return ids
    return [f"page {hashlib.sha256(json.dumps(features, sort_keys=True).encode()).hexdigest()[:12]}"]


def _next(page: Mapping[str, Any], url: str) -> str | None:
    for link in page.get("links") or ():
        if link.get("rel") == "next" and link.get("href"):
            try:
                return urljoin(url, str(link["href"]))
            except ValueError:
                raise SourceError(
                    f"'{shown_url(url)}' names as its next page an address that is none. Its server is out of order; "
                    "try again later."
                ) from None
    return None


def _check_count(errand: Errand, matched: Any, count: int, last: int) -> None:
    """As many features came as the server counts; a full last page without a count is a truncation."""
    if isinstance(matched, int):
        if matched != count:
            raise SourceError(
                f"{errand.item} has {matched:,} features, and {count:,} came. It is edited, or its server is out of "
                "order; try again later."
            )
        return
    size = errand.service.page.size or _LIMIT
    if last and last >= size:
        raise SourceError(
            f"{errand.item} ends with a full page of {last:,} features, and its server does not say how many there are "
            "in all. It cannot be told to be whole; name a smaller area."
        )


def _whole(errand: Errand, home: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Bounds and number of the features of the whole collection."""
    page = parsed(
        errand.client.get(
            f"{home}/items", query={"f": "json", "limit": "1"}, credential=errand.service.credential, check=check_json
        )
    )
    boxes = ((said.get("extent") or {}).get("spatial") or {}).get("bbox") or [[]]
    box = [float(value) for value in boxes[0]]
    return {
        "features": int(page.get("numberMatched") or 0),
        "bounds": box if len(box) == 4 else [*box[:2], *box[3:5]],
        "measured": False,
    }
