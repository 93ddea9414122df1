"""Keys: equal records have equal hashes, and ids come in the order of Python's text whatever memory there is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from siting.parcels.keys import alike, id_hashes, places_by_text


@given(st.lists(st.text(max_size=4), unique=True, max_size=60), st.sampled_from([1, 100, 1000, 1 << 20]))
def test_ids_are_ordered_as_python_orders_text(ids: list[str], memory: int) -> None:
    cuts = [ids[at : at + 7] for at in range(0, len(ids), 7)] or [[]]
    chunks = [pa.array(part, pa.large_string()) for part in cuts]
    places = places_by_text(lambda: iter(chunks), len(ids), memory)
    order = sorted(ids)
    assert places.tolist() == [order.index(name) for name in ids]


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 50))
def test_places_whose_hash_is_not_alone(values: list[int], most: int) -> None:
    parts = list(alike(np.array(values, np.uint64), most))
    found = [place for part in parts for place in part.tolist()]
    assert sorted(found) == [at for at, value in enumerate(values) if values.count(value) > 1]
    for part in parts:
        assert part.tolist() == sorted(part.tolist())
        assert all(values.count(values[place]) == [values[p] for p in part].count(values[place]) for place in part)


def test_equal_ids_have_equal_hashes() -> None:
    names = id_hashes(np.array(["a", "b", "a"], dtype=object))
    assert names[0] == names[2] != names[1]
