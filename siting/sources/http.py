"""Asking servers: every answer is whole or refused, politely, with retries, and never beyond what may be reached.

urllib3 speaks HTTP. What it leaves to its user is here: where a host lies is looked at after its name is resolved, and
that very address is connected to; redirects are followed by hand, so that each target is looked at and credentials stay
with their host; a compressed answer must end where its format says; a page that says "service unavailable" with status
200 is no answer.
"""

from __future__ import annotations

import email.utils
import os
import random
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, SSLError

from siting.errors import SourceError
from siting.sources.access import Access, check_query, shown_url

__all__ = ["Answer", "Client", "Manners", "UnfitError"]

_CHUNK = 1 << 16
_AGAIN = frozenset({408, 416, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_URL = 1_800  #: characters; longer queries are posted
_AGENT = "siting (site selection from public GIS layers)"


class UnfitError(Exception):
    """An answer that came but is none; the request is tried again. Never leaves this room."""


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How a server is asked.

    connect_s, read_s : patience for a connection, and for the next bytes of an answer
    attempts : how often one request is tried; backoff_s : pause before the second try, doubled each time, with jitter
    longest_s : a server that asks for more patience (Retry-After) is left alone
    at_once : requests at a time to one host
    seed : of the jitter
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    attempts: int = 5
    backoff_s: float = 1.0
    longest_s: float = 120.0
    at_once: int = 4
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer.

    url : that was asked in the end, without its query; headers : names in lower case
    """

    url: str
    status: int
    headers: Mapping[str, str]
    data: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def etag(self) -> str:
        """The server's name for this edition, "" without one."""
        return self.headers.get("etag", "")


class _FailedError(Exception):
    """One try that failed: why, how long the server asks to wait, and whether another try is of no use."""

    def __init__(self, *, why: str, wait_s: float | None = None, final: bool = False) -> None:
        super().__init__(why)
        self.why, self.wait_s, self.final = why, wait_s, final


#: takes an answer (without its bytes) and its bytes, piece by piece
Keep = Callable[[Answer, Iterator[bytes]], None]


class Client:
    """Asks servers; safe to use from many threads.

    heard : hears the number of bytes that came over the line
    sleep : waits; tests give their own
    """

    def __init__(
        self,
        access: Access | None = None,
        manners: Manners | None = None,
        *,
        heard: Callable[[int], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.access = access or Access()
        self.manners = manners or Manners()
        self._heard = heard or (lambda _count: None)
        self._sleep = sleep
        self._random = random.Random(self.manners.seed)
        self._pools = _pool_manager(self.access, self.manners)
        self._gates: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close every connection."""
        self._pools.clear()

    def get(
        self,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
        credential: str | None = None,
        check: Callable[[Answer], None] | None = None,
        limit: int = 1 << 30,
        keep: Keep | None = None,
    ) -> Answer:
        """The whole answer to a question, tried again where trying again may help.

        Parameters
        ----------
        query : parameters beside those of the address; a long list of them is posted
        headers : further ones, or what gives them anew for each try
        credential : the environment variable with a token, sent to this host only
        check : looks at an answer and raises ``UnfitError`` where it is none (it is asked for again)
        limit : bytes, unpacked, that an answer may have
        keep : takes the bytes of the answer piece by piece, in place of ``Answer.data``; called anew in each try

        Raises
        ------
        SourceError
            with the reason, and after how many tries.
        """
        query = dict(query or {})
        check_query(url, query)
        own = _credential(credential, url)
        failed: _FailedError | None = None
        tries = max(1, self.manners.attempts)
        for number in range(tries):
            if failed is not None:
                self._pause(number, failed, url)
            more = headers() if callable(headers) else headers or {}
            given = {"user-agent": _AGENT, "accept-encoding": "gzip", **more, **own}
            try:
                answer = self._once(url, query, given, limit, keep)
                if check is not None:
                    check(answer)
                return answer
            except UnfitError as error:
                failed = _FailedError(why=str(error))
            except _FailedError as error:
                failed = error
                if failed.final:
                    break
        why = failed.why if failed else ""
        raise SourceError(
            f"'{shown_url(url)}' gave no whole answer: {why}. "
            + ("" if failed and failed.final else f"It was asked {_times(tries)}. ")
            + "Try again later, use an alternative of the layer, or work offline from the cache."
        )

    def _pause(self, number: int, failed: _FailedError, url: str) -> None:
        """Wait before the next try: as long as the server asks, else doubling with jitter."""
        limit = self.manners.longest_s
        if failed.wait_s is not None and failed.wait_s > limit:
            raise SourceError(
                f"'{shown_url(url)}' gave no whole answer: {failed.why}, and asks to wait {failed.wait_s:,.0f} s, more "
                f"than the {limit:,.0f} s that a run waits. Try again later."
            )
        with self._lock:
            jitter = 0.5 + self._random.random()
        backoff = self.manners.backoff_s * 2 ** (number - 1) * jitter
        self._sleep(failed.wait_s if failed.wait_s is not None else min(backoff, limit))

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        """One of the few requests at a time that a host bears."""
        with self._lock:
            gate = self._gates.setdefault(host, threading.Semaphore(self.manners.at_once))
        with gate:
            yield

    def _once(
        self,
        url: str,
        query: dict[str, str],
        headers: dict[str, str],
        limit: int,
        keep: Keep | None,
    ) -> Answer:
        """One try, through its redirects."""
        method, target, body = _request(url, query)
        for _ in range(6):
            parts = self.access.check(target)
            with self._turn(parts.netloc):
                response = self._open(method, target, body, headers)
                done = False
                try:
                    if response.status not in _REDIRECTS:
                        answer = self._read(response, target, limit, keep)
                        done = True
                        return answer
                    method, target, body, headers = _redirected(response, method, target, body, headers)
                finally:
                    if not done:
                        response.close()  # what is left unread must not be taken for the next answer
                    response.release_conn()
        raise _FailedError(why="it is redirected more than five times", final=True)

    def _open(self, method: str, url: str, body: str | None, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        if body is not None:
            headers = {**headers, "content-type": "application/x-www-form-urlencoded"}
        try:
            return self._pools.urlopen(
                method, url, body=body, headers=headers, retries=False, redirect=False, preload_content=False,
                decode_content=False,
            )  # fmt: skip
        except SSLError as error:
            raise _FailedError(why=f"its certificate is refused ({_said(error)})", final=True) from None
        except (HTTPError, OSError) as error:
            raise _FailedError(why=_said(error)) from None

    def _read(
        self,
        response: urllib3.BaseHTTPResponse,
        url: str,
        limit: int,
        keep: Keep | None,
    ) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        status = response.status
        if status in _AGAIN:
            raise _FailedError(why=_status(status), wait_s=_retry_after(headers.get("retry-after")))
        if status >= 400:
            raise _FailedError(why=_status(status), final=True)
        taken: list[bytes] = []
        chunks = self._chunks(response, headers, limit)
        try:
            if keep is None or status == 304:
                taken.extend(chunks)
            else:
                keep(Answer(url=shown_url(url), status=status, headers=headers, data=b""), chunks)
                for _ in chunks:  # a reader that stops early must not hide a cut
                    pass
        except (HTTPError, zlib.error) as error:
            raise _FailedError(why=_said(error)) from None
        return Answer(url=shown_url(url), status=status, headers=headers, data=b"".join(taken))

    def _chunks(self, response: urllib3.BaseHTTPResponse, headers: Mapping[str, str], limit: int) -> Iterator[bytes]:
        """The bytes of an answer, unpacked; what ends before it is whole is an error."""
        coding = headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "", "gzip", "x-gzip"):
            raise _FailedError(why=f"it is packed as {coding!r}, which was not asked for", final=True)
        unpack = zlib.decompressobj(wbits=31) if "gzip" in coding else None
        count = 0
        for chunk in response.stream(_CHUNK, decode_content=False):
            self._heard(len(chunk))
            while chunk:
                if unpack is not None and unpack.eof:  # a gzip may have several members
                    unpack = zlib.decompressobj(wbits=31)
                data = unpack.decompress(chunk, _CHUNK * 16) if unpack else chunk
                chunk = (unpack.unused_data if unpack.eof else unpack.unconsumed_tail) if unpack else b""
                count += len(data)
                if count > limit:
                    raise _FailedError(why=f"it has more than the {limit:,} bytes that are allowed for it", final=True)
                if data:
                    yield data
        if unpack is not None and not unpack.eof:
            raise _FailedError(why="its gzip ends before it is whole")


def _request(url: str, query: Mapping[str, str]) -> tuple[str, str, str | None]:
    """Method, address and body: a short query is part of the address, a long one is posted."""
    if not query:
        return "GET", url, None
    text = urlencode(query)
    asked = f"{url}{'&' if urlsplit(url).query else '?'}{text}"
    return ("GET", asked, None) if len(asked) <= _LONGEST_URL else ("POST", url, text)


def _redirected(
    response: urllib3.BaseHTTPResponse, method: str, url: str, body: str | None, headers: dict[str, str]
) -> tuple[str, str, str | None, dict[str, str]]:
    """The request to the target of a redirect; another host gets no credentials, and https stays https."""
    try:
        target = urljoin(url, response.headers.get("location", ""))
        old, new = urlsplit(url), urlsplit(target)
    except ValueError:
        raise _FailedError(why="it is redirected to an address that is none", final=True) from None
    if target == url or not response.headers.get("location"):
        raise _FailedError(why="it is redirected to nowhere", final=True)
    if old.scheme == "https" and new.scheme != "https":
        raise _FailedError(why=f"it is redirected from https to '{shown_url(target)}', which is not safe", final=True)
    if (old.scheme, old.netloc) != (new.scheme, new.netloc):
        headers = {name: value for name, value in headers.items() if not name.endswith("authorization")}
    if body is not None and response.status in (301, 302, 303):
        return "GET", f"{target}{'&' if new.query else '?'}{body}", None, headers
    return method, target, body, headers


def _credential(variable: str | None, url: str) -> dict[str, str]:
    """The header with a token from the environment; it goes over https only, or to this machine."""
    if variable is None:
        return {}
    token = os.environ.get(variable, "").strip()
    if not token:
        raise SourceError(
            f"The service '{shown_url(url)}' needs a key, and the environment variable {variable} is empty. "
            "Set it to the key, and start again."
        )
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise SourceError(
            f"The service '{shown_url(url)}' needs a key, and is asked without encryption. "
            "Write its address with https."
        )
    name = "x-esri-authorization" if "/rest/services/" in url else "authorization"
    return {name: f"Bearer {token}"}


def _retry_after(text: str | None) -> float | None:
    """Seconds that a server asks to wait, given as such or as a date."""
    if not text:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000", or no zone: no moment
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _status(status: int) -> str:
    words = {
        401: "a key is needed", 403: "it is forbidden", 404: "there is nothing", 410: "it is gone",
        429: "too many requests", 500: "an error of the server", 503: "the service is unavailable",
    }  # fmt: skip
    return f"status {status}" + (f" ({words[status]})" if status in words else "")


def _said(error: BaseException) -> str:
    """What went wrong, in words that are the same on every machine and name no object."""
    reason = getattr(error, "reason", None)
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "it does not accept a connection"
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return "no connection came about in time"
    if isinstance(error, urllib3.exceptions.ReadTimeoutError | TimeoutError):
        return "it did not go on in time"
    if isinstance(error, urllib3.exceptions.IncompleteRead) or "IncompleteRead" in repr(error):
        return "it ends before it is whole"
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, zlib.error):
        return "its gzip is damaged"
    for inner in (reason, *error.args):
        if isinstance(inner, BaseException):
            return _said(inner)
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _pool_manager(access: Access, manners: Manners) -> urllib3.PoolManager:
    """Connections that go to looked-at addresses only."""

    def connected(connection: HTTPConnection) -> socket.socket:
        problem: OSError | None = None
        for family, kind, protocol, where in access.addresses(connection.host, connection.port):
            try:
                opened = socket.socket(family, kind, protocol)
            except OSError as error:
                problem = error
                continue
            try:
                opened.settimeout(manners.connect_s)
                opened.connect(where)
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except TimeoutError as error:
                opened.close()
                raise urllib3.exceptions.ConnectTimeoutError(connection, "timeout") from error
            except OSError as error:
                opened.close()
                problem = error
                continue
            return opened
        raise urllib3.exceptions.NewConnectionError(connection, str(problem))

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connected(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connected(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    options: dict[str, Any] = {
        "maxsize": manners.at_once,
        "timeout": urllib3.Timeout(connect=manners.connect_s, read=manners.read_s),
        "ssl_context": ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where()),
    }
    manager = urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return manager
