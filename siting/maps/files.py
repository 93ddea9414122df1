"""What files that leave the page are called, and what stands at their head."""

from __future__ import annotations

import re
from typing import TypedDict

from siting.maps.view import MapCriterion, MapView

__all__ = ["MAP_FILE_COLUMNS", "FilesHead", "files_of"]

#: of the ranking as a table, before the published fields and the criteria
MAP_FILE_COLUMNS = ("rank", "id", "score", "tier", "rank_in_study")
_LONGEST = 60


class FilesHead(TypedDict):
    """file: a name without ending; comment: one line above weights; columns, marks: of the table, marks in all rows."""

    file: str
    comment: str
    columns: list[str]
    marks: list[str]


def files_of(view: MapView) -> FilesHead:
    """The heads of the files of a view."""
    marks = ["SYNTHETIC"] if view.synthetic else []
    marks += [view.marking] if view.marking and view.marking not in marks else []
    columns = [*MAP_FILE_COLUMNS, *view.published]
    for criterion in view.criteria:
        columns += [_head(criterion), f"{criterion.label}: value"]
    return {
        "file": "-".join(re.findall(r"[^\W_]+", view.title) or ["map"])[:_LONGEST],
        "comment": re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", f"Weights of the map of: {view.title}"),
        "columns": [*columns, "marking"] if marks else columns,
        "marks": [" · ".join(marks)] if marks else [],
    }


def _head(criterion: MapCriterion) -> str:
    return f"{criterion.label} ({criterion.unit})" if criterion.unit else criterion.label
