"""The page in Firefox: it draws itself, asks for nothing, explains a parcel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from siting.maps import MapView, ranking_map

from ..conftest import program
from .firefox import Firefox
from .ui import live


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
    assert "Ahead through Substation (+37.50). Behind through Usable land (−17.50)." in card
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


def opened(firefox: Firefox, path: Path, view: MapView) -> None:
    ranking_map(view).save(path)
    firefox.open(path)


def slide(firefox: Firefox, at: int, to: int) -> list[str]:
    """Move a slider; the ranked list as "rank id score"."""
    return list(
        firefox.evaluate(
            f"(() => {{ const it = document.querySelectorAll('input[type=range]')[{at}]; it.value = {to};"
            " it.dispatchEvent(new Event('input', { bubbles: true }));"
            " return [...document.querySelectorAll('.siting-list li:not([hidden])')].map((row) => {"
            " const words = row.innerText.split(/\\s+/); return [words[0], words[1], words.at(-1)].join(' '); }); })()"
        )
    )


@pytest.mark.firefox
def test_sliders_card_comparison_and_address_in_firefox(
    firefox: Firefox, view: Callable[..., MapView], tmp_path: Path
) -> None:
    """Power 25 and land 25, as in test_page_live.py: A-1 = 70, A-2 = 60."""
    path = tmp_path / "map.html"
    opened(firefox, path, live(view))
    assert slide(firefox, 0, 25) == ["1 A-1 70.0", "1 A-3 70.0", "3 A-2 60.0"]
    for k in (0, 1):
        firefox.evaluate(f"document.querySelectorAll('.siting-list button')[{k}].click()")
        time.sleep(0.3)
        firefox.evaluate("[...document.querySelectorAll('.siting-card button')][0].click()")
    firefox.evaluate("document.querySelectorAll('.siting-card button')[1].click()")
    assert firefox.evaluate("[...document.querySelectorAll('.siting-pinned thead th')].length") == 2
    time.sleep(0.4)
    address = str(firefox.evaluate("location.href"))
    assert "#weight%3Apower=25&" in address
    firefox.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert firefox.evaluate("document.querySelector('.siting-picture').width") > 100
    assert [url for url in firefox.asked if not url.startswith(("data:", "about:", "file:"))] == []
    assert firefox.wrong == []


@pytest.mark.firefox
def test_the_page_in_a_notebooks_frame_in_firefox(
    firefox: Firefox, view: Callable[..., MapView], tmp_path: Path
) -> None:
    cell = tmp_path / "cell.html"
    shown = ranking_map(live(view))._repr_html_()
    cell.write_text(f"<!DOCTYPE html><title>cell</title><p data-ready></p>{shown}", encoding="utf-8")
    firefox.open(cell)
    inner = "document.querySelector('iframe').contentDocument"
    for _ in range(100):
        if firefox.evaluate(f"{inner}.querySelector('.siting-list button') !== null"):
            break
        time.sleep(0.1)
    firefox.evaluate(
        f"(() => {{ const it = {inner}.querySelector('input[type=range]'); it.value = 25;"
        " it.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    time.sleep(0.4)
    firefox.evaluate(f"[...{inner}.querySelectorAll('button')].find((it) => it.innerText === 'Copy link').click()")
    time.sleep(0.2)
    assert firefox.evaluate(f"{inner}.querySelector('input[readonly]').value") == "#weight%3Apower=25"
    assert [url for url in firefox.asked if not url.startswith(("data:", "about:", "file:"))] == []
    assert firefox.wrong == []
