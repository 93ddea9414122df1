"""Attributes as a file gives them, made plain: bytes are text, and a number that is infinite is none."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["plain_values"]


def plain_values(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    r"""The table with bytes as text (UTF-8, else hexadecimal) and infinite numbers null, and a note a field.

    >>> plain, notes = plain_values(pd.DataFrame({"A": [1.5, np.inf], "B": [b"x", b"\xff"]}))
    >>> plain["A"].tolist(), plain["B"].tolist()
    ([1.5, nan], ['x', 'ff'])
    >>> print(*notes, sep="; ")
    1 value of A is infinite and is null.; 1 value of B is no text and is written in hexadecimal digits.
    """
    out, notes = table.copy(deep=False), []
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_float_dtype(column.dtype):
            infinite = np.isinf(column.to_numpy(np.float64, na_value=np.nan))
            if infinite.any():
                out[name] = column.mask(infinite)
                notes.append(_note(int(infinite.sum()), str(name), "is infinite and is null"))
        elif column.dtype == object and any(isinstance(value, bytes) for value in column):
            texts = [_text(value) for value in column]
            broken = sum(
                isinstance(value, bytes) and text == value.hex() for value, text in zip(column, texts, strict=True)
            )
            out[name] = pd.Series(texts, index=column.index, dtype=object)
            if broken:
                notes.append(_note(broken, str(name), "is no text and is written in hexadecimal digits"))
    return out, tuple(notes)


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
