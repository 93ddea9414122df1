"""Names and heads of the files that leave the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from siting.maps import MapView
from siting.maps.files import MAP_FILE_COLUMNS, files_of

View = Callable[..., MapView]


def test_columns_are_those_of_the_view(view: View) -> None:
    given = view()
    first, second = given.criteria
    named = replace(given, criteria=[replace(first, label="Station", unit="km"), replace(second, label="Use", unit="")])
    columns = ["Use code", "Station (km)", "Station: value", "Use", "Use: value"]
    assert files_of(named)["columns"] == [*MAP_FILE_COLUMNS, *columns]
    assert files_of(named)["marks"] == []


@pytest.mark.parametrize(
    ("synthetic", "marking", "marks"),
    [
        (True, "", ["SYNTHETIC"]),
        (True, "SYNTHETIC", ["SYNTHETIC"]),
        (True, "draft", ["SYNTHETIC · draft"]),
        (False, "draft", ["draft"]),
    ],
)
def test_what_is_invented_or_marked_says_so(view: View, synthetic: bool, marking: str, marks: list[str]) -> None:
    head = files_of(view(synthetic=synthetic, marking=marking))
    assert head["marks"] == marks
    assert head["columns"][-1] == "marking"


@pytest.mark.parametrize(
    ("title", "file"),
    [
        ("A study: land & water", "A-study-land-water"),
        ("../../etc/passwd\0", "etc-passwd"),
        ("Área 51_b", "Área-51-b"),
        ("…", "map"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_title_as_the_name_of_a_file(view: View, title: str, file: str) -> None:
    assert files_of(view(title=title))["file"] == file


def test_the_comment_is_one_line(view: View) -> None:
    comment = files_of(view(title="a\nb\u2028c\x85d\re"))["comment"]
    assert comment == "Weights of the map of: a b c d e"
    assert len(comment.splitlines()) == 1
