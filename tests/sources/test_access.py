"""Who may be asked: public hosts over http and https, and what a study allows by name."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from siting.errors import SourceError
from siting.sources.access import Access, check_query, shown_url


def refused(access: Access, host: str, port: int = 80) -> str:
    with pytest.raises(SourceError) as error:
        access.addresses(host, port)
    return str(error.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::a00:1", "64:ff9b:1::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1", "2130706433", "0x7f.1",
        "127.1",
    ],
)  # fmt: skip
def test_the_own_network_is_refused_in_whatever_spelling(host: str) -> None:
    assert "is no public address, and siting reaches into the own network only where a study allows it" in refused(
        Access(), host
    )


def test_the_refusal_says_what_to_write() -> None:
    assert refused(Access(allow=("10.0.0.0/8",)), "192.168.7.7", 8080) == (
        "The host '192.168.7.7' lies at 192.168.7.7, which is no public address, and siting reaches into the own "
        "network only where a study allows it. Write access: {allow: ['192.168.7.7:8080']} in the study if that is "
        "meant. Allowed now: '10.0.0.0/8'."
    )


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.1:8080", "127.0.0.0/8"])
def test_an_entry_allows_a_host_a_port_or_a_network(entry: str) -> None:
    assert Access(allow=(entry,)).addresses("127.0.0.1", 8080)[0][3] == ("127.0.0.1", 8080)


def test_an_entry_that_is_no_range_is_refused() -> None:
    assert refused(Access(allow=("10.0.0.0/99",)), "127.0.0.1") == (
        "'10.0.0.0/99', which the study allows under access:, is no range of addresses. Write it as 10.0.0.0/8."
    )


def test_an_entry_for_one_port_allows_no_other() -> None:
    assert "['127.0.0.1:8081']" in refused(Access(allow=("127.0.0.1:8080",)), "127.0.0.1", 8081)


def _resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def resolved(_host: str, port: int, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def test_a_public_name_that_lies_in_the_own_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolving(monkeypatch, "8.8.8.8", "10.0.0.7")
    assert refused(Access(), "gis.example.org", 443).startswith("The host 'gis.example.org' lies at 10.0.0.7, which")


def test_a_public_address_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolving(monkeypatch, "8.8.8.8")
    assert Access().addresses("gis.example.org", 443) == [(socket.AF_INET, socket.SOCK_STREAM, 6, ("8.8.8.8", 443))]


def test_a_name_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refused(Access(), "gis.example.org") == (
        "The host 'gis.example.org' is not known to the network (name or service not known). "
        "Check the address and the connection, or work offline from the cache."
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "ftp://example.org/a?token=x",
            "The address 'ftp://example.org/a' begins with 'ftp'; siting reads http and https, and files by their "
            "path. Name another address.",
        ),
        ("http://[::1", "The address 'http://[::1' is none: its host cannot be read. Correct it."),
        ("https:///a", "The address 'https:///a' names no host. Write it as https://host/path."),
        (
            "https://me:secret@example.org/a",
            "The address 'https://example.org/a' carries a user name. Credentials come from the environment only: "
            "write credential: with the name of a variable.",
        ),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused(url: str, said: str) -> None:
    with pytest.raises(SourceError) as error:
        Access().check(url)
    assert str(error.value) == said


def test_offline_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITING_OFFLINE", "1")
    with pytest.raises(SourceError) as error:
        Access.of_environment().check("https://example.org/a")
    assert str(error.value) == (
        "The address 'https://example.org/a' was not asked, because this run is offline. Leave out --offline (or "
        "SITING_OFFLINE), or fetch the layer first where there is a network."
    )
    monkeypatch.setenv("SITING_OFFLINE", "0")
    assert Access.of_environment().check("https://example.org/a").hostname == "example.org"


@pytest.mark.parametrize(
    ("url", "query"),
    [("https://example.org/a?api_key=x", {}), ("https://example.org/a", {"token": "x"}), ("https://e.org?sig=1", {})],
)
def test_a_key_in_an_address_is_refused_and_not_repeated(url: str, query: dict[str, str]) -> None:
    with pytest.raises(SourceError) as error:
        check_query(url, query)
    assert "which looks like a key. Credentials come from the environment only" in str(error.value)
    assert "=x" not in str(error.value)


def test_an_address_is_shown_without_user_and_query() -> None:
    assert shown_url("https://me:secret@host/a/b?token=1#c") == "https://host/a/b"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:p@ssw0rd@host/a", "https://host/a"),
        ("https://me:pa/ss@host/a", "https://host/a"),
        ("https://me:12/ss@host:8443/a?x=1", "https://host:8443/a"),
        ("https://me:p?ss@host/a", "https://host/a"),
        ("https://me:p#ss@host/a?q=a@b", "https://b"),
        ("https://to@ken@host", "https://host"),
        ("https://host:8443/a?mail=me@example.org", "https://host:8443/a"),
        ("https://host/@scope/a", "https://host/@scope/a"),
        ("http://[::1]:80/a?b", "http://[::1]:80/a"),
        ("s3://bucket/a b.gpkg", "s3://bucket/a b.gpkg"),
        ("https://me@host/a?mail=me@example.org", "https://example.org"),
        ("me:pw@host/a?x", "host/a"),
        ("not an address?x", "not an address"),
    ],
)
def test_no_part_of_a_password_is_shown(url: str, shown: str) -> None:
    """Where an "@" may belong to a password, all before it goes."""
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    ("name", "read"),
    [
        *((name, name) for name in (
            "accessToken", "apiToken", "auth", "AUTH", "pwd", "Pass", "code", "Code", "subscriptionkey",
            "subscription-key", "Ocp-Apim-Subscription-Key", "ACCESSTOKEN", "apikey", "api_key", "sas",
            "X-Amz-Credential", "client_secret", "X-Amz-Signature",
        )),
        ("%74oken", "token"), ("access%54oken", "accessToken"), ("api%5Fkey", "api_key"),
    ],
)  # fmt: skip
def test_a_key_is_known_however_its_name_is_spelled(name: str, read: str) -> None:
    said = (
        f"The service 'https://example.org/a' is asked with {read!r}, which looks like a key. Credentials come from "
        "the environment only: write credential: with the name of a variable, and leave the key out."
    )
    for url, query in ((f"https://example.org/a?f=json&{name}=1", {}), ("https://example.org/a", {name: "1"})):
        with pytest.raises(SourceError) as error:
            check_query(url, query)
        assert str(error.value) == said


def test_other_names_are_asked() -> None:
    names = ("state_code", "GEOCODE", "zipcode", "monkey", "keys", "author", "compass", "bypass", "design", "outFields")
    check_query("https://example.org/a?" + "&".join(f"{name}=1" for name in names), {"riskCategory": "IV", "f": "json"})
