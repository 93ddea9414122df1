"""The page in Firefox: it draws itself, asks for nothing, explains a parcel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from siting.maps import MapView, ranking_map

from ..conftest import program
from .firefox import Firefox


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    profile = tmp_path / "profile"
    profile.mkdir()
    browser = Firefox(str(program("SITING_FIREFOX", "firefox-esr", "firefox")), profile)
    yield browser
    browser.close()


@pytest.mark.firefox
def test_the_page_draws_itself_and_a_ranked_parcel_explains_itself(
    firefox: Firefox, view: Callable[..., MapView], tmp_path: Path
) -> None:
    path = tmp_path / "map.html"
    ranking_map(view()).save(path)
    firefox.open(path)
    assert firefox.evaluate("document.querySelector('.siting-busy') === null")
    ranked = firefox.evaluate("[...document.querySelectorAll('.siting-list button')].map((row) => row.innerText)")
    assert [row.split()[:2] for row in ranked] == [["1", "A-2"], ["2", "A-1"], ["2", "A-3"]]
    firefox.evaluate("document.querySelector('.siting-list button').click()")
    card = firefox.evaluate("document.querySelector('.siting-card').innerText")
    assert "Ahead through Substation (+37.50); behind through Usable land (−17.50)." in card
    drawn = "[...document.querySelectorAll('.siting-map canvas')].some((it) => it.width > 100)"
    assert firefox.evaluate(drawn)
    assert [url for url in firefox.asked if not url.startswith(("data:", "about:", "file:"))] == []
    assert firefox.wrong == []


@pytest.mark.firefox
def test_a_request_would_be_noticed(firefox: Firefox, tmp_path: Path) -> None:
    path = tmp_path / "asks.html"
    path.write_text('<!DOCTYPE html><p data-ready></p><img src="http://127.0.0.1:61999/x.png">', encoding="utf-8")
    firefox.open(path)
    assert "http://127.0.0.1:61999/x.png" in firefox.asked
