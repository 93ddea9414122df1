"""The ranking: the frozen result of a study, to be looked at, asked and weighed anew."""

from __future__ import annotations

from siting.ranking.columns import ColumnUnit, excluded_table, ranked_table, result_columns
from siting.ranking.explain import Explanation, explain
from siting.ranking.result import Ranking
from siting.ranking.words import quantity_texts, unit_of

__all__ = [
    "ColumnUnit",
    "Explanation",
    "Ranking",
    "excluded_table",
    "explain",
    "quantity_texts",
    "ranked_table",
    "result_columns",
    "unit_of",
]
