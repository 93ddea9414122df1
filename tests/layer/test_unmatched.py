"""Conditions that hold for nothing, in words."""

from __future__ import annotations

import pandas as pd
import pytest

from siting.layer.unmatched import unmatched
from siting.where import Where

WAYS = pd.DataFrame({"WAY": ["FLOODWAY", "FLOODWAY", "AE", None], "KV": [1.0, 2.0, 3.0, 3.0]})


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("WAY == 'FLOODWAY'", ""),
        ("WAY == 'Floodway' or KV > 2", ""),
        ("WAY == 'Floodway' and KV > 9", "Values of WAY: 'AE', 'FLOODWAY'."),
        ("KV > 9", "Values of KV: '3.0', '1.0', '2.0'."),
    ],
)
def test_the_values_that_there_are(where: str, said: str) -> None:
    whole = f"\"{where}\" holds for none of the 4 features of 'flood'. {said}" if said else ""
    table = WAYS.fillna({"WAY": "AE"}) if "AE" in said else WAYS
    assert unmatched(Where(where), table, "flood") == whole


def test_an_open_answer_is_a_match() -> None:
    assert unmatched(Where("WAY == 'Floodway'"), WAYS, "flood") == ""


def test_many_values_are_cut_and_many_numbers_are_a_range() -> None:
    table = pd.DataFrame({"A": list("gfedcba"), "B": range(7)})
    assert unmatched(Where("A == 'x'"), table, "x").endswith(" Values of A: 'a', 'b', 'c', 'd', 'e' and 2 more.")
    assert unmatched(Where("B > 9"), table, "x").endswith(" Values of B: 0 to 6.")


def test_no_features_and_fields_that_are_not_kept_say_nothing() -> None:
    assert unmatched(Where("WAY == 'x'"), WAYS.iloc[:0], "flood") == ""
    assert unmatched(Where("GONE == 'x'"), WAYS, "flood") == ""
