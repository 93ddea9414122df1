"""OGC API Features and WFS 2 as the standards describe them, for tests: ``python ogc.py FOLDER``; prints its port.

Every GeoJSON file of the folder is a collection ``/collections/<name>`` and a WFS type at ``/wfs``.
``/__admin__?trait=NAME`` makes it misbehave: "circle", "no count", "no ids", "cap", "short count",
"shifted", "entities", "gml".
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.sax.saxutils import escape

import shapely
from shapely.geometry import shape


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    layers: dict[str, tuple[list[dict[str, Any]], Any]] = {}  # noqa: RUF012
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}  # noqa: RUF012
    trait = ""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        if parts.path == "/__admin__":
            Handler.trait = asked.get("trait", "")
            return self._send(b"{}", "application/json")
        if parts.path == "/wfs":
            return self._wfs({key.lower(): value for key, value in asked.items()})
        names = parts.path.strip("/").split("/")
        if len(names) < 2 or names[0] != "collections" or names[1] not in self.layers:
            return self._send(b'{"code":"NotFound"}', "application/json", 404)
        return self._items(names[1], asked) if len(names) == 3 else self._collection(names[1])

    def _collection(self, name: str) -> None:
        _, shapes = self.layers[name]
        box = [float(value) for value in shapely.total_bounds(shapes)]
        told = {"id": name, "title": name, "extent": {"spatial": {"bbox": [box]}}}
        self._send(json.dumps(told).encode(), "application/json")

    def _found(self, name: str, box: str | None) -> list[dict[str, Any]]:
        features, shapes = self.layers[name]
        if box is None:
            return features
        if (name, box) not in Handler.found:
            Handler.found = {(name, box): self._meeting(features, shapes, box)}
        return Handler.found[name, box]

    def _meeting(self, features: list[dict[str, Any]], shapes: Any, box: str) -> list[dict[str, Any]]:
        west, south, east, north = (float(value) for value in box.split(",")[:4])
        meets = shapely.intersects(shapes, shapely.box(west, south, east, north))
        return [feature for feature, there in zip(features, meets, strict=True) if there]

    def _items(self, name: str, asked: dict[str, str]) -> None:
        found = self._found(name, asked.get("bbox"))
        limit, offset = min(int(asked.get("limit", 10)), 400), int(asked.get("offset", 0))
        page = found[offset : offset + limit]
        links = [{"rel": "self", "href": "http://example.org/self"}]
        if offset + limit < len(found) and Handler.trait != "cap":
            following = 0 if Handler.trait == "circle" else offset + limit
            if Handler.trait == "circle":
                page = []
            query = urlencode({**asked, "offset": following})
            links.append({"rel": "next", "href": f"/collections/{name}/items?{query}"})
        if Handler.trait == "no ids":
            page = [{key: value for key, value in feature.items() if key != "id"} for feature in page]
        told: dict[str, Any] = {"type": "FeatureCollection", "features": page, "links": links}
        told |= {"numberMatched": len(found), "numberReturned": len(page)}
        if Handler.trait in ("no count", "cap"):
            del told["numberMatched"]
        if Handler.trait == "short count":
            told["numberMatched"] += 7
        self._send(json.dumps(told).encode(), "application/geo+json")

    def _wfs(self, asked: dict[str, str]) -> None:
        if Handler.trait == "entities":
            text = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/x">]><a>&x;</a>'
            return self._send(text.encode(), "text/xml")
        if asked["request"] == "GetCapabilities":
            names = "".join(f"<FeatureType><Name>{name}</Name></FeatureType>" for name in self.layers)
            form = "" if Handler.trait == "gml" else "<ows:Value>application/json</ows:Value>"
            return self._send(f"<wfs:WFS_Capabilities>{form}{names}</wfs:WFS_Capabilities>".encode(), "text/xml")
        name = asked["typenames"]
        if name not in self.layers:
            said = "<ows:ExceptionReport><ows:ExceptionText>Unknown type</ows:ExceptionText></ows:ExceptionReport>"
            return self._send(said.encode(), "text/xml")
        found = self._found(name, asked.get("bbox"))
        if asked.get("resulttype") == "hits":
            count = len(found) + (7 if Handler.trait == "short count" else 0)
            return self._send(f'<wfs:FeatureCollection numberMatched="{count}"/>'.encode(), "text/xml")
        start, count = int(asked.get("startindex", 0)), int(asked.get("count", 10))
        if Handler.trait == "shifted" and start:
            start -= 50
        page = found[start : start + count]
        if asked.get("outputformat"):
            return self._send(json.dumps({"type": "FeatureCollection", "features": page}).encode(), "application/json")
        return self._send(_gml(name, page).encode(), "text/xml")

    def _send(self, data: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _gml(name: str, features: list[dict[str, Any]]) -> str:
    """Points as GML 3.2."""
    members = []
    for feature in features:
        x, y = feature["geometry"]["coordinates"][:2]
        fields = "".join(f"<t:{key}>{escape(str(v))}</t:{key}>" for key, v in feature["properties"].items())
        place = f'<gml:Point srsName="urn:ogc:def:crs:OGC:1.3:CRS84"><gml:pos>{x!r} {y!r}</gml:pos></gml:Point>'
        fid = feature["id"]
        members.append(
            f'<wfs:member><t:{name} gml:id="w{fid}">{fields}<t:geom>{place}</t:geom></t:{name}></wfs:member>'
        )
    spaces = 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:t="urn:t"'
    return f"<wfs:FeatureCollection {spaces}>{''.join(members)}</wfs:FeatureCollection>"


if __name__ == "__main__":
    for path in sorted(Path(sys.argv[1]).glob("*.geojson")):
        read = json.loads(path.read_text(encoding="utf-8"))["features"]
        for number, feature in enumerate(read):
            feature["id"] = number
        Handler.layers[path.stem] = read, shapely.from_wkt([shape(f["geometry"]).wkt for f in read])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
