"""Attributes as a file gives them, made plain: bytes are text, and a number that is infinite is none."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

__all__ = ["plain_counts", "plain_notes", "plain_values"]


def plain_values(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    r"""The table with bytes as text (UTF-8, else hexadecimal) and infinite numbers null, and a note a field.

    >>> plain, notes = plain_values(pd.DataFrame({"A": [1.5, np.inf], "B": [b"x", b"\xff"]}))
    >>> plain["A"].tolist(), plain["B"].tolist()
    ([1.5, nan], ['x', 'ff'])
    >>> print(*notes, sep="; ")
    1 value of A is infinite and is null.; 1 value of B is no text and is written in hexadecimal digits.
    """
    plain, counts = plain_counts(table)
    return plain, plain_notes(counts)


def plain_counts(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, tuple[int, str]]]:
    """The plain table, and by field how many values were changed and why (of those that are worth a note)."""
    out, counts = table.copy(deep=False), dict[str, tuple[int, str]]()
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_float_dtype(column.dtype):
            infinite = np.isinf(column.to_numpy(np.float64, na_value=np.nan))
            if infinite.any():
                out[name] = column.mask(infinite)
                counts[str(name)] = int(infinite.sum()), "is infinite and is null"
        elif column.dtype == object and any(isinstance(value, bytes) for value in column):
            texts = [_text(value) for value in column]
            broken = sum(
                isinstance(value, bytes) and text == value.hex() for value, text in zip(column, texts, strict=True)
            )
            out[name] = pd.Series(texts, index=column.index, dtype=object)
            if broken:
                counts[str(name)] = broken, "is no text and is written in hexadecimal digits"
    return out, counts


def plain_notes(counts: Mapping[str, tuple[int, str]]) -> tuple[str, ...]:
    """A note a field."""
    return tuple(_note(count, name, what) for name, (count, what) in counts.items())


def _text(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()


def _note(count: int, name: str, what: str) -> str:
    if count == 1:
        return f"1 value of {name} {what}."
    return f"{count:,} values of {name} {what.replace('is ', 'are ')}."
