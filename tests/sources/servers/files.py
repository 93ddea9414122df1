"""A server of files with ranges and ETags, as object stores are, for tests: ``python files.py FOLDER`` prints its port.

``/?list-type=2&prefix=`` lists the files as S3 does; ``/whole/...`` gives a file without ranges.
``/image/ImageServer`` exports windows of the file ``image.tif``; ``/__seen__`` tells which ranges were asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = Path()
    seen: list[str] = []  # noqa: RUF012
    sent = 0

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path, asked = unquote(parts.path), dict(parse_qsl(parts.query))
        if path == "/__seen__":
            told = json.dumps({"seen": Handler.seen, "sent": Handler.sent}).encode()
            Handler.seen, Handler.sent = [], 0
            return self._send(200, told)
        Handler.seen.append(f"{path} {self.headers.get('range', '')} {self.headers.get('authorization', '')}".strip())
        if "list-type" in asked:
            return self._list(asked)
        if path.startswith("/image/ImageServer"):
            return self._image(path, asked)
        whole = path.startswith("/whole/")
        file = self.folder / path.removeprefix("/whole").lstrip("/")
        if not file.is_file():
            return self._send(404, b"nothing")
        data = file.read_bytes()
        etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        if self.headers.get("if-none-match") == etag:
            return self._send(304, b"", {"etag": etag})
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        same = self.headers.get("if-range") in (None, etag)
        if span is None or whole or not same:
            return self._send(200, data, {"etag": etag})
        start, stop = int(span[1]), min(int(span[2] or len(data) - 1), len(data) - 1)
        if start >= len(data):
            return self._send(416, b"")
        told = {"etag": etag, "content-range": f"bytes {start}-{stop}/{len(data)}"}
        return self._send(206, data[start : stop + 1], told)

    def _list(self, asked: dict[str, str]) -> None:
        names = sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())
        names = [name for name in names if name.startswith(asked.get("prefix", ""))]
        keys = "".join(f"<Contents><Key>{name}</Key></Contents>" for name in names)
        self._send(200, f'<?xml version="1.0"?><ListBucketResult>{keys}</ListBucketResult>'.encode())

    def _image(self, path: str, asked: dict[str, str]) -> None:
        import rasterio
        from rasterio.io import MemoryFile
        from rasterio.windows import from_bounds

        with rasterio.open(self.folder / "image.tif") as raster:
            if not path.endswith("exportImage"):
                box = dict(zip(("xmin", "ymin", "xmax", "ymax"), raster.bounds, strict=True))
                reference = {"wkid": raster.crs.to_epsg()}
                said = {
                    "name": "image",
                    "extent": {**box, "spatialReference": reference},
                    "pixelSizeX": raster.res[0],
                    "pixelSizeY": raster.res[1],
                    "pixelType": {"float32": "F32", "int16": "S16", "uint8": "U8"}[raster.dtypes[0]],
                    "bandCount": raster.count,
                    "noDataValue": raster.nodata,
                    "maxImageWidth": 64,
                    "maxImageHeight": 48,
                }
                return self._send(200, json.dumps(said).encode())
            box = [float(value) for value in asked["bbox"].split(",")]
            width, height = (int(value) for value in asked["size"].split(","))
            window = from_bounds(*box, raster.transform).round_offsets().round_lengths()
            cells = raster.read(window=window, out_shape=(raster.count, height, width))
            profile = raster.profile | {"width": width, "height": height, "tiled": False, "compress": "none"}
            profile["transform"] = raster.window_transform(window)
            for key in ("blockxsize", "blockysize", "interleave"):
                profile.pop(key, None)
            with MemoryFile() as memory:
                with memory.open(**profile | {"driver": "GTiff"}) as out:
                    out.write(cells)
                return self._send(200, memory.read(), {"content-type": "image/tiff"})

    def _send(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        Handler.sent += len(data)
        self.send_response(status)
        for name, value in {"content-length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    Handler.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
