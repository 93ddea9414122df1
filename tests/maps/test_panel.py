"""The markup around the map: what the view decides stands in it, and hostile text stays text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from siting.maps import MapView
from siting.maps.live import why_not_live
from siting.maps.panel import panel_html
from siting.maps.view import MapReason

from .test_page import HOSTILE
from .ui import TREE, live

View = Callable[..., MapView]
VOID = {"input"}


class Markup(HTMLParser):
    """The elements of a text: tag, attributes, and the text directly and deeper inside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one: tuple[str, dict[str, str | None], list[str]] = (tag, dict(attrs), [])
        self.all.append(one)
        if tag not in VOID:
            self.open.append(one)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one[2].append(data)

    def find(self, tag: str, **attributes: str) -> list[tuple[dict[str, str | None], str]]:
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [
            (given, " ".join("".join(texts).split()))
            for name, given, texts in self.all
            if name == tag and all(given.get(key) == value for key, value in wanted.items())
        ]


def ends(page: Markup) -> list[tuple[str | None, str | None]]:
    """The thresholds that can be moved, with what they are."""
    fields = [(given["name"], given["value"]) for given, _ in page.find("input", type="number")]
    return [(name, value) for name, value in fields if str(name).startswith(("above:", "below:"))]


def test_rules_say_how_many_they_take_and_take_alone(view: View) -> None:
    """X-5 is out for two reasons, S-4 and N-6 for one each; only the size of the first can be moved."""
    page = Markup(panel_html(live(view)))
    numbers = [
        (given["title"], text) for given, text in page.find("small", **{"class": "siting-number"}) if "title" in given
    ]
    assert numbers == [
        ("1 for this alone", "1"),
        ("0 for this alone", "1"),
        ("0 for this alone", "1"),
        ("1 for this alone", "1"),
    ]
    assert ends(page) == [("below:too small: 12 acre is below 80 acre", "80")]


def test_thresholds_without_an_end_have_no_field(view: View) -> None:
    rules = [
        MapReason(name="far", criterion="station", above=2.5, below=float("nan")),
        MapReason(name="near", criterion="unknown", above=1.0),
    ]
    page = Markup(panel_html(live(view, rules=rules, reasons=[[], [], [], ["far"], ["far"], ["near"]])))
    assert ends(page) == [("above:far", "2.5")]


def test_what_is_measured_is_worded_as_on_the_cards(view: View) -> None:
    """Stations lie 1, 4 and 9 km away, further or unknown; usable land is 0 to 200 acres."""
    text = panel_html(live(view))
    assert re.findall(r"Measured: (.*?)\.</small>", text) == ["1 km to 9 km", "0 acre to 200 acre"]
    nothing = [replace(criterion, number=np.full(6, np.nan)) for criterion in live(view).criteria]
    assert "A limit of your own" not in panel_html(live(view, criteria=nothing))


def test_a_slider_for_each_member_that_weighs_something(view: View) -> None:
    """The two blocks have neighbours, their only criteria have none; the worst member and a product have no weights."""
    assert len(Markup(panel_html(live(view))).find("input", type="range")) == 2
    for combine, said in (("worst", True), ("product", False)):
        text = panel_html(live(view, tree=replace(TREE, combine=combine)))
        assert Markup(text).find("input", type="range") == []
        assert ("The worst of these decides:" in text) == said


def test_named_weights_follow_the_study_and_ones_own(view: View) -> None:
    options = Markup(panel_html(live(view))).find("option")[:4]
    assert [text for _, text in options] == [
        "the study", "your own", "land first", "no power (it changes more than weights)",
    ]  # fmt: skip
    assert ["disabled" in given for given, _ in options] == [False, False, False, True]


def test_a_map_that_cannot_be_weighed_says_why(view: View) -> None:
    assert Markup(panel_html(view())).find("p", **{"class": "siting-note"})[1][1] == why_not_live(view()) != ""
    text = panel_html(live(view, why_not_live="TOPSIS compares all parcels."))
    assert "TOPSIS compares all parcels." in text
    assert Markup(text).find("select", aria_label="Weights of") == []


@pytest.mark.parametrize(("notes", "folded"), [(0, False), (2, False), (3, True)])
def test_notes_fold_from_three_on(view: View, notes: int, folded: bool) -> None:
    text = panel_html(view(notes=[f"note {k}" for k in range(notes)]))
    assert [f"note {k}" in text for k in range(3)] == [k < notes for k in range(3)]
    assert (f"{notes - 1} more notes" in text) == folded


def test_hostile_text_makes_no_element(view: View) -> None:
    """With hostile text everywhere there are the same elements as without, and the text is there."""
    everything = "".join(HOSTILE)

    def hostile(text: str) -> dict[str, Any]:
        plain = live(view)
        return {
            "title": text, "marking": text, "notes": [text], "left_out": [text], "source": text, "why": {"flood": text},
            "tier_cuts": {text: 1.0}, "criteria": [replace(one, label=text, unit=text) for one in plain.criteria],
            "weight_sets": [replace(plain.weight_sets[0], name=text)],
            "scenarios": [replace(plain.scenarios[0], name=text, why_not=text)],
        }  # fmt: skip

    made = [Markup(panel_html(live(view, **hostile(text)))) for text in ("plain", everything)]
    tags = [[(tag, sorted(given)) for tag, given, _ in page.all] for page in made]
    assert tags[0] == tags[1]
    assert made[1].find("h1")[0][1] == " ".join(everything.replace("\0", "\ufffd").split())
