"""Unions: what two registers hold is there once, and nothing else is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, utils
from shapely import LineString, Point, box

from siting.catalogue.use import Same
from siting.errors import StudyError
from siting.layer.union import united
from tests.layer.parts import part

ITEM = "The layer 'stations' (union of a, b)"


def same(**rule: Any) -> Same:
    return Same.model_validate({"within": "150 m", **rule})


def test_a_station_of_two_registers_is_there_once() -> None:
    """Three stations in a line, 100 m and 200 m from those of the second register."""
    a = part([Point(0, 0), Point(1000, 0)], {"NAME": ["Avery", "Rudd"], "KV": [230.0, 500.0]}, units={"KV": "kV"})
    b = part([Point(100, 0), Point(1200, 0), Point(5000, 0)], {"NAME": ["AVERY SUBSTATION", "Rudd", "Palm"]})
    both = united("stations", [a, b], ["a", "b"], same(name="NAME", ignore=["Substation"]), item=ITEM)
    assert both.layer.ids.tolist() == ["a:0", "a:1", "b:1", "b:2"], "Rudd lies 200 m away: another one"
    assert both.layer.table["part"].tolist() == ["a", "a", "b", "b"]
    assert [(str(both.ids[x]), str(both.ids[y])) for x, y in both.left_out] == [("b:0", "a:0")]
    assert both.layer.table["KV"].tolist()[:2] == [230.0, 500.0]
    assert both.layer.table["KV"].isna().tolist() == [False, False, True, True]
    assert both.layer.units == {"KV": "kV"}


def test_without_a_rule_everything_stays() -> None:
    a, b = part([Point(0, 0)], {"N": ["x"]}), part([Point(0, 0)], {"N": ["x"]})
    assert united("s", [a, b], ["a", "b"], None, item=ITEM).layer.ids.tolist() == ["a:0", "b:0"]


def test_exactly_the_distance_is_within() -> None:
    a, b = part([Point(0, 0)]), part([Point(150, 0), Point(150.001, 0)])
    both = united("s", [a, b], ["a", "b"], same(), item=ITEM)
    assert both.layer.ids.tolist() == ["a:0", "b:1"]


def test_features_of_one_source_are_never_compared() -> None:
    a = part([Point(0, 0), Point(1, 0)], {"N": ["Avery", "Avery"]})
    b = part([Point(2, 0)], {"N": ["Avery"]})
    assert united("s", [a, b], ["a", "b"], same(name="N"), item=ITEM).layer.ids.tolist() == ["a:0", "a:1"]


def test_a_chain_of_registers_brings_nothing_back() -> None:
    """b is a (100 m), and c is b (100 m) though 200 m from a: all three are one."""
    parts = [part([Point(x, 0)]) for x in (0, 100, 200)]
    assert united("s", parts, ["a", "b", "c"], same(), item=ITEM).layer.ids.tolist() == ["a:0"]


def test_order_is_preference() -> None:
    a, b = part([Point(0, 0)], {"N": ["a"]}), part([Point(10, 0)], {"N": ["b"]})
    assert united("s", [a, b], ["a", "b"], same(), item=ITEM).layer.table["N"].tolist() == ["a"]
    assert united("s", [b, a], ["b", "a"], same(), item=ITEM).layer.table["N"].tolist() == ["b"]


@pytest.mark.parametrize(
    ("rule", "ids", "unnamed"),
    [
        ({"name": "N"}, ["a:0", "a:1", "b:0", "b:1"], 2),
        ({"name": "N", "unnamed": "same"}, ["a:0", "a:1"], 2),
        ({}, ["a:0", "a:1"], 0),
    ],
)
def test_names_that_are_missing_or_keys(rule: dict[str, Any], ids: list[str], unnamed: int) -> None:
    a = part([Point(0, 0), Point(1000, 0)], {"N": ["UNKNOWN12345", "Rudd"]})
    b = part([Point(10, 0), Point(1010, 0)], {"N": ["Avery", None]})
    keys = {"no_name": ["UNKNOWN*", "TAP*"]} if "name" in rule else {}
    both = united("s", [a, b], ["a", "b"], same(**rule, **keys), item=ITEM)
    assert both.layer.ids.tolist() == ids
    assert both.unnamed == unnamed


def test_what_is_left_out_can_fill_and_make_certain() -> None:
    """The preferred register lacks the voltage and is doubtful; the other has it and is sure."""
    a = part([Point(0, 0)], {"N": ["Avery"], "KV": [np.nan]}, certain=[False])
    b = part([Point(30, 0), Point(40, 0)], {"N": ["Avery", "Avery"], "KV": [230.0, 69.0]})
    plain = united("s", [a, b], ["a", "b"], same(name="N"), item=ITEM).layer
    assert (plain.table["KV"].isna().tolist(), plain.certain.tolist()) == ([True], [True])
    filled = united("s", [a, b], ["a", "b"], same(name="N", fill=True), item=ITEM).layer
    assert filled.table["KV"].tolist() == [230.0], "the first in the file's order of place"


def test_units_are_made_one() -> None:
    a = part([Point(0, 0)], {"V": [230.0]}, units={"V": "kV"})
    b = part([Point(9, 9)], {"V": [69000.0]}, units={"V": "V"})
    both = united("s", [a, b], ["a", "b"], None, item=ITEM)
    assert both.layer.table["V"].tolist() == [230.0, 69.0]
    assert both.layer.units == {"V": "kV"}
    assert both.notes == ("V of 'b' was converted from V to kV.",)


def test_whole_numbers_stay_whole() -> None:
    a, b = part([Point(0, 0)], {"L": [3]}), part([Point(9, 9)], {"L": [5]})
    assert united("s", [a, b], ["a", "b"], None, item=ITEM).layer.table["L"].dtype == np.int64


@pytest.mark.parametrize(
    ("a", "b", "rule", "message"),
    [
        (
            part([Point(0, 0)]),
            part([box(0, 0, 1, 1)]),
            None,
            f"{ITEM} has points in 'a' and other kinds elsewhere: 'points in a', 'polygons in b'. "
            "A union is of one kind: write kind: at a part, or make the parts alike (buffer:).",
        ),
        (
            part([Point(0, 0)], {"NAME": ["x"]}),
            part([Point(0, 0)], {"name": ["x"]}),
            same(name="TITLE"),
            f"{ITEM} has same: name: 'TITLE', which no part has. The fields are 'part', 'NAME', 'name'; "
            "rename: gives the fields of two registers one name.",
        ),
        (
            part([Point(0, 0)], {"V": [1.0]}),
            part([Point(0, 0)], {"V": ["1"]}),
            None,
            f"{ITEM} has the field 'V' as number in 'a' and as text in 'b'. "
            "Rename one of them: rename: {...} at that part.",
        ),
        (
            part([Point(0, 0)], {"V": [1.0]}, units={"V": "kV"}),
            part([Point(0, 0)], {"V": [1.0]}),
            None,
            f"{ITEM} has the field 'V' in 'kV' in 'a' and in 'no unit' in 'b'. "
            "Write units: at the part that lacks one, or rename: one of the fields.",
        ),
        (
            part([Point(0, 0)], {"V": [1.0]}, units={"V": "kV"}),
            part([Point(0, 0)], {"V": [1.0]}, units={"V": "MW"}),
            None,
            f"{ITEM} has the field 'V' in 'kV' in 'a' and in 'MW' in 'b'. "
            "Write units: at the part that lacks one, or rename: one of the fields.",
        ),
        (
            part([Point(0, 0)], {"V": ["1"]}, units={"V": "kV"}),
            part([Point(0, 0)], {"V": ["1"]}, units={"V": "V"}),
            None,
            f"{ITEM} has the field 'V' in 'V' in 'b', as text, which cannot be converted to 'kV' of 'a'. "
            "Rename one of the fields.",
        ),
        (
            part([Point(0, 0)], {"part": ["x"]}),
            part([Point(0, 0)]),
            None,
            f"{ITEM} has a field 'part', which in a union is the name of the source. "
            "Rename it where it is read: rename: {part: ...}.",
        ),
    ],
)
def test_what_cannot_be_united(a: Any, b: Any, rule: Same | None, message: str) -> None:
    with pytest.raises(StudyError) as error:
        united("stations", [a, b], ["a", "b"], rule, item=ITEM)
    assert str(error.value) == message


def test_parts_without_a_feature() -> None:
    a = part([], {"N": []}, kind="point")
    b = part([Point(0, 0)], {"N": ["x"]})
    assert united("s", [a, b], ["a", "b"], same(name="N"), item=ITEM).layer.ids.tolist() == ["b:0"]
    assert len(united("s", [a, a], ["a", "b"], same(), item=ITEM).layer) == 0


def test_lines_are_near_where_they_are_nearest() -> None:
    a, b = part([LineString([(0, 0), (1000, 0)])]), part([LineString([(500, 100), (500, 900)])])
    assert united("s", [a, b], ["a", "b"], same(), item=ITEM).layer.ids.tolist() == ["a:0"]


names = st.sampled_from(["Avery", "AVERY SUB", "Avery (230)", "Rudd", "Rud", "", "TAP1"])
stations = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), names), max_size=6)


@given(parts=st.lists(stations, min_size=2, max_size=3), unnamed=st.sampled_from(["same", "different"]))
@settings(max_examples=60)
def test_against_every_pair(parts: list[Any], unnamed: str) -> None:
    """What stays, by looking at every pair of features of different sources."""
    rule = same(within="200 m", name="N", similar="80 %", no_name=["TAP*"], unnamed=unnamed)
    layers = [
        part([Point(100 * x, 100 * y) for x, y, _ in rows], {"N": [n for _, _, n in rows]}, kind="point")
        for rows in parts
    ]
    labels = ["abc"[at] for at in range(len(parts))]

    def alike(one: Any, two: Any) -> bool:
        if np.hypot(one[0] - two[0], one[1] - two[1]) * 100 > 200:
            return False
        first, second = ("" if n.startswith("TAP") else utils.default_process(n) for n in (one[2], two[2]))
        if not first or not second:
            return unnamed == "same"
        return fuzz.token_sort_ratio(first, second) >= 80

    expected = [
        f"{labels[at]}:{row}"
        for at, rows in enumerate(parts)
        for row, feature in enumerate(rows)
        if not any(alike(feature, other) for before in parts[:at] for other in before)
    ]
    assert united("s", layers, labels, rule, item=ITEM).layer.ids.tolist() == expected
