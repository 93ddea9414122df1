"""The client: credentials stay with their host, certificates are looked at, pauses grow, nothing is unbounded."""

from __future__ import annotations

import datetime
import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from siting.errors import SourceError
from siting.sources.access import Access
from siting.sources.http import Client, Manners
from tests.sources.conftest import QUICK, Served

pytestmark = pytest.mark.servers


def test_pauses_double_with_jitter_that_is_seeded(arcgis: Served) -> None:
    def pauses(seed: int) -> list[float]:
        slept: list[float] = []
        manners = Manners(attempts=5, backoff_s=1, read_s=1, seed=seed)
        client = Client(Access(allow=(arcgis.proxy,)), manners, sleep=slept.append)
        arcgis.fault("500", times=5)
        with pytest.raises(SourceError):
            client.get(f"http://{arcgis.proxy}/x")
        arcgis.fault("")
        return slept

    one = pauses(1)
    assert one == pauses(1) != pauses(2)
    assert len(one) == 4
    assert all(0.5 * 2**n <= pause <= 1.5 * 2**n for n, pause in enumerate(one))


def test_a_server_that_names_its_patience_is_given_it(arcgis: Served) -> None:
    slept: list[float] = []
    client = Client(Access(allow=(arcgis.proxy,)), Manners(attempts=2), sleep=slept.append)
    arcgis.fault("429", times=1, param=7)
    client.get(arcgis.url("wells", spoiled=True), query={"f": "json"})
    assert slept == [7.0]


def test_an_answer_beyond_the_limit_is_refused(arcgis: Served) -> None:
    with pytest.raises(SourceError) as error:
        arcgis.client().get(arcgis.url("wells"), query={"f": "json"}, limit=100)
    assert str(error.value) == (
        f"'{arcgis.url('wells')}' gave no whole answer: it has more than the 100 bytes that are allowed for it. "
        "Try again later, use an alternative of the layer, or work offline from the cache."
    )


def test_a_long_question_is_posted(arcgis: Served) -> None:
    arcgis.fault("", match="nothing")
    ids = ",".join(map(str, range(1, 800)))
    url = f"{arcgis.url('wells', spoiled=True)}/query"
    answer = arcgis.client().get(url, query={"objectIds": ids, "returnCountOnly": "true", "f": "json"})
    assert answer.data == b'{"count": 799}'
    assert arcgis.seen()["seen"][-1].startswith("POST ")


def test_it_tells_how_many_bytes_came(arcgis: Served) -> None:
    heard: list[int] = []
    client = Client(Access(allow=(arcgis.host,)), QUICK, heard=heard.append)
    answer = client.get(arcgis.url("wells"), query={"f": "json"})
    assert sum(heard) == len(answer.data)


class _Echo(http.server.BaseHTTPRequestHandler):
    """Tells which credentials came; /away redirects to the other server."""

    other = ""
    came: list[str] = []  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        _Echo.came.append(f"{self.path} {self.headers.get('authorization', '-')}")
        self.send_response(302 if self.path.startswith("/away") else 200)
        if self.path.startswith("/away"):
            self.send_header("location", f"http://{self.other}/here")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


@contextmanager
def echo() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_credentials_come_from_the_environment_and_stay_with_their_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_KEY", "s3cret")
    with echo() as one, echo() as other:
        hosts = [f"127.0.0.1:{server.server_port}" for server in (one, other)]
        _Echo.other, _Echo.came = hosts[1], []
        client = Client(Access(allow=tuple(hosts)), QUICK)
        answer = client.get(f"http://{hosts[0]}/away", credential="COUNTY_KEY")
        client.close()
    assert _Echo.came == ["/away Bearer s3cret", "/here -"]
    assert "s3cret" not in repr(answer)


def test_a_credential_that_is_not_set_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUNTY_KEY", raising=False)
    with pytest.raises(SourceError) as error:
        Client().get("https://gis.example.org/x", credential="COUNTY_KEY")
    assert str(error.value) == (
        "The service 'https://gis.example.org/x' needs a key, and the environment variable COUNTY_KEY is empty. "
        "Set it to the key, and start again."
    )


def test_a_credential_never_goes_unencrypted_over_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_KEY", "s3cret")
    with pytest.raises(SourceError) as error:
        Client().get("http://gis.example.org/x", credential="COUNTY_KEY")
    assert str(error.value) == (
        "The service 'http://gis.example.org/x' needs a key, and is asked without encryption. "
        "Write its address with https."
    )


def _certificate(folder: Path, days: tuple[int, int], name: str = "localhost") -> Path:
    """A certificate of our own, valid between two days from now."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("days", "name", "why"),
    [
        ((-9, 9), "localhost", ""),
        ((-9, -1), "localhost", "certificate has expired"),
        ((1, 9), "localhost", "certificate is not yet valid"),
        ((-9, 9), "gis.example.org", "Hostname mismatch, certificate is not valid for 'localhost'."),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: tuple[int, int], name: str, why: str
) -> None:
    path = _certificate(tmp_path, days, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))  # its maker is trusted: the date and the name decide
    with echo() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        host = f"localhost:{server.server_port}"
        client = Client(Access(allow=(host,)), QUICK)
        try:
            if not why:
                assert client.get(f"https://{host}/x").data == b"ok"
                return
            with pytest.raises(SourceError) as error:
                client.get(f"https://{host}/x")
        finally:
            client.close()
    assert str(error.value) == (
        f"'https://{host}/x' gave no whole answer: its certificate is refused ({why}). "
        "Try again later, use an alternative of the layer, or work offline from the cache."
    )


def test_at_most_so_many_requests_run_at_a_time() -> None:
    running, most, lock = [0], [0], threading.Lock()

    class Slow(_Echo):
        def do_GET(self) -> None:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            threading.Event().wait(0.05)
            with lock:
                running[0] -= 1
            super().do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    client = Client(Access(allow=(host,)), Manners(at_once=2))
    threads = [threading.Thread(target=client.get, args=(f"http://{host}/x",)) for _ in range(8)]
    _run(threads)
    client.close()
    server.shutdown()
    server.server_close()
    thread.join()
    assert most[0] == 2


def _run(threads: list[Any]) -> None:
    for item in threads:
        item.start()
    for item in threads:
        item.join()


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_gzip_of_several_members_is_read_to_its_end(size: int) -> None:
    import gzip
    from types import SimpleNamespace

    packed = gzip.compress(b"a" * 1_000) + gzip.compress(b"b" * 1_000)
    pieces = [packed[n : n + size] for n in range(0, len(packed), size)]
    response: Any = SimpleNamespace(stream=lambda *_, **__: iter(pieces))
    assert b"".join(Client()._chunks(response, {"content-encoding": "gzip"}, 1 << 20)) == b"a" * 1_000 + b"b" * 1_000


@pytest.mark.parametrize("text", ["\xb2", "Wed, 21 Oct 2037 07:28:00 -0000", "Wed, 21 Oct 2037 07:28:00"])
def test_a_wait_that_cannot_be_read_counts_as_not_given(text: str) -> None:
    from siting.sources.http import _retry_after

    assert _retry_after(text) is None
