"""Quantities in words: "3.1 km", "> 25 km", "2 to 9 km", "no data"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from siting.mcda.value import Classes
from siting.measure import Measure, State
from siting.units import format_si, si_unit

__all__ = [
    "STATE_WORDS",
    "field_text",
    "peak_words",
    "plain",
    "quantity_text",
    "quantity_texts",
    "slug",
    "state_word",
    "unit_of",
    "within_of",
]

STATE_WORDS = {
    State.KNOWN: "",
    State.NO_DATA: "no data",
    State.BEYOND: "beyond the reach",
    State.NOT_COMPUTED: "not computed",
    State.UNKNOWN: "uncertain",
    State.NO_PLACE: "no usable land",
}

_METRES = {"m": 1.0, "km": 1000.0}
_PEAK = {"kWp": "kW peak", "MWp": "MW peak", "GWp": "GW peak"}
_UNITS = {"share": "%", "length": "km", "area": "acre", "slope": "% slope"}


def peak_words(unit: str) -> str:
    """A unit as people read it.

    >>> peak_words("MWp"), peak_words("acre")
    ('MW peak', 'acre')
    """
    return _PEAK.get(unit, unit)


def unit_of(measure: Measure, value: Any = None) -> str:
    """The unit in which people read a quantity: that of the value function's anchors, else of the measure."""
    if value is not None and not isinstance(value, Classes):
        return str(value.unit)
    given = getattr(measure, "unit", None)
    if isinstance(given, str):
        per = getattr(measure, "per", None)
        return f"{given}/{per}" if per else given
    dimension = measure.columns[0].dimension
    if dimension in ("text", "count", "number"):
        return ""
    return _UNITS.get(dimension) or si_unit(dimension).name


def slug(text: str) -> str:
    """A unit, or a name, as part of a column's name.

    >>> slug("% slope"), slug("USD(2025)/acre"), slug("%"), slug("")
    ('pct_slope', 'usd2025_per_acre', 'pct', '')
    """
    text = text.replace("%", "pct").replace("/", " per ").replace("(", "").replace(")", "").casefold()
    return re.sub(r"\W+", "_", text).strip("_")


def within_of(measure: Measure) -> str:
    """How far a measure searches, in words; "" where it searches everything, or nothing.

    People read "25 km" rather than "25000 m".
    """
    within = getattr(measure, "within", None)
    if within is None:
        return ""
    return format_si(within.value, "km") if within.unit.name == "m" and within.value >= 1000 else str(within)


def state_word(state: State, within: str, land: str = "") -> str:
    """Why there is no exact quantity, in words; "" where there is one.

    >>> state_word(State.BEYOND, "25 km"), state_word(State.NO_DATA, "25 km"), state_word(State.NO_PLACE, "", "pad")
    ('> 25 km', 'no data', 'no pad fits')
    """
    if state == State.NO_PLACE and land == "pad":
        return "no pad fits"
    return f"> {within or 'the reach of the layer'}" if state == State.BEYOND else STATE_WORDS[state]


def quantity_text(quantity: Any, low: Any, high: Any, word: str, *, unit: str, within: str) -> str:
    """A quantity for people.

    quantity, low, high : in ``unit``, or text; None or NaN where there is none
    word : of its state (``state_word``)

    >>> quantity_text(3.1, 3.1, 3.1, "", unit="km", within="25 km")
    '3.1 km'
    >>> quantity_text(float("inf"), None, None, "> 25 km", unit="km", within="25 km")
    '> 25 km'
    >>> quantity_text(None, 2.0, 9.0, "uncertain", unit="km", within="25 km")
    '2 to 9 km'
    >>> quantity_text(None, 2.0, float("inf"), "uncertain", unit="km", within="25 km")
    '2 km or more (searched 25 km)'
    >>> quantity_text(None, 0.0, 20.0, "not computed", unit="acre", within="")
    'not computed (at most 20 acre)'
    """
    quantity, low, high = plain(quantity), plain(low), plain(high)
    if isinstance(quantity, str):
        return quantity
    if quantity is not None:
        return (word or "beyond the reach") if np.isinf(quantity) else _shown(quantity, unit)
    if low is None or high is None:
        return word or "no data"
    if word == STATE_WORDS[State.NOT_COMPUTED]:
        return f"{word} (at most {_shown(high, unit)})"
    if np.isinf(high):
        return f"{_shown(low, unit)} or more" + (f" (searched {within})" if within else "")
    return _between(low, high, unit)


def quantity_texts(columns: Sequence[Sequence[Any]], *, unit: str, within: str) -> list[str]:
    """The quantities of n parcels for people; equal ones are worded once.

    columns : quantity, low, high and word of each parcel, as ``quantity_text`` takes them
    """
    seen: dict[Any, str] = {}
    out = []
    for key in zip(*columns, strict=True):
        if key not in seen:
            seen[key] = quantity_text(*key, unit=unit, within=within)
        out.append(seen[key])
    return out


def field_text(value: Any) -> str:
    """A published field for people: "" for nothing, whole numbers without a point.

    >>> field_text(4710.0), field_text(None), field_text(" 007"), field_text(0.5)
    ('4710', '', ' 007', '0.5')
    """
    value = plain(value)
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def plain(value: Any) -> Any:
    """The Python value of a cell; None where there is none (None, NaN, NaT).

    >>> plain(np.float64("nan")), plain(np.int64(7)), plain("x")
    (None, 7, 'x')
    """
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or value != value else value


def _shown(number: float, unit: str) -> str:
    """A number in its unit for people: lengths in m under 1 km, else in km with at most 2 decimals.

    >>> _shown(0.7366, "km"), _shown(3141.59, "m"), _shown(0.0043, "km"), _shown(1500.0, "MWp")
    ('737 m', '3.14 km', '4.3 m', '1,500 MW peak')
    """
    if unit not in _METRES:
        return f"{format_si(number, '')} {peak_words(unit)}".rstrip()
    metres = number * _METRES[unit]
    if abs(metres) >= 999.5:
        return f"{_plain_decimals(metres / 1000, 2)} km"
    return f"{_plain_decimals(metres, 0 if abs(metres) >= 9.95 else 1)} m"


def _plain_decimals(number: float, places: int) -> str:
    shown = f"{number:,.{places}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if shown == "-0" else shown


def _between(low: float, high: float, unit: str) -> str:
    """Two numbers in words, the unit once where it is the same."""
    first, last = _shown(low, unit), _shown(high, unit)
    same = first.partition(" ")[2] == last.partition(" ")[2]
    return f"{first.partition(' ')[0] if same else first} to {last}"
