"""A proxy that spoils answers, for tests: ``python faults.py HOST:PORT`` stands before that server; prints its port.

``/__fault__?fault=NAME&match=REGEX&times=N`` spoils the next N answers to requests (address and body) that match.
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

HTML = b"<!DOCTYPE html><html><head><title>Service unavailable</title></head><body>Back soon.</body></html>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = ""
    lock = threading.Lock()
    fault, match, times, spoiled, param = "", "", 0, 0, ""
    last = b""
    seen: list[str] = []  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers["content-length"])))

    def _handle(self, body: bytes) -> None:
        if self.path.startswith("/__fault__"):
            asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            told = {"spoiled": Handler.spoiled, "seen": Handler.seen}
            if "fault" in asked:
                Handler.fault, Handler.match = asked["fault"], asked.get("match", "")
                Handler.times, Handler.param = int(asked.get("times", 1)), asked.get("param", "")
                Handler.spoiled, Handler.seen = 0, []
            return self._send(200, json.dumps(told).encode())
        status, headers, data = self._fetched(body)
        with Handler.lock:
            Handler.seen.append(f"{self.command} {self.path} {body.decode()}"[:400])
            hit = bool(Handler.fault) and Handler.times > 0
            hit = hit and re.search(Handler.match, f"{self.path} {body.decode()}") is not None
            if hit:
                Handler.times -= 1
                Handler.spoiled += 1
            before, page = Handler.last, re.search(rb'"features":\s*\[', data) is not None
            Handler.last = data if page and not hit else Handler.last
        if hit:
            return self._spoil(Handler.fault, status, headers, data, before)
        return self._send(status, data, headers)

    def _fetched(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        kept = {k: v for k, v in self.headers.items() if k.lower() in ("range", "content-type", "if-none-match")}
        connection.request(self.command, self.path, body or None, kept)
        answer = connection.getresponse()
        data = answer.read()
        keep = ("content-type", "etag", "content-range", "accept-ranges", "last-modified")
        return answer.status, {k: v for k, v in answer.getheaders() if k.lower() in keep}, data

    def _spoil(self, fault: str, status: int, headers: dict[str, str], data: bytes, before: bytes) -> None:
        if fault == "slow":
            time.sleep(float(Handler.param or 3))
            return self._send(status, data, headers)
        if fault == "cut":
            return self._send(status, data[: len(data) // 2], {**headers, "content-length": str(len(data))}, cut=True)
        if fault == "wrong length":
            return self._send(status, data, {**headers, "content-length": str(len(data) + 1000)}, cut=True)
        if fault == "short length":
            return self._send(status, data[: len(data) * 2 // 3], headers)
        if fault == "gzip":
            packed = gzip.compress(data)
            return self._send(status, packed[: len(packed) - 30], {**headers, "content-encoding": "gzip"})
        if fault == "429":
            return self._send(429, b"slow down", {"retry-after": Handler.param or "1"})
        if fault in ("500", "503", "404"):
            return self._send(int(fault), b"no")
        if fault == "html":
            return self._send(200, HTML, {"content-type": "text/html"})
        if fault == "error json":
            code = int(Handler.param or 500)
            said = {"error": {"code": code, "message": "Error performing query operation", "details": []}}
            return self._send(200, json.dumps(said).encode(), {"content-type": "application/json"})
        if fault == "repeated":
            return self._send(200, before or data, headers)
        if fault == "redirect":
            return self._send(302, b"", {"location": Handler.param + self.path})
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            self.connection.close()
            self.close_connection = True
            return None
        raise ValueError(fault)

    def _send(self, status: int, data: bytes, headers: dict[str, str] | None = None, *, cut: bool = False) -> None:
        told = {"content-length": str(len(data)), **(headers or {})}
        try:
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
            if cut:
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
        except OSError:
            self.close_connection = True


if __name__ == "__main__":
    Handler.upstream = sys.argv[1]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
