"""Why a parcel is out, with the quantity and the limit: "habitat: 37 % (above 5 %); final critical habitat"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from siting.ranking.words import plain, quantity_text

__all__ = ["BETWEEN", "RuleColumns", "joined_words", "patterns", "reason_words"]

BETWEEN = " | "  #: between the reasons of one parcel, which may hold semicolons of their own
_TEXT = pa.large_string()  # the words of millions of parcels are more than 2 GB


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


def joined_words(
    marks: NDArray[np.bool_],
    names: tuple[str, ...],
    rules: Mapping[str, RuleColumns],
    cells: Mapping[str, NDArray[Any]],
    further: NDArray[np.object_],
) -> NDArray[np.object_]:
    """(n,) the marked reasons of each parcel, each in full, and what else is said; equal ones are worded once.

    marks : (n, names); cells : (n,) the columns of quantities that the rules name; further : (n,) text, or ""
    """
    texts = [_texts(mark, name, rules, cells) for mark, name in zip(marks.T, names, strict=True)]
    texts.append(pa.array(np.where(further == "", "", BETWEEN + further), _TEXT))
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*texts, pa.scalar("", _TEXT)), len(BETWEEN))
    return np.asarray(joined.to_numpy(zero_copy_only=False), object)


def _texts(
    mark: NDArray[np.bool_], name: str, rules: Mapping[str, RuleColumns], cells: Mapping[str, NDArray[Any]]
) -> pa.Array:
    """(n,) one reason in full, with what stands before it, where it is marked; "" elsewhere."""
    rule = rules.get(name)
    wanted = [column for column in (rule.quantity, rule.low, rule.high) if column] if rule else []
    code, kinds = patterns([cells[column][mark] for column in wanted], int(mark.sum()))
    words = [BETWEEN + reason_words(name, rules, dict(zip(wanted, kind, strict=True))) for kind in kinds]
    at = np.zeros(len(mark), np.int32)
    at[mark] = 1 + code
    return pa.DictionaryArray.from_arrays(pa.array(at), pa.array(["", *words], _TEXT)).dictionary_decode()


def patterns(columns: Sequence[NDArray[Any]], count: int) -> tuple[NDArray[np.int64], list[tuple[Any, ...]]]:
    """(count,) the number of each row among the distinct ones, and these, in the order in which they come.

    >>> code, rows = patterns([np.array([1.0, 2.0, 1.0]), np.array(["x", None, "x"], object)], 3)
    >>> code.tolist(), len(rows)
    ([0, 1, 0], 2)
    """
    code = np.zeros(count, np.int64)
    for column in columns:
        one, distinct = pd.factorize(column, use_na_sentinel=False)
        code = pd.factorize(code * max(len(distinct), 1) + one)[0]
    first = np.full(int(code.max(initial=-1)) + 1, count, np.int64)
    np.minimum.at(first, code, np.arange(count))
    if not columns:
        return code, [()] * len(first)
    return code, list(zip(*(column[first].tolist() for column in columns), strict=True))


def _measured(rule: RuleColumns, cells: Mapping[str, Any]) -> str:
    """The quantity in words; "" where the columns do not tell it."""
    low, high, quantity = (plain(cells.get(column)) for column in (rule.low, rule.high, rule.quantity))
    return _worded(rule.unit, rule.within, low, high, quantity)


@lru_cache(maxsize=65_536)
def _worded(unit: str, within: str, low: Any, high: Any, quantity: Any) -> str:
    """A quantity or its interval in words; "" for neither. The same numbers come again from block to block."""
    if quantity is None and (low is None or high is None):
        return ""
    if quantity is None and low == 0:
        return f"at most {quantity_text(high, high, high, '', unit=unit, within=within)}"
    word = f"> {within or 'the reach of the layer'}"
    return quantity_text(quantity, low, high, word, unit=unit, within=within)
