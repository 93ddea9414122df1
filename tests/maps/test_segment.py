from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.maps.segment import Segment

from .reading import Read


@given(st.lists(st.integers(-(2**51), 2**51)), st.sampled_from([None, True, False]))
def test_whole_numbers_come_back(numbers: list[int], delta: bool | None) -> None:
    made = Segment()
    made.ints("first", np.array([7]))
    made.ints("numbers", np.array(numbers, np.int64), delta=delta)
    assert Read(made.text()).ints("numbers").tolist() == numbers


@given(st.lists(st.floats(allow_nan=False)), st.text())
def test_floats_and_texts_come_back_and_nothing_of_them_is_in_the_page(numbers: list[float], text: str) -> None:
    made = Segment()
    made.floats("floats", np.array(numbers))
    made.json("text", [text])
    packed = made.text()
    assert not set(packed) & set("<>&{}'\"`$\\\u2028")
    assert Read(packed).ints("floats").tolist() == numbers
    assert Read(packed).json("text") == [text.encode("utf-8", "replace").decode()]


def test_a_lone_surrogate_does_not_stop_a_map_and_nan_is_refused() -> None:
    made = Segment()
    made.json("text", "\ud800")
    assert Read(made.text()).json("text") == "?"
    with pytest.raises(ValueError, match="JSON"):
        made.json("nan", float("nan"))


def test_differences_are_taken_where_they_are_smaller_and_planes_are_few() -> None:
    steps, random = Segment(), np.random.default_rng(1)
    steps.ints("smooth", np.cumsum(random.integers(-9, 9, 5000)) + 30_000)
    steps.ints("rough", random.integers(0, 256, 5000))
    assert steps._head["smooth"][0] == "h"
    assert steps._head["rough"][:3] == ["u", 5000, 1]


def test_numbers_are_written_as_whole_ones_where_they_are_decimal() -> None:
    made = Segment()
    for name, numbers in {"decimal": [0.125, 3.5, -2.0], "third": [1 / 3, 2 / 3]}.items():
        made.numbers(name, np.array(numbers))
        assert Read(made.text()).ints(name).tolist() == numbers
    assert [(made._head[name][0], made._head[name][4:]) for name in ("decimal", "third")] == [("z", [3]), ("f", [])]
