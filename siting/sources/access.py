"""Who may be asked for data: http and https only, and no machine of the own network unless it is allowed by name."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote_plus, urlsplit

from siting.errors import SourceError, named

__all__ = ["OFFLINE_VARIABLE", "Access", "Address", "check_query", "shown_url"]

OFFLINE_VARIABLE = "SITING_OFFLINE"  #: environment variable; "1": no layer is fetched
_PORTS = {"http": 80, "https": 443}
#: names in a query that stand for a key: a word of its own (access_token, accessToken), or written together
_SECRET = re.compile(
    r"(^|[^a-z])(token|key|apikey|sig|signature|password|passwd|pass|pwd|secret|auth|authorization|credential|sas)$"
    r"|(access|api|auth|subscription|security|client|user)_?(token|key|secret)$|^code$"
)

#: family, kind, protocol and address of a socket, as ``socket.getaddrinfo`` gives them
Address = tuple[int, int, int, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


@dataclass(frozen=True)
class Access:
    """What may be reached.

    allow : hosts of the own network that a study allows by an explicit entry: "127.0.0.1:8080" (that port),
        "gis.county.internal" (every port), "10.1.0.0/16"; everything public is allowed
    offline : nothing may be reached; what the cache holds serves

    >>> Access().check("ftp://example.org/x")
    Traceback (most recent call last):
    siting.errors.SourceError: The address 'ftp://example.org/x' begins with 'ftp'; siting reads http and https...
    """

    allow: tuple[str, ...] = ()
    offline: bool = False

    @classmethod
    def of_environment(cls, allow: tuple[str, ...] = ()) -> Access:
        """What a study allows, and offline where the environment says so."""
        return cls(allow=allow, offline=os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0"))

    def check(self, url: str) -> SplitResult:
        """The parts of an address that may be asked; where its host lies is looked at when it is connected to."""
        if self.offline:
            raise SourceError(
                f"The address '{shown_url(url)}' was not asked, because this run is offline. "
                f"Leave out --offline (or {OFFLINE_VARIABLE}), or fetch the layer first where there is a network."
            )
        try:
            parts = urlsplit(url)
        except ValueError:
            raise SourceError(f"The address '{shown_url(url)}' is none: its host cannot be read. Correct it.") from None
        if parts.scheme not in _PORTS:
            raise SourceError(
                f"The address '{shown_url(url)}' begins with {parts.scheme!r}; siting reads http and https, and files "
                "by their path. Name another address."
            )
        if not parts.hostname:
            raise SourceError(f"The address '{shown_url(url)}' names no host. Write it as https://host/path.")
        if parts.username is not None or parts.password is not None:
            raise SourceError(
                f"The address '{shown_url(url)}' carries a user name. Credentials come from the environment only: "
                "write credential: with the name of a variable."
            )
        return parts

    def addresses(self, host: str, port: int) -> list[Address]:
        """Where a host lies, every address looked at: what a name resolves to counts, not the name.

        Raises SourceError where one of them belongs to this machine or the own network and is not allowed.
        """
        host = host.strip("[]").rstrip(".")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise SourceError(
                f"The host {host!r} is not known to the network ({_reason(error)}). "
                "Check the address and the connection, or work offline from the cache."
            ) from None
        for *_, where in found:
            address = ipaddress.ip_address(str(where[0]).partition("%")[0])
            if not _public(address) and not self._allowed(host, port, address):
                raise SourceError(
                    f"The host {host!r} lies at {address}, which is no public address, and siting reaches into the own "
                    f"network only where a study allows it. Write access: {{allow: ['{_entry(host, port)}']}} in the "
                    f"study if that is meant. Allowed now: {named(self.allow)}."
                )
        return [(int(family), int(kind), protocol, where) for family, kind, protocol, _, where in found]

    def _allowed(self, host: str, port: int, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        for entry in self.allow:
            if entry in (host, str(address), _entry(host, port), _entry(str(address), port)):
                return True
            if "/" in entry and address in _network(entry):
                return True
        return False


def shown_url(url: str) -> str:
    """An address as errors and records may show it: without user, password and query.

    Whatever stands before the last "@" goes where a user or a password may be in it; rather too much than too little.

    >>> shown_url("https://me:secret@host/a?token=1"), shown_url("https://me:p@ss/w?rd@host/a")
    ('https://host/a', 'https://host/a')
    """
    head, slashes, rest = url.partition("//") if "//" in url else ("", "", url)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    cut = re.fullmatch(r"[^:\[\]]*:(?!\d{0,5}$).*", authority)  # no port: a password that "/", "?" or "#" cuts
    own = rest if cut or "@" in authority else re.split(r"[?#]", rest, maxsplit=1)[0]
    if ":" in authority or "@" in authority:
        own = own.rpartition("@")[2]
    return head + slashes + re.split(r"[?#]", own, maxsplit=1)[0]


def check_query(url: str, query: Mapping[str, str]) -> None:
    """Refuse a key or token that is written into an address or a catalogue file, however its name is spelled."""
    asked = [part.partition("=")[0] for part in re.split(r"[&;]", urlsplit(url).query)] + list(query)
    for name in map(unquote_plus, asked):
        if _SECRET.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip()).lower()):
            raise SourceError(
                f"The service '{shown_url(url)}' is asked with {name!r}, which looks like a key. Credentials come from "
                "the environment only: write credential: with the name of a variable, and leave the key out."
            )


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address lies in the open network; what is mapped or tunnelled inside IPv6 counts as what it is."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return _public(inner)
        if any(address in ipaddress.ip_network(inside) for inside in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")):
            return _public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.is_site_local or address in ipaddress.ip_network("64:ff9b:1::/48"):
            return False
    return address.is_global and not address.is_multicast


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A range of addresses that a study allows. Raises SourceError where it is none."""
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        raise SourceError(
            f"{entry!r}, which the study allows under access:, is no range of addresses. Write it as 10.0.0.0/8."
        ) from None


def _entry(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split()).rstrip(".").lower()
