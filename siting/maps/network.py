"""What a page needs from the network: libraries of plugins, pictures of tiles; and the hosts its policy must name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from branca.element import CssLink, Element, Figure, JavascriptLink

__all__ = ["Need", "elements", "hosts_by_directive", "needs_of"]

_OWN = ("leaflet", "leaflet_css")  #: links whose text is in the page
_HOST = re.compile(r"https?://[A-Za-z0-9.*:-]+")
_DIRECTIVES = {"script": ("script-src",), "style": ("style-src", "img-src", "font-src"), "tiles": ("img-src",)}


@dataclass(frozen=True)
class Need:
    """Something that a page asks the network for: the name of a library or a layer, its address, and what it is."""

    name: str
    url: str
    kind: Literal["script", "style", "tiles"]


def needs_of(figure: Figure) -> tuple[Need, ...]:
    """What a rendered figure needs: links of plugins first, then layers with tiles."""
    found = []
    for name, child in figure.header._children.items():
        if isinstance(child, JavascriptLink | CssLink) and name not in _OWN:
            found.append(Need(name, str(child.url), "script" if isinstance(child, JavascriptLink) else "style"))
    for element in elements(figure):
        url = str(getattr(element, "tiles", None) or getattr(element, "url", None) or "")
        if url.startswith(("http://", "https://")) and not isinstance(element, JavascriptLink | CssLink):
            found.append(Need(str(getattr(element, "tile_name", None) or element.get_name()), url, "tiles"))
    return tuple(dict.fromkeys(found))


def hosts_by_directive(needs: Iterable[Need]) -> dict[str, list[str]]:
    """Directive of a Content-Security-Policy -> the hosts that it must name; "{s}" of tiles is any subdomain.

    >>> hosts_by_directive([Need("tiles", "https://{s}.tiles.org/{z}/{x}/{y}.png", "tiles")])
    {'img-src': ['https://*.tiles.org']}
    """
    out: dict[str, list[str]] = {}
    for need in needs:
        found = _HOST.match(need.url.replace("{s}", "*"))
        for directive in _DIRECTIVES[need.kind] if found else ():
            hosts = out.setdefault(directive, [])
            if found and found[0] not in hosts:
                hosts.append(found[0])
    return out


def elements(element: Element) -> Iterator[Element]:
    """An element and all below it."""
    yield element
    for child in element._children.values():
        yield from elements(child)
