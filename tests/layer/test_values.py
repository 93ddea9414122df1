"""Bytes, infinite numbers: what is made plain at the door, and what stays."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siting.layer.values import plain_values


def test_only_what_is_not_plain_changes() -> None:
    table = pd.DataFrame(
        {
            "N": [1.0, -np.inf, np.inf, np.nan], "I": [1, 2, 3, 4], "T": ["a", None, "c", "d"],
            "B": [b"\xff\x00", "text", None, "ü".encode()], "F": pd.array([1.0, None, np.inf, 2.0], dtype="Float64"),
        }
    )  # fmt: skip
    plain, notes = plain_values(table)
    np.testing.assert_array_equal(plain["N"], [1.0, np.nan, np.nan, np.nan])
    assert plain["F"].isna().tolist() == [False, True, True, False]
    assert plain["B"].tolist() == ["ff00", "text", None, "ü"]
    pd.testing.assert_frame_equal(plain[["I", "T"]], table[["I", "T"]])
    assert notes == (
        "2 values of N are infinite and are null.",
        "1 value of B is no text and is written in hexadecimal digits.",
        "1 value of F is infinite and is null.",
    )
    assert np.isinf(table["N"]).sum() == 2, "the table that was given stays"


def test_a_plain_table_has_no_notes() -> None:
    table = pd.DataFrame({"A": [1.0, np.nan], "T": ["x", None]})
    plain, notes = plain_values(table)
    pd.testing.assert_frame_equal(plain, table)
    assert notes == ()
