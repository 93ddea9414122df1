"""An ArcGIS REST server as the specification describes it, for tests: ``python arcgis.py FOLDER [most] [pause]``.

Every GeoParquet file of the folder is a layer: ``/arcgis/rest/services/<name>/FeatureServer/0`` (and ``MapServer``).
It prints its port. ``/__admin__?...`` changes how it behaves: see ``_admin``.
Source: ArcGIS REST API, "Query (Feature Service/Layer)".
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

TYPES = {"point": "esriGeometryPoint", "line": "esriGeometryPolyline", "polygon": "esriGeometryPolygon"}


class Layer:
    """A layer with its attributes in SQLite and its boxes in numpy."""

    def __init__(self, path: Path, most: int) -> None:
        frame = gpd.read_parquet(path)
        self.name, self.most, self.traits = path.stem, most, dict[str, str]()
        crs = CRS.from_user_input(frame.crs)
        authority = crs.to_authority(min_confidence=70)
        self.reference = {"wkid": int(authority[1])} if authority else {"wkt": crs.to_wkt("WKT1_ESRI")}
        self.crs = crs
        self.step = 1
        self._load(frame)

    def _load(self, frame: gpd.GeoDataFrame) -> None:
        shapes = np.asarray(frame.geometry.array, dtype=object)
        names = [name for name in frame.columns if name != frame.geometry.name]
        taken = {name.upper() for name in names}
        self.oid = next(name for name in ("OBJECTID", "OBJECTID_1", "OBJECTID_12", "FID_ESRI") if name not in taken)
        self.fields = [{"name": self.oid, "type": "esriFieldTypeOID", "alias": self.oid}]
        self.fields += [{"name": n, "type": _type(frame[n]), "alias": n} for n in names]
        self.type = TYPES[_kind(shapes)]
        self.oids = np.arange(1, len(frame) + 1, dtype=np.int64) * self.step
        self.boxes = shapely.bounds(shapes).reshape(-1, 4)
        rows = [[_plain(v) for v in row] for row in frame[names].itertuples(index=False)]
        self.db = sqlite3.connect(":memory:", check_same_thread=False)
        columns = ", ".join(f'"{n}"' for n in [self.oid, *names])
        self.db.execute(f"create table t ({columns}, _row integer)")
        marks = ",".join("?" * (len(names) + 2))
        data = [
            (int(oid), *(v if isinstance(v, int | float | str | None) else str(v) for v in row), i)
            for i, (oid, row) in enumerate(zip(self.oids, rows, strict=True))
        ]
        self.db.executemany(f"insert into t values ({marks})", data)
        self.db.execute(f"create index i on t ({self.oid})")
        self.lock = threading.Lock()
        self.shapes, self.texts = (
            shapes,
            dict[int, str](),
        )  # text is kept: the work of a server is not that of its client
        self.names = names
        self.attributes = [
            {self.oid: int(oid), **dict(zip(names, row, strict=True))} for oid, row in zip(self.oids, rows, strict=True)
        ]

    def describe(self) -> dict[str, Any]:
        box = np.array([np.nanmin(self.boxes[:, :2], axis=0), np.nanmax(self.boxes[:, 2:], axis=0)]).ravel()
        extent = dict(zip(("xmin", "ymin", "xmax", "ymax"), box.tolist(), strict=True))
        return {
            "currentVersion": 11.3,
            "id": 0,
            "name": self.name,
            "type": "Feature Layer",
            "geometryType": self.traits.get("geometryType", self.type),
            "objectIdField": self.oid,
            "fields": self.fields,
            "maxRecordCount": self.most,
            "extent": {**extent, "spatialReference": self.reference},
            "capabilities": "Map,Query,Data",
            "advancedQueryCapabilities": {"supportsPagination": True, "supportsReturningQueryExtent": True},
        }

    def query(self, asked: dict[str, str]) -> bytes:
        rows = self.rows(asked)
        if asked.get("returnCountOnly") == "true":
            out: dict[str, Any] = {"count": len(rows)}
            if asked.get("returnExtentOnly") == "true":
                box = [
                    float(v) for v in (*np.nanmin(self.boxes[rows][:, :2], 0), *np.nanmax(self.boxes[rows][:, 2:], 0))
                ]
                out["extent"] = dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
                out["extent"]["spatialReference"] = self.reference
            if "cap" in self.traits:
                out["count"] = min(out["count"], self.most)
            return json.dumps(out).encode()
        if asked.get("returnIdsOnly") == "true":
            if self.traits.get("ids") == "none":
                return _error(400, "Invalid or missing input parameters.")
            ids = self.oids[rows].tolist()
            ids = ids[: self.most] if "cap" in self.traits else ids
            return json.dumps({"objectIdFieldName": self.oid, "objectIds": ids or None}).encode()
        start = int(asked.get("resultOffset", 0))
        count = min(int(asked.get("resultRecordCount", self.most)), self.most)
        page = rows[start : start + count]
        chosen = asked.get("outFields", "*")
        kept = None if chosen == "*" else chosen.split(",")
        fields = self.fields if kept is None else [f for f in self.fields if f["name"] in kept]
        texts = []
        for row in page:
            values = self.attributes[row]
            told = values if kept is None else {k: v for k, v in values.items() if k in kept}
            texts.append(f'{{"attributes":{json.dumps(told)},"geometry":{self._geometry(row)}}}')
        head = {
            "objectIdFieldName": self.oid,
            "geometryType": self.type,
            "spatialReference": self.reference,
            "fields": fields,
        }
        more = ',"exceededTransferLimit":true' if start + count < len(rows) else ""
        return f'{json.dumps(head)[:-1]}{more},"features":[{",".join(texts)}]}}'.encode()

    def _geometry(self, row: int) -> str:
        if "curves" in self.traits:
            return '{"curveRings":[[[0,0],{"c":[[1,1],[0,1]]},[0,0]]]}'
        if row not in self.texts:
            self.texts[row] = json.dumps(_esri(self.shapes[row]))
        return self.texts[row]

    def rows(self, asked: dict[str, str]) -> np.ndarray:
        where = asked.get("where") or "1=1"
        if self.traits.get("ranges") == "ignored":
            where = re.sub(rf" AND {self.oid} >= \d+ AND {self.oid} <= \d+", "", where)
        if asked.get("objectIds"):
            where = f"({where}) AND {self.oid} IN ({asked['objectIds']})"
        with self.lock:
            found = self.db.execute(f"select _row from t where {where} order by {self.oid}").fetchall()
        rows = np.array([row for (row,) in found], np.int64)
        if asked.get("geometry") and len(rows):
            west, south, east, north = self._box(asked)
            box = self.boxes[rows]
            meets = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
            rows = rows[meets]
        return rows

    def _box(self, asked: dict[str, str]) -> tuple[float, ...]:
        box = [float(value) for value in asked["geometry"].split(",")]
        wanted = int(asked.get("inSR", self.reference.get("wkid", 4326)))
        if wanted == self.reference.get("wkid"):
            return tuple(box)
        authority = "EPSG" if wanted < 32768 else "ESRI"
        return Transformer.from_crs(f"{authority}:{wanted}", self.crs, always_xy=True).transform_bounds(*box)

    def delete(self, oid: int) -> None:
        with self.lock:
            self.db.execute(f"delete from t where {self.oid} = ?", (oid,))


def _kind(shapes: np.ndarray) -> str:
    kinds = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}
    return kinds[int(shapely.get_type_id(shapes[~shapely.is_missing(shapes)])[0])]


def _type(column: pd.Series) -> str:
    if pd.api.types.is_integer_dtype(column.dtype):
        return "esriFieldTypeInteger" if column.abs().max() < 2**31 else "esriFieldTypeDouble"
    return "esriFieldTypeDouble" if pd.api.types.is_float_dtype(column.dtype) else "esriFieldTypeString"


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value.item() if hasattr(value, "item") else value if isinstance(value, int | float) else str(value)


def _esri(shape: Any) -> Any:
    """A geometry as the REST API writes it: rings clockwise outside, the other way inside."""
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type == "Point":
        return {"x": shape.x, "y": shape.y}
    if shape.geom_type == "MultiPoint":
        return {"points": [[p.x, p.y] for p in shape.geoms]} if len(shape.geoms) > 1 else _esri(shape.geoms[0])
    parts = list(shape.geoms) if hasattr(shape, "geoms") else [shape]
    if "Line" in shape.geom_type:
        return {"paths": [[list(c[:2]) for c in part.coords] for part in parts]}
    parts = [shapely.orient_polygons(part, exterior_cw=True) for part in parts]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return {"rings": [[list(c[:2]) for c in ring.coords] for ring in rings]}


def _error(code: int, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "details": []}}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    layers: dict[str, Layer] = {}  # noqa: RUF012
    pause_s = 0.0

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer(parts.path, dict(parse_qsl(parts.query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self._answer(urlsplit(self.path).path, dict(parse_qsl(body)))

    def _answer(self, path: str, asked: dict[str, str]) -> None:
        if path == "/__admin__":
            return self._send(_admin(self.layers, asked))
        found = re.fullmatch(r"/arcgis/rest/services/(.+)/(?:Feature|Map)Server(?:/(\d+)(/query)?)?", path)
        layer = self.layers.get(found[1]) if found else None
        if found is None or layer is None:
            return self._send(_error(404, "Service not found"))
        if found[2] is None:
            return self._send(json.dumps({"layers": [{"id": 0, "name": layer.name}]}).encode())
        if not found[3]:
            return self._send(json.dumps(layer.describe()).encode())
        try:
            if "resultOffset" in asked or "outFields" in asked:
                time.sleep(self.pause_s)  # what a database needs for a page
            return self._send(layer.query(asked))
        except sqlite3.Error:
            return self._send(_error(400, "Unable to complete operation."))

    def _send(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _admin(layers: dict[str, Layer], asked: dict[str, str]) -> bytes:
    """delete=OID, most=N, trait=NAME:VALUE, reset=1, sparse=STEP (ids apart), of the layer ``layer``."""
    layer = layers[asked["layer"]]
    if "delete" in asked:
        layer.delete(int(asked["delete"]))
    if "most" in asked:
        layer.most = int(asked["most"])
    if "trait" in asked:
        name, _, value = asked["trait"].partition(":")
        layer.traits[name] = value
    if "reset" in asked:
        layer.traits.clear()
    return b"{}"


if __name__ == "__main__":
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    Handler.pause_s = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
    Handler.layers = {path.stem: Layer(path, most) for path in sorted(Path(sys.argv[1]).glob("*.parquet"))}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
