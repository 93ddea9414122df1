"""Records that are stacked on one outline: what they do not agree on, nobody knows of the parcel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["disagreements", "stacked_on"]


def disagreements(
    table: pd.DataFrame, rows: NDArray[np.int64], keeper: NDArray[np.int64], key: str | None
) -> tuple[pd.DataFrame, dict[int, list[str]]]:
    """The table with fields null where the records of one parcel differ, and those fields by the kept row.

    rows : records of parcels that have several; keeper : the row that stays, for each; key : the id field, which
    stays as it is. A null beside a value differs from it.

    >>> table = pd.DataFrame({"APN": ["a", "b"], "USE": ["lot", "shop"], "ZONE": ["LI", "LI"]})
    >>> null, which = disagreements(table, np.array([0, 1]), np.array([0, 0]), "APN")
    >>> null.iloc[0].tolist(), which
    (['a', nan, 'LI'], {0: ['USE']})
    """
    changed, fields = table.copy(deep=False), dict[int, list[str]]()
    kept, group = np.unique(keeper, return_inverse=True)
    for name in table.columns if len(rows) else ():
        if name == key:
            continue
        codes = _codes(table[name].iloc[rows])
        low, high = np.full(len(kept), np.iinfo(np.int64).max), np.full(len(kept), -2)
        np.minimum.at(low, group, codes)
        np.maximum.at(high, group, codes)
        differ = kept[low != high]
        if len(differ):
            hit = np.zeros(len(table), bool)
            hit[differ] = True
            column = table[name]
            changed[name] = column.mask(hit)
            for row in differ:
                fields.setdefault(int(row), []).append(str(name))
    return changed, fields


def _codes(column: pd.Series) -> NDArray[np.int64]:
    """A number a value, equal for equal values; -1 for null."""
    try:
        return pd.factorize(column)[0].astype(np.int64)
    except TypeError:  # lists
        return pd.factorize(column.map(repr))[0].astype(np.int64)


def stacked_on(members: Mapping[str, tuple[str, ...]], parcel_id: str) -> str:
    """A sentence on a record that stands in another parcel, "" where it does not.

    >>> stacked_on({"u1": ("u1", "u2")}, "u2")
    "The record 'u2' is stacked on 'u1', with one outline; ask for 'u1'."
    """
    for kept, group in members.items():
        if parcel_id != kept and parcel_id in group:
            return f"The record {parcel_id!r} is stacked on {kept!r}, with one outline; ask for {kept!r}."
    return ""
