"""Drawings as text: what is escaped, and where the ticks are."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest

from siting.report.drawing import bar, number, range_bar, stacked, svg, tag, ticks

HOSTILE = "\"><script>alert('1')</script>&amp;"


def test_every_text_and_attribute_is_escaped() -> None:
    read = ET.fromstring(svg([tag("text", HOSTILE, class_=HOSTILE)], 10, 10, HOSTILE))
    assert read.attrib["aria-label"] == HOSTILE
    assert read[0].text == HOSTILE
    assert read[0].attrib["class"] == HOSTILE


def test_numbers_are_short() -> None:
    assert [number(v) for v in (1, 1.005, 1.5, -0.0, 1e6)] == ["1", "1", "1.5", "0", "1000000"]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0, 10), [0, 2, 4, 6, 8, 10]),
        ((-1, 1), [-1, -0.5, 0, 0.5, 1]),
        ((3, 3), [3]),
        ((0.01, 0.02), [0.01, 0.012, 0.014, 0.016, 0.018, 0.02]),
    ],
)
def test_ticks_are_round(ends: tuple[float, float], expected: list[float]) -> None:
    assert ticks(*ends) == pytest.approx(expected)


def _widths(drawing: str) -> list[float]:
    return [float(part.attrib["width"]) for part in ET.fromstring(drawing).iter("rect")]


def test_bars_are_as_long_as_their_shares() -> None:
    assert _widths(bar(0.25, "a quarter")) == [100, 25]
    assert _widths(bar(math.nan, "nothing")) == [100, 0]
    assert _widths(bar(1.5, "too much")) == [100, 100]
    assert _widths(range_bar(0.2, 0.3, 0.6, "a range")) == [100, 40, 1.6]


def test_parts_of_a_bar_fill_it() -> None:
    assert _widths(stacked([("a", 1), ("b", 3)], "four")) == [250, 750]
    assert _widths(stacked([("a", 0)], "none")) == [0]
