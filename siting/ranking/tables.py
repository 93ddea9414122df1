"""Tables for people: the admitted by rank, and everybody else with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.ranking.columns import ACRE_M2
from siting.ranking.reasons import joined_words

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = [
    "TOP_COLUMNS", "excluded_table", "ranked_columns", "ranked_rows", "records_table",
    "synthetic_note", "why_texts",
]  # fmt: skip

TOP_COLUMNS = (
    "rank", "rank_best", "rank_worst", "id", "score", "score_low", "score_high", "tier", "acres", "strongest",
    "weakest",
)  # fmt: skip


def ranked_rows(ranking: Ranking) -> NDArray[np.int64]:
    """The rows of the admitted in the order of their rank, then of their id."""
    rows = np.flatnonzero(ranking.judgement.admitted)
    rank = ranking.judgement.rank[rows]
    order = np.argsort(rank)
    rows, rank = rows[order], rank[order]
    tied = np.flatnonzero(np.bincount(rank)[rank] > 1)
    ids = ranking.parcels.ids[rows[tied]].astype(str)
    rows[tied] = rows[tied][np.lexsort((ids, rank[tied]))]
    return rows


def ranked_columns(names: Iterable[str]) -> list[str]:
    """The columns of the table of the admitted: rank and id first, without those that are the same for all of them."""
    first = ("rank", "id")
    return [*first, *(name for name in names if name not in (*first, "status", "excluded_by", "score_if_admitted"))]


def excluded_table(ranking: Ranking) -> pd.DataFrame:
    """Who is not in the ranking, and why: parcels, then records that never became one.

    Columns: id; status (excluded, site only, dropped, merged); excluded_by, all reasons in study order; why, what
    the study (or the analyst, or the cleaning) says about each of them; score_if_admitted, acres, null for records
    that never became a parcel; published fields.
    """
    parcels, records = _parcels(ranking), records_table(ranking)
    n = len(records["id"])

    def below(name: str, values: NDArray[Any]) -> NDArray[Any]:
        """What stands below a column of the parcels: the records' own words, or nothing."""
        return records.get(name, np.full(n, np.nan if values.dtype.kind == "f" else None))

    return pd.DataFrame({name: np.concatenate([values, below(name, values)]) for name, values in parcels.items()})


def _parcels(ranking: Ranking) -> dict[str, NDArray[Any]]:
    """Parcels that are not admitted, by id."""
    judged, columns = ranking.judgement, ranking.columns
    rows = np.flatnonzero(~judged.admitted)
    return {
        "id": ranking.parcels.ids[rows],
        "status": judged.status[rows],
        "excluded_by": columns["excluded_by"].values[rows],
        "why": why_texts(ranking, rows),
        "score_if_admitted": judged.scores.score[rows],
        "acres": np.round(ranking.parcels.shapes.area_m2[rows] / ACRE_M2, 3),
        **{column: columns[column].values[rows] for column in ranking.layout.published.values()},
    }


def records_table(ranking: Ranking) -> dict[str, NDArray[Any]]:
    """Records that were dropped, or merged into another parcel, by id."""
    happened = ranking.quality.table
    gone = happened[happened["what"].isin(["dropped", "merged"])].drop_duplicates("row")
    gone = gone.sort_values(["id", "row"], kind="stable")
    names = {"id": "id", "status": "what", "why": "detail"}
    records: dict[str, NDArray[Any]] = {name: gone[column].to_numpy(object) for name, column in names.items()}
    return {**records, "excluded_by": np.full(len(gone), "", object)}


def why_texts(ranking: Ranking, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """(rows,) each reason with its quantity, its limit and the study's words, and what an analyst said."""
    rules, columns = ranking.layout.rules, ranking.columns
    judged = ranking.judgement
    named = np.flatnonzero([name != "override" for name in judged.reasons])
    needed = {name for rule in rules.values() for name in (rule.quantity, rule.low, rule.high) if name}
    return joined_words(
        judged.excluded_by[np.ix_(rows, named)],
        tuple(judged.reasons[at] for at in named),
        rules,
        {name: columns[name].values[rows] for name in needed},
        ranking.overridden.values[rows],
    )


def synthetic_note(ranking: Ranking) -> str:
    """What is invented, as the sources, the title or the marking say; "" where nothing is."""
    records = [ranking.quality.provenance, *(layer.provenance for layer in ranking.layers.values())]
    records += [cover for record in records if isinstance(cover := record.get("coverage"), Mapping)]
    sources = [bool(record.get("synthetic")) for record in records if "file" in record]
    if sources and all(sources):
        return "SYNTHETIC: all of its data are invented; nothing here is real."
    marked = any(record.get("synthetic") for record in records)
    if marked or "SYNTHETIC" in f"{ranking.study.title} {ranking.study.marking}":
        return "SYNTHETIC: some of its data are invented."
    return ""
