"""A map in a notebook: the page itself up to a size; above it a file beside the notebook, a link and the best."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path

from siting.export import write_text
from siting.maps.view import MapView

__all__ = ["FOLDER", "INLINE_UP_TO", "Best", "best_of", "linked_page"]

INLINE_UP_TO = 8_000_000  #: bytes of a page that the output of a notebook carries (judgement)
FOLDER = "siting_maps"  #: where larger ones go, in the working folder
_ROWS = 10

Best = tuple[int, str, float, str]  #: rank, id, score, tier


def best_of(view: MapView, count: int = _ROWS) -> list[Best]:
    """The best parcels of a view; equal ranks in the order of the view."""
    ranked = [i for i in range(len(view.ids)) if view.rank[i] > 0]
    first = sorted(ranked, key=lambda i: int(view.rank[i]))[:count]
    return [(int(view.rank[i]), str(view.ids[i]), float(view.score[i]), str(view.tier[i])) for i in first]


def linked_page(page: str, title: str, best: Sequence[Best]) -> str:
    """Write a page that is too large for an output to ``siting_maps/``; the HTML of a link to it and of the best.

    Parameters
    ----------
    page : the whole page
    title : of the study; it also names the file
    best : the rows of the table
    """
    name = re.sub(r"[^\w]+", "-", title).strip("-")[:60] or "map"
    path = Path(FOLDER) / f"{name}.html"
    write_text(path, page)
    size = f"{len(page.encode()) / 1e6:,.1f} MB"
    limit = f"{INLINE_UP_TO / 1e6:g} MB"
    cells = "".join(
        f"<tr><td>{rank:,}</td><td>{html.escape(name)}</td><td>{score:.1f}</td><td>{html.escape(tier)}</td></tr>"
        for rank, name, score, tier in best
    )
    return (
        f'<p><a href="{html.escape(path.as_posix())}" target="_blank" rel="noopener">{html.escape(title)}: open the map'
        f"</a> ({size}; the output of a notebook carries maps of up to {limit}).</p>"
        f"<table><thead><tr><th>rank</th><th>id</th><th>score</th><th>tier</th></tr></thead><tbody>{cells}</tbody></table>"
    )
