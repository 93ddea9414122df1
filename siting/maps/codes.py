"""A criterion as one plane of 16-bit codes with a table: what was measured, in words or numbers, and what it is worth.

Codes from 0 are numbers, ascending, so that a limit on the quantity is a limit on the code. Codes from 65535 downwards
are everything else: 65535 no data at all, 65534 beyond the reach, then intervals, classes and what was set by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.maps.segment import Segment
from siting.maps.view import MapCriterion

__all__ = ["BEYOND", "FULL", "MISSING", "Codes", "codes_of", "value16"]

FULL = 65_535  #: the value 1
MISSING, BEYOND = 65_535, 65_534
_EXACT_UP_TO = 32_768  #: more different numbers than this are rounded to about as many steps as 16 bits hold
_PIECES, _MOST_DECIMALS = 255, 9
_MOST_OTHERS = 30_000
_UNKNOWN = (None, None, None, ["-Infinity", "Infinity"])

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Codes:
    """One criterion of n parcels.

    code : (n,) 0 to 65535
    number : (k,) the quantity of each code from 0
    value : (k,) what it is worth, 0 to 65535; shown : (k,) the same in hundredths, as Python rounds it
    others : for the codes from 65535 downwards [text, low, high, shown low, shown middle, shown high, quantities]; low
        is -1 where the value is not known; quantities are [least, most] in the unit: both "Infinity" beyond the reach,
        "-Infinity" and "Infinity" where they are not known
    """

    code: _Ints
    number: _Floats
    value: _Ints
    shown: _Ints
    others: list[list[Any]]

    def put(self, segment: Segment, name: str) -> None:
        """Add the plane and its table to a segment, as ``siting/maps/web/model.js`` reads it."""
        segment.ints(f"{name}.code", self.code)
        segment.numbers(f"{name}.number", self.number)
        segment.ints(f"{name}.value", self.value)
        segment.ints(f"{name}.shown", self.shown)
        said = [
            {
                "text": text, "low": max(0, low), "high": max(0, high), "ends": ends,
                "shown": [] if low < 0 else [middle, least, most],
            }
            for text, low, high, least, middle, most, ends in self.others
        ]  # fmt: skip
        segment.json(f"{name}.others", said)

    def values(self, side: Literal["low", "high"]) -> _Ints:
        """(n,) the least or the greatest value of each parcel in 65535ths, -1 where it is not known."""
        table = np.zeros(FULL + 1, np.int64)
        table[: len(self.value)] = self.value
        for k, other in enumerate(self.others):
            table[FULL - k] = other[1 if side == "low" else 2]
        return table[self.code]


def value16(value: _Floats) -> _Ints:
    """Values from 0 to 1 in 65535ths, -1 where there is none.

    >>> value16(np.array([0.0, 0.5, 1.0, np.nan])).tolist()
    [0, 32768, 65535, -1]
    """
    known = np.isfinite(value)
    return np.where(known, np.floor(np.where(known, value, 0) * FULL + 0.5), -1).astype(np.int64)


def codes_of(criterion: MapCriterion) -> Codes:
    """The codes of a criterion and their table."""
    n = len(criterion.value)
    value = np.asarray(criterion.value, np.float64)
    low = value if criterion.value_low is None else np.asarray(criterion.value_low, np.float64)
    high = value if criterion.value_high is None else np.asarray(criterion.value_high, np.float64)
    number = np.full(n, np.nan) if criterion.number is None else np.asarray(criterion.number, np.float64)
    low16 = value16(low)
    plain = np.isfinite(number) & (low == high) & (low16 >= 0)
    different, first, place = np.unique(number[plain], return_index=True, return_inverse=True)
    rows = np.flatnonzero(plain)
    worth = low16[rows][first] if len(rows) else np.zeros(0, np.int64)
    odd = low16[rows] != worth[place.ravel()]  # set by hand: not what the number is worth
    plain[rows[odd]] = False
    place = place.ravel()[~odd]
    others, of_other = _others(criterion, ~plain, (low, high, value), _ends(criterion, number))
    code = np.zeros(n, np.int64)
    code[~plain] = FULL - of_other
    if len(different) <= min(_EXACT_UP_TO, FULL + 1 - len(others)):
        shown = np.array([_hundredths(x) for x in value[rows][first].tolist()], np.int64)
        code[plain] = place
        return Codes(code=code, number=different, value=worth, shown=shown, others=others)
    numbers = _near(different, FULL - len(others))
    code[plain] = np.searchsorted((numbers[1:] + numbers[:-1]) / 2, number[plain])
    mean = _means(code[plain], low16[plain], numbers, different, worth)
    return Codes(code=code, number=numbers, value=mean, shown=(mean * 100 + FULL // 2) // FULL, others=others)


def _others(
    criterion: MapCriterion,
    rows: NDArray[np.bool_],
    values: tuple[_Floats, _Floats, _Floats],
    ends: tuple[_Floats, _Floats],
) -> tuple[list[list[Any]], _Ints]:
    """What is not a plain number, each different kind once, and for each of these rows which kind it is."""
    low, high, middle = values
    listed: list[list[Any]] = [["no data", -1, -1, *_UNKNOWN], ["", -1, -1, *_UNKNOWN]]
    place: dict[tuple[Any, ...], int] = {}
    out = np.zeros(int(rows.sum()), np.int64)
    at = np.flatnonzero(rows)
    numbers = [column[at].tolist() for column in (low, high, middle, *ends)]
    keys: list[Any] = list(zip([criterion.quantity[i] for i in at.tolist()], *numbers, strict=True))
    if len({repr(key) for key in keys}) > _MOST_OTHERS:
        keys = [("about", *(round(x, 2) for x in key[1:4]), float("nan"), float("nan")) for key in keys]
    for i, key in enumerate(keys):
        text, lowest, highest, mid, least, most = key
        if text == "no data" and lowest != lowest:
            continue
        hashed = tuple("-" if x != x else x for x in key)
        if hashed not in place:
            low16, high16 = (int(x) for x in value16(np.array([lowest, highest])))
            given = [text, low16, high16, *(_hundredths(x) for x in (lowest, mid, highest)), _pair(least, most)]
            beyond = np.isposinf(least) and not listed[1][0]
            place[hashed] = 1 if beyond else len(listed)
            if beyond:
                listed[1] = given
            else:
                listed.append(given)
        out[i] = place[hashed]
    return listed, out


def _ends(criterion: MapCriterion, number: _Floats) -> tuple[_Floats, _Floats]:
    """The least and the most that each quantity may be."""
    if criterion.number_low is None or criterion.number_high is None:
        return number, number
    known = ~np.isnan(number)
    return np.where(known, number, criterion.number_low), np.where(known, number, criterion.number_high)


def _pair(least: float, most: float) -> list[float | str]:
    """Both ends for JSON, as JavaScript's Number reads them; neither is known where one is not."""
    if least != least or most != most:
        return ["-Infinity", "Infinity"]
    return ["Infinity" if np.isposinf(end) else end for end in (least, most)]


