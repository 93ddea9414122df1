"""Cells that are kept small tell the same as objects do, to Python and to Arrow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from siting.export import arrow_table
from siting.ranking.cells import Coded, Whole

WORDS = st.lists(st.sampled_from(["", "low", "high", "=SUM(A1)", None]), max_size=20)


@given(WORDS)
def test_texts_come_back_as_they_were(cells: list[str | None]) -> None:
    coded = Coded.of(np.array([*cells, None], object)[:-1])
    assert len(coded) == len(cells)
    assert coded.values.tolist() == cells
    assert pa.array(coded).to_pylist() == cells
    assert pa.array(coded, pa.string()).equals(pa.array(cells, pa.string()))


@given(WORDS)
def test_texts_in_a_table_are_those_of_objects(cells: list[str | None]) -> None:
    values = np.array([*cells, None], object)[:-1]
    coded = arrow_table({"a": Coded.of(values)})
    assert coded.column("a").type == pa.dictionary(pa.int32(), pa.string())
    assert coded.column("a").cast(pa.string()) == arrow_table({"a": values}).column("a")


def test_a_text_may_be_there_twice() -> None:
    coded = Coded(np.array([0, 1, 2, -1]), ("a", "b", "a"))
    assert coded.values.tolist() == pa.array(coded).to_pylist() == ["a", "b", "a", None]


def test_the_same_text_or_none_in_every_cell() -> None:
    assert Coded.same(3, "x").values.tolist() == ["x"] * 3
    assert Coded.same(2).values.tolist() == pa.array(Coded.same(2)).to_pylist() == [None] * 2
    assert Coded.same(0, "x").values.tolist() == []


@given(st.lists(st.integers(-1, 5), max_size=20))
def test_whole_numbers_in_a_table_are_those_of_objects(numbers: list[int]) -> None:
    whole = Whole(np.array(numbers, np.int64))
    said = [number if number > 0 else None for number in numbers]
    assert len(whole) == len(numbers)
    assert whole.values.tolist() == said
    assert arrow_table({"a": whole}) == arrow_table({"a": whole.values})
    assert pa.array(whole, pa.int64()).to_pylist() == said
