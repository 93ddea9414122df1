"""The columns of a result: every parcel with its status, quantities with their units, values, reasons, score and rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.measure import Measure, Measured, State
from siting.quantities import WATERFALL
from siting.ranking.words import slug, state_word, unit_of
from siting.units import parse_unit

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["ColumnUnit", "excluded_table", "ranked_table", "reason_texts", "result_columns"]

_ACRE_M2 = 4046.8564224


@dataclass(frozen=True)
class ColumnUnit:
    """A column of a result with its unit ("" for text, counts and values)."""

    values: NDArray[Any]
    unit: str = ""


def result_columns(ranking: Ranking) -> dict[str, ColumnUnit]:
    """Every column of the result, in order.

    id, status, excluded_by, unclear, rank, rank_best, rank_worst, score, score_low, score_high (also of the
    excluded: the score they would have if admitted), tier, strongest, weakest; published fields; the waterfall in
    acres; for each criterion ``q_<criterion>_<unit>`` (quantity), ``v_<criterion>`` (value in [0, 1]), with _low and
    _high where either is an interval, ``c_<criterion>`` (contribution against the median of the admitted),
    ``s_<criterion>`` (why there is no exact quantity), and what the measure adds, such as ``<criterion>_nearest_id``; ``x_<exclusion>_<unit>`` for quantities that only exclusions use.
    """
    out = _standing(ranking)
    for field in ranking.study.parcels.publish:
        if field in ranking.parcels.table.columns:
            out.setdefault(str(field), ColumnUnit(ranking.parcels.table[field].to_numpy(dtype=object)))
    out |= _waterfall(ranking)
    used = set()
    for criterion in ranking.study.criteria():
        measure = ranking.plan.criteria[criterion.name]
        used.add(measure.key)
        out |= _criterion(ranking, criterion.name, measure, unit_of(measure, criterion.value))
    for rule in ranking.plan.rules:
        for number, measure in enumerate(dict.fromkeys(rule.measures)):
            if measure.key not in used:
                used.add(measure.key)
                name = slug(rule.name) + (f"_{number + 1}" if number else "")
                out |= _quantity(f"x_{name}", ranking.quantities[measure.key], unit_of(measure))
    return out


def ranked_table(ranking: Ranking, columns: dict[str, ColumnUnit]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """The admitted in the order of their rank (then of their id), and their rows."""
    judged = ranking.judgement
    rows = np.flatnonzero(judged.admitted)
    rows = rows[np.lexsort((ranking.parcels.ids[rows].astype(str), judged.rank[rows]))]
    skip = {"status", "excluded_by"}
    return pd.DataFrame({name: column.values[rows] for name, column in columns.items() if name not in skip}), rows


def excluded_table(ranking: Ranking) -> pd.DataFrame:
    """Who is excluded and why: id, status, one row a parcel, reasons in study order, and the score if admitted."""
    judged = ranking.judgement
    rows = np.flatnonzero(~judged.admitted)
    why = {rule.name: rule.why for rule in ranking.plan.rules}
    reasons = reason_texts(judged.excluded_by[rows], judged.reasons)
    first = judged.excluded_by[rows].argmax(axis=1) if judged.excluded_by.shape[1] else np.zeros(len(rows), np.int64)
    return pd.DataFrame(
        {
            "id": ranking.parcels.ids[rows],
            "status": judged.status[rows],
            "excluded_by": reasons,
            "why": [why.get(judged.reasons[i], "") for i in first],
            "score_if_admitted": judged.scores.score[rows],
            "acres": np.round(ranking.parcels.shapes.area_m2[rows] / _ACRE_M2, 3),
        }
    )


def reason_texts(marks: NDArray[np.bool_], names: tuple[str, ...]) -> NDArray[np.object_]:
    """(n,) the names of the marked columns, joined by "; "; equal patterns are worded once.

    >>> reason_texts(np.array([[True, True], [False, False]]), ("tribal land", "too small")).tolist()
    ['tribal land; too small', '']
    """
    out = np.full(len(marks), "", dtype=object)
    if not marks.shape[1] or not len(marks):
        return out
    patterns, inverse = np.unique(marks, axis=0, return_inverse=True)
    texts = ["; ".join(name for name, hit in zip(names, pattern, strict=True) if hit) for pattern in patterns]
    out[:] = np.array(texts, dtype=object)[inverse.ravel()]
    return out


def _standing(ranking: Ranking) -> dict[str, ColumnUnit]:
    """Identity, status and rank."""
    judged, n = ranking.judgement, len(ranking.parcels)
    strong, weak = ranking.strongest_weakest
    perhaps = [verdict.perhaps for verdict in judged.verdicts.values()]
    unclear = np.stack(perhaps, axis=1) if perhaps else np.zeros((n, 0), bool)
    rank = judged.rank.astype(np.float64)
    return {
        "id": ColumnUnit(ranking.parcels.ids),
        "status": ColumnUnit(judged.status),
        "excluded_by": ColumnUnit(reason_texts(judged.excluded_by, judged.reasons)),
        "unclear": ColumnUnit(reason_texts(unclear, tuple(judged.verdicts))),
        "rank": ColumnUnit(_whole(rank)),
        "rank_best": ColumnUnit(_whole(judged.rank_best.astype(np.float64))),
        "rank_worst": ColumnUnit(_whole(judged.rank_worst.astype(np.float64))),
        "score": ColumnUnit(np.where(judged.admitted, judged.scores.score, np.nan), "points"),
        "score_low": ColumnUnit(judged.scores.low, "points"),
        "score_high": ColumnUnit(judged.scores.high, "points"),
        "score_if_admitted": ColumnUnit(judged.scores.score, "points"),
        "tier": ColumnUnit(judged.tier),
        "strongest": ColumnUnit(strong),
        "weakest": ColumnUnit(weak),
        "missing": ColumnUnit(reason_texts(np.stack(list(judged.missing.values()), axis=1), tuple(judged.missing))),
        "acres": ColumnUnit(np.round(ranking.parcels.shapes.area_m2 / _ACRE_M2, 3), "acre"),
    }


def _whole(rank: NDArray[np.float64]) -> NDArray[Any]:
    """Ranks as whole numbers, none for those without."""
    return pd.array(np.where(rank > 0, rank, np.nan), dtype="Int64").to_numpy(dtype=object, na_value=None)


def _waterfall(ranking: Ranking) -> dict[str, ColumnUnit]:
    """Gross, every cut, usable and largest piece, in acres."""
    if WATERFALL not in ranking.quantities:
        return {}
    columns = ranking.quantities[WATERFALL].columns
    names = {name: f"cut_{slug(name.removeprefix('cut:'))}" if name.startswith("cut:") else name for name in columns}
    acres = {f"{names[name]}_acre": ColumnUnit(np.round(values / _ACRE_M2, 4), "acre") for name, values in columns.items() if name != "pieces"}
    return {**acres, "usable_pieces": ColumnUnit(columns["pieces"])}


def _criterion(ranking: Ranking, name: str, measure: Measure, unit: str) -> dict[str, ColumnUnit]:
    """Quantity, value and state of one criterion, and what its measure adds."""
    measured = ranking.quantities[measure.key]
    low, high = ranking.judgement.values[name]
    out = _quantity(f"q_{name}", measured, unit)
    out[f"v_{name}"] = ColumnUnit(np.round((low + high) / 2, 9))
    if (low != high).any():
        out[f"v_{name}_low"], out[f"v_{name}_high"] = ColumnUnit(low), ColumnUnit(high)
    order = [criterion.name for criterion in ranking.study.criteria()]
    out[f"c_{name}"] = ColumnUnit(ranking.judgement.contributions.values[order.index(name)])
    if (measured.state != State.KNOWN).any():
        words = np.array([state_word(measure, state) for state in State], dtype=object)
        out[f"s_{name}"] = ColumnUnit(words[measured.state])
    for extra in list(measured.columns)[1:]:
        out[f"{name}_{extra}"] = ColumnUnit(measured.columns[extra])
    return out


def _quantity(name: str, measured: Measured, unit: str) -> dict[str, ColumnUnit]:
    """The first column of a measure in the unit that people read, and its interval where it has one."""
    quantity = next(iter(measured.columns.values()))
    if quantity.dtype.kind != "f":
        return {name: ColumnUnit(quantity)}
    full = f"{name}_{slug(unit)}".rstrip("_")
    out = {full: ColumnUnit(_in_unit(quantity, unit), unit)}
    if measured.low is not None and measured.high is not None:
        out[f"{full}_low"] = ColumnUnit(_in_unit(measured.low, unit), unit)
        out[f"{full}_high"] = ColumnUnit(_in_unit(measured.high, unit), unit)
    return out


def _in_unit(values: NDArray[np.float64], unit: str) -> NDArray[np.float64]:
    if not unit:
        return values
    factor = parse_unit(unit).factor
    out = np.degrees(np.arctan(values)) if np.isnan(factor) else values / factor
    return np.round(out, 9)

