"""Attributes of a part of the records are those of the whole: sentinels, masked values, types."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from siting.layer.arrow import Conversion, Witnesses
from siting.parcels.attributes import Attributes, see_values
from siting.where import Where

TABLE = pa.table({"CODE": [1, 2, -9, 4], "N": [1, 2, 3, 4], "T": ["", "n/a", "7", "x"]})


def test_parts_have_the_types_and_nulls_of_the_whole() -> None:
    witnesses, nulls = Witnesses(), {"CODE": (-9,), "T": ("n/a",)}
    witnesses.see(TABLE, np.arange(4), Conversion())
    see_values(witnesses, TABLE, np.arange(4), Conversion(), nulls, Where("T > 3"))
    assert {what: row for what, (row, _) in witnesses.values["T"].items()} == {
        "value": 0, "sentinel": 1, "known": 0, "shown": 2, "number": 2,
    }  # fmt: skip
    attributes = Attributes(witnesses.table(TABLE.schema), nulls=nulls, masked=frozenset({"N"}))
    first = attributes.frame(TABLE.slice(0, 2), [(1, "N")])
    assert first["CODE"].tolist() == [1.0, 2.0]
    assert first["CODE"].dtype == first["N"].dtype == np.float64, "a null elsewhere, and one here"
    assert first["N"].isna().tolist() == [False, True]
    assert first["T"].isna().tolist() == [False, True]
    second = attributes.select(["CODE"]).frame(TABLE.slice(2, 2))
    pd.testing.assert_frame_equal(second, pd.DataFrame({"CODE": [np.nan, 4.0]}))
