"""Explaining one parcel: where it stands, and which quantities put it there.

A ranking at hand and one that is read back say the same, because both are told by their columns.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from siting.measure import State
from siting.ranking.columns import CriterionColumns
from siting.ranking.reasons import BETWEEN, RuleColumns, reason_words
from siting.ranking.words import STATE_WORDS, field_text, plain, quantity_text
from siting.units import format_si

__all__ = ["About", "CriterionLine", "Explanation", "explanation", "reason_list"]

_LABELS = {"largest piece": STATE_WORDS[State.NOT_COMPUTED]}
_TABLE = 'style="border-collapse:collapse;margin:.5em 0"'
_CELL = 'style="text-align:left;padding:.15em .8em .15em 0;vertical-align:top"'


@dataclass(frozen=True, kw_only=True)
class CriterionLine:
    """One criterion of one parcel.

    quantity : in words; value : "0.75", or "0.20 to 0.90"; weight : of all criteria, in [0, 1]
    contribution : relative to the median parcel (points, or log ratio); None where it is not known
    """

    name: str
    block: str
    quantity: str
    value: str
    weight: float
    contribution: float | None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class About:
    """What the columns of a result mean, for all parcels.

    admitted : how many; contribution_unit : "points" or "log ratio"
    criteria, waterfall, published, rules : as in ``ResultColumns``
    reference : the score of a parcel made of the medians; None where there is none
    marking : what is invented, in a sentence; "" where nothing is
    """

    admitted: int
    contribution_unit: str
    criteria: Sequence[CriterionColumns]
    waterfall: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, RuleColumns] = field(default_factory=dict)
    reference: float | None = None
    marking: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Where one parcel stands and why; shown as text, and as a table in a notebook.

    reasons : the names of what excludes it; whys : each with its quantity, its limit and the study's words
    rank : None where the parcel is not admitted; score : what it has, or would have if admitted
    """

    id: str
    status: str
    reasons: tuple[str, ...]
    unclear: tuple[str, ...]
    rank: int | None
    rank_range: tuple[int | None, int | None]
    of: int
    score: float | None
    score_range: tuple[float | None, float | None]
    tier: str
    criteria: tuple[CriterionLine, ...]
    waterfall: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    contribution_unit: str
    overrides: tuple[str, ...] = ()
    stacked: tuple[str, ...] = ()
    marking: str = ""
    whys: tuple[str, ...] = ()
    reference: float | None = None

    @property
    def standing(self) -> str:
        """One sentence: rank and score, or status and reasons."""
        low, high = self.score_range
        score = "no score, for want of data" if self.score is None else f"{self.score:.1f} points"
        if self.score is not None and low != high:
            score += f" ({low:.1f} to {high:.1f})"
        if self.rank is not None:
            best, worst = self.rank_range
            span = f" (between {best} and {worst})" if best != worst else ""
            return f"Rank {self.rank}{span} of {self.of:,}, {score}, tier {self.tier}."
        what = "Excluded" if self.status == "excluded" else "Admitted only in a site"
        return f"{what}: {BETWEEN.join(self.whys or self.reasons)}. On its own merits: {score}."

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences beside the numbers: overrides, exclusions that cannot be judged, stacked records."""
        said = [f"Override: {text}." for text in self.overrides]
        if self.unclear:
            said.append(f"Not judged: {'; '.join(self.unclear)}.")
        if self.stacked:
            said.append(f"{len(self.stacked)} records on one outline, counted once: {', '.join(self.stacked)}.")
        return tuple(said)

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """The criteria as rows of text: criterion, quantity, value, weight, against the median.

        A log ratio reads as what it does to the score: 0.095 multiplies it by 1.10 and is told as +10.0 %.
        """
        return [
            (line.name.replace("_", " "), line.quantity, line.value, f"{line.weight:.1%}", self._against(line))
            for line in self.criteria
        ]

    def _against(self, line: CriterionLine) -> str:
        if line.contribution is None:
            return "not known"
        if self.contribution_unit == "points":
            return f"{line.contribution:+.2f}"
        return f"{100 * math.expm1(line.contribution):+.1f} %"

    @property
    def together(self) -> str:
        """What all contributions together make of a parcel of median values; "" where one is not known."""
        given = [line.contribution for line in self.criteria]
        if self.reference is None or any(part is None for part in given):
            return ""
        total = math.fsum(part for part in given if part is not None)
        points = self.contribution_unit == "points"
        score = self.reference + total if points else self.reference * math.exp(total)
        change = f"{total:+.1f}" if points else f"x {math.exp(total):.2f}"
        return (
            f"A parcel of median values scores {self.reference:.1f}; all of these together make it {score:.1f} "
            f"({change})."
        )

    @property
    def _heads(self) -> tuple[str, str, str, str, str]:
        what = "points" if self.contribution_unit == "points" else "score"
        return ("criterion", "quantity", "value", "weight", f"{what} vs median")

    @property
    def _said(self) -> tuple[str, ...]:
        return (*filter(None, [self.marking]), self.standing, *self.remarks)

    def __str__(self) -> str:
        parts = [f"Parcel {self.id}", *self._said, *(f"{name}: {text}" for name, text in self.fields)]
        parts += ["", *_aligned([self._heads, *self.rows()], right=(3, 4)), *filter(None, [self.together])]
        if self.waterfall:
            parts += ["", *_aligned(self.waterfall, right=(1,))]
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(text)}</p>" for text in self._said)
        tables = [_html([self._heads, *self.rows()], heads=1)]
        tables += [f"<p>{html.escape(self.together)}</p>"] if self.together else []
        tables += [_html(rows) for rows in (self.waterfall, self.fields) if rows]
        return f"<h4>Parcel {html.escape(self.id)}</h4>{said}{''.join(tables)}"


def explanation(row: Mapping[str, Any], about: About) -> Explanation:
    """The explanation of a parcel by its row of the result (column -> cell)."""
    cells = {name: plain(value) for name, value in row.items()}
    return Explanation(
        id=str(cells["id"]),
        status=str(cells["status"]),
        reasons=reason_list(cells["excluded_by"]),
        unclear=reason_list(cells["unclear"]),
        rank=cells["rank"],
        rank_range=(cells["rank_best"], cells["rank_worst"]),
        of=about.admitted,
        score=cells["score_if_admitted"],
        score_range=(cells["score_low"], cells["score_high"]),
        tier=cells["tier"] or "",
        criteria=tuple(_line(cells, criterion) for criterion in about.criteria),
        waterfall=tuple((label, _area(label, cells[column])) for label, column in about.waterfall.items()),
        fields=tuple((name, field_text(cells[column])) for name, column in about.published.items()),
        contribution_unit=about.contribution_unit,
        overrides=(cells["overrides"],) if cells["overrides"] else (),
        stacked=reason_list(cells["stacked"]),
        marking=about.marking,
        reference=about.reference,
        whys=tuple(reason_words(name, about.rules, cells) for name in reason_list(cells["excluded_by"])),
    )


def reason_list(joined: str | None) -> tuple[str, ...]:
    """The items of a cell that holds several, joined by "; ".

    >>> reason_list("tribal land; too small"), reason_list("")
    (('tribal land', 'too small'), ())
    """
    return tuple(joined.split("; ")) if joined else ()


def _line(cells: Mapping[str, Any], criterion: CriterionColumns) -> CriterionLine:
    low, high = cells.get(criterion.value_low), cells.get(criterion.value_high)
    value = cells[criterion.value]
    exact = "not known" if value is None else f"{value:.2f}"
    return CriterionLine(
        name=criterion.name,
        block=criterion.block,
        quantity=quantity_text(
            cells[criterion.quantity], cells.get(criterion.low), cells.get(criterion.high),
            cells.get(criterion.state) or "", unit=criterion.unit, within=criterion.within,
        ),
        value=exact if low == high or low is None or high is None else f"{low:.2f} to {high:.2f}",
        weight=criterion.weight,
        contribution=cells[criterion.contribution],
        source=criterion.source,
    )  # fmt: skip


def _area(label: str, acres: float | None) -> str:
    """A step of the waterfall in words."""
    return _LABELS.get(label, "not mapped here") if acres is None else f"{format_si(acres, '')} acre"


def _aligned(rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Rows of text as lines with aligned columns, two spaces apart."""
    table = [list(row) for row in rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _html(rows: Iterable[Sequence[str]], heads: int = 0) -> str:
    """A table of escaped text."""
    out = []
    for number, row in enumerate(rows):
        tag = "th" if number < heads else "td"
        out.append("<tr>" + "".join(f"<{tag} {_CELL}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>")
    return f"<table {_TABLE}>{''.join(out)}</table>"
