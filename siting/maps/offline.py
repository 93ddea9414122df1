"""A folium map that opens without a network: Leaflet's own text is in the page, and nothing else is asked for.

The page carries a Content-Security-Policy with a hash for each of its scripts and styles, so that
nothing that the data says can run or load anything.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink

from siting.errors import RunError
from siting.export import write_text
from siting.maps import notebook
from siting.maps.network import Need, elements, hosts_by_directive, needs_of
from siting.maps.notebook import Best

__all__ = ["OfflineFigure", "OfflineMap", "leaflet_css", "leaflet_js", "put_body", "put_web"]

_SCRIPTS = (
    "gunzip.js", "unpack.js", "raster.js", "model.js", "context.js", "layer.js", "dom.js", "controls.js", "exports.js",
    "card.js", "legend.js", "panel.js",
)  # fmt: skip


_COMMENT = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_PACKED = ("leaflet", "siting_js")  #: in the head, or packed at the end


class Verbatim(Element):
    """Text that enters the page as it is: branca takes any other text for a template once more."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Verbatim"
        self.text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 - branca's signature
        """The text."""
        return self.text


class OfflineFigure(Figure):
    """A page whose links to Leaflet are replaced by Leaflet; other links stay, and the policy names their hosts.

    Parameters
    ----------
    title : of the page
    language : of the page's text, for screen readers
    """

    def __init__(self, title: str, language: str = "en") -> None:
        super().__init__(ratio="62%", title=title)
        self.language = language

    def render(self, **kwargs: Any) -> str:
        """The whole page; the same bytes each time."""
        for child in list(self._children.values()):
            child.render(**kwargs)
        given = dict(self.header._children)
        packed = _can_be_packed(self, kwargs)
        kept = {name: child for name, child in given.items() if not (packed and name in _PACKED)}
        head = "\n".join(_inlined(name, child, kwargs) for name, child in kept.items())
        head = re.sub(r'<meta name="viewport"[^>]*>', "", head)
        markup = _in_ascii(self.html.render(**kwargs))
        text = _counted(self, "\0".join([head, markup, self.script.render(**kwargs)]))
        head, body, script = text.split("\0")
        scripts = [
            text for text, name in ((leaflet_js(), "leaflet"), (_web_text(*_SCRIPTS), "siting_js")) if name in given
        ]
        end = _packed_scripts(scripts, script) if packed else f"<script>\n{script}\n</script>"
        page = f"{head}\n\0{body}</main>\n{end}"
        policy = _policy(page, needs_of(self), (*scripts, f"\n{script}\n") if packed else ())
        head, _, body = page.partition("\0")
        return (
            f'<!DOCTYPE html>\n<html lang="{html.escape(self.language)}">\n<head>\n'
            '<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(self.title or '')}</title>\n{head}</head>\n<body>\n<main>\n{body}\n</body>\n</html>\n"
        )


class OfflineMap(folium.Map):
    """A folium map without tiles that needs nothing from the network; other folium layers may be added to it.

    Only Leaflet is in the page. What a layer needs beyond it (tiles, an icon font, jQuery for a ``folium.Popup``) is
    named by ``needs``, and such a page is only written with ``save(path, offline=False)``.
    """

    def __init__(self, title: str, *, language: str = "en", best: Sequence[Best] = ()) -> None:
        super().__init__(
            location=(0, 0),
            tiles=None,
            control_scale=True,
            zoom_control="topright",
            prefer_canvas=True,
            maxZoom=20,
            zoomSnap=0.25,
            wheelPxPerZoomLevel=90,
        )
        self.default_js = [link for link in folium.Map.default_js if link[0] == "leaflet"]
        self.default_css = [link for link in folium.Map.default_css if link[0] == "leaflet_css"]
        OfflineFigure(title, language).add_child(self)
        self.best = best

    def _repr_html_(self, **kwargs: Any) -> str:
        """The page in a frame; above ``notebook.INLINE_UP_TO`` a link to a file beside the notebook, and the best."""
        root = self.get_root()
        if not isinstance(root, Figure):
            return str(super()._repr_html_(**kwargs))
        page = root.render(**kwargs)
        if len(page.encode()) <= notebook.INLINE_UP_TO:
            return str(root._repr_html_(**kwargs))
        return notebook.linked_page(page, str(root.title or ""), self.best)

    @property
    def needs(self) -> tuple[Need, ...]:
        """What the page asks the network for; () for a page that opens without one."""
        root = self.get_root()
        if not isinstance(root, Figure):
            return ()
        root.render()  # only then have plugins put their links into it
        return needs_of(root)

    def save(self, outfile: str | Path, *, offline: bool = True, **kwargs: Any) -> None:  # type: ignore[override]
        """Write the page as one file, whole or not at all.

        Raises ``RunError`` where ``offline`` and something in the page needs the network.
        """
        needs = self.needs if offline else ()
        if needs:
            first, *more = needs
            others = f" (and {len(more)} more, see its 'needs')" if more else ""
            raise RunError(
                f"The map is to open without a network, but something added to it needs '{first.name}' from "
                f"{first.url}{others}. Leave that layer out, or save it with offline=False."
            )
        write_text(Path(outfile), self.get_root().render(**kwargs))


