"""The drawing of a criterion: the curve passes through the anchors, the bars are the counts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from siting.mcda.value import Classes, Summary, parse_value
from siting.report.figure import BARS, CURVE, LEFT, RIGHT, TOP, WIDTH, Drawn, class_figure, curve_figure, curve_points
from siting.units import parse_unit

KM = parse_unit("km")
ALL = np.ones(4, bool)
FORMS: list[Any] = [
    [["2 km", 1], ["8 km", 0.5], ["25 km", 0]],
    {"step": [["0 km", 1], ["2 km", 0.5], ["8 km", 0]]},
    {"sigmoid": {"points": [["2 km", 0.9], ["8 km", 0.1]]}},
    {"gaussian": {"midpoint": "5 km", "half_width": "3 km"}},
]


def _function(form: Any) -> Any:
    return parse_value(form)


def _points(drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
    line = ET.fromstring(drawn.figure).find("polyline")
    assert line is not None
    pairs = np.array([[float(v) for v in pair.split(",")] for pair in line.attrib["points"].split()])
    return pairs[:, 0], 1 - (pairs[:, 1] - TOP) / CURVE


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_curve_passes_through_every_anchor(form: Any) -> None:
    function = _function(form)
    at, values = curve_points(function, KM, 0, 40)
    for quantity, value in function.anchors:
        if 0 <= quantity.value <= 40_000:
            here = np.flatnonzero(np.isclose(at, quantity.value / 1000, rtol=0, atol=1e-12))
            assert len(here)
            assert values[here[-1]] == pytest.approx(value, abs=1e-9)
    between = np.array([KM.to_si(float(x)) for x in np.linspace(0.013, 39.9, 97)])
    expected = function.value(between)
    assert np.interp(between / 1000, at, values) == pytest.approx(expected, abs=0.01)


def test_the_drawn_line_and_the_dots_are_where_the_anchors_are() -> None:
    quantity = np.array([1.0, 3.0, 30.0, np.inf])
    drawn = curve_figure(_function(FORMS[0]), quantity, ALL, unit=KM, title="station", within="40 km")
    x, values = _points(drawn)
    root = ET.fromstring(drawn.figure)
    dots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter("circle")]
    assert [round(1 - (y - TOP) / CURVE, 3) for _, y in dots] == [1, 0.5, 0]
    for place, y in dots:
        assert np.interp(place, x, values) == pytest.approx(1 - (y - TOP) / CURVE, abs=1e-3)
    assert x.min() == LEFT
    assert x.max() == WIDTH - RIGHT
    assert "km" in [text.text for text in root.iter("text")]
    assert drawn.notes == ("1 admitted farther than 40 km",)


def test_the_bars_are_the_counts() -> None:
    quantity = np.array([2.0, 2.0, 8.0, 25.0, np.nan])
    admitted = np.array([True, True, True, False, False])
    drawn = curve_figure(_function(FORMS[0]), quantity, admitted, unit=KM, title="station")
    bars: dict[str, list[float]] = {"admitted": [], "everyone": []}
    for part in ET.fromstring(drawn.figure).iter("rect"):
        bars[part.attrib["class"]].append(float(part.attrib["height"]))
    assert bars["admitted"] == pytest.approx([BARS, BARS / 2], abs=0.01)  # 2 and 1 of 3
    assert bars["everyone"] == pytest.approx([BARS * 0.6, BARS * 0.3, BARS * 0.3], abs=0.01)  # 2, 1 and 1 of 5


def test_a_slope_in_degrees_is_drawn_in_degrees() -> None:
    function = _function([["2 degrees", 1], ["10 degrees", 0]])
    at, values = curve_points(function, parse_unit("degrees"), 0, 12)
    assert at.tolist() == pytest.approx([0, 2, 10, 12])
    assert values.tolist() == [1, 1, 0, 0]


def test_a_fitted_function_and_nothing_measured() -> None:
    function = _function({"min_max": {"direction": "falling"}}).of_dimension("length")
    fitted = function.fitted(Summary.of(np.array([1000.0, 5000.0])))
    nothing = np.full(4, np.nan)
    drawn = curve_figure(fitted, nothing, np.zeros(4, bool), unit=fitted.unit, title="x")
    assert "<polyline" in drawn.figure
    assert drawn.notes == ("4 of all 4 parcels without an exact quantity",)


def test_classes_show_their_value_and_their_share() -> None:
    given = np.array(["by_right", "none", "none", None, "odd"], dtype=object)
    drawn = class_figure(Classes({"by_right": 1, "none": 0}), given, np.array([True] * 5), title="zoning")
    root = ET.fromstring(drawn.figure)
    widths = {name: [float(r.attrib["width"]) for r in root.iter("rect") if r.attrib["class"] == name] for name in
              ("value", "admitted", "everyone")}  # fmt: skip
    assert widths["value"] == [110, 0]
    assert widths["admitted"] == [65, 130]
    assert widths["everyone"] == [65, 130]
    assert [t.text for t in root.iter("text")][-4:] == ["20%", "none", "0", "40%"]
    assert drawn.notes == ("1 admitted without a class", "1 admitted with an unlisted class")


def test_hostile_class_names_and_titles_stay_text() -> None:
    name = "<script>alert(1)</script>"
    drawn = class_figure(Classes({name: 1}), np.array([name], object), np.ones(1, bool), title=name)
    assert "<script" not in drawn.figure
