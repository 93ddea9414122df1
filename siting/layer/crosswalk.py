"""Crosswalks: tables that map codes of many publishers to few classes (zoning to "by_right", "rezone" ...)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import DataError, StudyError, did_you_mean, named

__all__ = [
    "CLASSES",
    "LIMIT",
    "UNKNOWN",
    "class_of",
    "code_text",
    "height_limits",
    "limit_of",
    "read_crosswalk",
    "unmapped",
]

CLASSES = ("by_right", "conditional", "rezone", "prohibited")  #: of a zoning crosswalk; others are allowed
LIMIT = "height_limit_ft"  #: column of a crosswalk, and field of a layer with one: how high a building may be
UNKNOWN = "unknown"  #: the class of a code that the table does not name; never "not industrial"

_ACRE_M2 = 4046.8564224


def read_crosswalk(path: Path, key: tuple[str, ...], *, item: str) -> dict[tuple[str, ...], str]:
    """Codes -> class from a CSV file in UTF-8 with the columns of ``key`` and "class".

    A line that begins with "#" is a comment; a "#" elsewhere belongs to the value, and a value that itself begins a
    line with "#" stands in quotes. The columns may also be called "jurisdiction" and "code", which stand for the two
    fields of ``key`` (or "code" for its only one), so that one table serves several layers.

    Codes are compared without spaces around them and without regard to case; a whole number has no ".0".

    Raises DataError for a table that is not UTF-8, is empty or uneven, or maps a code to two classes.
    """
    table, codes = _coded(path, key, item)
    classes: dict[tuple[str, ...], str] = {}
    for code, kind in zip(codes, table["class"].str.strip(), strict=True):
        if classes.setdefault(code, kind) != kind:
            raise DataError(
                f"{item} has the crosswalk {path.name!r}, which maps {named(code)} to both {classes[code]!r} and "
                f"{kind!r}. Keep one of them."
            )
    return classes


def height_limits(path: Path, key: tuple[str, ...], *, item: str) -> dict[tuple[str, ...], float]:
    """Codes -> how high a building may be, in feet, where the crosswalk says so (its column "height_limit_ft").

    Raises DataError for a limit that is no number of feet, and for a code with two.
    """
    table, codes = _coded(path, key, item)
    limits: dict[tuple[str, ...], float] = {}
    if LIMIT not in table.columns:
        return limits
    for code, text in zip(codes, table[LIMIT], strict=True):
        if not text:
            continue
        try:
            limit = float(text)
        except ValueError:
            limit = -1.0
        if not 0 <= limit < 10_000:
            raise DataError(
                f"{item} has the crosswalk {path.name!r}, which gives {named(code)} the height limit {text!r}. "
                "Write a number of feet, or nothing where it is not known."
            )
        if limits.setdefault(code, limit) != limit:
            raise DataError(
                f"{item} has the crosswalk {path.name!r}, which gives {named(code)} two height limits, "
                f"{limits[code]:g} and {limit:g} feet. Keep one of them."
            )
    return limits


def _coded(path: Path, key: tuple[str, ...], item: str) -> tuple[pd.DataFrame, list[tuple[str, ...]]]:
    """The rows of a crosswalk, and the code of each."""
    table = _table(path, f"{item} has the crosswalk {path.name!r}")
    general = ("jurisdiction", "code")[-len(key) :]
    if set(general) <= set(table.columns):
        table = table.rename(columns=dict(zip(general, key, strict=True)))
    missing = [name for name in (*key, "class") if name not in table.columns]
    if missing:
        raise DataError(
            f"{item} has the crosswalk {path.name!r}, which has no column {missing[0]!r}."
            f"{did_you_mean(missing[0], table.columns)} It has {named(table.columns)}; "
            "a crosswalk has the fields of key: and the column 'class'."
        )
    return table, [tuple(map(_folded, row)) for row in table[list(key)].itertuples(index=False)]


def _table(path: Path, what: str) -> pd.DataFrame:
    """The rows as text. ``what`` begins a refusal."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{what}, which is not UTF-8: byte {error.start + 1} cannot be read. Save it as UTF-8."
        ) from None
    lines = ["\n" if line.startswith("#") else line for line in io.StringIO(text)]
    reader = csv.reader(lines, skipinitialspace=True, strict=True)
    rows: list[list[str]] = []
    try:
        for row in filter(None, reader):
            if rows and len(row) != len(rows[0]):
                _refuse_row(what, reader.line_num, len(row), len(rows[0]))
            rows.append([cell.strip() for cell in row])
    except csv.Error as error:
        raise DataError(f"{what}, which is no CSV: line {reader.line_num}: {error}. Close every quote.") from None
    if not rows:
        raise DataError(f"{what}, which is empty. Write the fields of key: and the column 'class', and a row a code.")
    return pd.DataFrame(rows[1:], columns=rows[0], dtype=object)


