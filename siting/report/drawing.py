"""Small drawings as SVG text: tags, axes, bars. Every text and attribute is escaped; nothing else is ever put in."""

from __future__ import annotations

import math
from collections.abc import Iterable

from markupsafe import Markup, escape

__all__ = ["bar", "number", "range_bar", "stacked", "svg", "tag", "ticks"]


def number(value: float) -> str:
    """A coordinate or a size: two decimals, without what says nothing.

    >>> number(12.0), number(0.126), number(-0.001)
    ('12', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def tag(name: str, text: str = "", /, **attributes: str | float) -> Markup:
    """One element. Underscores of attribute names become hyphens (``text_anchor``, ``class_``).

    >>> tag("text", "<b>", x=1.5, class_="axis")
    Markup('<text x="1.5" class="axis">&lt;b&gt;</text>')
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(number(v) if isinstance(v, int | float) else v)}"'
        for key, v in attributes.items()
    )
    return Markup(f"<{name}{said}>{escape(text)}</{name}>")


def svg(parts: Iterable[Markup], width: float, height: float, label: str, class_: str = "figure") -> Markup:
    """A drawing of this size, with a label for those who do not see it; only a figure keeps its proportions."""
    fit = "" if class_ == "figure" else ' preserveAspectRatio="none"'
    head = f'<svg class="{class_}" viewBox="0 0 {number(width)} {number(height)}"{fit} role="img" aria-label="'
    return Markup(head + f'{escape(label)}">' + "".join(parts) + "</svg>")


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two ends, at most about so many.

    >>> ticks(0, 26), ticks(0.2, 0.9, 4)
    ([0.0, 5.0, 10.0, 15.0, 20.0, 25.0], [0.2, 0.4, 0.6, 0.8])
    """
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def bar(share: float, label: str, class_: str = "fill") -> Markup:
    """A bar in a cell, as long as the share of it."""
    width = 0.0 if math.isnan(share) else 100 * min(max(share, 0.0), 1.0)
    parts = [tag("rect", x=0, y=2, width=100, height=8, class_="track"), tag("rect", x=0, y=2, width=width, height=8,
             class_=class_)]  # fmt: skip
    return svg(parts, 100, 12, label, "bar")


def range_bar(low: float, at: float, high: float, label: str) -> Markup:
    """A range with a mark in it, all in [0, 1] of the cell."""
    low, at, high = (min(max(v, 0.0), 1.0) * 100 for v in (low, at, high))
    parts = [
        tag("rect", x=0, y=2, width=100, height=8, class_="track"),
        tag("rect", x=low, y=2, width=max(high - low, 0.8), height=8, class_="span"),
        tag("rect", x=at - 0.8, y=0, width=1.6, height=12, class_="mark"),
    ]
    return svg(parts, 100, 12, label, "bar")


def stacked(counts: Iterable[tuple[str, int]], label: str) -> Markup:
    """One bar of parts that add up; the classes part-0, part-1, ... colour them."""
    parts, at, given = [], 0.0, list(counts)
    total = sum(count for _, count in given) or 1
    for place, (name, count) in enumerate(given):
        width = 1000 * count / total
        piece = tag("rect", x=at, y=0, width=width, height=22, class_=f"part-{place}")
        parts.append(Markup("<g>") + tag("title", f"{name}: {count:,}") + piece + Markup("</g>"))
        at += width
    return svg(parts, 1000, 22, label, "stacked")
