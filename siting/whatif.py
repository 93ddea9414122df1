"""What keeps a parcel off the shortlist, which changes would put it there, and which of them can be made.

Whether a quantity can be changed is said by the criterion (``changeable: false``), else by its measure: a line, a
main or a station can be built nearer (``distance`` where nearer is better; ``count``, ``count_distinct`` and ``length``
where more is better), land can be rezoned (``class``), a neighbour joined (``usable``, ``fits``, ``shape``). Slope,
flood, soil, people and what lies too near cannot. These defaults are judgement; an airport does not move
nearer, so its criterion should say so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import DataError
from siting.mcda.robustness.gaps import Change, Gap, changes, gaps
from siting.mcda.robustness.reaching import classes_reaching, quantity_reaching
from siting.mcda.robustness.trees import check_tree
from siting.mcda.value import Classes
from siting.ranking.words import quantity_text, unit_of
from siting.robustness import fitted_function
from siting.study import CriterionAt
from siting.units import parse_unit

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["GapLine", "WhyNot", "changeable", "why_not"]

_NEARER = ("distance",)
_MORE = ("count", "count_distinct", "length")
_OTHER = ("class", "usable", "fits", "shape")
MOST_CHANGES = 10
_WORTH_SAYING = 0.05  #: points


@dataclass(frozen=True, kw_only=True)
class GapLine:
    """One criterion of a parcel that is to reach the shortlist.

    quantity : what it has, in words; needed : what alone would close the gap, in words; "" where nothing would
    value, best, needed_value : in [0, 1]; gain : points that the best value would bring
    changeable : whether it can be changed; missing : whether it is not known, so that finding out may be enough
    """

    criterion: str
    title: str
    quantity: str
    value: float
    best: float
    gain: float
    needed_value: float
    needed: str
    changeable: bool
    missing: bool


@dataclass(frozen=True, kw_only=True)
class WhyNot:
    """What keeps one parcel off the shortlist of k; shown as text.

    standing : as ``Ranking.explain`` says it; reasons : exclusions, which come before any score
    score, target : in points; the target is the score that the shortlist takes
    criteria : in study order
    changes : single and paired changes of what can be changed, the least effort first, in words
    unchangeable : the same with what cannot be changed, where nothing that can be changed is enough on its own
    """

    id: str
    k: int
    standing: str
    reasons: tuple[str, ...]
    score: float
    target: float
    criteria: tuple[GapLine, ...]
    changes: tuple[tuple[str, float], ...]
    unchangeable: tuple[tuple[str, float], ...]

    @property
    def gap(self) -> float:
        """Points that are missing; 0 or less for one that is on the shortlist by its score."""
        return self.target - self.score

    def table(self) -> pd.DataFrame:
        """A row a criterion."""
        return pd.DataFrame([vars(line) for line in self.criteria])

    def __str__(self) -> str:
        lines = [f"Parcel {self.id}", self.standing]
        if self.gap <= 0:
            stays = f"as long as it stays at {self.target:.1f} points or more"
            said = f"Its score reaches the shortlist of {self.k}, {stays}."
            return "\n".join([*lines, said])
        lines.append(f"The shortlist of {self.k} takes {self.target:.1f} points; {self.gap:.1f} are missing.")
        for line in sorted((c for c in self.criteria if c.gain >= _WORTH_SAYING), key=lambda c: -c.gain):
            what = f"  {line.title}: {line.quantity}, up to +{line.gain:.1f} points"
            what += f"; {line.needed} would be enough" if line.needed else ""
            lines.append(
                what + ("" if line.changeable else " (cannot be changed)") + (", not known" if line.missing else "")
            )
        lines.append("Least changes:" if self.changes else "No one or two changes that can be made are enough.")
        lines += [f"  {text} (effort {effort:.2f})" for text, effort in self.changes]
        if self.unchangeable:
            lines.append("Enough, but not to be changed:")
            lines += [f"  {text} (effort {effort:.2f})" for text, effort in self.unchangeable]
        return "\n".join(lines)


def changeable(criterion: CriterionAt) -> bool:
    """Whether a criterion's quantity can be changed: as it says itself, else by its measure."""
    if criterion.spec.changeable is not None:
        return criterion.spec.changeable
    verb, direction = criterion.measure.verb, criterion.value.direction
    if verb in _NEARER:
        return bool(direction == "falling")
    return verb in _OTHER or (verb in _MORE and direction == "rising")