def _refuse_row(what: str, line: int, cells: int, columns: int) -> NoReturn:
    raise DataError(
        f"{what}, whose line {line} has {cells:,} values for {columns:,} columns. Give each column one value, "
        "in quotes where it holds a comma."
    )


def limit_of(table: pd.DataFrame, key: tuple[str, ...], limits: dict[tuple[str, ...], float]) -> pd.Series[float]:
    """(n,) the height limit of each row in feet, null where none is known."""
    found = [limits.get(code, np.nan) for code in _codes(table, key)]
    return pd.Series(found, index=table.index, dtype=np.float64)


def class_of(
    table: pd.DataFrame, key: tuple[str, ...], classes: dict[tuple[str, ...], str], item: str
) -> pd.Series[str]:
    """(n,) the class of each row; "unknown" for a code that the crosswalk does not name, or a null."""
    for name in key:
        if name not in table.columns:
            raise StudyError(
                f"{item} has key: {name!r}, which is no field of it.{did_you_mean(name, table.columns)} "
                f"Its fields are {named(table.columns)}."
            )
    found = [classes.get(code, UNKNOWN) for code in _codes(table, key)]
    return pd.Series(found, index=table.index, dtype=object)


def unmapped(table: pd.DataFrame, key: tuple[str, ...], area_m2: NDArray[np.float64]) -> list[str]:
    """A sentence on the codes without a class, by acres, or nothing. ``table`` has the column "class"."""
    rows = np.flatnonzero((table["class"] == UNKNOWN).to_numpy())
    if not len(rows):
        return []
    acres: dict[str, float] = {}
    for row in rows:
        code = ", ".join(code_text(table[name].iloc[row]) or "(null)" for name in key)
        acres[code] = acres.get(code, 0.0) + area_m2[row] / _ACRE_M2
    order = sorted(acres, key=lambda code: (-acres[code], code))
    listed = "; ".join(f"{code}: {_acres(acres[code])}" for code in order[:20])
    more = f"; and {len(order) - 20} more" if len(order) > 20 else ""
    codes = (
        f"1 code of {' and '.join(key)} is" if len(order) == 1 else f"{len(order):,} codes of {' and '.join(key)} are"
    )
    return [f"{codes} not in the crosswalk, {sum(acres.values()):,.0f} acres of class 'unknown': {listed}{more}."]


def _acres(value: float) -> str:
    return f"{value:,.0f} acres" if value >= 10 else f"{value:.2g} acres"


def _codes(table: pd.DataFrame, key: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The code of each row; a text that many rows have is folded once."""
    columns = []
    for name in key:
        column = table[name]
        if isinstance(column.dtype, pd.StringDtype):
            at, texts = pd.factorize(column)
            columns.append(np.array([*map(_folded, texts), ""], dtype=object)[at].tolist())
        else:
            columns.append([_folded(value) for value in column.tolist()])
    return zip(*columns, strict=True)


def _folded(value: object) -> str:
    return code_text(value).casefold()


def code_text(value: object) -> str:
    """One code as text; whole numbers, which a null in their column makes decimal, without ".0"."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
