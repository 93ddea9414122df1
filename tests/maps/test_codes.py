"""One plane a criterion: numbers, reserved codes, and what both are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from siting.maps.codes import BEYOND, MISSING, Codes, codes_of
from siting.maps.segment import Segment
from siting.maps.view import MapCriterion

from .reading import Read

NAN, INF = np.nan, np.inf


def criterion(numbers: list[float], values: list[float], **more: Any) -> MapCriterion:
    text = ["no data" if x != x else "> 25 km" if x == INF else f"{x:g} km" for x in numbers]
    given = {"label": "c", "weight": 1.0, "quantity": text, "contribution": np.zeros(len(numbers)), "unit": "km"}
    return MapCriterion(**(given | {"number": np.array(numbers), "value": np.array(values)} | more))


def test_numbers_rise_with_their_codes_and_the_rest_is_reserved() -> None:
    made = codes_of(criterion([5.0, INF, 2.5, NAN, 5.0], [0.5, 0.0, 1.0, NAN, 0.5]))
    assert made.code.tolist() == [1, BEYOND, 0, MISSING, 1]
    assert made.number.tolist() == [2.5, 5.0]
    assert (made.value.tolist(), made.shown.tolist()) == ([65535, 32768], [100, 50])
    assert made.others[0] == ["no data", -1, -1, None, None, None, ["-Infinity", "Infinity"]]
    assert made.others[1] == ["> 25 km", 0, 0, 0, 0, 0, ["Infinity", "Infinity"]]


def test_what_is_set_by_hand_and_intervals_have_codes_of_their_own() -> None:
    low, high = np.array([1.0, 0.25, 0.0]), np.array([1.0, 0.25, 1.0])
    made = codes_of(
        criterion(
            [2.0, 2.0, NAN], [1.0, 0.25, 0.5], value_low=low, value_high=high, quantity=["2 km", "2 km", "1 to 9 km"],
            number_low=np.array([NAN, NAN, 1.0]), number_high=np.array([NAN, NAN, 9.0]),
        )
    )  # fmt: skip
    assert made.code.tolist() == [0, 65533, 65532]
    assert made.others[2] == ["2 km", 16384, 16384, 25, 25, 25, [2.0, 2.0]]
    assert made.others[3] == ["1 to 9 km", 0, 65535, 0, 50, 100, [1.0, 9.0]]


def test_missing_data_that_count_as_something_keep_their_word() -> None:
    made = codes_of(criterion([NAN], [0.5], value_low=np.array([0.0]), value_high=np.array([1.0])))
    assert made.code.tolist() == [65533]
    assert made.others[2][:3] == ["no data", 0, 65535]


def test_classes_are_texts() -> None:
    made = codes_of(criterion([NAN] * 3, [1.0, 0.0, 1.0], number=None, quantity=["by_right", "none", "by_right"]))
    assert made.code.tolist() == [65533, 65532, 65533]
    assert [other[0] for other in made.others[2:]] == ["by_right", "none"]


def read_numbers(made: Codes) -> NDArray[np.float64]:
    return np.asarray(made.number[made.code], np.float64)


@pytest.mark.parametrize("spread", ["even", "long-tailed"])
def test_more_numbers_than_codes_are_rounded_to_near_ones(spread: str) -> None:
    random = np.random.default_rng(3)
    number = np.round(random.uniform(0, 25, 90_000) if spread == "even" else random.lognormal(0, 2, 90_000), 6)
    value = np.clip(1 - number / 25, 0, 1)
    made = codes_of(criterion([], [], number=number, value=value, quantity=[""] * len(number), contribution=value))
    assert len(made.number) <= 65_534
    assert len(np.unique(made.code)) > 20_000
    error = np.abs(read_numbers(made) - number)
    step = 25 / 65_535 if spread == "even" else np.maximum(number, 0.01) * 0.02
    assert (error <= step).mean() > 0.999
    assert np.abs(made.value[made.code] / 65535 - value).max() < 0.002
    assert (np.diff(made.number) >= 0).all()


def test_the_page_reads_numbers_and_all_else_from_tables() -> None:
    segment = Segment()
    codes_of(criterion([0.125, 3.5, INF, NAN], [0.0, 1.0, 0.0, NAN])).put(segment, "c0")
    read = Read(segment.text())
    assert [read.ints(f"c0.{name}").tolist() for name in ("code", "value", "shown")] == [
        [0, 1, BEYOND, MISSING], [0, 65535], [0, 100],
    ]  # fmt: skip
    assert read.json("c0.others") == [
        {"text": "no data", "low": 0, "high": 0, "shown": [], "ends": ["-Infinity", "Infinity"]},
        {"text": "> 25 km", "low": 0, "high": 0, "shown": [0, 0, 0], "ends": ["Infinity", "Infinity"]},
    ]


def test_the_least_and_the_greatest_value_of_each_parcel() -> None:
    low, high = np.array([1.0, 0.0, NAN]), np.array([1.0, 1.0, NAN])
    made = codes_of(criterion([2.0, NAN, NAN], [1.0, 0.5, NAN], value_low=low, value_high=high))
    assert [made.values("low").tolist(), made.values("high").tolist()] == [[65535, 0, -1], [65535, 65535, -1]]
