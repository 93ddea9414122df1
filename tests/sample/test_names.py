from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from siting.sample import names
from siting.sample.names import drawn, ordinal


def test_names_are_drawn_once_each_and_then_with_a_number() -> None:
    got = list(islice(drawn(np.random.default_rng(1), ("a", "b", "c")), 7))
    assert sorted(got[:3]) == ["a", "b", "c"]
    assert got[3:6] == [f"{name} 2" for name in got[:3]]
    assert got[6] == f"{got[0]} 3"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (121, "121st")]
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text


def test_no_list_names_anything_twice() -> None:
    for listed in (names.PLACES, names.ROADS, names.FAMILY, names.FREEWAYS):
        assert len(set(listed)) == len(listed)