def why_not(ranking: Ranking, parcel_id: str, k: int | None = None) -> WhyNot:
    """What keeps a parcel from the best k (by default the study's shortlist, else 10).

    Middle values stand for intervals. Raises DataError for an unknown id, or a parcel without a score.
    """
    k = k or (ranking.study.robustness.shortlist if ranking.study.robustness else 10)
    check_tree(ranking.study.root)
    told = ranking.explain(parcel_id)
    row = int(np.flatnonzero(ranking.parcels.ids.astype(str) == str(parcel_id))[0])
    score = ranking.judgement.scores.score
    if math.isnan(score[row]):
        raise DataError(f"The parcel {parcel_id!r} has no score, for want of data: {told.standing}")
    others = ranking.judgement.admitted.copy()
    others[row] = False
    ahead = np.sort(score[others & ~np.isnan(score)])[::-1]
    target = float(ahead[k - 1]) if len(ahead) >= k else 0.0
    criteria = ranking.study.criteria()
    values = {c.name: float(sum(ranking.judgement.values[c.name][side][row] for side in (0, 1)) / 2) for c in criteria}
    functions = {c.name: fitted_function(c, _quantity(ranking, c)) for c in criteria}
    best = {c.name: max(float(functions[c.name].bounds[1]), values[c.name]) for c in criteria}
    floor = ranking.study.aggregate.floor_value
    found = gaps(ranking.study.root, values, best, target, floor=floor)
    words = _Words(ranking, row, functions, {line.name: line.quantity for line in told.criteria})
    lines = tuple(words.line(criterion, gap) for criterion, gap in zip(criteria, found, strict=True))
    free = [line.criterion for line in lines if line.changeable]
    fixed = [line.criterion for line in lines if not line.changeable]
    short = score[row] < target
    ways = changes(ranking.study.root, values, best, target, free, floor=floor) if short else []
    others_ways = changes(ranking.study.root, values, best, target, fixed, floor=floor) if short else []
    return WhyNot(
        id=str(parcel_id), k=k, standing=told.standing, reasons=told.reasons, score=float(score[row]), target=target,
        criteria=lines, changes=words.ways(ways),
        unchangeable=words.ways([way for way in others_ways if len(way.criteria) == 1]),
    )  # fmt: skip


@dataclass(eq=False)
class _Words:
    """Quantities of one parcel in words."""

    ranking: Ranking
    row: int
    functions: dict[str, Any]
    now: dict[str, str]

    def line(self, criterion: CriterionAt, gap: Gap) -> GapLine:
        """The line of one criterion."""
        closes = not math.isnan(gap.needed) and gap.needed > gap.value
        return GapLine(
            criterion=gap.criterion, title=criterion.title, quantity=self.now[gap.criterion], value=gap.value,
            best=gap.best, gain=gap.gain, needed_value=gap.needed,
            needed=self.needed(criterion, gap.needed) if closes else "", changeable=changeable(criterion),
            missing=bool(self.ranking.judgement.missing[gap.criterion][self.row]),
        )  # fmt: skip

    def ways(self, found: Sequence[Change]) -> tuple[tuple[str, float], ...]:
        """Changes in words, with their effort."""
        by_name = {criterion.name: criterion for criterion in self.ranking.study.criteria()}
        return tuple(
            (
                " and ".join(self.change(by_name[n], v) for n, v in zip(way.criteria, way.values, strict=True)),
                way.effort,
            )
            for way in found[:MOST_CHANGES]
        )

    def change(self, criterion: CriterionAt, value: float) -> str:
        """One change: "station within 3.1 km instead of 9.4 km"."""
        return f"{criterion.title} {self.needed(criterion, value)} instead of {self.now[criterion.name]}"

    def needed(self, criterion: CriterionAt, value: float) -> str:
        """The quantity that a value takes, in words."""
        function = self.functions[criterion.name]
        if isinstance(function, Classes):
            return " or ".join(classes_reaching(function, value))
        now = float(_quantity(self.ranking, criterion)[self.row])
        reached = quantity_reaching(function, min(value, function.bounds[1]), now)
        unit = unit_of(self.ranking.plan.criteria[criterion.name], function)
        shown = parse_unit(unit).from_si(reached) if unit else reached
        direction = function.direction
        if criterion.measure.columns[0].dimension == "count" and direction != "mixed":
            shown = math.ceil(shown - 1e-9) if direction == "rising" else math.floor(shown + 1e-9)
        text = quantity_text(shown, None, None, "", unit=unit, within="")
        return {
            "falling": f"within {text}" if _is_length(criterion) else f"at most {text}",
            "rising": f"at least {text}",
        }.get(direction, text)


def _is_length(criterion: CriterionAt) -> bool:
    return criterion.measure.verb == "distance"


def _quantity(ranking: Ranking, criterion: CriterionAt) -> Any:
    measured = ranking.quantities[ranking.plan.criteria[criterion.name].key]
    return next(iter(measured.columns.values()))