def _hundredths(value: float) -> int | None:
    """A value in hundredths, rounded once, as Python's format does."""
    return None if value != value else int(f"{value:.2f}".replace(".", ""))


def _near(different: _Floats, most: int) -> _Floats:
    """At most ``most`` numbers near the given ones: in each piece as many of these, in equal decimal steps."""
    decimals = min(max(int(np.log10(2**31 / max(np.abs(different).max(), 1.0))), 0), _MOST_DECIMALS)
    quantiles = np.quantile(different, np.linspace(0, 1, _PIECES + 1))
    knots = np.unique(np.round(quantiles * 10**decimals).astype(np.int64))
    widest = most // _PIECES
    steps = [np.arange(a, b, -(-(b - a) // widest)) for a, b in pairwise(knots.tolist())]
    return np.asarray(np.concatenate([*steps, knots[-1:]]) / 10**decimals, np.float64)


def _means(code: _Ints, value: _Ints, numbers: _Floats, different: _Floats, worth: _Ints) -> _Ints:
    """What a code is worth: the mean of those that have it, between them as the numbers lie."""
    count = np.bincount(code, minlength=len(numbers))
    total = np.bincount(code, weights=value, minlength=len(numbers))
    between = np.interp(numbers, different, worth)
    return np.floor(np.where(count > 0, total / np.maximum(count, 1), between) + 0.5).astype(np.int64)
