"""Quantities in words."""

from __future__ import annotations

import pytest

from siting.mcda.value import Piecewise
from siting.measure import State
from siting.metrics import parse_measure
from siting.ranking.words import quantity_text, quantity_texts, state_word, unit_of, within_of
from siting.units import parse_quantity

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("cells", "unit", "within", "words"),
    [
        ((3.14159, 3.14159, 3.14159, ""), "km", "25 km", "3.14 km"),
        ((0.1234, None, None, ""), "km", "", "123 m"),
        ((9.96, None, None, ""), "m", "", "10 m"),
        ((999.6, None, None, ""), "m", "", "1 km"),
        ((12345.678, None, None, ""), "km", "", "12,345.68 km"),
        ((0.0, None, None, ""), "km", "", "0 m"),
        ((NAN, 0.25, 2.0, ""), "km", "", "250 m to 2 km"),
        ((NAN, 0.25, 0.5, ""), "km", "", "250 to 500 m"),
        ((2.0, None, None, ""), "mile", "", "2 mile"),
        ((30.0, None, None, ""), "MWp", "", "30 MW peak"),
        ((INF, NAN, NAN, "> 25 km"), "km", "25 km", "> 25 km"),
        ((INF, None, None, ""), "km", "", "beyond the reach"),
        ((NAN, 2.0, 9.0, "uncertain"), "km", "25 km", "2 to 9 km"),
        ((NAN, 2.0, INF, "uncertain"), "km", "25 km", "2 km or more (searched 25 km)"),
        ((NAN, 2.0, INF, "uncertain"), "km", "", "2 km or more"),
        ((NAN, 0.0, 12.5, "not computed"), "acre", "", "not computed (at most 12.5 acre)"),
        ((NAN, NAN, NAN, "not computed"), "acre", "", "not computed"),
        ((NAN, None, None, "no data"), "%", "", "no data"),
        ((None, None, None, ""), "", "", "no data"),
        (("by_right", None, None, ""), "", "", "by_right"),
        ((7.0, None, None, ""), "", "15 km", "7"),
        ((0.0, None, None, ""), "% slope", "", "0 % slope"),
        ((1234567.0, None, None, ""), "USD(2025)", "", "1,234,567 USD(2025)"),
    ],
)
def test_a_quantity_in_words(cells: tuple[object, ...], unit: str, within: str, words: str) -> None:
    quantity, low, high, word = cells
    assert quantity_text(quantity, low, high, str(word), unit=unit, within=within) == words


def test_many_quantities_read_as_each_alone() -> None:
    columns = [
        [1.0, NAN, 1.0, "x"],
        [None, 2.0, None, None],
        [None, 3.0, None, None],
        ["", "uncertain", "", ""],
    ]
    assert quantity_texts(columns, unit="km", within="5 km") == ["1 km", "2 to 3 km", "1 km", "x"]


@pytest.mark.parametrize(
    ("state", "within", "word"),
    [
        (State.KNOWN, "25 km", ""),
        (State.NO_DATA, "25 km", "no data"),
        (State.BEYOND, "25 km", "> 25 km"),
        (State.BEYOND, "", "> the reach of the layer"),
        (State.NOT_COMPUTED, "", "not computed"),
        (State.UNKNOWN, "", "uncertain"),
        (State.NO_PLACE, "", "no usable land"),
    ],
)
def test_every_state_has_its_word(state: State, within: str, word: str) -> None:
    assert state_word(state, within) == word
    assert state_word(State.NO_PLACE, "", "pad") == "no pad fits"


@pytest.mark.parametrize(
    ("measure", "unit"),
    [
        ({"distance": "rail"}, "km"),
        ({"share": "flood"}, "%"),
        ({"usable": "largest_piece"}, "acre"),
        ({"slope": "dem"}, "% slope"),
        ({"count": "stations", "within": "5 km"}, ""),
        ({"class": "zoning"}, ""),
        ({"attribute": "wells", "field": "DEPTH", "unit": "ft"}, "ft"),
    ],
)
def test_the_unit_people_read(measure: dict[str, str], unit: str) -> None:
    assert unit_of(parse_measure(measure, "here")) == unit


def test_the_anchors_of_the_value_function_choose_the_unit() -> None:
    anchors = ((parse_quantity("1 mi"), 1.0), (parse_quantity("5 mi"), 0.0))
    assert unit_of(parse_measure({"distance": "rail"}, "here"), Piecewise(anchors=anchors)) == "mi"


def test_how_far_a_search_goes() -> None:
    said = [within_of(parse_measure(m, "here")) for m in (
        {"distance": "rail", "within": "25000 m"}, {"distance": "rail", "within": "800 m"},
        {"distance": "rail", "within": "5 mi"}, {"distance": "rail"}, {"shape": "area"},
    )]  # fmt: skip
    assert said == ["25 km", "800 m", "5 mi", "", ""]


def test_a_field_per_area_is_read_per_area() -> None:
    assert unit_of(parse_measure({"field": "VALUE", "unit": "USD", "per": "acre"}, "x")) == "USD/acre"
