"""Why a parcel is out, in words, from cells made by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.ranking import Ranking
from siting.ranking.reasons import RuleColumns, joined_words, patterns, reason_words

NEAR = RuleColumns(
    name="near", why="hum", said="below 1.5 km", unit="km", within="5 km", quantity="q", low="l", high="h"
)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"q": 1.25}, "near: 1.25 km (below 1.5 km); hum"),
        ({"q": math.inf}, "near: > 5 km (below 1.5 km); hum"),
        ({"q": math.nan, "l": 0.0, "h": 0.5}, "near: at most 500 m (below 1.5 km); hum"),
        ({"q": None, "l": 0.25, "h": 0.5}, "near: 250 to 500 m (below 1.5 km); hum"),
        ({"q": None, "l": None, "h": None}, "near: hum"),
        ({}, "near: hum"),
    ],
)
def test_the_quantity_the_limit_and_the_reason(cells: dict[str, Any], said: str) -> None:
    assert reason_words("near", {"near": NEAR}, cells) == said


def test_the_reasons_of_many_parcels_are_those_of_each() -> None:
    """Also those without words of their own, without any reason, and with a word of an analyst."""
    names, rules = ("bare", "no data: slope", "near"), {"bare": RuleColumns(name="bare"), "near": NEAR}
    marks = np.array([[True, True, True], [False, False, False], [False, False, True], [False, True, True]])
    none = np.full(4, np.nan)
    cells = {"q": np.array([1.0, 2.0, np.nan, 1.0]), "l": none, "h": none}
    said = joined_words(marks, names, rules, cells, np.array(["", "", "sold", "kept"], object))
    assert said.tolist() == [
        "bare | no data: slope | near: 1 km (below 1.5 km); hum",
        "",
        "near: hum | sold",
        "no data: slope | near: 1 km (below 1.5 km); hum | kept",
    ]
    alone = joined_words(marks[:, :0], (), {}, {}, np.array(["", "a", "", "b"], object))
    assert alone.tolist() == ["", "a", "", "b"]


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.5, np.nan]), st.sampled_from(["x", "", None])), max_size=9))
def test_rows_are_their_patterns(rows: list[tuple[float, str | None]]) -> None:
    columns = [np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], object)]
    code, kinds = patterns(columns, len(rows))
    assert len({repr(kind) for kind in kinds}) == len(kinds)
    assert [repr(kinds[at]) for at in code] == [repr((number, text)) for number, text in rows]


def test_a_count_of_an_exclusion_is_named_after_its_measure(ranked: Ranking) -> None:
    rules = [{"name": "pad does not fit", "fits": "400 m x 300 m", "below": 1}]
    columns = ranked.reweight({"exclusions": rules}).columns
    assert columns["x_pad_does_not_fit_fits"].meaning == (
        "fits (a plain number: a count, or 1 for yes and 0 for no), quantity of the exclusion 'pad does not fit'"
    )
    assert set(columns["x_pad_does_not_fit_fits"].values) <= {0.0, 1.0}
