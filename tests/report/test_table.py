"""Numbers in the tables of the report."""

from __future__ import annotations

import pandas as pd

from siting.report.table import each, percent, rounded


def test_numbers_for_people() -> None:
    assert percent(0.5) == "50.0 %"
    assert percent(1 / 3, 0) == "33 %"
    assert rounded(1234.567) == "1,234.57"
    assert rounded(float("nan")) == ""


def test_rows_have_their_cells_by_name() -> None:
    table = pd.DataFrame({"id": ["a", "b"], "rank": [1, 2]})
    assert [(row.id, row.rank) for row in each(table)] == [
        ("a", 1),
        ("b", 2),
    ]
