"""Explaining one parcel: where it stands, and which quantities put it there."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.errors import DataError, did_you_mean
from siting.quantities import WATERFALL
from siting.ranking.words import one_quantity, unit_of
from siting.units import format_si

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["CriterionLine", "Explanation", "explain", "row_of"]


@dataclass(frozen=True, kw_only=True)
class CriterionLine:
    """One criterion of one parcel.

    quantity : in words; value : "0.75", or "0.2 to 0.9"; weight : of all criteria, in [0, 1]
    contribution : relative to the median parcel (points, or log ratio)
    """

    name: str
    block: str
    quantity: str
    value: str
    weight: float
    contribution: float
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Where one parcel stands and why; shown as text, and as a table in a notebook."""

    id: str
    status: str
    reasons: tuple[str, ...]
    unclear: tuple[str, ...]
    rank: int
    rank_range: tuple[int, int]
    of: int
    score: float
    score_range: tuple[float, float]
    tier: str
    criteria: tuple[CriterionLine, ...]
    waterfall: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    contribution_unit: str
    overrides: tuple[str, ...] = ()

    @property
    def standing(self) -> str:
        """One sentence: rank and score, or status and reasons."""
        low, high = self.score_range
        score = f"{self.score:.1f} points" + (f" ({low:.1f} to {high:.1f})" if low != high else "")
        if self.rank:
            best, worst = self.rank_range
            span = f" (between {best} and {worst})" if best != worst else ""
            return f"Rank {self.rank}{span} of {self.of}, {score}, tier {self.tier}."
        what = "Excluded" if self.status == "excluded" else "Only in a site"
        return f"{what}: {'; '.join(self.reasons)}. It would score {score}."

    def __str__(self) -> str:
        width = max(len(line.name) for line in self.criteria)
        wide = max(len(line.quantity) for line in self.criteria)
        lines = [f"Parcel {self.id}", self.standing, *(f"Override: {text}" for text in self.overrides)]
        if self.unclear:
            lines.append(f"Not judged for want of data: {'; '.join(self.unclear)}.")
        lines += ["", f"{'criterion':<{width}}  {'quantity':<{wide}}  value       weight  against the median"]
        for line in self.criteria:
            shown = f"{line.contribution:+.2f}" if self.contribution_unit == "points" else f"{line.contribution:+.3f} (log)"
            lines.append(f"{line.name:<{width}}  {line.quantity:<{wide}}  {line.value:<10}  {line.weight:>5.1%}  {shown}")
        if self.waterfall:
            lines += ["", *(f"{name:<{width}}  {area:>14}" for name, area in self.waterfall)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        def row(cells: tuple[str, ...], tag: str = "td") -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        head = row(("criterion", "quantity", "value", "weight", f"against the median ({self.contribution_unit})"), "th")
        body = "".join(row((c.name, c.quantity, c.value, f"{c.weight:.1%}", f"{c.contribution:+.3f}")) for c in self.criteria)
        land = "".join(row(item) for item in self.waterfall)
        return (
            f"<h4>Parcel {html.escape(self.id)}</h4><p>{html.escape(self.standing)}</p>"
            f"<table>{head}{body}</table>" + (f"<table>{row(('usable land', ''), 'th')}{land}</table>" if land else "")
        )


def row_of(ranking: Ranking, parcel_id: str) -> int:
    """The row of a parcel. Raises DataError for an id that the ranking does not have."""
    rows = np.flatnonzero(ranking.parcels.ids.astype(str) == str(parcel_id))
    if not len(rows):
        near = did_you_mean(str(parcel_id), ranking.parcels.ids[:200_000])
        raise DataError(f"There is no parcel {str(parcel_id)!r} among the {len(ranking.parcels):,} of this ranking.{near}")
    return int(rows[0])


def explain(ranking: Ranking, parcel_id: str) -> Explanation:
    """Everything that puts one parcel where it stands."""
    row, judged = row_of(ranking, parcel_id), ranking.judgement
    return Explanation(
        id=str(parcel_id),
        status=str(judged.status[row]),
        reasons=tuple(name for name, hit in zip(judged.reasons, judged.excluded_by[row], strict=True) if hit),
        unclear=tuple(name for name, verdict in judged.verdicts.items() if verdict.perhaps[row]),
        rank=int(judged.rank[row]),
        rank_range=(int(judged.rank_best[row]), int(judged.rank_worst[row])),
        of=int(judged.admitted.sum()),
        score=float(judged.scores.score[row]),
        score_range=(float(judged.scores.low[row]), float(judged.scores.high[row])),
        tier=str(judged.tier[row] or ""),
        criteria=_lines(ranking, row),
        waterfall=waterfall_texts(ranking, row),
        fields=tuple((name, str(ranking.parcels.table[name].iloc[row])) for name in ranking.published),
        contribution_unit=judged.contributions.unit,
        overrides=ranking.override_texts(str(parcel_id)),
    )


def _lines(ranking: Ranking, row: int) -> tuple[CriterionLine, ...]:
    out = []
    for number, criterion in enumerate(ranking.study.criteria()):
        measure = ranking.plan.criteria[criterion.name]
        low, high = (float(side[row]) for side in ranking.judgement.values[criterion.name])
        out.append(
            CriterionLine(
                name=criterion.name,
                block=".".join(criterion.block),
                quantity=one_quantity(measure, ranking.quantities[measure.key], row, unit_of(measure, criterion.value)),
                value=f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}",
                weight=criterion.weight,
                contribution=float(ranking.judgement.contributions.values[number, row]),
                source=criterion.source or "",
            )
        )
    return tuple(out)


def waterfall_texts(ranking: Ranking, row: int) -> tuple[tuple[str, str], ...]:
    """The steps of usable land of one parcel, in acres."""
    if WATERFALL not in ranking.quantities:
        return ()
    out = []
    for name, values in ranking.quantities[WATERFALL].columns.items():
        if name == "pieces":
            continue
        label = {"gross": "gross", "usable": "= usable", "largest_piece": "largest piece"}.get(name, f"- {name.removeprefix('cut:')}")
        missing = "not computed" if name == "largest_piece" else "not mapped here"
        out.append((label, missing if np.isnan(values[row]) else format_si(float(values[row]), "acre")))
    return tuple(out)
