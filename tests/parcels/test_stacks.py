"""Stacked records: fields on which they differ are null, whatever their kind, and said so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from siting.parcels import ParcelsUse, read_parcels
from siting.parcels.stacks import disagreements, stacked_on
from tests.layer.drawing import UTM, X, Y, finder, write


def test_a_field_that_differs_within_a_stack_is_null_and_flagged(tmp_path: Path) -> None:
    """Three condominiums on one lot: two uses, one zone; the fourth parcel stands alone."""
    lot, other = box(X, Y, X + 100, Y + 100), box(X + 500, Y, X + 600, Y + 100)
    columns = {
        "APN": ["u1", "u2", "u3", "v"], "USE": ["vacant", "built", "vacant", "built"],
        "ZONE": ["LI"] * 4, "YEAR": [1990, 1990, 2001, 1990],
    }  # fmt: skip
    write(tmp_path / "lots.parquet", [lot, lot, lot, other], columns)
    use = ParcelsUse.model_validate({"source": "lots.parquet", "id": "APN"})
    found = read_parcels(use, finder=finder(tmp_path), crs=UTM)
    assert found.parcels.ids.tolist() == ["u1", "v"]
    assert found.parcels.table["USE"].isna().tolist() == [True, False]
    assert found.parcels.table["YEAR"].isna().tolist() == [True, False]
    assert found.parcels.table["ZONE"].tolist() == ["LI", "LI"]
    assert found.parcels.table["APN"].tolist() == ["u1", "v"]
    table = found.quality.table
    flagged = table[table["what"] == "flagged"]
    assert flagged[["id", "detail"]].to_numpy().tolist() == [
        ["u1", "its stacked records differ in 'USE', 'YEAR', null here"]
    ]
    assert found.quality.flagged == 1
    assert found.quality.stacked_on("u3") == "The record 'u3' is stacked on 'u1', with one outline; ask for 'u1'."
    assert found.quality.stacked_on("u1") == found.quality.stacked_on("v") == ""


@pytest.mark.parametrize(
    ("values", "null"),
    [
        (["a", "a"], False),
        (["a", None], True),
        ([None, None], False),
        ([1.0, np.nan], True),
        ([True, False], True),
        ([[1], [1]], False),
        ([[1], [2]], True),
        (pd.to_datetime(["2020-01-01", "2021-01-01"]), True),
        (pd.Categorical(["x", "y"]), True),
    ],
)
def test_values_of_any_kind_are_compared(values: object, null: bool) -> None:
    table, fields = disagreements(pd.DataFrame({"F": values}), np.array([0, 1]), np.array([0, 0]), None)
    assert bool(fields) is null
    assert fields == ({0: ["F"]} if null else {})
    if null:
        assert pd.isna(table["F"].iloc[0])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=12))
def test_as_the_plain_loop_says(records: list[tuple[int, int]]) -> None:
    groups, values = map(np.array, zip(*records, strict=True))
    keeper = np.array([int(np.flatnonzero(groups == group)[0]) for group in groups])
    _, fields = disagreements(pd.DataFrame({"F": values}), np.arange(len(values)), keeper, None)
    plain = {int(k) for k in keeper if len(set(values[keeper == k].tolist())) > 1}
    assert set(fields) == plain


def test_who_is_stacked_on_whom() -> None:
    assert stacked_on({}, "a") == ""
    assert stacked_on({"a": ("a", "b")}, "c") == ""
