"""Why a parcel is out, with the quantity and the limit: "habitat: 37 % (above 5 %); final critical habitat"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siting.ranking.words import plain, quantity_text

__all__ = ["BETWEEN", "RuleColumns", "joined_words", "reason_words"]

BETWEEN = " | "  #: between the reasons of one parcel, which may hold semicolons of their own


@dataclass(frozen=True, kw_only=True)
class RuleColumns:
    """One exclusion, and the column of the quantity that it tests.

    why, said : as the study says ("final critical habitat", "above 5 %"); unit, within : of the quantity in words
    quantity, low, high : "" where it has no single quantity, or no interval
    """

    name: str
    why: str = ""
    said: str = ""
    unit: str = ""
    within: str = ""
    quantity: str = ""
    low: str = ""
    high: str = ""


def reason_words(name: str, rules: Mapping[str, RuleColumns], cells: Mapping[str, Any]) -> str:
    """A reason with what was measured, the limit and the study's own words, as far as there are any.

    >>> rule = RuleColumns(name="habitat", why="final.", said="above 5 %", unit="%", quantity="x_habitat_pct")
    >>> reason_words("habitat", {"habitat": rule}, {"x_habitat_pct": 37.0})
    'habitat: 37 % (above 5 %); final'
    >>> reason_words("override", {}, {})
    'override'
    """
    rule = rules.get(name)
    if rule is None:
        return name
    much = _measured(rule, cells)
    measured = f"{much} ({rule.said})" if much and rule.said else much
    said = "; ".join(filter(None, [measured, rule.why.rstrip(".")]))
    return f"{name}: {said}" if said else name


def _measured(rule: RuleColumns, cells: Mapping[str, Any]) -> str:
    """The quantity in words; "" where the columns do not tell it."""
    low, high, quantity = (plain(cells.get(column)) for column in (rule.low, rule.high, rule.quantity))
    if quantity is None and (low is None or high is None):
        return ""
    if quantity is None and low == 0:
        return f"at most {quantity_text(high, high, high, '', unit=rule.unit, within=rule.within)}"
    word = f"> {rule.within or 'the reach of the layer'}"
    return quantity_text(quantity, low, high, word, unit=rule.unit, within=rule.within)


def joined_words(names: Sequence[str], rules: Mapping[str, RuleColumns], cells: Mapping[str, Any]) -> str:
    """The reasons of one parcel, each in full."""
    return BETWEEN.join(reason_words(name, rules, cells) for name in names)
