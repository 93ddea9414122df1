"""The ranking: the frozen result of a study, to be looked at, asked and weighed anew."""

from __future__ import annotations

from siting.ranking.columns import CriterionColumns, ResultColumn, ResultColumns
from siting.ranking.explain import About, CriterionLine, Explanation, explanation
from siting.ranking.facts import Facts, present_of
from siting.ranking.result import Ranking
from siting.ranking.tables import TOP_COLUMNS, excluded_table, ranked_rows
from siting.ranking.words import field_text, quantity_texts

__all__ = [
    "TOP_COLUMNS",
    "About",
    "CriterionColumns",
    "CriterionLine",
    "Explanation",
    "Facts",
    "Ranking",
    "ResultColumn",
    "ResultColumns",
    "excluded_table",
    "explanation",
    "field_text",
    "present_of",
    "quantity_texts",
    "ranked_rows",
]
