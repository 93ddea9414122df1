"""Quantities in words: "3.1 km", "> 25 km", "2 to 9 km", "no data"."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.mcda.value import Classes
from siting.measure import Measure, Measured, State
from siting.units import format_si, si_unit

__all__ = ["STATE_WORDS", "one_quantity", "quantity_texts", "slug", "state_word", "unit_of"]

STATE_WORDS = {
    State.KNOWN: "",
    State.NO_DATA: "no data",
    State.BEYOND: "beyond the reach",
    State.NOT_COMPUTED: "not computed",
    State.UNKNOWN: "unknown attribute",
}


def unit_of(measure: Measure, value: Any = None) -> str:
    """The unit in which people read a quantity: that of the value function's first anchor, else of the measure."""
    if value is not None and not isinstance(value, Classes):
        return str(value.unit)
    column = measure.columns[0]
    given = getattr(measure, "unit", None)
    if isinstance(given, str):
        return given
    if column.dimension in ("text", "count", "number"):
        return ""
    if column.dimension == "share":
        return "%"
    return {"length": "km", "area": "acre", "slope": "% slope"}.get(column.dimension, si_unit(column.dimension).name)


def slug(unit: str) -> str:
    """A unit as part of a column's name.

    >>> slug("% slope"), slug("USD(2025)/acre"), slug("%"), slug("")
    ('pct_slope', 'usd2025_per_acre', 'pct', '')
    """
    text = unit.replace("%", "pct").replace("/", " per ").replace("(", "").replace(")", "").lower()
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def one_quantity(measure: Measure, measured: Measured, row: int, unit: str) -> str:
    """The quantity of one parcel in words."""
    quantity = next(iter(measured.columns.values()))[row]
    if quantity is None or isinstance(quantity, str):
        return quantity if isinstance(quantity, str) else (STATE_WORDS[State(measured.state[row])] or "no data")
    if np.isnan(quantity) and measured.state[row] == State.NOT_COMPUTED and measured.high is not None:
        return f"not computed (at most {format_si(float(measured.high[row]), unit)})"
    if np.isnan(quantity) and measured.low is not None and measured.high is not None and not np.isnan(measured.low[row]):
        return _between(measured.low[row], measured.high[row], unit, _within(measure))
    if np.isinf(quantity):
        return f"> {_within(measure)}"
    if np.isnan(quantity):
        return STATE_WORDS[State(measured.state[row])] or "no data"
    return format_si(float(quantity), unit)


def quantity_texts(measure: Measure, measured: Measured, unit: str) -> NDArray[np.object_]:
    """(n,) the quantities in words; equal quantities are worded once."""
    quantity = next(iter(measured.columns.values()))
    low = measured.low if measured.low is not None else np.full(len(quantity), np.nan)
    high = measured.high if measured.high is not None else np.full(len(quantity), np.nan)
    seen: dict[tuple[Any, ...], str] = {}
    out = np.empty(len(quantity), dtype=object)
    for row, key in enumerate(zip(map(str, quantity), low, high, measured.state, strict=True)):
        key = (key[0], *("" if x != x else float(x) for x in key[1:3]), int(key[3]))
        if key not in seen:
            seen[key] = one_quantity(measure, measured, row, unit)
        out[row] = seen[key]
    return out


def state_word(measure: Measure, state: State) -> str:
    """Why there is no exact quantity, in words; "" where there is one."""
    return f"> {_within(measure)}" if state == State.BEYOND else STATE_WORDS[state]


def _within(measure: Measure) -> str:
    within = getattr(measure, "within", None)
    if within is None:
        return "the layer's edge"
    return format_si(within.value, "km") if within.unit.name == "m" and within.value >= 1000 else str(within)


def _between(low: float, high: float, unit: str, within: str) -> str:
    """An interval in words."""
    if np.isinf(high):
        return f"{format_si(low, unit)} or more (searched {within})"
    first = format_si(low, unit)
    bare = first.removesuffix(f" {unit}") if unit else first
    return f"{bare} to {format_si(high, unit)}"
