"""The page as a whole: self-contained, inert, the same bytes; seen by a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import siting
from siting.ranking import Ranking
from siting.report import Report, report_of
from tests.world import HOSTILE, SECRET


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _read(page: str) -> _Tags:
    tags = _Tags()
    tags.feed(page)
    return tags


@pytest.fixture(scope="module")
def hostile(ranked: Ranking) -> Ranking:
    """The drawn world with markup wherever a study takes text."""
    patch = {
        "title": f"{HOSTILE} title",
        "marking": f"{HOSTILE} marking",
        "partial": {"water": f"{HOSTILE} partial"},
        "blocks.power.criteria.station.source": f"{HOSTILE} source",
        "blocks.power.criteria.station.title": f"{HOSTILE} criterion",
        "exclusions": [{"name": f"{HOSTILE} rule", "inside": "tribal", "why": f"{HOSTILE} why"}],
    }
    return ranked.reweight(patch)


def test_hostile_text_is_shown_and_inert(hostile: Ranking) -> None:
    page = hostile.report().html
    tags = _read(page)
    assert not {"img", "script", "iframe", "object", "embed", "link", "form"} & set(tags.names)
    assert not [name for name, _ in tags.attributes if name.startswith("on")]
    assert HOSTILE not in page
    text = " ".join(tags.text)
    for where in ("title", "marking", "source", "criterion", "rule", "why"):
        assert f"{HOSTILE} {where}" in text


def test_nothing_is_fetched_and_nothing_may_be(ranked: Ranking) -> None:
    page = ranked.report().html
    assert "default-src 'none'" in page
    assert not [
        v for name, v in _read(page).attributes if name in ("src", "href", "srcset") and not str(v).startswith("#")
    ]
    assert not re.search(r"url\(|@import|https?:", page)


def test_private_fields_stay_out(ranked: Ranking) -> None:
    assert SECRET not in ranked.report().html


def test_the_same_ranking_gives_the_same_bytes(world: Path, ranked: Ranking, tmp_path: Path) -> None:
    anew = siting.rank(siting.read_study(world), workers=2, part_size=7, progress=None)
    first = ranked.report().save(tmp_path / "a.html").read_bytes()
    assert report_of(anew).save(tmp_path / "b.html").read_bytes() == first
    assert b"\r" not in first


def test_a_run_writes_the_same_page(finished: Path, ranked: Ranking) -> None:
    assert (finished / "report.html").read_text(encoding="utf-8") == ranked.report().html


def test_what_it_says_first(ranked: Ranking) -> None:
    page = ranked.report().html
    text = " ".join(" ".join(_read(page).text).split())
    assert "SYNTHETIC A drawn world" in text
    assert "Partial (water): no layer of water is drawn." in text
    assert "44 records came in = " in text
    scenario = Ranking.report(ranked.reweight({})).html
    assert scenario == page


def test_a_scenario_is_named(world: Path) -> None:
    ranked = siting.rank(siting.read_study(world), scenario="power_first", progress=None)
    assert "Scenario: power_first" in ranked.report().html


def test_it_shows_itself_in_a_notebook() -> None:
    shown = Report('<p title="x">one</p>')._repr_html_()
    assert 'srcdoc="&lt;p title=&quot;x&quot;&gt;one&lt;/p&gt;"' in shown
    assert 'sandbox=""' in shown


@pytest.mark.browser
def test_a_browser_requests_nothing_else_and_complains_of_nothing(
    hostile: Ranking, chromium: Any, tmp_path: Path
) -> None:
    path = hostile.report().save(tmp_path / "report.html")
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator("svg.figure").count() == len(hostile.study.criteria())
    assert page.locator("svg.figure").first.bounding_box()["width"] > 300
    page.close()
