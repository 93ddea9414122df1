from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.maps.encode import shown_column, text_column


def test_texts_are_a_table() -> None:
    assert text_column(["x", "", "x"]) == {"table": ["x", ""], "index": [0, 1, 0]}


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.945, 0.125, 79.948648, 0.25]))), st.integers(1, 3))
def test_numbers_are_rounded_once(numbers: list[float], places: int) -> None:
    shown = shown_column(np.array(numbers, np.float64), places)
    assert [f"{int(x) / 10**places:.{places}f}".replace("-0", "0") for x in shown if x is not None] == [
        f"{x:.{places}f}".replace("-0", "0") for x in numbers
    ]
