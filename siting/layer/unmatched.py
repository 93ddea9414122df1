"""A condition that holds for nothing: probably a word that is written otherwise in the data."""

from __future__ import annotations

import pandas as pd

from siting.errors import named
from siting.where import Where

__all__ = ["unmatched"]

_LISTED = 5


def unmatched(where: Where, table: pd.DataFrame, layer: str) -> str:
    """A sentence on a condition that holds, or may hold, for no row of a layer's table; "" where it does.

    >>> print(unmatched(Where("WAY == 'Floodway'"), pd.DataFrame({"WAY": ["FLOODWAY"]}), "flood"))
    "WAY == 'Floodway'" holds for none of the 1 features of 'flood'. Values of WAY: 'FLOODWAY'.
    """
    if not len(table) or any(name not in table.columns for name in where.fields):
        return ""
    true, unknown = where.evaluate(table)
    if (true | unknown).any():
        return ""
    said = f'"{where.text}" holds for none of the {len(table):,} features of {layer!r}.'
    return said + (f" Values of {where.fields[0]}: {_values(table[where.fields[0]])}." if where.fields else "")


def _values(column: pd.Series) -> str:
    """The most frequent values of a column, up to five; of many numbers their range."""
    counts = column.dropna().value_counts()
    if len(counts) > _LISTED and pd.api.types.is_numeric_dtype(column.dtype):
        return f"{column.min():g} to {column.max():g}"
    order = sorted(counts.index, key=lambda value: (-int(counts[value]), str(value)))
    more = f" and {len(order) - _LISTED:,} more" if len(order) > _LISTED else ""
    return named(order[:_LISTED]) + more