def put_web(element: Element) -> None:
    """Put our own scripts and styles into the head of the page that the element belongs to, once."""
    figure = element.get_root()
    if isinstance(figure, Figure):
        figure.header.add_child(Verbatim(f"<style>\n{_web_text('siting.css')}</style>"), name="siting_css")
        figure.header.add_child(Verbatim(f"<script>\n{_web_text(*_SCRIPTS)}</script>"), name="siting_js")


def put_body(element: Element, markup: str) -> None:
    """Put markup into the body of the page that the element belongs to, once, as it is."""
    figure = element.get_root()
    if isinstance(figure, Figure):
        figure.html.add_child(Verbatim(markup), name="siting_body")


@cache
def _web_text(*names: str) -> str:
    """Our own scripts or styles, one after the other, without the comments that have lines of their own.

    Scripts are the body of one function, so that their names are their own; what the page calls is in ``siting``.
    """
    text = "".join((files("siting.maps") / "web" / name).read_text(encoding="utf-8") for name in names)
    return _COMMENT.sub("", f'(() => {{\n"use strict";\n{text}}})();\n' if names[0].endswith(".js") else text)


def _can_be_packed(figure: Figure, kwargs: dict[str, Any]) -> bool:
    """Whether no script of the page runs before its end, so that Leaflet and our scripts may come a moment later."""
    early = (*_PACKED, *figure._children)  # folium's map itself only sets flags for Leaflet
    others = [str(child.render(**kwargs)) for name, child in figure.header._children.items() if name not in early]
    texts = [*others, str(figure.html.render(**kwargs))]
    return not any(re.search(r'<script(?! type="text/plain")', text) for text in texts)


def _packed_scripts(scripts: Sequence[str], start: str) -> str:
    """Scripts as gzip in base64, the one that starts the page as it is, and the one that unpacks both."""
    data = gzip.compress(json.dumps(list(scripts)).encode(), 9, mtime=0)
    return (
        f'<script type="text/plain" id="siting-scripts">{base64.b64encode(data).decode()}</script>\n'
        f'<script type="text/plain" id="siting-start">\n{start}\n</script>\n'
        f"<script>\n{_web_text('gunzip.js', 'start.js')}</script>"
    )


def _in_ascii(markup: str) -> str:
    """Markup with references for all other characters: browsers read large pages in ASCII faster."""
    parts = re.split(r"(<script\b.*?</script>|<style\b.*?</style>)", markup, flags=re.DOTALL)
    parts[::2] = [text.encode("ascii", "xmlcharrefreplace").decode() for text in parts[::2]]
    return "".join(parts)


def _inlined(name: str, child: Element, kwargs: dict[str, Any]) -> str:
    """An element of the page's head, a link as the text that it links to."""
    if not isinstance(child, JavascriptLink | CssLink):
        return str(child.render(**kwargs))
    if name == "leaflet":
        return f"<script>{leaflet_js()}</script>"
    if name == "leaflet_css":
        return f"<style>{leaflet_css()}</style>"
    return str(child.render(**kwargs))


@cache
def leaflet_js() -> str:
    """Leaflet, with its marker images inside; its name is a link and nothing more."""
    source = (files("xstatic.pkg.leaflet") / "data" / "leaflet.js").read_text(encoding="utf-8")
    source = re.sub(r"//# sourceMappingURL=.*", "", source).replace("</script", "<\\/script")
    images = {"iconUrl": "marker-icon.png", "iconRetinaUrl": "marker-icon-2x.png", "shadowUrl": "marker-shadow.png"}
    options = ",".join(f'{key}:"{_image(name)}"' for key, name in images.items())
    prefix = '<a href="https://leafletjs.com" rel="noreferrer">Leaflet</a>'
    return (
        f'{source}\nL.Icon.Default.imagePath = "";\nL.Icon.Default.mergeOptions({{{options}}});\n'
        f"L.Control.Attribution.mergeOptions({{prefix: '{prefix}'}});\n"
    )


@cache
def leaflet_css() -> str:
    """Leaflet's styles, with their images inside."""
    source = (files("xstatic.pkg.leaflet") / "data" / "leaflet.css").read_text(encoding="utf-8")
    return re.sub(r"url\(images/([\w.-]+)\)", lambda match: f"url({_image(match[1])})", source)


def _image(name: str) -> str:
    """One of Leaflet's images as a data URI."""
    data = (files("xstatic.pkg.leaflet") / "data" / "images" / name).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _counted(figure: Figure, page: str) -> str:
    """The page with its elements numbered in order of appearance, instead of folium's random ids."""
    known = {element._id for element in elements(figure)}
    count: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        found = match[0]
        return count.setdefault(found, str(len(count))) if found in known else found

    return re.sub(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", number, page)


def _policy(page: str, needs: Sequence[Need], scripts: Sequence[str]) -> str:
    """A Content-Security-Policy that allows the scripts and styles of this page, byte by byte, and what it needs."""
    hosts = hosts_by_directive(needs)

    def hashes(tag: str) -> str:
        found = [*re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL), *(scripts if tag == "script" else ())]
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found]
        return " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests)) or "'none'"

    allowed = {
        "script-src": hashes("script"), "style-src": hashes("style"), "img-src": "data: blob:",
        **({"font-src": ""} if "font-src" in hosts else {}),
    }  # fmt: skip
    rules = [f"{name} {' '.join([own, *hosts.get(name, [])]).strip()}" for name, own in allowed.items()]
    return "; ".join(["default-src 'none'", *rules, "base-uri 'none'", "form-action 'none'"])
