"""Why a parcel is out, in words, from cells made by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from siting.ranking import Ranking
from siting.ranking.reasons import RuleColumns, joined_words, reason_words

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


def test_reasons_without_words_of_their_own() -> None:
    bare = RuleColumns(name="bare")
    assert joined_words(["bare", "no data: slope", "near"], {"bare": bare, "near": NEAR}, {"q": 1.0}) == (
        "bare | no data: slope | near: 1 km (below 1.5 km); hum"
    )


def test_a_count_of_an_exclusion_is_named_after_its_measure(ranked: Ranking) -> None:
    rules = [{"name": "pad does not fit", "fits": "400 m x 300 m", "below": 1}]
    columns = ranked.reweight({"exclusions": rules}).columns
    assert columns["x_pad_does_not_fit_fits"].meaning == (
        "fits (a plain number: a count, or 1 for yes and 0 for no), quantity of the exclusion 'pad does not fit'"
    )
    assert set(columns["x_pad_does_not_fit_fits"].values) <= {0.0, 1.0}
