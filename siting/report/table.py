"""Tables of the report: a head, rows of text, a note under them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

__all__ = ["Cell", "Column", "Section", "Table", "each", "percent", "rounded"]

Cell = str | Markup


@dataclass(frozen=True)
class Column:
    """A column: its heading, and how it stands: "" for text, "number" to the right, "bar" for a drawing."""

    title: str
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; cells of plain text are escaped by the page, Markup is a drawing of ours.

    strong : the rows that stand out, by number
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the report: paragraphs, then tables."""

    anchor: str
    title: str
    said: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


def each(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, their cells by name."""
    return iter(table.itertuples())


def percent(share: float, places: int = 1) -> str:
    """A share in percent; "" where there is none.

    >>> percent(0.125), percent(float("nan"))
    ('12.5 %', '')
    """
    return "" if math.isnan(share) else f"{share:.{places}%}".replace("%", " %")


def rounded(value: float, places: int = 2) -> str:
    """A number for people; "" where there is none.

    >>> rounded(0.5), rounded(float("nan"))
    ('0.50', '')
    """
    return "" if math.isnan(value) else f"{value:,.{places}f}"
